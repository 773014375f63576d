"""What one wants to know of a service before applying, worked out from its pack: numbers and lists, no sentences."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motcua.core.services.pack import Pack
from motcua.core.services.pack.parts import FeeRule, LegalBasis, LimitRule, PaperRule
from motcua.core.services.pack.sources import SOURCES, VALUE


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee line: `amounts` in đồng, as far as they can be told before the case is known; `always` = in every case."""

    title: str
    amounts: tuple[int, ...]
    note: str
    always: bool
    source: str
    verified_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit: an amount of a unit, when (`note`), by which law."""

    amount: str
    unit: str
    note: str
    usual: bool
    source: str
    verified_on: dt.date | None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper: asked `always`, or only where no register knows (`unless_known`), or in special cases."""

    name: str
    instead: tuple[str, ...]
    always: bool
    unless_known: bool
    original: bool
    source: str
    verified_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """A register that is asked instead of the person, and the answers that it gives."""

    source: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The service at a glance and in full."""

    code: str
    slug: str
    name: str
    summary: str
    online: str
    because: str
    who: tuple[str, ...]
    fees: tuple[Fee, ...]
    limits: tuple[Limit, ...]
    papers: tuple[PaperLine, ...]
    lookups: tuple[Lookup, ...]
    result: str
    laws: tuple[LegalBasis, ...]
    laws_to_come: tuple[LegalBasis, ...]
    objection: str
    published_by: str
    decision: str
    any_desk: bool
    automatic: bool

    @property
    def usual_limit(self) -> Limit | None:
        return next((limit for limit in self.limits if limit.usual), self.limits[0] if self.limits else None)

    @property
    def always_due(self) -> tuple[Fee, ...]:
        return tuple(fee for fee in self.fees if fee.always)

    @property
    def always_needed(self) -> tuple[PaperLine, ...]:
        return tuple(paper for paper in self.papers if paper.always)

    @property
    def unchecked(self) -> bool:
        """Whether some fact on the sheet was not yet compared with its source."""
        lines: list[Fee | Limit | PaperLine] = [*self.fees, *self.limits, *self.papers]
        return any(line.verified_on is None for line in lines)


def card(pack: Pack, lang: str, day: dt.date) -> Card:
    """The card of a pack in one language, with the lines that hold on a day."""
    return Card(
        code=pack.code,
        slug=pack.slug,
        name=pack.name(lang),
        summary=pack.summary.text(lang),
        online=pack.online,
        because=pack.because.text(lang),
        who=tuple(pack.text(f"who.{who}", lang) for who in pack.applicants),
        fees=tuple(_fee(pack, rule, lang, day) for rule in pack.fee_rules if rule.validity.holds(day)),
        limits=tuple(_limit(rule, lang) for rule in pack.limits if rule.validity.holds(day)),
        papers=tuple(_paper(pack, rule, lang) for rule in pack.paper_rules),
        lookups=lookups(pack, lang),
        result=pack.result.title.text(lang),
        laws=tuple(law for law in pack.legal_basis if law.validity.holds(day)),
        laws_to_come=tuple(law for law in pack.legal_basis if (law.validity.since or day) > day),
        objection=pack.objection.text(lang),
        published_by=pack.published_by.text(lang),
        decision=pack.publishing_decision or "",
        any_desk="any" in pack.receiving,
        automatic=pack.result.automatic,
    )


def lookups(pack: Pack, lang: str) -> tuple[Lookup, ...]:
    """Which registers are asked for which answers of the form, in the order of the pack's lines."""
    wanted = [
        (prefill, pack.form.fields[path].name.said(lang)) for path, prefill in pack.form.prefills.items()
    ]
    found: dict[str, list[str]] = {}
    for rule in pack.prefill:
        label = rule.labels.text(lang) or SOURCES[rule.name].label.text(lang)
        names = found.setdefault(label, []) if rule.name != VALUE or rule.labels.vi else []
        names += [
            name for prefill, name in wanted
            if (prefill == rule.path or prefill.startswith(f"{rule.path}.")) and name not in names
        ]  # fmt: skip
    return tuple(Lookup(label, tuple(names)) for label, names in found.items())


def _fee(pack: Pack, rule: FeeRule, lang: str, day: dt.date) -> Fee:
    keys = {line.key for line in pack.rate_lines if f'"{line.key}"' in rule.amount.text}
    amounts = {pack.rate(key, None, day) for key in keys}
    return Fee(
        rule.title.text(lang),
        tuple(sorted(amount for amount in amounts if amount is not None)),
        rule.exempt_note.text(lang),
        rule.when is None,
        rule.source,
        rule.verified_on,
    )


def _limit(rule: LimitRule, lang: str) -> Limit:
    limit = rule.limit
    return Limit(
        f"{limit.amount.normalize():f}",
        limit.unit.value,
        rule.note.text(lang),
        rule.when is None,
        rule.source,
        rule.verified_on,
    )


def _paper(pack: Pack, rule: PaperRule, lang: str) -> PaperLine:
    return PaperLine(
        rule.name.text(lang),
        tuple(pack.text(f"paper.{one}", lang) for one in rule.one_of if one != rule.id),
        rule.when is None and rule.unless is None,
        rule.when is None and rule.unless is not None,
        rule.original,
        rule.source,
        rule.verified_on,
    )
