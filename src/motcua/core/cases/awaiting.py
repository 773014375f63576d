"""A case that asked another agency by a letter: it stands still until the answer has come.

Whether it waits is said with the letter. A case that waits takes no further step of its process; its clock runs on,
since asking others is part of the time that the law gives (Decree 61/2018 art. 19, kept by 118/2025). It goes on when
every agency that was asked has answered, returned or given back the letter, or when its officer decides to go on
without.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from motcua.core.cases.models import Case
from motcua.core.errors import Conflict
from motcua.engines import text

AWAITED = "awaited"
"""In a case's data: the letters it waits for, by their key."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A letter that a case waits for: its number, the agencies that have not answered, and until when they are to."""

    key: str
    letter: str
    agencies: tuple[str, ...]
    since: dt.datetime
    until: dt.datetime | None


def of_case(data: Mapping[str, Any]) -> list[Awaited]:
    """What a case of these data waits for, the letter that went first first."""
    found = [_told(key, row) for key, row in data.get(AWAITED, {}).items()]
    return sorted(found, key=lambda one: one.since)


def holds(case: Case) -> bool:
    """Whether the case stands still now."""
    return bool(case.data.get(AWAITED))


def require_going_on(case: Case) -> None:
    """Raises Conflict, saying for whose answer to which letter the case waits, when it stands still."""
    for one in of_case(case.data):
        who = ", ".join(one.agencies)
        until = text.date(one.until.date()) if one.until else ""
        raise Conflict(
            f"Hồ sơ {case.number} đang chờ {who} trả lời văn bản {one.letter}"
            + (f", hạn {until}" if until else "")
            + ". Có trả lời, hồ sơ tự đi tiếp; không chờ nữa thì ghi lý do ở trang của văn bản.",
            f"Case {case.number} waits for {who} to answer letter {one.letter}"
            + (f", by {until}" if until else "")
            + ". It goes on by itself once there is an answer; to go on without, say why on the page of the letter.",
        )


def keep(case: Case, key: str, row: Mapping[str, Any] | None) -> None:
    """Write down that the case waits for a letter, or with None that it no longer does."""
    rows = {name: known for name, known in case.data.get(AWAITED, {}).items() if name != key}
    if row is not None:
        rows[key] = dict(row)
    data = {name: value for name, value in case.data.items() if name != AWAITED}
    case.data = data | ({AWAITED: rows} if rows else {})
    case.save(update_fields=["data"])


def _told(key: str, row: Mapping[str, Any]) -> Awaited:
    return Awaited(
        key=key,
        letter=str(row["letter"]),
        agencies=tuple(row["agencies"].values()),
        since=dt.datetime.fromisoformat(row["since"]),
        until=dt.datetime.fromisoformat(row["until"]) if row.get("until") else None,
    )
