"""The rows of a case that moves: as they were, as the new version words them, and as they were again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Value
from django.db.models.functions import Coalesce

from motcua.core import clock
from motcua.core.cases import deadlines, moving, process
from motcua.core.cases.facts import facts_of
from motcua.core.cases.models import Case, ServiceRequest, Supplement, Task
from motcua.core.cases.moving import Outlook, Places, Words
from motcua.core.jobs import defer
from motcua.core.sealing.fields import seal_row
from motcua.core.services import queries as services
from motcua.core.services.pack.expressions import plain
from motcua.engines import bpmn, working_time

TASK = ("element_id", "name", "name_en", "role", "verb", "data", "state")
REQUEST = ("element_id", "type", "parameters", "state")


def image(case: Case) -> dict[str, Any]:
    """All of a case that a move may change, as it is."""
    return {
        "version": case.service_version_id,
        "process_state": case.process_state,
        "answers": case.data.get("answers", {}),
        "found": case.data.get("found", {}),
        "limit": [None if case.limit_amount is None else str(case.limit_amount), case.limit_unit],
        "due": _iso(case.due_at),
        "tasks": [
            {
                "id": task.pk,
                "due_at": _iso(task.due_at),
                "sort_at": _iso(task.sort_at),
                "officer": task.assignee_officer_id,
            }
            | {name: getattr(task, name) for name in TASK}
            for task in case.tasks.filter(state=Task.State.OPEN)
        ],
        "requests": [
            {"id": request.pk} | {name: getattr(request, name) for name in REQUEST}
            for request in _asked(case)
        ],
        "supplements": [[row.pk, row.items] for row in case.supplements.filter(answered_at=None)],
    }


def mark(case: Case) -> dict[str, Any]:
    """How to know later whether the case went further: where it stands, and what it says."""
    kept = [case.data.get("answers", {}), case.data.get("found", {})]
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False)
    return {"process_state": case.process_state, "said": hashlib.sha256(text.encode()).hexdigest()}


def carry(case: Case, to_id: int, outlook: Outlook, mapping: Places, at: dt.datetime) -> None:
    """Bring the case and its open rows to the new version. The caller holds the lock and has looked."""
    if outlook.step is None:
        raise ValueError(f"{case.number} does not move")
    pack = services.pack(to_id)
    case.service_version_id = to_id
    case.process_state = outlook.step.state.to_json()
    case.data = {**case.data, "answers": dict(outlook.answers), "found": dict(outlook.found)}
    moved_day = case.due_at != outlook.due_at
    if outlook.limit is not None:
        case.limit_amount, case.limit_unit = outlook.limit.amount, outlook.limit.unit.value
    case.due_at = outlook.due_at
    case.save()
    facts = facts_of(case, pack, at.date())
    offers = {
        offer.token_id: offer
        for offer in bpmn.offers(pack.process, outlook.step.state, facts, at, moving.surroundings(case, pack))
    }
    tokens = {token.id: token.element for token in outlook.step.state.tokens}
    for task in case.tasks.select_for_update().filter(state=Task.State.OPEN).exclude(token_id=None):
        _carry_task(case, task, tokens, offers.get(task.token_id or 0), moved_day, at)
    for request in _asked(case):
        _carry_request(request, tokens, offers.get(request.token_id))
    _carry_supplements(case, mapping)
    arm(case, {effect.due for effect in outlook.step.effects if isinstance(effect, bpmn.TimerSet)})


def _carry_task(
    case: Case, task: Task, tokens: Mapping[int, str], offer: Any, moved_day: bool, at: dt.datetime
) -> None:
    """The task keeps its key, its agency and its officer; another duty puts it back to all who have that duty."""
    if task.token_id is None or task.token_id not in tokens:
        task.state, task.done_at = Task.State.WITHDRAWN, at
    elif task.verb == "incident":
        task.data = {**task.data, "element": tokens[task.token_id]}
    elif isinstance(offer, bpmn.TaskOffered):
        if offer.role != task.role:
            task.assignee_officer = None
        task.element_id, task.name, task.role = offer.element_id, offer.name, offer.role
        task.name_en = offer.own.get("name-en", offer.name)
        task.verb = offer.verb or "appraise"
        task.applicant_task = offer.role == process.APPLICANT
        task.data = {
            **task.data,
            "inputs": plain(offer.inputs),
            "outcomes": offer.own.get("outcomes", "").split(),
        }
        if moved_day:
            task.due_at = _due(case, task, offer)
            task.sort_at = task.due_at or task.sort_at
    task.save()


def _due(case: Case, task: Task, offer: bpmn.TaskOffered) -> dt.datetime | None:
    """The step's own limit from when it was offered, never beyond the day of the case."""
    from motcua.core.cases import reference

    if case.due_at is None or offer.time_limit is None:
        return case.due_at
    calendar = reference.calendar(task.agency_id or case.handling_agency_id)
    own = working_time.deadline(task.offered_at, offer.time_limit, calendar)
    return case.due_at if own is None else min(own, case.due_at)


