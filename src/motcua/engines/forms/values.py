"""Answers in their four lives: as typed, as stored (JSON), as FEEL sees them, as they are read.

An answer that could not be understood is stored as it was typed (a string, or a mapping of day, month and
year), so that it can be shown again; `rules.examine` then says what is wrong with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from motcua.engines import text
from motcua.engines.forms.components import Question
from motcua.engines.forms.paths import MISSING
from motcua.engines.forms.speech import say
from motcua.engines.forms.views import Option, UploadedRef

HARD_LIMIT = 20_000
"""Characters of one answer that are kept, whatever a field may take."""

DATE_PARTS = ("day", "month", "year")
MAX_DIGITS = 15
"""Digits of a number: as many as JSON readers keep exactly."""

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_LOCAL_DATE = re.compile(r"(?:ngày )?(\d{1,2})(?:\s*[/.-]\s*| tháng )(\d{1,2})(?:\s*[/.-]\s*| năm )(\d{4})")
_TIME = re.compile(r"(\d{1,2})\s*(?::|h|giờ|g)\s*(\d{2})?(?::\d{2})?(?:\s*phút)?", re.IGNORECASE)
_UNITS = re.compile(r"\s*(?:đ|₫|đồng|vnd|vnđ)\s*$", re.IGNORECASE)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff]")
_PLAIN = re.compile(r"[ -~]*")


def cleaned(typed: str, *, multiline: bool = False) -> str:
    """Text fit to be stored (NFC, trimmed). Raises text.Refused for what is no text."""
    if not multiline and _PLAIN.fullmatch(typed):
        return " ".join(typed.split())
    return text.normalise(typed, multiline=multiline)


def storable(typed: str) -> str:
    """What can be kept of text that was refused, to show it again."""
    return text.normalise(_UNSTORABLE.sub("", typed), multiline=True)


def canonical(value: Any) -> Any:
    """A Python value as JSON has it: dates as ISO text, whole decimals as integers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")[:16]
    if isinstance(value, dt.time):
        return value.isoformat(timespec="minutes")[:5]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, UploadedRef):
        return value.as_answer()
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def same(answer: Any, fact: object) -> bool:
    """Whether an answer says what was found, however either writes its letters and blanks."""
    return bool(_told(canonical(answer)) == _told(canonical(fact)))


def _told(value: Any) -> Any:
    return " ".join(storable(value).split()).casefold() if isinstance(value, str) else value


def is_empty(answer: Any) -> bool:
    """Nothing was said: no text, an unticked box, no choice, no file, three empty date boxes."""
    if isinstance(answer, Mapping):
        return not any(answer.values())
    return answer is None or answer is MISSING or answer is False or answer == "" or answer == []


def number(typed: str, lang: str) -> int | float | None:
    """A number as people write it: `1.250.000,5` (vi), `1,250,000.5` (en), `1250000`, `15 000 đ`.

    A dot is for thousands when every group after it has three figures, and for decimals otherwise; in
    English that holds for the comma. Two groups or more are thousands in both. None when it is no number.
    """
    bare = re.sub(r"[\s\u00a0\u202f]", "", _UNITS.sub("", typed)).replace("−", "-")
    if not re.fullmatch(r"[+-]?[0-9][0-9.,]*", bare, re.ASCII):
        return None
    thousands, decimal = (".", ",") if lang == "vi" else (",", ".")
    if bare.count(decimal) > 1 and thousands not in bare:
        thousands, decimal = decimal, thousands
    whole, mark, rest = bare.partition(decimal)
    grouped = re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:\{thousands}[0-9]{{3}})+", whole)
    if grouped:
        whole = whole.replace(thousands, "")
    elif not mark and whole.count(thousands) == 1:
        whole, mark, rest = whole.partition(thousands)
    if not re.fullmatch(r"[+-]?[0-9]+", whole) or not re.fullmatch(r"[0-9]*", rest) or (mark and not rest):
        return None
    try:
        value = Decimal(f"{whole}.{rest}" if rest else whole)
    except InvalidOperation:
        return None
    return whole_or_float(value) if _digits(value) <= MAX_DIGITS else None


def whole_or_float(value: Decimal) -> int | float:
    """As JSON has it."""
    return int(value) if value == value.to_integral_value() else float(value)


def decimal(value: int | float) -> Decimal:
    """The exact decimal that was written: 0.1 and not its binary neighbour."""
    return Decimal(str(value))


def _digits(value: Decimal) -> int:
    return len(value.as_tuple().digits)


