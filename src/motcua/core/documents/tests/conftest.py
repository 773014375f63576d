"""Acting as the system, a clock that returns, and a house of one's own."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motcua.core import clock
from motcua.core.documents import trust
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

Move = Callable[[dt.datetime | None], None]


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    with acting(SYSTEM):
        yield


@pytest.fixture
def move() -> Iterator[Move]:
    yield clock.move_sandbox_to
    clock.move_sandbox_to(None)


@pytest.fixture
def lonely_house(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[trust.House]:
    """A house of its own, whose root may leave."""
    home = Path(str(settings.MOTCUA_HOME))  # type: ignore[attr-defined]
    for part in ("keys", "secrets"):
        if (home / part).exists():
            shutil.copytree(home / part, tmp_path / part, ignore=shutil.ignore_patterns("signing"))
    settings.MOTCUA_HOME = tmp_path  # type: ignore[attr-defined]
    trust.forget_house()
    yield trust.house()
    trust.forget_house()
