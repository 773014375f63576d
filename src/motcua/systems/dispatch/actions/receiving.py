"""What the office does with what came: take or return, enter, assign, finish, give back, and the book's other lines."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Appointment
from motcua.core.words import legible
from motcua.engines import edxml
from motcua.engines.text import fold
from motcua.systems.dispatch import policies, rules, statuses
from motcua.systems.dispatch.actions import arriving, numbering, telling
from motcua.systems.dispatch.actions.drafting import _reason, refuse_secret
from motcua.systems.dispatch.models import Assignment, Direction, Incoming

S = edxml.StatusCode


def release(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Incoming:
    """Take a document that was held for a doubt about its signature, having asked the sender; it is for the record.

    From now on it is as any other: what it answers or replaces takes effect.
    """
    letter = locked(letter_uuid)
    if not letter.held:
        return letter
    _allow(actor, letter, "release")
    letter.released = f"{actor.label}: {_reason(reason)}"
    doubt, letter.held = letter.held, ""
    letter.save(update_fields=["released", "held"])
    arriving.take_effect(letter)
    emit(
        "dispatch.released", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"doubt": doubt, "reason": letter.released},
    )  # fmt: skip
    return letter


def enter(actor: Actor, letter_uuid: uuid.UUID, due: dt.date | None = None) -> Incoming:
    """Enter a document in the book of incoming documents; the sender is told that it is received (03)."""
    letter = locked(letter_uuid)
    if letter.entered is not None:
        return letter
    _allow(actor, letter, "enter")
    now = clock.now()
    letter.year = now.year
    letter.entered = numbering.take(letter.agency_id, Direction.IN, "", now.year)
    letter.entered_at = now
    if due is not None:
        letter.due_at = rules.end_of(due)
    letter.status = S.RECEIVED
    letter.save()
    telling.note(letter, S.RECEIVED, actor.label)
    emit(
        "dispatch.entered", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"number": letter.entered, "code": letter.code},
    )  # fmt: skip
    return letter


def refuse(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Incoming:
    """Return a document that is wrong or misaddressed (Decree 30/2020 art. 21.2); the sender reads why."""
    letter = locked(letter_uuid)
    _allow(actor, letter, "refuse")
    letter.status, letter.reason = S.REFUSED, _reason(reason)
    letter.save(update_fields=["status", "reason"])
    telling.note(letter, S.REFUSED, actor.label, letter.reason)
    emit(
        "dispatch.refused", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"reason": letter.reason},
    )  # fmt: skip
    return letter


def assign(
    actor: Actor, letter_uuid: uuid.UUID, officer_ids: Sequence[int], instruction: str, due: dt.date | None
) -> list[Assignment]:
    """Give a document to colleagues, with what they are to do and by when (04)."""
    letter = locked(letter_uuid)
    _allow(actor, letter, "assign")
    text = legible(instruction, "instruction", multiline=True)
    if not text:
        raise UserError("Ghi việc cần làm.", "Say what is to be done.", "instruction")
    if not officer_ids:
        raise UserError("Chọn người xử lý.", "Choose who does it.", "officer")
    if due is not None and due < clock.today():
        raise UserError("Hạn đã qua.", "The day is past.", "due")
    made = [_assign(actor, letter, officer_id, text, due) for officer_id in dict.fromkeys(officer_ids)]
    if statuses.may_follow(letter.status, S.ASSIGNED):
        telling.move(letter, S.ASSIGNED, actor.label)
    return made


def _assign(actor: Actor, letter: Incoming, officer_id: int, text: str, due: dt.date | None) -> Assignment:
    post = (
        Appointment.objects.select_related("officer")
        .filter(organisations.in_force(None), agency_id=letter.agency_id, officer_id=officer_id)
        .first()
    )
    if post is None:
        raise UserError(
            "Người này không giữ chức vụ ở cơ quan hôm nay.", "They hold no post here today.", "officer"
        )
    made = Assignment.objects.create(
        agency_id=letter.agency_id,
        incoming=letter,
        officer_id=officer_id,
        officer=post.officer.name,
        instruction=text[:2000],
        due_at=rules.end_of(due) if due else letter.due_at,
        given_by=actor.label,
        given_at=clock.now(),
    )
    emit(
        "dispatch.assigned", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"to": made.officer, "due": made.due_at.isoformat() if made.due_at else None},
    )  # fmt: skip
    return made


def begin(actor: Actor, task_uuid: uuid.UUID) -> Assignment:
    """The colleague begins (05)."""
    task = _task(task_uuid)
    if not policies.of_assignment(actor, task)["begin"]:
        raise Conflict("Việc này không chờ ông/bà.", "This does not wait for you.")
    task.begun_at = clock.now()
    task.save(update_fields=["begun_at"])
    emit("dispatch.task_begun", actor, subject=("incoming", task.incoming_id))
    if statuses.may_follow(task.incoming.status, S.PROCESSING):
        telling.move(task.incoming, S.PROCESSING, actor.label)
    return task


def finish_task(actor: Actor, task_uuid: uuid.UUID, outcome: str) -> Assignment:
    """The colleague has done it, and says what came of it."""
    task = _task(task_uuid)
    if task.done_at is not None:
        return task
    if not policies.of_assignment(actor, task)["finish"]:
        raise Conflict("Việc này không chờ ông/bà.", "This does not wait for you.")
    text = legible(outcome, "outcome", multiline=True)
    if not text:
        raise UserError("Ghi kết quả.", "Say what came of it.", "outcome")
    task.done_at, task.outcome = clock.now(), text[:2000]
    task.begun_at = task.begun_at or task.done_at
    task.save(update_fields=["done_at", "outcome", "begun_at"])
    emit("dispatch.task_done", actor, subject=("incoming", task.incoming_id), data={"outcome": text[:300]})
    return task


def finish(actor: Actor, letter_uuid: uuid.UUID) -> Incoming:
    """All is done about a document (06)."""
    letter = locked(letter_uuid)
    _allow(actor, letter, "finish")
    if letter.assignments.filter(done_at__isnull=True).exists():
        raise UserError("Còn việc chưa xong.", "Something assigned is not done yet.")
    letter.finished_at = clock.now()
    telling.move(letter, S.FINISHED, actor.label)
    return letter


def answer_recall(actor: Actor, letter_uuid: uuid.UUID, agree: bool, reason: str = "") -> Incoming:
    """The sender asked for a document back or sent an update: agree (15), or refuse and say why (16)."""
    letter = locked(letter_uuid)
    _allow(actor, letter, "answer_recall")
    if agree:
        telling.note(letter, S.RECALL_AGREED, actor.label, legible(reason))
        if letter.standing == "update_asked":
            arriving.apply_update(letter)
        else:
            letter.standing, letter.status = "withdrawn", S.RECALL_AGREED
            letter.assignments.filter(done_at__isnull=True).update(
                done_at=clock.now(), outcome="Bên gửi đã thu hồi văn bản"
            )
    else:
        letter.reason = _reason(reason)
        telling.note(letter, S.RECALL_REFUSED, actor.label, letter.reason)
        letter.standing, letter.pending = "", ""
    letter.save()
    emit(
        "dispatch.recall_answered", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"agreed": agree, "reason": reason[:300]},
    )  # fmt: skip
    return letter


def enter_paper(
    actor: Actor, agency_id: int, *, sender: str, code: str, secrecy: str, subject: str = ""
) -> Incoming:
    """A document that came on paper or by the cipher service: a line in the book, of a secret one without subject."""
    if not secrecy and not subject.strip():
        raise UserError("Ghi trích yếu.", "Say what it is about.", "subject")
    if secrecy and subject.strip():
        refuse_secret(secrecy)
    now = clock.now()
    made = Incoming.objects.create(
        agency_id=agency_id,
        edxml_id=f"giay/{uuid.uuid4()}",
        sender_id="",
        sender=legible(sender, "sender")[:300],
        code=legible(code, "code")[:200],
        subject=f"(văn bản {rules.secrecies()[secrecy]})"
        if secrecy in rules.secrecies()
        else legible(subject)[:1000],
        secrecy=secrecy,
        status=S.RECEIVED,
        year=now.year,
        entered=numbering.take(agency_id, Direction.IN, "", now.year),
        arrived_at=now,
        acknowledge_by=now,
        entered_at=now,
        folded=fold(f"{code} {sender} {'' if secrecy else subject}"),
    )
    emit(
        "dispatch.entered",
        actor,
        subject=("incoming", made.pk),
        data={"number": made.entered, "code": made.code},
    )
    return made


def locked(letter_uuid: uuid.UUID) -> Incoming:
    """The document, for one act at a time. Raises NotFound."""
    letter = Incoming.objects.select_for_update(of=("self",)).filter(uuid=letter_uuid).first()
    if letter is None:
        raise NotFound()
    return letter


def _task(task_uuid: uuid.UUID) -> Assignment:
    task = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("incoming")
        .filter(uuid=task_uuid)
        .first()
    )
    if task is None:
        raise NotFound()
    return task


def _allow(actor: Actor, letter: Incoming, act: str) -> None:
    if not policies.of_incoming(actor, letter)[act]:
        raise Conflict(
            "Văn bản đã sang bước khác, hoặc ông/bà không làm việc ở cơ quan nhận.",
            "The document has moved on, or you do not work at the agency that received it.",
        )
