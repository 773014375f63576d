"""The ten statuses: what may follow what, and what a change of status does to the clock.

Names, report groups and whether the clock stands still are rows of `Status`; which status may follow which is the
way of Decree 61/2018 arts 16–20, kept by Decree 118/2025.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from motcua.core.cases.models.status import Code, Status
from motcua.core.errors import Conflict

FOLLOWS: dict[Code, frozenset[Code]] = {
    Code.NEW: frozenset(
        {
            Code.RECEIVED,
            Code.NOT_RECEIVED,
            Code.IN_PROCESS,
            Code.SUPPLEMENT,
            Code.PAYMENT,
            Code.WITHDRAWN,
            Code.STOPPED,
            Code.FINISHED,
        }
    ),
    Code.RECEIVED: frozenset(
        {Code.IN_PROCESS, Code.SUPPLEMENT, Code.PAYMENT, Code.WITHDRAWN, Code.STOPPED, Code.FINISHED}
    ),
    Code.NOT_RECEIVED: frozenset(),
    Code.IN_PROCESS: frozenset({Code.SUPPLEMENT, Code.PAYMENT, Code.WITHDRAWN, Code.STOPPED, Code.FINISHED}),
    Code.SUPPLEMENT: frozenset(
        {
            Code.NEW,
            Code.RECEIVED,
            Code.IN_PROCESS,
            Code.NOT_RECEIVED,
            Code.WITHDRAWN,
            Code.STOPPED,
            Code.FINISHED,
        }
    ),
    Code.PAYMENT: frozenset(
        {Code.NEW, Code.RECEIVED, Code.IN_PROCESS, Code.WITHDRAWN, Code.STOPPED, Code.FINISHED}
    ),
    Code.WITHDRAWN: frozenset(),
    Code.STOPPED: frozenset({Code.IN_PROCESS, Code.WITHDRAWN, Code.FINISHED}),
    Code.FINISHED: frozenset({Code.RETURNED}),
    Code.RETURNED: frozenset(),
}
ENDED = frozenset({Code.NOT_RECEIVED, Code.WITHDRAWN, Code.FINISHED, Code.RETURNED})
OPEN = frozenset(Code) - ENDED


@dataclass(frozen=True, slots=True)
class StatusFacts:
    code: int
    name: str
    name_en: str
    group: str
    stops_clock: bool

    def text(self, lang: str) -> str:
        return self.name_en if lang == "en" else self.name


def shipped() -> dict[str, Any]:
    """The list as shipped: {source, valid_from, statuses: [{code, name, name_en, group, stops_clock}]}."""
    content: dict[str, Any] = json.loads(
        (Path(__file__).parent / "data" / "statuses.json").read_text("utf-8")
    )
    return content


@lru_cache(maxsize=1)
def by_code() -> dict[int, StatusFacts]:
    """The statuses in force, read once per process; `by_code.cache_clear()` after they were edited."""
    rows = Status.objects.filter(valid_until=None)
    return {
        row.code: StatusFacts(row.code, row.name, row.name_en, row.group, row.stops_clock) for row in rows
    }


def facts(code: int) -> StatusFacts:
    return by_code()[code]


def clock_stops(code: int) -> bool:
    """Whether the legal clock stands still in this status."""
    return facts(code).stops_clock


def check_move(now: int, then: int, number: str = "") -> None:
    """Raise Conflict unless the status `then` may follow `now`."""
    if now == then or Code(then) in FOLLOWS[Code(now)]:
        return
    raise Conflict(
        f"Hồ sơ {number} đang ở trạng thái “{facts(now).name}”, không thể chuyển sang “{facts(then).name}”. "
        "Tải lại trang để xem bước hiện tại.",
        f"Case {number} is “{facts(now).name_en}” and cannot become “{facts(then).name_en}”. "
        "Reload the page to see where it stands.",
    )
