"""How each destination does: counted in the process, written to the home, added up for whoever asks.

`$MOTCUA_HOME/outbound/<process>.json`; nothing in it says what was asked or of whom.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

WRITTEN_EVERY = 5.0  # seconds
KEPT = 24 * 3600.0
"""Figures of a process that has said nothing for so long are forgotten."""


@dataclass(slots=True)
class Figures:
    """Of one destination: times in milliseconds, moments in seconds since 1970."""

    calls: int = 0
    answered: int = 0
    tried_again: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    spent_ms: float = 0.0
    slowest_ms: float = 0.0
    last_answer_at: float = 0.0
    last_failure_at: float = 0.0
    circuit: str = "closed"

    @property
    def mean_ms(self) -> float:
        return self.spent_ms / self.calls if self.calls else 0.0

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    def add(self, other: Figures) -> None:
        for name in ("calls", "answered", "tried_again", "spent_ms"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("slowest_ms", "last_answer_at", "last_failure_at"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))
        for why, count in other.failed.items():
            self.failed[why] = self.failed.get(why, 0) + count
        if other.circuit != "closed":
            self.circuit = other.circuit


_mine: dict[str, Figures] = {}
_lock = Lock()
_written_at = 0.0


def count(destination: str, *, ms: float, tries: int, why: str = "", circuit: str = "closed") -> None:
    """Count one call and how it ended; `why` is empty when it was answered."""
    global _written_at
    with _lock:
        mine = _mine.setdefault(destination, Figures())
        mine.calls += 1
        mine.tried_again += tries - 1
        mine.spent_ms += ms
        mine.slowest_ms = max(mine.slowest_ms, ms)
        changed, mine.circuit = mine.circuit != circuit, circuit
        if why:
            mine.failed[why] = mine.failed.get(why, 0) + 1
            mine.last_failure_at = time.time()
        else:
            mine.answered += 1
            mine.last_answer_at = time.time()
        if changed or time.monotonic() - _written_at > WRITTEN_EVERY:
            _written_at = time.monotonic()
            _write()


def of_all() -> dict[str, Figures]:
    """The figures of every destination, over all processes of this installation."""
    with _lock:
        if _mine:
            _write()
    found: dict[str, Figures] = {}
    for file in _folder().glob("*.json"):
        try:
            old = time.time() - file.stat().st_mtime > KEPT
        except FileNotFoundError:  # another process tidied at the same moment
            continue
        if old:
            file.unlink(missing_ok=True)
            continue
        for name, said in _figures(file).items():
            found.setdefault(name, Figures()).add(said)
    return found


def forget() -> None:
    """Begin anew, in this process."""
    with _lock:
        _mine.clear()
        (_folder() / f"{os.getpid()}.json").unlink(missing_ok=True)


def _figures(file: Path) -> dict[str, Figures]:
    known = {each.name for each in fields(Figures)}
    try:
        said: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, FileNotFoundError):
        return {}
    return {name: Figures(**{k: v for k, v in one.items() if k in known}) for name, one in said.items()}


def _write() -> None:
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = folder / f"{os.getpid()}.new"
    spare.write_text(json.dumps({name: asdict(one) for name, one in _mine.items()}), encoding="utf-8")
    spare.replace(folder / f"{os.getpid()}.json")


def _folder() -> Path:
    return Path(settings.MOTCUA_HOME) / "outbound"
