"""From what the process asks for to what the database holds: tasks, service requests, timers and the status.

The interpreter (engines/bpmn) is pure: it says what should happen next. Here its effects become rows, the same way
in the one statement of a submission and in every later act.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.core import clock
from motcua.core.cases import reference
from motcua.core.cases.models import Code
from motcua.core.keys import new_uuid
from motcua.core.services.pack.expressions import plain
from motcua.engines import bpmn, feel, working_time

APPLICANT = "applicant"
ONE_STOP = "one_stop"
FAR = dt.timedelta(days=3650)

STATUS_OF_VERB = {
    "receive": Code.NEW,
    "return": Code.FINISHED,
    "pay": Code.PAYMENT,
    "supplement": Code.SUPPLEMENT,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is worked on, as ids of agencies, and when the case itself is due."""

    receiving: int
    handling: int
    competent: int
    due_at: dt.datetime | None = None

    def of_role(self, role: str) -> int:
        """The one-stop unit that received it has the desk's steps; all others lie with the handling agency."""
        return self.receiving if role == ONE_STOP else self.handling


@dataclass(frozen=True, slots=True)
class TaskRow:
    uuid: uuid.UUID
    token_id: int | None
    element_id: str
    name: str
    name_en: str
    role: str
    verb: str
    agency_id: int | None
    applicant_task: bool
    data: dict[str, Any]
    due_at: dt.datetime | None
    sort_at: dt.datetime


@dataclass(frozen=True, slots=True)
class RequestRow:
    uuid: uuid.UUID
    token_id: int
    element_id: str
    type: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimerRow:
    token_id: int
    due: dt.datetime


@dataclass(slots=True)
class Plan:
    """What one step of the process means for the rows of a case."""

    tasks: list[TaskRow] = field(default_factory=list)
    requests: list[RequestRow] = field(default_factory=list)
    timers: list[TimerRow] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    awaited: list[str] = field(default_factory=list)
    thrown: list[bpmn.MessageThrown] = field(default_factory=list)
    incidents: list[bpmn.Incident] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    ended: bpmn.Ended | None = None

    def status(self, now: Code) -> Code:
        """Where the case stands after this step: what is waited for decides."""
        for task in self.tasks:
            if task.verb in STATUS_OF_VERB:
                return STATUS_OF_VERB[task.verb] if not (task.verb == "receive" and now != Code.NEW) else now
        if "settled" in self.awaited:
            return Code.PAYMENT
        if self.tasks or self.requests:
            return Code.IN_PROCESS
        if self.ended is not None:
            return (
                now
                if now in (Code.FINISHED, Code.RETURNED, Code.NOT_RECEIVED, Code.WITHDRAWN)
                else Code.FINISHED
            )
        return now


def plan(effects: Iterable[bpmn.Effect], *, place: Place, facts: Mapping[str, Any], now: dt.datetime) -> Plan:
    """Sort the effects of a step into rows. A task offered and withdrawn in the same step leaves no row."""
    result = Plan()
    for effect in effects:
        match effect:
            case bpmn.TaskOffered():
                result.tasks.append(_task(effect, place, facts, now))
            case bpmn.ServiceRequested():
                parameters = {"inputs": plain(effect.inputs), "headers": dict(effect.headers)}
                result.requests.append(
                    RequestRow(new_uuid(), effect.token_id, effect.element_id, effect.type, parameters)
                )
            case bpmn.TimerSet():
                result.timers.append(TimerRow(effect.token_id, effect.due))
            case bpmn.TaskWithdrawn() | bpmn.ServiceWithdrawn():
                result.gone.add(effect.token_id)
            case bpmn.MessageAwaited():
                result.awaited.append(effect.name)
            case bpmn.MessageThrown():
                result.thrown.append(effect)
            case bpmn.Incident():
                result.incidents.append(effect)
            case bpmn.Passed():
                result.passed.append(effect.element_id)
            case bpmn.Ended():
                result.ended = effect
            case _:
                pass
    result.tasks = [task for task in result.tasks if task.token_id not in result.gone]
    result.requests = [request for request in result.requests if request.token_id not in result.gone]
    return result


def _task(effect: bpmn.TaskOffered, place: Place, facts: Mapping[str, Any], now: dt.datetime) -> TaskRow:
    applicant = effect.role == APPLICANT
    agency = None if applicant else agency_of(effect, place, facts, now.date())
    limit = effect.time_limit
    due = None
    if limit is not None:
        due = working_time.deadline(now, limit, reference.calendar(agency or place.handling))
    if due is None or (place.due_at is not None and due > place.due_at):
        due = place.due_at  # an internal limit never extends the legal one
    return TaskRow(
        uuid=new_uuid(),
        token_id=effect.token_id,
        element_id=effect.element_id,
        name=effect.name,
        name_en=effect.own.get("name-en", effect.name),
        role=effect.role,
        verb=effect.verb or "appraise",
        agency_id=agency,
        applicant_task=applicant,
        data={"inputs": plain(effect.inputs), "outcomes": effect.own.get("outcomes", "").split()},
        due_at=due,
        sort_at=due or now + FAR,
    )


def agency_of(effect: bpmn.TaskOffered, place: Place, facts: Mapping[str, Any], on: dt.date) -> int:
    """Whose step this is: `receiving`, `handling`, `competent`, or a FEEL expression that gives a unit's code."""
    wanted = effect.own.get("agency", "")
    match wanted:
        case "":
            return place.of_role(effect.role)
        case "receiving":
            return place.receiving
        case "handling":
            return place.handling
        case "competent":
            return place.competent
    code = feel.compile(wanted.removeprefix("=").strip()).evaluate(facts)
    if not code:
        return place.of_role(effect.role)
    return reference.competent_agency("commune_committee", str(code), on).id


def real_time(moment: dt.datetime) -> dt.datetime:
    """When the worker should look: a sandbox's clock may stand elsewhere than the worker's."""
    return moment - clock.sandbox_offset()
