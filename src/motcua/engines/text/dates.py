"""Dates and times as Vietnamese documents write them (Decree 30/2020/NĐ-CP, annex I)."""

from __future__ import annotations

import datetime as dt

from motcua.engines.text.numbers import number_in_words

_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def date(day: dt.date) -> str:
    """`21/11/2026`."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def long_date(day: dt.date, lang: str = "vi") -> str:
    """`ngày 21 tháng 11 năm 2026`; days under ten and months 1 and 2 take a leading zero (Decree 30/2020).

    English: `21 November 2026`.
    """
    if lang == "vi":
        month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
        return f"ngày {day.day:02d} tháng {month} năm {day.year}"
    if lang == "en":
        return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"
    raise ValueError(f"dates are written out in 'vi' or 'en', not {lang!r}")


def date_in_words(day: dt.date) -> str:
    """As a birth certificate: `ngày hai mươi mốt tháng mười một năm hai nghìn không trăm hai mươi sáu`."""
    month = "tư" if day.month == 4 else number_in_words(day.month)
    return f"ngày {number_in_words(day.day)} tháng {month} năm {number_in_words(day.year)}"


def clock(moment: dt.time | dt.datetime) -> str:
    """`15 giờ 30`, on the full hour `15 giờ`; hours and minutes of two figures."""
    return f"{moment.hour:02d} giờ" + (f" {moment.minute:02d}" if moment.minute else "")
