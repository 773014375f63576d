"""What would become of running cases under a new version of their service. Looks only; `actions/moving.py` moves."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from motcua.core import clock
from motcua.core.cases import deadlines, decisions
from motcua.core.cases.facts import facts_of
from motcua.core.cases.models import Case
from motcua.core.cases.running import Surroundings
from motcua.core.errors import UserError
from motcua.core.services import queries as services
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.core.services.pack import FactMissing, Pack, finding
from motcua.engines import bpmn, working_time
from motcua.engines.bpmn.machine import Halt
from motcua.engines.bpmn.migrate import Reason
from motcua.engines.forms import paths
from motcua.engines.forms.state import template_of

AT_ONCE = 200
Words = dict[str, str]
"""The same sentence as {vi, en}."""

IN_WORDS = {
    Reason.ENDED: "quá trình xử lý đã kết thúc",
    Reason.UNKNOWN: "không có trong phiên bản mà hồ sơ đang theo",
    Reason.GONE: "không có trong phiên bản mới; ghi vào bảng đối chiếu bước thay thế",
    Reason.KIND: "là bước loại khác trong phiên bản mới",
    Reason.LOOP: "khác nhau về việc làm nhiều lần",
    Reason.PLACE: "nằm trong phần khác của quy trình mới",
    Reason.INSIDE: "đang mở mà phiên bản mới không có phần tương ứng",
    Reason.JOIN: "đang chờ hợp nhánh mà phiên bản mới không có chỗ hợp tương ứng",
    Reason.BRANCH: "có nhánh đã đến mà phiên bản mới không còn",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are found in the new version: ids of elements (and flows), and paths of answers, old → new.

    What is not named keeps its id or path; a form's own `motcua:was` counts too.
    """

    elements: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, dict[str, str]]:
        return {"elements": dict(self.elements), "answers": dict(self.answers)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Mapping[str, str]]) -> Places:
        return cls(dict(stored.get("elements", {})), dict(stored.get("answers", {})))


@dataclass(frozen=True, slots=True)
class Outlook:
    """One case under the new version. It `stops`, or it moves; then `lost` are the paths of answers without a place.

    `stands` says where it stands, as [(id, name)]; `falls_away` are guards that the new version does not have,
    `unanswered` required questions that it has and nobody was asked.
    """

    case: Case
    from_number: int
    stands: tuple[tuple[str, str], ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    stops: tuple[Words, ...] = ()
    lost: tuple[str, ...] = ()
    falls_away: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    due_at: dt.datetime | None = None
    limit: working_time.Limit | None = None
    step: bpmn.Step | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """stops, loses or moves."""
        return "stops" if self.stops else "loses" if self.lost else "moves"

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case.number,
            "uuid": str(self.case.uuid),
            "from": self.from_number,
            "verdict": self.verdict,
            "stands": [element for element, _ in self.stands],
            "moved": [list(pair) for pair in self.moved if pair[0] != pair[1]],
            "stops": list(self.stops),
            "lost": list(self.lost),
            "falls_away": list(self.falls_away),
            "unanswered": list(self.unanswered),
            "due": [_iso(self.case.due_at), _iso(self.due_at)],
        }


def version_of(service_code: str, number: int) -> ServiceVersion:
    """The published version of that number. Raises UserError that names those there are."""
    versions = services.versions(service_code)
    if not versions:
        raise UserError(f"Không có thủ tục {service_code}.", f"There is no service {service_code}.")
    for row in versions:
        if row.number == number:
            return row
    known = ", ".join(str(row.number) for row in reversed(versions))
    raise UserError(
        f"Thủ tục {service_code} không có phiên bản {number}; có: {known}.",
        f"The service {service_code} has no version {number}; it has: {known}.",
        field="to",
    )


