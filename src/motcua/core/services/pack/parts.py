"""What a pack is made of, once it has been read: small frozen things that say their law and their source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from motcua.core.services.pack.expressions import Expression
from motcua.engines.working_time import Limit


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the languages of the pack."""

    vi: str
    en: str

    def text(self, lang: str = "vi") -> str:
        return self.en if lang == "en" else self.vi

    @classmethod
    def of(cls, value: Mapping[str, str] | None) -> Words:
        return cls(value["vi"], value["en"]) if value else cls("", "")


@dataclass(frozen=True, slots=True)
class Validity:
    """From the first to the last day on which a line holds, both counted; None = open."""

    since: dt.date | None = None
    until: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Validity:
        return cls(day_of(line.get("from")), day_of(line.get("until")))


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A time limit and when it is the one."""

    when: Expression | None
    limit: Limit
    note: Words
    source: str
    verified_on: dt.date | None
    validity: Validity


@dataclass(frozen=True, slots=True)
class FeeRule:
    """A fee line; amounts and conditions are expressions over the facts."""

    line: str
    title: Words
    when: Expression | None
    amount: Expression
    exempt: Expression | None
    exempt_note: Words
    pay: str
    account: str
    source: str
    verified_on: dt.date | None
    validity: Validity


@dataclass(frozen=True, slots=True)
class FeeDue:
    """What one case owes on a line, in đồng. `pay` is before or on_return."""

    line: str
    title: str
    amount: int
    source: str
    title_en: str = ""
    account: str = ""
    pay: str = "before"
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class RateLine:
    """An amount a law or a council sets; `province` None is the whole country."""

    key: str
    province: str | None
    amount: int
    validity: Validity
    source: str
    verified_on: dt.date | None
    title: Words = Words("", "")


@dataclass(frozen=True, slots=True)
class PrefillRule:
    """One fact (or a group of them) to find: `source` is the call as written, `name` the source of the closed list."""

    path: str
    source: str
    name: str
    arguments: Expression
    labels: Words
    on_doubt: str = ""
    """`wait` or `go_on` where the fact is said to be wrong; "" leaves it to the register."""

    @property
    def label(self) -> str:
        """What people read as the source where it is not the register itself, else ""."""
        return self.labels.vi


@dataclass(frozen=True, slots=True)
class DeriveRule:
    """A fact that follows from others."""

    path: str
    value: Expression


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A paper and when it is needed; `proof` is what its holder may prove by a credential instead.

    `proof_of` is the personal number of who has to hold that credential; the applicant's where it says nothing.
    """

    id: str
    name: Words
    when: Expression | None
    unless: Expression | None
    one_of: tuple[str, ...]
    original: bool
    accept: tuple[str, ...]
    source: str
    verified_on: dt.date | None
    proof: tuple[str, ...] = ()
    proof_of: Expression | None = None

    def held_by(self, context: Mapping[str, Any]) -> str:
        """The personal number of whose credential may stand for the paper; "" where that person has none.

        A foreigner goes by a passport or residence card, whose number no credential names.
        """
        named = self.proof_of.value(context) if self.proof_of is not None else None
        number = named or (context.get("applicant") or {}).get("number")
        return number if isinstance(number, str) and number.isdecimal() else ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that this case needs."""

    id: str
    name: str
    one_of: tuple[tuple[str, str], ...]
    original: bool
    accept: tuple[str, ...]
    proof: tuple[str, ...] = ()


class Gear(StrEnum):
    """How far a decision runs by itself."""

    SHADOW = "shadow"
    PROPOSE = "propose"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class GearRule:
    """The gear in which the pack ships a decision, and what allows it."""

    decision: str
    gear: Gear
    legal_basis: str
    validity: Validity


@dataclass(frozen=True, slots=True)
class DecisionUse:
    """Which decision of which file."""

    name: str
    file: str
    decision: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision made: its value and outputs, which rule fired, why (in both languages) and by which article."""

    name: str
    value: Any
    rule: str
    reason: Words
    law: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    version: str
    fired: tuple[str, ...] = ()

    def as_fact(self) -> dict[str, Any]:
        """As it stands among the facts under `decision.<name>`."""
        return {
            "value": self.value,
            "rule": self.rule,
            "reason_vi": self.reason.vi,
            "reason_en": self.reason.en,
            "law": self.law,
        }


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: a person of a duty in one of the forms, or the seal of an agency."""

    position: str = ""
    forms: tuple[str, ...] = ()
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The document that ends a case."""

    kind: str
    title: Words
    template: str
    number_pattern: str
    signed_by: tuple[Signer, ...]
    automatic: bool
    renditions: tuple[str, ...]
    reissue_on: str | None
    data: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class EffectRule:
    """What becomes true at a register: an entry of a book, a record, or a request."""

    id: str
    register: str
    kind: str
    book: str
    when: Expression | None
    key: Expression | None
    valid_from: Expression | None
    data: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect of one case, with its data worked out. `kind` is entry, record or personal_number."""

    id: str
    register: str
    kind: str
    book: str
    key: str | None
    valid_from: dt.date | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Burden:
    """What a way costs people: facts, papers, trips, minutes of their time, đồng for travel and copies."""

    facts: int = 0
    papers: int = 0
    trips: int = 0
    minutes: int = 0
    expenses: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """The published cost formula's figures for both ways."""

    on_paper: Burden
    online: Burden
    hour: str
    source: str
    verified_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What one case saved its people; money in đồng."""

    facts: int
    papers: int
    trips: int
    minutes: int
    money: int


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A text the service stands on."""

    ref: str
    title: Words
    articles: str
    validity: Validity


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of the service sheet: what, the text, its source, and whether somebody checked it."""

    title: str
    text: str
    source: str = ""
    verified_on: dt.date | None = None
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the service sheet says, in one language."""

    code: str
    name: str
    summary: str
    online: str
    lines: tuple[SheetLine, ...] = field(default=())


def day_of(text: Any) -> dt.date | None:
    """`2026-11-21` as a date; None stays None. Raises ValueError."""
    return None if text is None else dt.date.fromisoformat(str(text))
