"""Background work of cases. Each job may run twice: it looks at the rows first and does only what is not done."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core.cases import doubts, hooks, prefill, results, retention, slips, standing, telling, tidying
from motcua.core.cases.actions import letters
from motcua.core.cases.actions.work import give_back
from motcua.core.cases.models import Case, Code, DecisionRun, Move, ServiceRequest, Sync
from motcua.core.cases.running import Run, do_request, raise_incident
from motcua.core.jobs import defer, task
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM

logger = logging.getLogger(__name__)

ATTEMPTS = 6
"""Tries of a service step before it becomes an incident; pauses double from two seconds."""


@task(name="cases.run_service")
def run_service(request_uuid: str) -> None:
    """Do one service step. A failure is noted and tried again later; the last one becomes an officer's work item."""
    request = ServiceRequest.objects.select_related("case").filter(uuid=request_uuid).first()
    if request is None:
        return
    case = standing.lock(request.case.uuid)
    request = ServiceRequest.objects.select_for_update().get(pk=request.pk)
    if request.state != ServiceRequest.State.WAITING:
        return
    try:
        with transaction.atomic():
            do_request(Run(case, SYSTEM), request)
    except Exception as fault:  # whatever a handler raises must become visible, never vanish
        logger.warning("case %s, step %s: %s", case.number, request.type, fault, exc_info=True)
        _note_failure(standing.lock(case.uuid), request, fault)


def _note_failure(case: Case, request: ServiceRequest, fault: Exception) -> None:
    request.refresh_from_db()
    request.attempts += 1
    request.last_error = f"{type(fault).__name__}: {fault}"[:2000]
    if request.attempts >= ATTEMPTS:
        request.state = ServiceRequest.State.INCIDENT
        raise_incident(case, request.element_id, request.last_error, request.token_id, str(request.uuid))
    else:
        again = clock.now() + dt.timedelta(seconds=2**request.attempts)
        defer("cases.run_service", request_uuid=str(request.uuid), schedule_at=again - clock.sandbox_offset())
    request.save(update_fields=["attempts", "last_error", "state"])


@task(name="cases.fire_timers")
def fire_timers(case_uuid: str) -> None:
    """Fire whatever is due in a case; too early, or when all is done, nothing happens."""
    case = standing.lock(uuid.UUID(case_uuid))
    if case.process_state.get("t"):
        Run(case, SYSTEM).fire_due()


@task(name="cases.tell_process")
def tell_process(case_uuid: str, name: str) -> None:
    """Give a message to a process that may wait for it."""
    Run(standing.lock(uuid.UUID(case_uuid)), SYSTEM).message(name, {})


@task(name="cases.acknowledge")
def acknowledge(case_uuid: str) -> None:
    """Tell the applicant that the application arrived, and everyone else who listens."""
    case = Case.objects.get(uuid=case_uuid)
    telling.tell(case, "case.submitted")
    hooks.submitted.send(case_uuid=case.uuid, number=case.number)
    if case.sync_state == Sync.PENDING:
        tell_outside(case_uuid=case_uuid)


@task(name="cases.tell_applicant")
def tell_applicant(case_uuid: str, kind: str) -> None:
    """Tell the applicant what happened."""
    telling.tell(Case.objects.get(uuid=case_uuid), kind)


@task(name="cases.tell_outside")
def tell_outside(case_uuid: str, attempt: int = 1) -> None:
    """Tell the systems that know the case under a number of theirs where it stands; listeners do the sending.

    A system that does not take it is told again later; after the last try it is a work item of the desk.
    """
    case = standing.lock(uuid.UUID(case_uuid))
    data = {"number": case.number, "status": case.business_status_id, "due": case.due_at}
    try:
        with transaction.atomic():
            hooks.progress.send(case=case, kind="status", data=data)
    except Exception as fault:  # whatever the other side does must not lose the news
        logger.warning("case %s is not told outside: %s", case.number, fault)
        case.sync_state = Sync.FAILED
        if attempt < ATTEMPTS:
            again = clock.now() - clock.sandbox_offset() + dt.timedelta(seconds=2**attempt)
            defer("cases.tell_outside", case_uuid=case_uuid, attempt=attempt + 1, schedule_at=again)
        else:
            standing.offer_work(
                case,
                "sync",
                "Đồng bộ hồ sơ không thành công",
                "Another system was not told",
                role="one_stop",
                agency_id=case.receiving_agency_id,
                message=str(fault)[:1000],
            )
    else:
        case.sync_state = Sync.SYNCED
    case.save(update_fields=["sync_state"])


