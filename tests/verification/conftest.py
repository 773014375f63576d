"""An officer, and a clock that returns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.verification import limiting
from tests.verification.house import Officer


@pytest.fixture
def officer(db: None) -> Iterator[Officer]:
    with acting(SYSTEM):
        yield Officer.enrolled()
    clock.move_sandbox_to(None)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests hand in more files in a minute than anybody; the limit has tests of its own."""
    monkeypatch.setattr(limiting, "MOST", 10_000)
