"""An entry found in a paper book, as the officer copies it: the facts from which an extract is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.registers.queries import BIRTHS
from motcua.core.words import legible
from motcua.systems.onestop import days

TEXTS = ("entry_number", "entry_year", "person_name", "person_sex", "person_ethnicity", "person_nationality")
DAYS = ("registered_on", "person_born")
SEXES = ("Nam", "Nữ")


def entry(typed: Mapping[str, str], agency: str) -> dict[str, Any]:
    """The entry as the facts of a case hold it. Raises UserError at the field that is missing or cannot be."""
    today = clock.today()
    name = legible(typed.get("person_name", ""), "person_name").upper()
    if not name:
        raise UserError("Nhập họ tên ghi trong sổ.", "Enter the name in the book.", "person_name")
    if typed.get("person_sex") not in SEXES:
        raise UserError("Chọn giới tính ghi trong sổ.", "Choose the sex in the book.", "person_sex")
    registered, born = (days.read(typed, name) for name in DAYS)
    if born is None or born > today:
        raise UserError("Nhập ngày sinh ghi trong sổ.", "Enter the date of birth in the book.", "person_born")
    if registered is None or not born <= registered <= today:
        raise UserError(
            "Nhập ngày đăng ký ghi trong sổ, không trước ngày sinh.",
            "Enter the day of registration in the book, not before the birth.",
            "registered_on",
        )
    return {
        "book": BIRTHS,
        "number": _count(typed, "entry_number", 999_999),
        "year": _count(typed, "entry_year", today.year),
        "state": "effective",
        "registered_on": registered.isoformat(),
        "agency_name": agency,
        "person": {
            "name": name,
            "born": born.isoformat(),
            "sex": typed["person_sex"],
            "ethnicity": legible(typed.get("person_ethnicity", ""), "person_ethnicity") or None,
            "nationality": legible(typed.get("person_nationality", ""), "person_nationality") or "Việt Nam",
        },
    }


def _count(typed: Mapping[str, str], name: str, most: int) -> int:
    """A number of the book."""
    text = str(typed.get(name, "")).strip()
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= most:
        raise UserError(
            f"Nhập số và năm của mục trong sổ, bằng chữ số, không quá {most}.",
            f"Enter number and year of the entry in figures, at most {most}.",
            name,
        )
    return int(text)


def again(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, to be shown again."""
    return {
        **{name: typed.get(name, "Việt Nam" if name == "person_nationality" else "") for name in TEXTS},
        **{name: days.parts(typed, name) for name in DAYS},
    }