@task(name="cases.write_slip")
def write_slip(case_uuid: str, slip: str) -> None:
    """Set, seal and file a statutory slip, and tell the applicant. A refusal, once told, is returned."""
    case = standing.lock(uuid.UUID(case_uuid))
    slips.write(case, slip)
    if slip != "control":
        telling.tell(case, f"slip.{slip}")
    if slip == "refusal" and case.business_status_id == Code.FINISHED:
        give_back(case, SYSTEM)


@task(name="cases.waive_paid_before")
def waive_paid_before(case_uuid: str) -> None:
    """A case that decides anew owes what the first has paid already: let it off, and so let it go on."""
    from motcua.core.payments import actions as payments
    from motcua.core.payments import queries as owed

    number = Case.objects.get(uuid=case_uuid).data["facts"]["again"]["number"]
    for line in owed.balance(case_uuid).lines:
        if line.state == "due":
            payments.waive(SYSTEM, line.pk, f"Đã nộp trong hồ sơ {number}; giải quyết lại sau khiếu nại")


@task(name="cases.reissue_result")
def reissue_result(case_uuid: str) -> None:
    """A result was issued with a fact pending; the fact has come: set it anew, have it signed, replace the first.

    The first stays valid until the second is issued (the pack's `reissue_on`).
    """
    case = standing.lock(uuid.UUID(case_uuid))
    run = Run(case, SYSTEM)
    if not run.pack.reissue_on or results.result_id(case) is None:
        return
    if case.data.get("reissued") or "replaced_by" in case.data:
        return
    if case.delivery_state == "none":
        return  # not issued yet: it will be drafted, or is being signed, with what is known by then
    results.draft_again(case, run.pack, run.facts())


@task(name="cases.verify_later")
def verify_later(case_uuid: str) -> None:
    """Look up what a silent register could not say when the form was filled in, and compare it with what was given.

    Raises Unavailable while it is still silent, and is tried again. A difference becomes an officer's work item.
    """
    case = standing.lock(uuid.UUID(case_uuid))
    if not case.data.get("unverified"):
        return
    run = Run(case, SYSTEM)
    answers = case.data.get("answers", {})
    looked = prefill.find(
        SYSTEM, run.pack, answers=answers, applicant=case.data.get("applicant", {}), case_id=case.pk
    )
    if looked.down:
        again = clock.now() + dt.timedelta(minutes=5) - clock.sandbox_offset()
        defer(
            "cases.verify_later", case_uuid=case_uuid, schedule_at=again, queueing_lock=f"verify:{case_uuid}"
        )
        return
    different = prefill.differences(answers, looked.found)
    case.data = {**case.data, "unverified": [], "verified": looked.found, "different": different}
    case.save(update_fields=["data"])
    emit("case.verified", SYSTEM, case_id=case.pk, data={"different": different})
    if different:
        standing.offer_work(
            case, "compare", "Đối chiếu dữ liệu khác với cơ sở dữ liệu",
            "Compare answers that differ from the register", different=different,
        )  # fmt: skip


@task(name="cases.meet_doubts")
def meet_doubts(case_uuid: str) -> None:
    """Mark a case by the doubts that it has met; where the law says so, its clock stands still."""
    doubts.meet(standing.lock(uuid.UUID(case_uuid)))