def date(typed: str) -> dt.date | None:
    """`2026-11-21`, `21/11/2026`, `21-11-2026` or `ngày 21 tháng 11 năm 2026`; None when it is no date."""
    if iso := _ISO_DATE.fullmatch(typed):
        year, month, day = iso.groups()
    elif local := _LOCAL_DATE.fullmatch(typed.lower()):
        day, month, year = local.groups()
    else:
        return None
    return day_of(day, month, year)


def day_of(day: str, month: str, year: str) -> dt.date | None:
    """The day, None when the calendar has none such."""
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def time(typed: str) -> dt.time | None:
    """`15:30`, `15h30`, `15 giờ 30`, `15 giờ`; None when it is no time of day."""
    written = _TIME.fullmatch(typed.strip())
    if written is None:
        return None
    hour, minute = int(written[1]), int(written[2] or 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def moment(typed: str) -> dt.datetime | None:
    """`2026-11-21T15:30` (seconds are dropped); None when it is no moment."""
    day, _, hour = typed.partition("T")
    on, at = date(day), time(hour)
    return dt.datetime.combine(on, at) if on and at else None  # local by nature: forms ask no time zone


def feel_value(question: Question, answer: Any) -> Any:
    """The answer as FEEL has it: Decimal, date, text …; None when it is empty or was not understood."""
    if answer is None:
        return None
    match question.shape:
        case "text" | "choice":
            return answer if isinstance(answer, str) and answer else None
        case "number":
            is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
            return decimal(answer) if is_number and abs(answer) < 10**MAX_DIGITS else None
        case "boolean":
            return answer if isinstance(answer, bool) else None
        case "date":
            return date(answer) if isinstance(answer, str) else None
        case "time":
            return time(answer) if isinstance(answer, str) else None
        case "datetime":
            return moment(answer) if isinstance(answer, str) else None
        case _:
            return answer if isinstance(answer, list) else []


def said(question: Question, answer: Any, lang: str, options: list[Option]) -> str:
    """The answer as it is read on a page; what was not understood reads as it was typed."""
    if is_empty(answer):
        return say(lang, "no") if answer is False else ""
    if question.shape == "boolean":
        return say(lang, "yes")
    if question.shape == "number" and isinstance(answer, int | float):
        return _number_said(question, answer, lang)
    if isinstance(answer, Mapping):
        return "/".join(str(answer.get(part) or "…") for part in DATE_PARTS)
    if isinstance(answer, list):
        return ", ".join(_item_said(question, item, lang, options) for item in answer)
    if isinstance(answer, str):
        return _text_said(question, answer, lang, options)
    return str(answer)


def _number_said(question: Question, answer: int | float, lang: str) -> str:
    exact = decimal(answer)
    if question.semantic == "money" and isinstance(answer, int):
        return text.money(answer) if lang == "vi" else f"{answer:,} đ"
    figures = text.number(exact) if lang == "vi" else f"{exact:,}"
    return " ".join(
        part for part in (question.prefix.said(lang), figures, question.suffix.said(lang)) if part
    )


def _item_said(question: Question, item: Any, lang: str, options: list[Option]) -> str:
    if isinstance(item, Mapping):
        return str(item.get("name", ""))
    return _label_of(question, str(item), lang, options)


def _label_of(question: Question, value: str, lang: str, options: list[Option]) -> str:
    if question.listed is not None:
        return question.listed.label(value, lang) or value
    return next((option.label for option in options if option.value == value), value)


def _text_said(question: Question, answer: str, lang: str, options: list[Option]) -> str:
    if question.shape == "date" and (day := date(answer)):
        return text.date(day)
    if question.shape == "datetime" and (at := moment(answer)):
        return f"{at:%H:%M} {text.date(at.date())}"
    if question.semantic == "phone" and answer.startswith("+"):
        return text.phone_display(answer)
    if question.shape == "choice" or question.listed is not None:
        return _label_of(question, answer, lang, options)
    return answer


def options_from(offered: Any) -> list[Option]:
    """Choices from a FEEL list of texts or of `{label, value}`; anything else offers nothing."""
    options = []
    for one in offered if isinstance(offered, list) else []:
        if isinstance(one, Mapping):
            value = one.get("value")
            if isinstance(value, str | Decimal) and value != "":
                label, hint = one.get("label"), one.get("hint")
                options.append(Option(str(value), str(label or value), str(hint or "")))
        elif isinstance(one, str | Decimal) and one != "":
            options.append(Option(str(one), str(one)))
    return options
