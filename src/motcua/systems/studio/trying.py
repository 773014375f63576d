"""What a set of files would do: its cases run, its tables searched, last month's cases looked through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from motcua.core.cases.models import Draft
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import actions as services
from motcua.core.services import pack as packs
from motcua.core.services.impact import Touched
from motcua.core.services.models import ServiceVersion
from motcua.core.services.trial import Report
from motcua.engines import dmn
from motcua.systems.studio import differences, words

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome, as pages show it."""

    cases: list[dict[str, Any]]
    failures: int
    findings: list[dict[str, Any]]
    touched: list[dict[str, Any]]
    touched_count: int
    filling: int
    stale: list[str]

    @property
    def passed(self) -> bool:
        return bool(self.cases) and not self.failures


def tried(version: ServiceVersion, lang: str) -> Tried:
    """Run everything for a version, kept or not yet. Raises PackError when its files are no pack."""
    report = report_of(version.files)
    touched = _touched(version)
    return Tried(
        sorted((words.case(one, lang) for one in report.cases), key=lambda one: one["passed"]),
        report.failures,
        [*doubts(version.files, lang), *findings(version.files, lang)],
        [_said(one, version, lang) for one in touched[:SHOWN]],
        len(touched),
        _filling(version),
        differences.stale_reasons(version.based_on.files, version.files, lang) if version.based_on else [],
    )


def report_of(files: Mapping[str, str]) -> Report:
    """The pack's cases run; the same files are run once in this process."""
    return _report(tuple(sorted(files.items())))


LOOK_AGAIN = {"vi": "Quy trình: nên xem lại", "en": "Process: look at this again"}


@lru_cache(maxsize=16)
def _report(files: tuple[tuple[str, str], ...]) -> Report:
    return services.run_cases(packs.load(dict(files)))


def findings(files: Mapping[str, str], lang: str) -> list[dict[str, Any]]:
    """Gaps, overlaps, contradictions and dead rows of all tables, each with an example."""
    found: list[dict[str, Any]] = []
    for file, source in sorted(files.items()):
        if file.endswith(".dmn"):
            views = {view.id: view for view in dmn.tables(source.encode())}
            found += [
                words.finding(one, views[one.table], lang)
                for one in dmn.analyse(dmn.load(source.encode()))
                if one.table in views
            ]
    return found


def doubts(files: Mapping[str, str], lang: str) -> list[dict[str, Any]]:
    """Where a case could get lost in the process, by element and line."""
    return [
        {"kind": LOOK_AGAIN[lang], "severe": False, "rows": [fault.text(lang)], "example": []}
        for fault in packs.warnings(files)
    ]


def _touched(version: ServiceVersion) -> list[Touched]:
    """Last month's cases that would have gone otherwise. The rules look through all of them; people see no names."""
    with acting(SYSTEM):
        return services.impact(version)


def _said(of: Touched, version: ServiceVersion, lang: str) -> dict[str, Any]:
    before = words.rules_of(version.based_on.files, lang) if version.based_on else {}
    after, titles = words.rules_of(version.files, lang), words.questions(version.files, lang)
    return {
        "number": of.number,
        "differences": [
            {
                "what": titles.get(one.what) or words.what(one.what, lang),
                "before": words.outcome(one.before, before, lang),
                "after": words.outcome(one.after, after, lang),
            }
            for one in of.differences
        ],
    }


def _filling(version: ServiceVersion) -> int:
    """How many people have begun an application under the version that this one would replace."""
    if version.based_on_id is None:
        return 0
    with acting(SYSTEM):
        return Draft.objects.filter(service_version_id=version.based_on_id, submitted_case=None).count()