def _carry_request(request: ServiceRequest, tokens: Mapping[int, str], offer: Any) -> None:
    if request.token_id not in tokens:
        request.state = ServiceRequest.State.WITHDRAWN
    elif isinstance(offer, bpmn.ServiceRequested):
        request.element_id, request.type = offer.element_id, offer.type
        request.parameters = {"inputs": plain(offer.inputs), "headers": dict(offer.headers)}
    request.save()


def _carry_supplements(case: Case, mapping: Places) -> None:
    """What is asked of the applicant is asked under the new names."""
    homes = services.pack(case.service_version_id).form.homes(mapping.answers)

    def renamed(items: list[dict[str, str]]) -> list[dict[str, str]]:
        return [
            {**item, "field": homes.get(item["field"], item["field"])} if "field" in item else item
            for item in items
        ]

    for row in case.supplements.filter(answered_at=None):
        row.items = renamed(row.items)
        row.save(update_fields=["items"])
    for task in case.tasks.filter(state=Task.State.OPEN, verb="supplement", token_id=None):
        task.data = {**task.data, "items": renamed(task.data.get("items", []))}
        task.save(update_fields=["data"])


def arm(case: Case, days: set[dt.datetime]) -> None:
    """Let the worker look when these timers are due."""
    for due in sorted(days):
        defer("cases.fire_timers", case_uuid=str(case.uuid), schedule_at=process.real_time(due))


def gone_further(case: Case, row: Any, to_id: int) -> Words | None:
    """Why the case cannot be as it was before; None when it can."""
    if case.service_version_id != to_id:
        return {
            "vi": "Hồ sơ đã chuyển sang phiên bản khác sau đó.",
            "en": "It was moved to another version since.",
        }
    if case.finished_at is not None or case.process_state.get("e"):
        return {"vi": "Hồ sơ đã kết thúc.", "en": "It has ended."}
    now = mark(case)
    if now["process_state"] != row.after["process_state"]:
        return {
            "vi": "Hồ sơ đã đi tiếp theo phiên bản mới.",
            "en": "It has gone further under the new version.",
        }
    if now["said"] != row.after["said"]:
        return {
            "vi": "Người nộp đã bổ sung hoặc sửa câu trả lời.",
            "en": "Its answers were added to or changed since.",
        }
    return None


def restore(case: Case, row: Any) -> None:
    """Make the case what it was before the move. Who has taken a task since keeps it."""
    before = row.before
    amount, unit = before["limit"]
    same_limit = (case.limit_amount, case.limit_unit) == (None if amount is None else Decimal(amount), unit)
    case.service_version_id = before["version"]
    case.process_state = before["process_state"]
    case.data = {**case.data, "answers": before["answers"], "found": before["found"]}
    if not same_limit:
        case.limit_amount, case.limit_unit = (None if amount is None else Decimal(amount)), unit
        case.due_at = deadlines.recompute(case)
    case.save()
    group = case.sealing_group()
    for kept in before["tasks"]:
        Task.objects.filter(pk=kept["id"], state__in=("open", "withdrawn")).update(
            **seal_row(Task, {name: kept[name] for name in TASK}, group),
            applicant_task=kept["role"] == process.APPLICANT,
            due_at=_moment(kept["due_at"]),
            sort_at=_moment(kept["sort_at"]),
            assignee_officer_id=Coalesce("assignee_officer_id", Value(kept["officer"], BigIntegerField())),
        )
    for kept in before["requests"]:
        ServiceRequest.objects.filter(pk=kept["id"]).exclude(state=ServiceRequest.State.DONE).update(
            **seal_row(ServiceRequest, {name: kept[name] for name in REQUEST}, group)
        )
    for pk, items in before["supplements"]:
        case.supplements.filter(pk=pk).update(**seal_row(Supplement, {"items": items}, group))
    _arm_again(case)


def _arm_again(case: Case) -> None:
    """Timers that the new version did not have wait again, even if their day passed meanwhile."""
    state = bpmn.State.from_json(case.process_state)
    days = {dt.datetime.fromisoformat(token.due) for token in state.tokens if token.due}
    arm(case, {max(day, clock.now()) for day in days})


def _asked(case: Case) -> Any:
    open_states = (ServiceRequest.State.WAITING, ServiceRequest.State.INCIDENT)
    return case.service_requests.filter(state__in=open_states)


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
