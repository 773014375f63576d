"""Whom a business has as legal representatives, and which businesses somebody represents: for acting on behalf."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from motcua.core.ledger.actor import Actor
from motcua.core.registers import queries
from motcua.core.registers.reading import RecordView
from motcua.engines import text

ENTERPRISES, HOUSEHOLDS = "enterprises", "household_businesses"
WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


@dataclass(frozen=True, slots=True)
class Representative:
    """Somebody who speaks for a business by law."""

    number: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Company:
    """A business: an enterprise by its code of 10 digits, a household business by its head's personal number."""

    code: str
    name: str
    kind: str
    state: str
    address: str
    role: str = ""

    @property
    def active(self) -> bool:
        return self.state == "Đang hoạt động"


def check_digit(stem: str) -> str:
    """The tenth digit of an enterprise's code, from the first nine. Raises ValueError where there is none."""
    if not re.fullmatch("[0-9]{9}", stem):
        raise ValueError(f"{stem!r}: nine digits are needed")
    digit = 10 - sum(int(d) * w for d, w in zip(stem, WEIGHTS, strict=True)) % 11
    if digit == 10:
        raise ValueError(f"{stem!r}: no code begins so, its check digit would be 10")
    return str(digit)


def company(actor: Actor, code: str, *, purpose: str, case_id: int | None = None) -> Company | None:
    """A business by its code. Raises engines.text.Refused for a code that cannot be one."""
    view = _record(actor, code, purpose, case_id)
    return _company(view) if view else None


def representatives_of(
    actor: Actor, code: str, *, purpose: str, case_id: int | None = None
) -> list[Representative]:
    """The legal representatives of a business today; none when there is no such business."""
    view = _record(actor, code, purpose, case_id)
    told: list[dict[str, Any]] = view.data.get("representatives", []) if view else []
    return [Representative(one["number"], one["name"], one.get("role", "")) for one in told]


def companies_of(actor: Actor, number: str, *, purpose: str, case_id: int | None = None) -> list[Company]:
    """The businesses that a person represents, those that are active first."""
    found = [
        _company(view, number)
        for slug in (ENTERPRISES, HOUSEHOLDS)
        for view in queries.find(
            actor, slug, purpose=purpose, case_id=case_id, limit=100, representative_numbers=number
        )
    ]
    return sorted(found, key=lambda one: (not one.active, one.name))


def _record(actor: Actor, code: str, purpose: str, case_id: int | None) -> RecordView | None:
    known = text.tax_code(code)
    slug = HOUSEHOLDS if len(known) == 12 and "-" not in known else ENTERPRISES
    return queries.read(actor, slug, known, purpose=purpose, case_id=case_id)


def _company(view: RecordView, number: str = "") -> Company:
    data = view.data
    roles = [one.get("role", "") for one in data.get("representatives", []) if one["number"] == number]
    return Company(
        view.key, data["name"], data.get("kind", ""), data.get("state", ""), data.get("address", ""),
        roles[0] if roles else "",
    )  # fmt: skip
