"""Moments as a clerk says them: `17:00 thứ Năm 26/11/2026`. Plain figures live in `motcua.engines.text`."""

from __future__ import annotations

import datetime as dt

from motcua.shell.language import current_language

_VIETNAMESE = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ZONE = dt.timezone(dt.timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no summer time since 1975


def local(moment: dt.datetime) -> dt.datetime:
    """`moment` by the clock of Vietnam; a moment without a zone is taken to be that already."""
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)


def weekday(day: dt.date) -> str:
    names = _VIETNAMESE if current_language() == "vi" else _ENGLISH
    return names[day.weekday()]


def moment(at: dt.datetime) -> str:
    """`17:00 thứ Năm 26/11/2026`, in English `17:00 Thursday 26/11/2026`."""
    there = local(at)
    return f"{there:%H:%M} {weekday(there.date())} {there:%d/%m/%Y}"


def stamp(at: dt.datetime) -> str:
    """`26/11/2026 17:00`: dense, for tables; sorts by eye within a day."""
    return f"{local(at):%d/%m/%Y %H:%M}"


def iso(at: dt.date | dt.datetime) -> str:
    """What a machine reads in `<time datetime>`."""
    return local(at).isoformat(timespec="minutes") if isinstance(at, dt.datetime) else at.isoformat()
