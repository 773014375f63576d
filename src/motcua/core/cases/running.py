"""The running process of a case: one act moves it, and what it then asks for becomes rows in the same transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from motcua.core import clock
from motcua.core.cases import awaiting, decisions, doubts, process, reference, standing, statuses, steps
from motcua.core.cases.facts import facts_of, learned
from motcua.core.cases.handlers.registry import FaultInProcess, NotYet, Work, handler_for, is_inline
from motcua.core.cases.models import Case, Code, ProcessStep, ServiceRequest, Task
from motcua.core.errors import Conflict
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.sealing.fields import seal_row, sealed_fields
from motcua.core.services.pack.expressions import plain
from motcua.engines import bpmn

LOCAL = "$local"


@dataclass(frozen=True)
class Surroundings:
    """What the interpreter may ask of us while it takes a step; `heard` is what we answered."""

    pack: Any
    decider: decisions.Decider
    agency_id: int
    heard: list[Any] = field(default_factory=list)

    @property
    def functions(self) -> Mapping[str, Any]:
        return {}  # amounts are worked out by the pack, before the process is asked

    def decide(self, decision_ref: str, inputs: Mapping[str, Any]) -> Any:
        decided = self.decider.decide(decision_ref, inputs)
        self.heard.append(["decide", decision_ref, plain(decided)])
        return decided

    def due(self, duration: str, working: bool, now: dt.datetime) -> dt.datetime:
        due = bpmn.due_at(duration, working, now, reference.calendar(self.agency_id))
        self.heard.append(["due", duration, due.isoformat()])
        return due

    def process(self, process_id: str) -> bpmn.Definition:
        raise bpmn.BpmnError(f"There is no process “{process_id}” to call.")


class Run:
    """A case in one act. The caller holds the lock on the case's row."""

    def __init__(self, case: Case, actor: Actor, at: dt.datetime | None = None) -> None:
        from motcua.core.services import queries as services

        self.case = case
        self.actor = actor
        self.at = at or clock.now()
        self.pack = services.pack(case.service_version_id)
        self.decider = decisions.Decider(
            self.pack,
            case.service_version_id,
            case.handling_agency_id,
            self.at.date(),
            case.data.get("found", {}),
        )

    @cached_property
    def surroundings(self) -> Surroundings:
        return Surroundings(self.pack, self.decider, self.case.handling_agency_id)

    def complete(self, token_id: int, result: Mapping[str, Any]) -> None:
        """A person or a service is done there."""
        self._step(["complete", token_id, plain(result)])

    def fail(self, token_id: int, code: str, message: str) -> None:
        """A service met a business fault; the process may catch it, else it becomes an incident."""
        self._step(["fail", token_id, code, message])

    def message(self, name: str, payload: Mapping[str, Any], key: object = None) -> bool:
        """Tell the process something from outside. Returns whether it was waiting for it."""
        if not self.awaits(name):
            return False
        self._step(["message", name, plain(key), plain(payload)])
        return True

    def fire_due(self) -> None:
        """Fire the timers that are due."""
        self._step(["fire_due"])

    def retry(self, token_id: int) -> None:
        """Try again where an incident stopped the process."""
        self._step(["retry", token_id])

    def awaits(self, name: str) -> bool:
        """Whether a message of that name is waited for."""
        state = bpmn.State.from_json(self.case.process_state)
        return any(
            token.wait is bpmn.Wait.MESSAGE and self.pack.process.element(token.element).event.name == name
            for token in state.tokens
        )

    @property
    def place(self) -> process.Place:
        case = self.case
        return process.Place(
            case.receiving_agency_id, case.handling_agency_id, case.competent_agency_id, case.due_at
        )

    def facts(self) -> dict[str, Any]:
        return facts_of(self.case, self.pack, self.at.date())

    def _step(self, act: steps.Act) -> None:
        before, stood = self.facts(), self.case.process_state
        self.surroundings.heard.clear()
        try:
            step = steps.take(
                self.pack.process, bpmn.State.from_json(stood), before, act, self.at, self.surroundings
            )
        except bpmn.NotWaitingError as gone:
            raise Conflict(
                "Bước này đã được người khác xử lý hoặc không còn nữa. Tải lại trang để xem bước hiện tại.",
                "This step was done by somebody else or is no longer there. Reload the page.",
            ) from gone
        if step is None:
            return
        self.case.process_state = step.state.to_json()
        self._learn(before, step.data)
        taken: dict[str, Any] | None = steps.row(
            self.pack.process, self.case.service_version_id, self.at, stood, before, act,
            self.surroundings.heard, step,
        )  # fmt: skip
        if step.state.to_json() == stood and not step.effects:
            taken = None  # a look that found nothing to do
        self._keep(process.plan(step.effects, place=self.place, facts=step.data, now=self.at), taken)

    def _learn(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        known = {**self.case.data.get("facts", {}), **learned(before, after)}
        if LOCAL not in after:
            known.pop(LOCAL, None)
        self.case.data = {**self.case.data, "facts": plain(known)}

    def _keep(self, plan: process.Plan, taken: Mapping[str, Any] | None) -> None:
        case = self.case
        if plan.gone:
            case.tasks.filter(token_id__in=plan.gone, state=Task.State.OPEN).update(
                state=Task.State.WITHDRAWN, done_at=self.at
            )
            case.service_requests.filter(token_id__in=plan.gone).exclude(
                state=ServiceRequest.State.DONE
            ).update(state=ServiceRequest.State.WITHDRAWN)
        offer(case, plan.tasks, self.at)
        requests = ask(case, plan.requests, self.at)
        for timer in plan.timers:
            defer("cases.fire_timers", case_uuid=str(case.uuid), schedule_at=process.real_time(timer.due))
        for incident in plan.incidents:
            raise_incident(case, incident.element_id, incident.message, incident.token_id)
        decisions.store(case, self.decider.made)
        self.decider.made = []
        keep(case, [taken] if taken else [])
        for told in plan.thrown:
            emit(
                "case.message",
                self.actor,
                case_id=case.pk,
                data={"name": told.name, "payload": dict(told.payload)},
            )
        self._stand(plan)
        for request in requests:
            if is_inline(request.type):
                do_request(self, request)

    def _stand(self, plan: process.Plan) -> None:
        if self.case.business_status_id in statuses.ENDED:
            return
        then = plan.status(Code(self.case.business_status_id))
        if then == Code.NEW and self.case.business_status_id != Code.NEW:
            return
        standing.move(self.case, then, self.actor, at=self.at)


(CASE_DATA,) = sealed_fields(Case, "data")


@lru_cache(maxsize=1)
def _keep_statement() -> str:
    return (Path(__file__).parent / "sql" / "keep.sql").read_text("utf-8")


def keep(case: Case, taken: list[Mapping[str, Any]]) -> None:
    """Store where the case stands, what it learnt, and the steps taken, in one statement."""
    parameters: dict[str, Any] = {
        "case": case.pk,
        "process_state": json.dumps(case.process_state, ensure_ascii=False),
        "data": CASE_DATA.seal(case.data, case.sealing_group()),
        "ended_as": case.ended_as,
        "agencies": case.agency_ids,
        "financial_state": str(case.financial_state),
        "delivery_state": str(case.delivery_state),
        "steps": json.dumps([seal_row(ProcessStep, row, case.sealing_group()) for row in taken]),
    }
    with connection.cursor() as cursor:
        cursor.execute(_keep_statement(), parameters)


def offer(case: Case, rows: list[process.TaskRow], at: dt.datetime) -> None:
    """Offer tasks; agencies that get one may see the case from now on."""
    for row in rows:
        Task.objects.create(
            uuid=row.uuid, case=case, token_id=row.token_id, element_id=row.element_id, name=row.name,
            name_en=row.name_en, role=row.role, verb=row.verb, agency_id=row.agency_id,
            applicant_task=row.applicant_task, data=row.data, offered_at=at, due_at=row.due_at, sort_at=row.sort_at,
        )  # fmt: skip
        if row.agency_id is not None and row.agency_id not in case.agency_ids:
            case.agency_ids = [*case.agency_ids, row.agency_id]


def ask(case: Case, rows: list[process.RequestRow], at: dt.datetime) -> list[ServiceRequest]:
    """Keep service requests; those that are not done in this transaction become jobs of it."""
    made = ServiceRequest.objects.bulk_create(
        ServiceRequest(
            uuid=row.uuid,
            case=case,
            token_id=row.token_id,
            element_id=row.element_id,
            type=row.type,
            parameters=row.parameters,
            asked_at=at,
        )
        for row in rows
    )
    for row in rows:
        if not is_inline(row.type):
            defer("cases.run_service", request_uuid=str(row.uuid))
    return made


def do_request(run: Run, request: ServiceRequest) -> None:
    """Do one service request now. NotYet leaves it waiting, as does a doubt or a letter that the case waits for; a
    business fault goes to the process."""
    if doubts.holds(run.case) or awaiting.holds(run.case):
        return
    work = Work(
        case=run.case,
        request_uuid=str(request.uuid),
        token_id=request.token_id,
        element_id=request.element_id,
        inputs=request.parameters.get("inputs", {}),
        headers=request.parameters.get("headers", {}),
        facts=run.facts(),
        pack=run.pack,
        actor=run.actor,
    )
    try:
        result = handler_for(request.type).run(work)
    except NotYet:
        return
    except FaultInProcess as fault:
        _close(request, run.at, fault.message)
        run.fail(request.token_id, fault.code, fault.message)
        return
    _close(request, run.at)
    if run.case.process_state.get("e"):
        return  # the handler itself ended the case, e.g. by a refusal
    run.complete(request.token_id, dict(result or {}))


def _close(request: ServiceRequest, at: dt.datetime, error: str = "") -> None:
    request.state, request.done_at, request.last_error = ServiceRequest.State.DONE, at, error
    request.save(update_fields=["state", "done_at", "last_error"])


def raise_incident(
    case: Case, element_id: str, message: str, token_id: int | None, request_uuid: str = ""
) -> Task:
    """Make a work item of what the state could not do by itself."""
    emit("case.incident", SYSTEM, case_id=case.pk, data={"element": element_id, "message": message})
    return standing.offer_work(
        case, "incident", "Sự cố cần xử lý", "Incident to be mended", token_id=token_id, element=element_id,
        message=message, request=request_uuid,
    )  # fmt: skip


__all__ = ["Run", "Surroundings", "ask", "do_request", "keep", "offer", "raise_incident"]
