"""Asking another agency through the outbox, and settling what did not get through."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock, jobs
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.exchange import line
from motcua.core.exchange.line import NotAnswered, Question
from motcua.core.exchange.models import Errand, ErrandState
from motcua.core.exchange.telling import errand_done, errand_failed, errand_settled
from motcua.core.ledger.actions import emit, record_read
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.words import legible

PAUSES = [dt.timedelta(seconds=seconds) for seconds in (30, 120, 600, 3_600, 14_400)]
"""Between one attempt and the next; after the last an officer is asked."""
OPEN = (ErrandState.FAILED, ErrandState.ENQUIRED)


def send(
    actor: Actor, question: Question, *, key: str, case_id: int | None = None, agency_id: int | None = None
) -> Errand:
    """Put a question into the outbox, in the act's own transaction; the worker carries it. The same `key` asks once.

    Whom it is about can see from then on who asked, whether an answer came or not.
    """
    errand, fresh = Errand.objects.get_or_create(
        key=key,
        defaults={
            "what": question.what,
            "whom": question.whom,
            "service": question.service,
            "method": question.method,
            "path": question.path,
            "body": question.body,
            "purpose": question.purpose,
            "destination": question.destination,
            "case_id": case_id,
            "agency_id": agency_id if agency_id is not None else actor.agency_id,
        },
    )
    if fresh:
        jobs.defer("exchange.carry", errand_id=errand.pk)
        if question.about:
            record_read(
                actor,
                purpose=question.purpose,
                register=question.service,
                person_numbers=question.about,
                record_ids=[],
                case_id=case_id,
                call=line.call_of(question, str(errand.uuid)),
            )
    return errand


def carry(errand_id: int) -> None:
    """One attempt of the worker. What is settled already stays as it is."""
    errand = Errand.objects.select_for_update().get(pk=errand_id)
    if errand.state != ErrandState.WAITING:
        return
    errand.attempts += 1
    errand.tried_at = clock.now()
    try:
        errand.answer = line.carry(question_of(errand), str(errand.uuid))
    except NotAnswered as silent:
        _note_failure(errand, silent)
        return
    errand.state, errand.fault, errand.detail = ErrandState.DONE, "", ""
    errand.settled_at = clock.now()
    errand.save()
    errand_done.send(errand=errand)


def _note_failure(errand: Errand, silent: NotAnswered) -> None:
    errand.fault, errand.detail = silent.fault, str(silent)[:500]
    if silent.worth_again and errand.attempts <= len(PAUSES):
        errand.save()
        pause = PAUSES[errand.attempts - 1]
        jobs.defer("exchange.carry", errand_id=errand.pk, schedule_at=clock.now() + pause)
        return
    errand.state = ErrandState.FAILED
    errand.save()
    emit(
        "exchange.errand_failed",
        SYSTEM,
        case_id=errand.case_id,
        subject=("errand", errand.pk),
        data={"fault": errand.fault, "attempts": errand.attempts},
    )
    errand_failed.send(errand=errand)


def question_of(errand: Errand) -> Question:
    return Question(
        errand.what,
        errand.whom,
        errand.service,
        errand.purpose,
        errand.method,
        errand.path,
        errand.body,
        errand.destination,
    )


# ---- settling


def retry(actor: Actor, errand: Errand) -> Errand:
    """Try again at once, with all the attempts anew. Under way already, it stays so."""
    if (locked := _locked(errand)).state == ErrandState.WAITING:
        return locked
    _must_be_open(locked)
    locked.state, locked.attempts = ErrandState.WAITING, 0
    locked.save(update_fields=["state", "attempts"])
    jobs.defer("exchange.carry", errand_id=locked.pk)
    emit("exchange.errand_retried", actor, case_id=locked.case_id, subject=("errand", locked.pk))
    return locked


def enquire(actor: Actor, errand: Errand, note: str) -> Errand:
    """An officer asked the other side; what was said is kept; the question stays open. Said twice it is once."""
    locked, told = _locked(errand), _said(note)
    if (locked.state, locked.note) == (ErrandState.ENQUIRED, told):
        return locked
    _must_be_open(locked)
    locked.state, locked.note = ErrandState.ENQUIRED, told
    locked.save(update_fields=["state", "note"])
    emit(
        "exchange.errand_enquired",
        actor,
        case_id=locked.case_id,
        subject=("errand", locked.pk),
        data={"note": locked.note},
    )
    return locked


def take_paper(actor: Actor, errand: Errand, note: str) -> Errand:
    """The case goes on with a paper instead of the answer; why and which paper is kept. Said twice, it is said once."""
    locked, told = _locked(errand), _said(note)
    if (locked.state, locked.note) == (ErrandState.PAPER, told):
        return locked
    _must_be_open(locked)
    locked.state, locked.note = ErrandState.PAPER, told
    locked.settled_at, locked.settled_by = clock.now(), actor.label
    locked.save(update_fields=["state", "note", "settled_at", "settled_by"])
    emit(
        "exchange.errand_on_paper",
        actor,
        case_id=locked.case_id,
        subject=("errand", locked.pk),
        data={"note": locked.note},
    )
    errand_settled.send(errand=locked)
    return locked


def _locked(errand: Errand) -> Errand:
    locked = Errand.objects.select_for_update().filter(pk=errand.pk).first()
    if locked is None:
        raise NotFound()
    return locked


def _must_be_open(errand: Errand) -> None:
    if errand.state not in OPEN:
        raise Conflict(
            f"Việc này không còn chờ xử lý: {ErrandState(errand.state).label.lower()}.",
            f"This does not wait any more: {errand.state}.",
        )


def _said(note: str) -> str:
    said = legible(note, "note", multiline=True).strip()
    if not said:
        raise UserError("Ghi lại đã làm gì.", "Write down what was done.", field="note")
    return said
