"""Run stored decisions and steps again, under the version and with the inputs they had, and tell which differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from motcua.core.cases import decisions, steps
from motcua.core.cases.models import DecisionRun, ProcessStep
from motcua.core.services import pack as packs
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.core.services.pack import PackError
from motcua.engines.bpmn import BpmnError

AT_ONCE = 500
K = TypeVar("K", DecisionRun, ProcessStep)
IN_FORCE = (VersionState.PUBLISHED, VersionState.RETIRED)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not come out again: what it is, of which case, what was stored and what came out now.

    `kind` is decision, step, or version (its files are not those that were published; `case` is empty then).
    """

    kind: str
    case: str
    which: str
    version: int
    at: str
    stored: Any
    came_out: Any

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Report:
    """How much was run again, and what differs."""

    decisions: int = 0
    steps: int = 0
    versions: int = 0
    different: list[Difference] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return not self.different

    def as_json(self) -> dict[str, Any]:
        return {
            "decisions": self.decisions,
            "steps": self.steps,
            "versions": self.versions,
            "different": [one.as_json() for one in self.different],
        }


class _Version:
    """A version as it is stored now, whatever this process may have kept of it."""

    def __init__(self, row: ServiceVersion) -> None:
        self.row = row

    @cached_property
    def pack(self) -> Any:
        from motcua.core.services import queries as services

        return packs.load(self.row.files).of_version(self.row.pk, services.rate)

    def faults(self) -> Iterator[Difference]:
        """Its files are no pack any more, or others than were published, or it was never in force."""
        try:
            found = self.pack.digest
        except PackError as fault:
            found = fault.text("en")
        if found != self.row.digest:
            yield self._fault("files", self.row.digest, found)
        if self.row.state not in IN_FORCE:
            yield self._fault("state", " or ".join(IN_FORCE), self.row.state)

    def _fault(self, which: str, stored: Any, came_out: Any) -> Difference:
        return Difference("version", "", which, self.row.number, "", stored, came_out)


def replay_all(
    service_code: str = "",
    since: dt.date | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> Report:
    """Run every decision and every step of a service (of all) since a day again. `tell` hears how many are done.

    Reads in order of the rows, a few hundred at a time, and changes nothing. The caller acts as the system.
    """
    replaying = _Replaying()
    for run in _stored(DecisionRun, service_code, since).iterator(chunk_size=AT_ONCE):
        replaying.decision(run)
        tell(replaying.report.decisions)
    return _steps(replaying, _stored(ProcessStep, service_code, since), tell)


def replay_steps(since: dt.date | None = None) -> Report:
    """Take the steps since a day again, without the decisions."""
    return _steps(_Replaying(), _stored(ProcessStep, "", since), lambda done: None)


def count(service_code: str = "", since: dt.date | None = None) -> int:
    """How many there are to run again."""
    runs, taken = _stored(DecisionRun, service_code, since), _stored(ProcessStep, service_code, since)
    return runs.count() + taken.count()


def _stored(kept: type[K], service_code: str, since: dt.date | None) -> QuerySet[K]:
    rows = kept._default_manager.select_related("case").order_by("id")
    if service_code:
        rows = rows.filter(case__service_code=service_code)
    if since is not None:
        rows = rows.filter(at__gte=timezone.make_aware(dt.datetime.combine(since, dt.time.min)))
    return rows


def _steps(replaying: _Replaying, rows: QuerySet[ProcessStep], tell: Callable[[int], None]) -> Report:
    for row in rows.iterator(chunk_size=AT_ONCE):
        replaying.step(row)
        tell(replaying.report.decisions + replaying.report.steps)
    return replaying.report


class _Replaying:
    """One walk over what is stored; versions are looked at when they are first met."""

    def __init__(self) -> None:
        self.report = Report()
        self._versions: dict[int, _Version] = {}

    def decision(self, run: DecisionRun) -> None:
        self.report.decisions += 1
        version = self._version(run.version_id)
        stored = {key: run.outcome.get(key) for key in ("value", "rule")}
        try:
            outcome = decisions.again(version.pack, run.decision, run.inputs)
            found: Any = {key: outcome.get(key) for key in stored}
        except Exception as fault:  # a table that was edited may fail in any way: all of them are differences
            found = f"{type(fault).__name__}: {fault}"
        if found != stored:
            self._differs("decision", run, run.decision, stored, found)
        elif run.outcome.get("digest", version.row.digest) != version.row.digest:
            self._differs("decision", run, run.decision, run.outcome["digest"], version.row.digest)

    def step(self, row: ProcessStep) -> None:
        self.report.steps += 1
        which = " ".join(str(part) for part in row.act if not isinstance(part, dict | list))
        version = self._version(row.version_id)
        try:
            process = version.pack.process
            found: Any = steps.again(
                process, act=row.act, before=row.before, inputs=row.inputs, heard=row.heard, at=row.at
            )
        except (BpmnError, PackError) as fault:
            self._differs("step", row, which, row.outcome, f"{type(fault).__name__}: {fault}")
            return
        if found != row.outcome:
            self._differs("step", row, which, row.outcome, found)
        elif process.hash[: steps.DIGITS] != row.definition:
            self._differs("step", row, which, row.definition, process.hash[: steps.DIGITS])

    def _version(self, version_id: int) -> _Version:
        known = self._versions.get(version_id)
        if known is None:
            known = _Version(ServiceVersion.objects.select_related("service").get(pk=version_id))
            self._versions[version_id] = known
            self.report.versions += 1
            self.report.different.extend(known.faults())
        return known

    def _differs(
        self, kind: str, row: DecisionRun | ProcessStep, which: str, stored: Any, found: Any
    ) -> None:
        number = self._versions[row.version_id].row.number
        self.report.different.append(
            Difference(kind, row.case.number, which, number, row.at.isoformat(), stored, found)
        )
