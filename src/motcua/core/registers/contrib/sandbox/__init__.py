"""A population database to try things with: answers at once, late, never, doubts, refuses, or is down.

How it behaves stands in `$MOTCUA_HOME/sandbox/population.json`:
`{"mode": "normal|late|never|duplicate|refuse|down", "delay_seconds": 20, "for": {"CHILD'S NAME": "late"}}`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from motcua.core import clock
from motcua.core.errors import Unavailable
from motcua.core.registers.connector import Answer, connectors
from motcua.core.registers.models import Record

MODES = ("normal", "late", "never", "duplicate", "refuse", "down")


def settings_file() -> Path:
    return Path(settings.MOTCUA_HOME) / "sandbox" / "population.json"


def behave(mode: str, *, delay_seconds: int = 20, for_child: str = "") -> None:
    """Tell the sandbox how to behave, in general or for one child's name."""
    if mode not in MODES:
        raise ValueError(f"the sandbox knows the modes {', '.join(MODES)}, not {mode!r}")
    told = _told()
    if for_child:
        told.setdefault("for", {})[for_child] = mode
    else:
        told["mode"] = mode
    told["delay_seconds"] = delay_seconds
    file = settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


def forget() -> None:
    """Behave as at first: answer at once."""
    settings_file().unlink(missing_ok=True)


def _told() -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return told


@connectors.register("sandbox")
class SandboxPopulation:
    """Numbers are made as the law says and never given twice."""

    def request_number(self, request_uuid: str, child: dict[str, Any]) -> Answer:
        told, mode = _told(), _mode(child)
        if mode == "down":
            raise Unavailable(
                "Cơ sở dữ liệu dân cư (bản thử) không trả lời. Yêu cầu đã được giữ lại và sẽ gửi lại.",
                "The sandbox population database does not answer. The request is kept and will be sent again.",
            )
        if mode == "normal":
            return Answer("issued", number=_new_number(request_uuid, child))
        if mode == "duplicate":
            return Answer(
                "suspected_duplicate", reason="Trùng họ tên, ngày sinh và mẹ với một hồ sơ đang có."
            )
        if mode == "refuse":
            return Answer("refused", reason="Thông tin của mẹ không khớp dữ liệu dân cư.")
        ready = clock.now() + dt.timedelta(seconds=int(told.get("delay_seconds", 20)))
        return Answer("requested", reference=ready.isoformat())

    def ask_again(self, request_uuid: str, reference: str, child: dict[str, Any]) -> Answer:
        if _mode(child) == "never" or clock.now() < dt.datetime.fromisoformat(reference):
            return Answer("requested", reference=reference)
        return Answer("issued", number=_new_number(request_uuid, child))


def _mode(child: dict[str, Any]) -> str:
    told = _told()
    return str(told.get("for", {}).get(child.get("name", ""), told.get("mode", "normal")))


def _new_number(request_uuid: str, child: dict[str, Any]) -> str:
    born = dt.date.fromisoformat(str(child["born"])[:10])
    century = (born.year // 100 - 19) * 2 + (1 if child.get("sex") == "Nữ" else 0)
    stem = f"019{century}{born.year % 100:02}"
    for attempt in range(1000):
        seed = hashlib.sha256(f"{request_uuid}/{attempt}".encode()).digest()
        number = f"{stem}{int.from_bytes(seed[:6], 'big') % 1_000_000:06}"
        if not Record.objects.filter(register_id="population", key=number).exists():
            return number
    raise RuntimeError(f"no free number under {stem}")
