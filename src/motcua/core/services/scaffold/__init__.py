"""A new pack: a small service that works and passes its own cases, to be made into another."""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources
from importlib.resources.abc import Traversable

from motcua.engines.text import fold

_KEPT = (".yaml", ".json", ".bpmn", ".typ")


def slug_of(name: str) -> str:
    """`Cấp phép xây dựng` → `cap-phep-xay-dung`. Raises ValueError when nothing is left."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60].strip("-")
    if not slug:
        raise ValueError(f"“{name}” has no letters to make a folder name of")
    return slug


def files(name: str, name_en: str, code: str, today: dt.date) -> dict[str, str]:
    """The files of the new pack, path → text."""
    values = {
        "%NAME%": name.replace("'", "''"),
        "%NAME_EN%": name_en.replace("'", "''"),
        "%CODE%": code,
        "%SLUG%": slug_of(name),
        "%TODAY%": today.isoformat(),
    }
    return dict(_filled(resources.files(__package__), "", values))


def _filled(folder: Traversable, above: str, values: dict[str, str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in folder.iterdir():
        path = f"{above}{item.name}"
        if item.is_dir() and not item.name.startswith("__"):
            found += _filled(item, f"{path}/", values)
        elif item.name.endswith(_KEPT):
            text = item.read_text("utf-8")
            for mark, value in values.items():
                text = text.replace(mark, value)
            found.append((path, text))
    return found
