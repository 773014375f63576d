"""A service pack, compiled: what it asks, finds, costs, decides and does, as functions of the facts of a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as part
from typing import Any

from motcua.core.services.pack import deciding
from motcua.core.services.pack.credentials import CredentialRule
from motcua.core.services.pack.expressions import Expression, plain, typed
from motcua.core.services.pack.files import Files
from motcua.core.services.pack.parts import (
    Cost,
    Decided,
    DecisionUse,
    DeriveRule,
    Effect,
    EffectRule,
    FeeDue,
    FeeRule,
    GearRule,
    LegalBasis,
    LimitRule,
    Paper,
    PaperRule,
    PrefillRule,
    RateLine,
    Result,
    Saved,
    Sheet,
    Words,
)
from motcua.core.services.pack.sheet import sheet
from motcua.engines import bpmn, dmn, forms
from motcua.engines.forms import paths
from motcua.engines.working_time import Limit

Rates = Callable[[str, str | None, dt.date], int | None]
"""key, province (None = unknown) and day → đồng."""


class Complete(dict[str, Any]):
    """Facts that are typed and have what follows from them: they need not be worked out again."""


MAX_FEE = 1_000_000_000_000


class FactMissing(Exception):
    """A fee, limit or authority cannot be worked out: the message names the line and its expression."""


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A version of a public service. Immutable; one serves every request and every case of the version.

    `version_id` is the row of the version in force, None for a pack read from files.
    """

    code: str
    slug: str
    names: Words
    summary: Words
    known_as: Mapping[str, tuple[str, ...]]
    field: str
    life_events: tuple[str, ...]
    level: str
    in_force_from: dt.date
    published_by: Words
    publishing_decision: str | None
    legal_basis: tuple[LegalBasis, ...]
    transition: str
    online: str
    because: Words
    because_kind: str
    channels: tuple[str, ...]
    applicants: tuple[str, ...]
    assurance: int
    represented: bool
    competent: Expression
    competent_kind: str
    receiving: str
    limits: tuple[LimitRule, ...]
    fee_rules: tuple[FeeRule, ...]
    rate_lines: tuple[RateLine, ...]
    prefill: tuple[PrefillRule, ...]
    derive: tuple[DeriveRule, ...]
    paper_rules: tuple[PaperRule, ...]
    decisions: Mapping[str, DecisionUse]
    eligibility: str | None
    gears: Mapping[str, GearRule]
    result: Result
    effect_rules: tuple[EffectRule, ...]
    objection: Words
    proactive_level: int
    proactive_trigger: str | None
    remind_after_days: int | None
    bundle: str | None
    cost: Cost
    texts: Mapping[str, Mapping[str, str]]
    files: Files
    digest: str
    manifest: Mapping[str, Any]
    form: forms.Form
    process: bpmn.Definition
    models: Mapping[str, dmn.Model]
    credential: CredentialRule | None = None
    version_id: int | None = None
    rates: Rates | None = part(default=None, compare=False)

    # names and texts

    def name(self, lang: str = "vi") -> str:
        return self.names.text(lang)

    def text(self, key: str, lang: str = "vi") -> str:
        """A text of texts/<lang>.yaml; the key itself where there is none."""
        return self.texts.get(lang, {}).get(key) or self.texts.get("vi", {}).get(key, key)

    def sheet(self, lang: str = "vi", on: dt.date | None = None) -> Sheet:
        """What the service sheet says: who, how long, how much, by which law, and what is not yet checked."""
        return sheet(self, lang, on)

    @property
    def template(self) -> str:
        """The typst source of the result."""
        return self.files[self.result.template]

    @property
    def reissue_on(self) -> str | None:
        return self.result.reissue_on

    def of_version(self, version_id: int, rates: Rates) -> Pack:
        """The same pack as a row of the database, asking the installation for amounts."""
        return replace(self, version_id=version_id, rates=rates)

    # facts

    def facts(
        self,
        answers: Mapping[str, Any],
        found: Mapping[str, Any] | None = None,
        *,
        applicant: Mapping[str, Any],
        received: dt.datetime,
        today: dt.date | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Everything that expressions may name, as FEEL sees it.

        At the top level the answers over the found facts, with `applicant`, `received`, `today`; `registers`
        holds what was found as it was found; `extra` is what the case has learnt since (`verification`,
        `number`, `entry`, `decision`, …) and stands before derived facts. Answers may be nested or by path.
        """
        base = self.with_found(
            {
                **typed(paths.nest(answers)),
                "applicant": typed(applicant),
                "received": received,
                "today": today or received.date(),
            },
            found or {},
        )
        return self.complete(_over(base, typed(extra or {})))

    def complete(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Facts with what follows from them (`derive`); a fact that is there already, an officer's, stays."""
        known = Complete(_over(typed(facts), {}))
        for rule in self.derive:
            steps = paths.parse(rule.path)
            if paths.get(known, steps, None) is None:
                paths.put(known, steps, rule.value.value(self._with_rate(known)))
        return known

    def with_found(self, facts: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """Facts over what was found (forms.Found, or as JSON holds it, by path); `registers` holds the latter alone."""
        flat = {path: plain(_value(fact)) for path, fact in found.items() if not path.startswith("$")}
        nested = typed(paths.nest(flat))
        return {**_over(nested, facts), "registers": nested}

    def context(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts as expressions see them: typed, with what follows from them and with `rate(key)`."""
        return self._with_rate(facts if isinstance(facts, Complete) else self.complete(facts))

    def known(self, facts: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """What is known while facts are still being found: nothing follows from it yet."""
        return self._with_rate(self.with_found(facts, found))

    def _with_rate(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        priced = facts.get("priced_on")
        on = priced if isinstance(priced, dt.date) else _day_or_none(facts) or self.in_force_from
        province = facts.get("province")

        def rate(key: str) -> int | None:
            return self.rate(key, province if isinstance(province, str) else None, on)

        return {**facts, "rate": rate}

    def rate(self, key: str, province: str | None, on: dt.date) -> int | None:
        """The amount of a rate in force: the installation's, else the pack's own; a province's before the country's.

        Without a known province the only province's line counts. None where no line holds.
        """
        if self.rates is not None:
            amount = self.rates(key, province, on)
            if amount is not None:
                return amount
        lines = [line for line in self.rate_lines if line.key == key and line.validity.holds(on)]
        local = [line for line in lines if line.province is not None and province in (None, line.province)]
        if len(local) == 1:
            return local[0].amount
        return next((line.amount for line in lines if line.province is None), None)

    # what the law says of these facts

    def competent_unit(self, facts: Mapping[str, Any]) -> str | None:
        """The code of the administrative unit whose authority decides; None while nobody can tell."""
        value = self.competent.value(self.context(facts))
        return value if isinstance(value, str) else None

    def limit(self, facts: Mapping[str, Any]) -> Limit:
        """How long it may take: the first line whose condition holds."""
        return self.limit_rule(facts).limit

    def limit_rule(self, facts: Mapping[str, Any]) -> LimitRule:
        """The line of `time_limit` that applies, with its note and source. Raises FactMissing."""
        context, day = self.context(facts), _day(facts)
        for rule in self.limits:
            if rule.validity.holds(day) and (rule.when is None or rule.when.holds(context)):
                return rule
        raise FactMissing(f"{self.code}: no line of time_limit holds on {day}")

    def fees(self, facts: Mapping[str, Any], lang: str = "vi") -> list[FeeDue]:
        """What is owed, line by line; an exempt line stands there with 0. Raises FactMissing."""
        context, day = self.context(facts), _day(facts)
        due: list[FeeDue] = []
        for rule in self.fee_rules:
            if not rule.validity.holds(day) or (rule.when is not None and not rule.when.holds(context)):
                continue
            exempt = rule.exempt is not None and rule.exempt.holds(context)
            due.append(
                FeeDue(
                    rule.line,
                    rule.title.text(lang),
                    0 if exempt else self._amount(rule, context),
                    rule.source,
                    rule.title.en,
                    rule.account,
                    rule.pay,
                    exempt,
                )
            )
        return due

    def papers(
        self, answers: Mapping[str, Any], found: Mapping[str, Any] | None = None, lang: str = "vi"
    ) -> list[Paper]:
        """The papers that are needed. `answers` may be the facts of a case, with nothing `found` besides."""
        context = self.context(self.with_found(typed(paths.nest(answers)), found) if found else answers)
        return [
            Paper(
                rule.id,
                rule.name.text(lang),
                tuple((one, self.text(f"paper.{one}", lang)) for one in rule.one_of),
                rule.original,
                rule.accept,
                rule.proof,
            )
            for rule in self.paper_rules
            if (rule.when is None or rule.when.holds(context))
            and not (rule.unless is not None and rule.unless.holds(context))
        ]

    def decision(self, name: str) -> dmn.Model:
        """The model that holds a decision. Raises KeyError that names the decisions there are."""
        return self.models[self._use(name).file]

    def decide(self, name: str, facts: Mapping[str, Any]) -> Decided:
        """Take a decision over the facts: value, rule, reasons. Raises deciding.NoOutcome when no rule fires."""
        use = self._use(name)
        return deciding.decide(self.models[use.file], use, self.context(facts), self.digest)

    def reasons(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """What stands under `decision` for the result: each decision's value, rule, reasons and article.

        Decisions are functions of the facts, so they are taken again; what the case has stored of them stays.
        """
        stored = facts.get("decision")
        stored = stored if isinstance(stored, Mapping) else {}
        told: dict[str, Any] = {}
        for name in self.decisions:
            try:
                told[name] = self.decide(name, facts).as_fact()
            except deciding.NoOutcome:
                told[name] = {}
            told[name].update(stored.get(name) or {})
        return told

    def gear(self, name: str, on: dt.date) -> GearRule | None:
        """The gear in which the pack ships a decision; the installation's own setting stands before it."""
        rule = self.gears.get(name)
        return rule if rule is not None and rule.validity.holds(on) else None

    def effect(self, effect_id: str, facts: Mapping[str, Any]) -> Effect | None:
        """An effect with its data, None when its condition does not hold. Raises KeyError for no such effect."""
        for rule in self.effect_rules:
            if rule.id == effect_id:
                return self._effect(rule, self.context(facts))
        known = ", ".join(rule.id for rule in self.effect_rules) or "none"
        raise KeyError(f"{self.code} has no effect {effect_id!r}; its effects: {known}")

    def effects(self, facts: Mapping[str, Any]) -> list[Effect]:
        """All effects whose conditions hold."""
        context = self.context(facts)
        return [effect for rule in self.effect_rules if (effect := self._effect(rule, context)) is not None]

    def result_data(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Exactly what the template is given of the case, as JSON."""
        context = self.context({**facts, "decision": self.reasons(facts)} if self.decisions else facts)
        return {name: plain(value.value(context)) for name, value in self.result.data.items()}

    def saved(
        self, *, asked: int, papers: int, trips: int, on: dt.date, province: str | None = None
    ) -> Saved:
        """What one case saved against the way on paper, by the published formula.

        money = minutes saved ÷ 60 × income of an hour + expenses saved (Circular 03/2022/TT-VPCP).
        """
        paper, online = self.cost.on_paper, self.cost.online
        minutes = max(0, paper.minutes - online.minutes)
        hour = self.rate(self.cost.hour, province, on) or 0
        money = minutes * hour // 60 + max(0, paper.expenses - online.expenses)
        return Saved(
            max(0, paper.facts - asked),
            max(0, paper.papers - papers),
            max(0, paper.trips - trips),
            minutes,
            money,
        )

    # within

    def _use(self, name: str) -> DecisionUse:
        try:
            return self.decisions[name]
        except KeyError:
            known = ", ".join(self.decisions) or "none"
            raise KeyError(f"{self.code} has no decision {name!r}; its decisions: {known}") from None

    def _amount(self, rule: FeeRule, context: Mapping[str, Any]) -> int:
        value = plain(rule.amount.value(context))
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_FEE:
            raise FactMissing(
                f"{self.code}: the amount of the fee {rule.line!r} is {value!r}, not whole đồng: {rule.amount.text}"
            )
        return value

    def _effect(self, rule: EffectRule, context: Mapping[str, Any]) -> Effect | None:
        if rule.when is not None and not rule.when.holds(context):
            return None
        key = None if rule.key is None else rule.key.value(context)
        since = None if rule.valid_from is None else rule.valid_from.value(context)
        return Effect(
            rule.id,
            rule.register,
            rule.kind,
            rule.book,
            None if key is None else str(key),
            since if isinstance(since, dt.date) else None,
            {name: plain(value.value(context)) for name, value in rule.data.items()},
        )


def total(fees: Iterable[FeeDue]) -> int:
    """The sum in đồng."""
    return sum(fee.amount for fee in fees)


def _value(fact: Any) -> Any:
    """The value of a found fact, as the forms engine or as a JSON column holds it."""
    return fact.get("value") if isinstance(fact, Mapping) else fact.value


def _day(facts: Mapping[str, Any]) -> dt.date:
    """The day whose law counts. Raises FactMissing when the facts name none."""
    day = _day_or_none(facts)
    if day is None:
        raise FactMissing("the facts say neither when the application was received nor what day it is")
    return day


def _day_or_none(facts: Mapping[str, Any]) -> dt.date | None:
    """The day of receipt, whose law a case keeps; before there is one, today."""
    received, today = facts.get("received"), facts.get("today")
    if isinstance(received, str):
        received = typed(received)
    if isinstance(received, dt.datetime):
        return received.date()
    return today if isinstance(today, dt.date) else None


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """A new mapping with `above` laid over `below`, group by group; null covers nothing."""
    laid = {key: _over(value, {}) if isinstance(value, Mapping) else value for key, value in below.items()}
    for key, value in above.items():
        here = laid.get(key)
        if isinstance(value, Mapping):
            laid[key] = _over(here if isinstance(here, Mapping) else {}, value)
        elif value is not None or key not in laid:
            laid[key] = value
    return laid
