"""Where facts may be found: a closed list, so that a reader of a pack knows every door it opens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from motcua.core.services.pack.parts import Words
from motcua.engines.forms import Found

_CALL = re.compile(r"^\s*([a-z_]+\.[a-z_]+)\s*\((.*)\)\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FactSource:
    """One source: its arguments (the first `required` must be known, else nothing is looked up) and its name."""

    name: str
    arguments: tuple[str, ...]
    required: int
    label: Words
    gives: tuple[str, ...]


VALUE = "facts.value"
_PERSON = (
    "number name born sex ethnicity nationality home_place residence_unit residence_text household father_number "
    "mother_number spouse_number dead_on"
)
_ENTRY = "book number year state registered_on unit agency_code agency_name person mother father"
_PEOPLE = Words("Cơ sở dữ liệu quốc gia về dân cư", "National population database")
_CIVIL = Words("Cơ sở dữ liệu hộ tịch điện tử", "Electronic civil-status database")
SOURCES: Mapping[str, FactSource] = {
    source.name: source
    for source in (
        FactSource(
            VALUE,
            ("expression",),
            0,
            Words("Suy ra từ dữ liệu đã tìm thấy", "Follows from what was found"),
            (),
        ),
        FactSource("population.person", ("number",), 1, _PEOPLE, tuple(_PERSON.split())),
        FactSource("population.parent", ("number", "mother or father"), 2, _PEOPLE, tuple(_PERSON.split())),
        FactSource("population.spouse", ("number",), 1, _PEOPLE, tuple(_PERSON.split())),
        FactSource(
            "civil_status.marriage",
            ("number", "number of the spouse"),
            2,
            _CIVIL,
            ("book", "number", "year", "registered_on", "unit", "agency_code", "agency_name", "in_province"),
        ),
        FactSource(
            "civil_status.entry",
            ("number", "book"),
            2,
            _CIVIL,
            tuple(_ENTRY.split()),
        ),
        FactSource(
            "social_protection.person",
            ("number",),
            1,
            Words("Cơ sở dữ liệu an sinh xã hội", "Social protection register"),
            ("pension", "monthly_allowance", "household_class", "social_pension", "disability", "merit"),
        ),
        FactSource(
            "health.birth_notice",
            ("number of the mother",),
            1,
            Words("Giấy chứng sinh điện tử", "Electronic birth notice"),
            ("key", "mother_number", "born_at", "sex", "weight_g", "place", "facility"),
        ),
        FactSource(
            "vault.document",
            ("kind",),
            1,
            Words("Kho dữ liệu của ông/bà", "Your vault"),
            ("title", "number", "issued_at"),
        ),
        FactSource(
            "account.contact", (), 0, Words("Tài khoản của ông/bà", "Your account"), ("phone", "email")
        ),
    )
}


class Reader(Protocol):
    """Whoever can look things up: the registers of the installation, or the given facts of a test case."""

    def read(self, source: str, arguments: list[Any], label: str) -> Found | None:
        """What the source holds, as a mapping of plain values; None when it holds nothing.

        Raises core.errors.Unavailable when the source does not answer.
        """


def parsed(text: str) -> tuple[str, str]:
    """`population.person(applicant.number)` → its name and the text of its arguments.

    Raises ValueError, in plain words, for what is no call or no source of the list.
    """
    call = _CALL.match(text)
    if call is None or call.group(1) not in SOURCES:
        known = ", ".join(f"{source.name}({', '.join(source.arguments)})" for source in SOURCES.values())
        raise ValueError(f"“{text}” is no source of facts. Sources: {known}")
    return call.group(1), call.group(2).strip()
