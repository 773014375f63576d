"""How the sandbox eID behaves: told by `$MOTCUA_HOME/sandbox/eid.json`.

`{"mode": "normal|down|slow", "delay_seconds": 3}`
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from motcua.core.errors import Unavailable

MODES = ("normal", "down", "slow")
PATIENCE = 5.0  # seconds that a relying party waits for an answer


def behave(mode: str, *, delay_seconds: float = 3) -> None:
    """Tell the sandbox how to behave from now on."""
    if mode not in MODES:
        raise ValueError(f"the sandbox eID knows the modes {', '.join(MODES)}, not {mode!r}")
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"mode": mode, "delay_seconds": delay_seconds}), encoding="utf-8")


def forget() -> None:
    """Behave as at first."""
    _file().unlink(missing_ok=True)


def answer_or_fail() -> None:
    """Be there, be late, or raise Unavailable: at once when down, after the caller's patience when too slow."""
    told = _told()
    if told.get("mode") == "slow":
        delay = float(told.get("delay_seconds", 3))
        time.sleep(min(delay, PATIENCE))
        if delay <= PATIENCE:
            return
    elif told.get("mode") != "down":
        return
    raise Unavailable(
        "Hệ thống định danh điện tử đang không trả lời. Đây là sự cố của hệ thống đó, tài khoản của ông/bà không sao.",
        "The eID system is not answering. The fault is on its side; nothing is wrong with your account.",
    )


def _file() -> Path:
    return Path(settings.MOTCUA_HOME) / "sandbox" / "eid.json"


def _told() -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return told
