"""The one clock of the house.

Every date that the state writes comes from here. In a sandbox installation the clock can be moved, so that a
demonstration may live a Sunday night on a Tuesday morning; a real installation has no such lever.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_LOOK_AGAIN_AFTER = 0.2  # seconds between two looks at the sandbox's file
_offset = dt.timedelta(0)
_looked_at = 0.0


def now() -> dt.datetime:
    """The present instant, aware, in the installation's time zone."""
    return timezone.localtime(timezone.now() + sandbox_offset())


def today() -> dt.date:
    """The present day in the installation's time zone."""
    return now().date()


def sandbox_offset() -> dt.timedelta:
    """How far a sandbox stands from the real time; always zero elsewhere."""
    global _offset, _looked_at
    if not settings.MOTCUA_SANDBOX:
        return dt.timedelta(0)
    if time.monotonic() - _looked_at > _LOOK_AGAIN_AFTER:
        _looked_at = time.monotonic()
        _offset = _read_offset(_file())
    return _offset


def move_sandbox_to(moment: dt.datetime | None) -> None:
    """Set the sandbox's clock so that it is `moment` (aware) now; None returns to the real time."""
    global _looked_at
    if not settings.MOTCUA_SANDBOX:
        raise RuntimeError("the clock moves only in a sandbox: set MOTCUA_SANDBOX=1 for a demonstration")
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    seconds = 0.0 if moment is None else (moment - timezone.now()).total_seconds()
    spare = file.with_suffix(".new")
    spare.write_text(f"{seconds}\n", encoding="ascii")
    spare.replace(file)
    _looked_at = 0.0


def _file() -> Path:
    return Path(settings.MOTCUA_HOME) / "sandbox" / "clock"


def _read_offset(file: Path) -> dt.timedelta:
    try:
        return dt.timedelta(seconds=float(file.read_text(encoding="ascii")))
    except FileNotFoundError:
        return dt.timedelta(0)