def leaving(to: ServiceVersion, from_number: int | None = None) -> list[ServiceVersion]:
    """The versions whose cases move: that one, else all older ones. Raises UserError when `to` is not in force."""
    if to.state != VersionState.PUBLISHED:
        raise UserError(
            f"Phiên bản {to.number} chưa được công bố; hồ sơ chỉ chuyển sang phiên bản đã công bố.",
            f"Version {to.number} is not published; cases move to a published version only.",
            field="to",
        )
    if from_number is not None:
        chosen = version_of(to.service.code, from_number)
        if chosen.pk == to.pk:
            raise UserError(
                "Phiên bản cũ và mới là một.", "The old and the new version are the same.", field="from"
            )
        return [chosen]
    return [row for row in services.versions(to.service.code) if row.number < to.number]


def running_under(from_ids: list[int]) -> QuerySet[Case]:
    """The cases whose process still runs under these versions, the oldest first."""
    cases = Case.objects.filter(service_version_id__in=from_ids, finished_at=None)
    return cases.filter(process_state__has_key="t").exclude(process_state__has_key="e").order_by("id")


def check_mapping(mapping: Places, to: ServiceVersion, olds: list[ServiceVersion]) -> None:
    """Raise UserError for a name that no old version has, or that the new one lacks."""
    new = services.pack(to.pk)
    packs = [services.pack(old.pk) for old in olds]
    for before, after in mapping.elements.items():
        if not any(before in _ids(pack.process) for pack in packs):
            raise _unknown(before, "old", sorted({one for pack in packs for one in pack.process.elements}))
        if after not in _ids(new.process):
            raise _unknown(after, "new", sorted(new.process.elements))
    for before, after in mapping.answers.items():
        if not any(before in pack.form.fields for pack in packs):
            raise _unknown(before, "old", sorted({one for pack in packs for one in pack.form.fields}))
        if after not in new.form.fields:
            raise _unknown(after, "new", sorted(new.form.fields))


def sort_out(pairs: Mapping[str, str], olds: list[ServiceVersion]) -> Places:
    """Tell elements from answers: each old name is one of a process's, or a path of a form's. Raises UserError."""
    elements: dict[str, str] = {}
    answers: dict[str, str] = {}
    packs = [services.pack(old.pk) for old in olds]
    for before, after in pairs.items():
        element = any(before in _ids(pack.process) for pack in packs)
        answer = any(before in pack.form.fields for pack in packs)
        if element and answer:
            raise UserError(
                f"“{before}” vừa là bước, vừa là câu hỏi; hãy ghi bảng đối chiếu trong tệp (elements, answers).",
                f"{before!r} is both a step and a question; write the mapping to a file (elements, answers).",
                field="map",
            )
        if not element and not answer:
            known = sorted({one for pack in packs for one in pack.process.elements})
            raise _unknown(before, "old", known)
        (elements if element else answers)[before] = after
    return Places(elements, answers)


def preview(to: ServiceVersion, mapping: Places, from_number: int | None = None) -> Iterator[Outlook]:
    """What would become of each running case of the older versions. The caller acts as the system."""
    olds = leaving(to, from_number)
    check_mapping(mapping, to, olds)
    numbers = {old.pk: old.number for old in olds}
    cases = running_under(list(numbers)).iterator(chunk_size=AT_ONCE)
    return (look(case, to, mapping, numbers[case.service_version_id]) for case in cases)


def look(case: Case, to: ServiceVersion, mapping: Places, from_number: int) -> Outlook:
    """What would become of one case, worked out in full; nothing of it is changed."""
    old, new = services.pack(case.service_version_id), services.pack(to.pk)
    state = bpmn.State.from_json(case.process_state)
    migration = bpmn.migrate(state, mapping.elements, old.process, new.process)
    answers, lost = _answers(case, old, new, mapping)
    found = _found(case, new, mapping)
    after = copy.copy(case)
    after.service_version_id = to.pk
    after.data = {**case.data, "answers": answers, "found": found}
    facts = facts_of(after, new)
    limit, due = _deadline(case, new, facts)
    stops = [_in_words(stop) for stop in migration.obstacles]
    step = None
    if migration.state is not None:
        try:
            step = bpmn.rearm(
                new.process, migration.state, facts, migration.added, clock.now(), surroundings(after, new)
            )
        except Halt as fault:
            stops.append({"vi": f"Không đặt được đồng hồ mới: {fault}", "en": str(fault)})
    return Outlook(
        case=case,
        from_number=from_number,
        stands=_stands(state, old),
        moved=migration.moved,
        stops=tuple(stops),
        lost=tuple(lost),
        falls_away=migration.lost,
        unanswered=_unanswered(case, new, answers, found),
        due_at=due,
        limit=limit,
        step=step,
        answers=answers,
        found=found,
    )