@task(name="cases.go_on", retry=20)
def go_on(case_uuid: str) -> None:
    """A register's keeper has answered: take the answer up and go on. Tried again while the register is silent."""
    case = standing.lock(uuid.UUID(case_uuid))
    doubts.go_on(case, Run(case, SYSTEM).pack)


@task(name="cases.letter_overdue")
def letter_overdue(case_uuid: str, key: str) -> None:
    """The day until which a letter was to be answered has passed: whoever waits in vain hears of it, once."""
    letters.remind(standing.lock(uuid.UUID(case_uuid)), key)


@task(name="cases.replay_decisions", every="30 3 * * *")
def replay_decisions(days: int = 30, limit: int = 5000, timestamp: int = 0) -> dict[str, Any]:
    """Replay the automatic and proposed decisions of the last days. A different outcome is an event to be looked into.

    Returns {"replayed": n, "same": n, "different": [run uuid, …]}.
    """
    from motcua.core.cases.decisions import replay

    since = clock.now() - dt.timedelta(days=days)
    different: list[str] = []
    runs = DecisionRun.objects.filter(at__gte=since).select_related("case").order_by("id")[:limit]
    count = 0
    for run in runs:
        count += 1
        if not replay(run):
            different.append(str(run.uuid))
            emit("decision.differs", SYSTEM, case_id=run.case_id, subject=("decision_run", run.pk))
    return {"replayed": count, "same": count - len(different), "different": different}


@task(name="cases.replay_steps", every="40 3 * * *")
def replay_steps(days: int = 2, timestamp: int = 0) -> dict[str, int]:
    """Take the steps of the last days again. One that comes out otherwise is an event to be looked into."""
    from motcua.core.cases.replaying import replay_steps

    report = replay_steps(clock.today() - dt.timedelta(days=days))
    for one in report.different:
        case_id = Case.objects.filter(number=one.case).values_list("pk", flat=True).first()
        emit(
            "step.differs",
            SYSTEM,
            case_id=case_id,
            data={"step": one.which, "kind": one.kind, "version": one.version, "at": one.at},
        )
    return {"replayed": report.steps, "different": len(report.different)}


@task(name="cases.move_next")
def move_next(move_uuid: str, after: int = 0) -> None:
    """Move the next case of an approved move; each is a job, and so a transaction, of its own."""
    from motcua.core.cases.actions import moving

    move = moving.move_of(uuid.UUID(move_uuid))
    if move.state != Move.State.RUNNING:
        return
    found = moving.next_waiting(move, after)
    if found is None:
        moving.finish_move(move)
        return
    moving.move_case(move, found[1])
    defer("cases.move_next", move_uuid=move_uuid, after=found[0])


@task(name="cases.move_back_next")
def move_back_next(move_uuid: str, after: int = 0) -> None:
    """Bring the next case of a move back."""
    from motcua.core.cases.actions import moving

    move = moving.move_of(uuid.UUID(move_uuid))
    left = moving.moved_cases(move, after)[:1]
    if not left:
        moving.finish_back(move)
        return
    moving.move_back(move, left[0][1])
    defer("cases.move_back_next", move_uuid=move_uuid, after=left[0][0])


@task(name="cases.tidy", lock="cases.tidy", every="50 3 * * *")
def tidy(timestamp: int = 0) -> dict[str, int]:
    """Each night: announce and remove drafts left lying, forget old submission keys, erase what has served its term."""
    return {
        "announced": tidying.announce(),
        "removed": tidying.remove_drafts(),
        "keys": tidying.forget_keys(),
        "erased": retention.erase_due(),
    }


@task(name="cases.count_indicators", lock="cases.count_indicators", every="*/5 * * * *")
def count_indicators(days: int = 2, timestamp: int = 0) -> None:
    """Count the indicators of the last days anew, so that pages of figures never walk over cases."""
    from motcua.core.cases.counting import count_days

    today = clock.today()
    count_days(today - dt.timedelta(days=days), today)
