"""The room's README names every event that the room emits."""

from __future__ import annotations

import re
from pathlib import Path

ROOM = Path(__file__).parents[1]


def test_every_event_is_documented() -> None:
    emitted: set[str] = set()
    for file in ROOM.rglob("*.py"):
        if "tests" not in file.parts and "migrations" not in file.parts:
            emitted |= set(re.findall(r'emit\(\s*"([a-z_.]+)"', file.read_text("utf-8")))
    readme = (ROOM / "README.md").read_text("utf-8")
    missing = sorted(kind for kind in emitted if f"`{kind}`" not in readme)
    assert not missing


def test_every_handler_type_of_the_shipped_packs_is_known() -> None:
    from motcua.core.cases.handlers import known_types

    services = ROOM.parents[3] / "services"
    used = {
        kind
        for file in services.glob("*/process.bpmn")
        for kind in re.findall(r'taskDefinition type="([^"=]+)"', file.read_text("utf-8"))
    }
    assert used
    assert used <= set(known_types())
