"""Days as officers type them: three boxes of figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from motcua.core.errors import UserError

PARTS = ("day", "month", "year")


def read(typed: Mapping[str, str], name: str) -> dt.date | None:
    """The day in the boxes `<name>-day`, `-month`, `-year`; None when all are empty. UserError for no such day."""
    day, month, year = (str(typed.get(f"{name}-{part}", "")).strip() for part in PARTS)
    if not (day or month or year):
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        raise UserError(
            "Nhập ngày có thật, bằng số, ví dụ 8 3 1995.", "Enter a real day, in figures, as 8 3 1995.", name
        ) from None


def parts(typed: Mapping[str, str], name: str) -> dict[str, str]:
    """What was typed in the three boxes, to be shown again."""
    return {part: str(typed.get(f"{name}-{part}", "")) for part in PARTS}