def surroundings(case: Case, pack: Pack) -> Surroundings:
    """What the interpreter may ask of us about that case."""
    version = case.service_version_id
    decider = decisions.Decider(pack, version, case.handling_agency_id, clock.today())
    return Surroundings(pack, decider, case.handling_agency_id)


def _ids(process: bpmn.Definition) -> frozenset[str]:
    flows = {flow.id for element in process.elements.values() for flow in element.outgoing}
    return frozenset(process.elements) | flows


def _unknown(name: str, side: str, known: list[str]) -> UserError:
    told = ", ".join(known)
    vi = {"old": "Phiên bản cũ", "new": "Phiên bản mới"}[side]
    return UserError(
        f"{vi} không có “{name}”; có: {told}.",
        f"The {side} version has no {name!r}; it has: {told}.",
        field="map",
    )


def _in_words(stop: bpmn.Stop) -> Words:
    return {
        "vi": f"“{stop.name}” ({stop.element}) {IN_WORDS[stop.reason]}.",
        "en": f"“{stop.name}”: {stop.text}",
    }


def _stands(state: bpmn.State, old: Pack) -> tuple[tuple[str, str], ...]:
    ids = dict.fromkeys(token.element for token in state.tokens if not token.host)
    elements = old.process.elements
    return tuple((one, (elements[one].name if one in elements else "") or one) for one in ids)


def _answers(case: Case, old: Pack, new: Pack, mapping: Places) -> tuple[dict[str, Any], list[str]]:
    """The answers in the new form's places; what no form ever asked stays where it is."""
    given = paths.nest(case.data.get("answers", {}))
    answers, lost = new.form.migrate(given, old.form, mapping.answers)
    really = []
    for path in lost:
        if old.form.at(path) is None:
            paths.put(answers, paths.parse(path), paths.get(given, paths.parse(path), None))
        else:
            really.append(path)
    return answers, really


def _found(case: Case, new: Pack, mapping: Places) -> dict[str, Any]:
    """What registers said, under the new names of the questions that it answers."""
    homes = new.form.homes(mapping.answers)
    found: dict[str, Any] = {}
    for path, entry in case.data.get("found", {}).items():
        target = homes.get(path, path) if template_of(path) == path else path
        found[target if target in new.form.fields else path] = entry
    return found


def _deadline(
    case: Case, new: Pack, facts: Mapping[str, Any]
) -> tuple[working_time.Limit | None, dt.datetime | None]:
    """The limit that the new version sets, and the day that follows; as it was where the limit is the same."""
    before = deadlines.limit_of(case)
    try:
        limit: working_time.Limit | None = new.limit(facts)
    except FactMissing:
        limit = before
    if limit is None or (before and (limit.amount, limit.unit) == (before.amount, before.unit)):
        return before, case.due_at
    due = deadlines.due(
        case.received_at, limit, case.handling_agency_id, deadlines.suspensions_of(case), case.extended_to
    )
    return limit, due


def _unanswered(
    case: Case, new: Pack, answers: Mapping[str, Any], found: Mapping[str, Any]
) -> tuple[str, ...]:
    given = {"applicant": case.data.get("applicant", {}), "today": case.received_at.date()}
    checked = new.form.check(
        answers, lang="vi", today=case.received_at.date(), found=finding.from_json(dict(found)), given=given
    )
    return tuple(error.path for error in checked.errors if error.rule == "required")


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
