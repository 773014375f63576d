"""One case file after the other: ask, find, charge, decide, walk, write; then compare with what is expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.core.services.pack import FactMissing, NoOutcome, Pack, find, total
from motcua.core.services.pack.yaml_source import read
from motcua.core.services.trial import paper, world
from motcua.core.services.trial.report import CaseReport, Mismatch, Report
from motcua.core.services.trial.walk import Lost, Walk
from motcua.engines import working_time
from motcua.engines.forms import Checked, Measure, nest
from motcua.engines.typeset import TypesetError

WORLD = "cases/world.yaml"


def run_cases(pack: Pack) -> Report:
    """Run every cases/*.yaml but world.yaml, which holds what all of them are given."""
    shared = read(WORLD, pack.files[WORLD]).value if WORLD in pack.files else {}
    names = sorted(n for n in pack.files if n.startswith("cases/") and n.endswith(".yaml") and n != WORLD)
    reports = [_run(pack, name, read(name, pack.files[name]).value, shared or {}) for name in names]
    return Report(pack.code, pack.slug, tuple(reports))


def _run(pack: Pack, file: str, case: Mapping[str, Any], shared: Mapping[str, Any]) -> CaseReport:
    given = world.overlaid(shared, case["given"])
    tried = Tried(pack, case, given)
    try:
        tried.run()
    except (FactMissing, NoOutcome, Lost, TypesetError, KeyError, ValueError) as wrong:
        return CaseReport(file, case["name"], (), (), error=f"{type(wrong).__name__}: {wrong}")
    return CaseReport(
        file, case["name"], tuple(tried.checked), tuple(tried.mismatches), skipped=tuple(tried.skipped)
    )


@dataclass
class Tried:
    """One case being run: what came out, and where it differs from what is expected."""

    pack: Pack
    case: Mapping[str, Any]
    given: Mapping[str, Any]
    checked: list[str] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Everything in the order in which it happens to a real application."""
        pack, expect = self.pack, self.case["expect"]
        received = dt.datetime.fromisoformat(self.case["received"])
        applicant = dict(self.given["applicant"])
        answers = nest(self.case.get("answers", {}))
        extra = {"channel": self.case.get("channel", "portal"), "province": self.given.get("province")}
        reader = world.GivenReader(self.given.get("registers", {}), received)
        before = pack.facts(answers, applicant=applicant, received=received, extra=extra)
        found = find(pack, reader, before)
        known = {"applicant": applicant, "today": received.date(), "received": received}
        checked = pack.form.check(answers, lang="en", today=received.date(), found=found, given=known)
        if not self._form(checked, pack.form.measure(checked.answers, found, known), expect):
            return
        facts = pack.facts(checked.answers, found, applicant=applicant, received=received, extra=extra)
        self._law(facts, expect, received)
        walk = Walk(pack, facts, self.case.get("acts", {}), world.calendar(), received)
        walk.run()
        self._way(walk, expect)
        self._paper(walk, expect)

    def _form(self, checked: Checked, measure: Measure, expect: Mapping[str, Any]) -> bool:
        """Compare what was asked; False when the form sends the person back."""
        wrong = sorted({error.path for error in checked.errors})
        refused = expect.get("refused_by_form")
        if refused is not None:
            self._same("refused_by_form", sorted(refused), wrong)
            return False
        if wrong:
            told = [f"{error.path}: {error.message}" for error in checked.errors]
            self.mismatches.append(Mismatch("form", "no mistakes", told))
            return False
        if "asked" in expect:
            wanted = expect["asked"]
            self._same("asked", wanted, len(measure.asked) if isinstance(wanted, int) else measure.asked)
        if "found" in expect:
            self._same("found", expect["found"], len(measure.found))
        return True

    def _law(self, facts: Mapping[str, Any], expect: Mapping[str, Any], received: dt.datetime) -> None:
        """Compare what the law says of the facts: papers, money, time, authority."""
        pack = self.pack
        if "papers" in expect:
            self._same("papers", expect["papers"], [needed.id for needed in pack.papers(facts)])
        fees = pack.fees(facts)
        if "fee" in expect:
            self._same("fee", expect["fee"], total(fees))
        if "fees" in expect:
            self._same("fees", expect["fees"], {fee.line: fee.amount for fee in fees})
        if "deadline" in expect:
            due = working_time.deadline(received, pack.limit(facts), world.calendar())
            self._same(
                "deadline", expect["deadline"], None if due is None else _as_written(due, expect["deadline"])
            )
        if "competent" in expect:
            self._same("competent", expect["competent"], pack.competent_unit(facts))

    def _way(self, walk: Walk, expect: Mapping[str, Any]) -> None:
        """Compare where the case went and what it did."""
        if "path" in expect:
            self._same("path", expect["path"], walk.path)
        for step, day in expect.get("step_deadlines", {}).items():
            due = walk.due.get(step)
            self._same(f"step_deadlines.{step}", day, None if due is None else _as_written(due, day))
        for step, unit in expect.get("step_agencies", {}).items():
            self._same(f"step_agencies.{step}", unit, walk.agencies.get(step))
        if "effects" in expect:
            self._same("effects", expect["effects"], walk.effects)
        if "end" in expect:
            self._same("end", expect["end"], walk.end)
        wanted = expect.get("decision")
        if wanted is not None:
            name = wanted.get("name") or next(iter(self.pack.decisions))
            decided = walk.decisions.get(name)
            self._same("decision.value", wanted["value"], None if decided is None else decided.value)
            if "rule" in wanted:
                self._same("decision.rule", wanted["rule"], None if decided is None else decided.rule)
            if "gear" in wanted:
                self._same("decision.gear", wanted["gear"], walk.gears.get(name))

    def _paper(self, walk: Walk, expect: Mapping[str, Any]) -> None:
        """Compare what the result says."""
        if "result" not in expect:
            return
        wanted = expect["result"]
        if wanted is None:
            self._same("result", None, walk.drafted)
            return
        if walk.drafted is None:
            self._same("result", wanted, None)
            return
        fonts = world.fonts()
        if fonts is None:
            self.skipped.append("result: no fonts; build the assets")
            return
        text = paper.said(self.pack.template, walk.drafted, fonts, walk.at)
        for words in wanted.get("contains", ()):
            if not paper.holds(text, words):
                self.mismatches.append(Mismatch("result.contains", words, text))
        for words in wanted.get("lacks", ()):
            if paper.holds(text, words):
                self.mismatches.append(Mismatch("result.lacks", words, text))
        self.checked.append("result")

    def _same(self, what: str, expected: Any, actual: Any) -> None:
        self.checked.append(what)
        if expected != actual:
            self.mismatches.append(Mismatch(what, expected, actual))


def _as_written(due: dt.datetime, wanted: str) -> str:
    """A due time as precisely as the case says it: a day, or a day and the minute."""
    return due.date().isoformat() if len(wanted) <= len("2026-11-21") else due.strftime("%Y-%m-%dT%H:%M")
