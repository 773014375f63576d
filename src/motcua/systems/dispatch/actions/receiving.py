"""What comes: taken from the axis, checked, entered in the book, refused, assigned, finished, given back."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from motcua.core import clock, jobs
from motcua.core.documents import store, trust
from motcua.core.documents.key_stores import certificates_in
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Appointment
from motcua.core.words import legible
from motcua.engines import edxml
from motcua.engines.text import fold
from motcua.systems.dispatch import faults, policies, rules, statuses
from motcua.systems.dispatch.actions import numbering
from motcua.systems.dispatch.actions.drafting import _reason, refuse_secret
from motcua.systems.dispatch.models import (
    Assignment,
    Connection,
    Direction,
    Incoming,
    Outgoing,
    SendState,
    StatusNote,
)

S = edxml.StatusCode
REFUSED_SIGNATURES = (edxml.SignatureState.BROKEN, edxml.SignatureState.STRANGER)


def take_document(content: bytes, connection: Connection, axis_id: str) -> list[Incoming]:
    """A document from the axis, for each of our agencies that it is addressed to. A repeat changes nothing.

    What is broken, harmful, not ours, signed by a stranger or other than it was becomes work for a person and raises
    UserError, whose words go back to the axis.
    """
    digest = store.put(content)
    try:
        judged = edxml.judge(content)
    except edxml.EdxmlError as error:
        raise _refused(connection, axis_id, digest, error.axis, error.text(), error.text("en")) from error
    message = judged.message
    if not isinstance(message, edxml.Document):
        raise _refused(
            connection, axis_id, digest, 22, "Đây là thông điệp trạng thái", "This is a status message"
        )
    if judged.faults:
        fault = judged.faults[0]
        raise _refused(
            connection, axis_id, digest, fault.axis, fault.line_of_text(), fault.line_of_text("en")
        )
    ours = _addressed(message, connection)
    if not ours:
        names = ", ".join(each.organ_id for each in message.header.receivers)
        raise _refused(
            connection, axis_id, digest, 18, f"Gửi nhầm: nơi nhận là {names}", f"Not for us but for {names}"
        )
    return [_take(message, judged, agency, connection, axis_id, digest) for agency in ours]


def _take(
    message: edxml.Document,
    judged: edxml.Judged,
    agency: Agency,
    connection: Connection,
    axis_id: str,
    digest: str,
) -> Incoming:
    known = _known(agency, message.header.sender.organ_id, message.header.document_id)
    business = message.business
    if business is edxml.BusinessType.RECALL:
        return _ask_back(_concerned(agency, message, connection, axis_id, digest), message)
    if business is edxml.BusinessType.UPDATE:
        return _take_update(_concerned(agency, message, connection, axis_id, digest), message, digest)
    if known is not None:
        if known.digest == digest:
            return known
        what = f"{message.header.document_id} đã đến với nội dung khác"
        raise _refused(
            connection, axis_id, digest, 21, what, "the same id came with other content", agency.pk
        )
    letter = _make(message, judged, agency, connection, axis_id, digest)
    if business is edxml.BusinessType.REPLACE:
        _replace(letter, agency, message)
    return letter


def _make(
    message: edxml.Document,
    judged: edxml.Judged,
    agency: Agency,
    connection: Connection,
    axis_id: str,
    digest: str,
) -> Incoming:
    header, now = message.header, clock.now()
    priority = int(header.other.priority or 0)
    asked = _answered(agency, message)
    letter = Incoming.objects.create(
        agency_id=agency.pk,
        connection=connection,
        axis_id=axis_id,
        edxml_id=header.document_id[:400],
        digest=digest,
        sender_id=header.sender.organ_id,
        sender=(header.sender.name or header.sender.in_charge or header.sender.organ_id)[:300],
        code=str(header.code)[:200],
        promulgated=edxml.day_of(header.promulgation.day),
        type_name=header.document_type.name[:100],
        subject=header.subject[:1000],
        priority=priority,
        signature=judged.signature.state.value,
        signer=judged.signature.signer[:300],
        trusted=_trusted(judged.signature.certificate, connection),
        files=_keep_files(message),
        status=S.ARRIVED,
        arrived_at=now,
        acknowledge_by=rules.acknowledge_by(now, priority, agency.pk),
        due_at=_due(header.due, now),
        responds_to=asked,
        case_id=asked.case_id if asked else None,
        folded=fold(f"{header.code} {header.subject} {header.sender.name} {header.document_type.name}"),
    )
    _note(letter, S.ARRIVED, "Phần mềm")
    emit(
        "dispatch.arrived", SYSTEM, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"from": letter.sender, "code": letter.code, "signature": letter.signature},
    )  # fmt: skip
    if letter.case_id is not None:
        emit(
            "case.letter_answered", SYSTEM, case_id=letter.case_id, subject=("incoming", letter.pk),
            data={"reason": f"{letter.sender}: {letter.code} {letter.subject}"},
        )  # fmt: skip
    return letter


def enter(actor: Actor, letter_uuid: uuid.UUID, due: dt.date | None = None) -> Incoming:
    """Enter a document in the book of incoming documents; the sender is told that it is received (03)."""
    letter = _locked(letter_uuid)
    if letter.entered is not None:
        return letter
    _allow(actor, letter, "enter")
    now = clock.now()
    letter.year = now.year
    letter.entered = numbering.take(letter.agency_id, Direction.IN, "", now.year)
    letter.entered_at = now
    if due is not None:
        letter.due_at = _end_of(due, now)
    letter.status = S.RECEIVED
    letter.save()
    _note(letter, S.RECEIVED, actor.label)
    emit(
        "dispatch.entered", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"number": letter.entered, "code": letter.code},
    )  # fmt: skip
    return letter


def refuse(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Incoming:
    """Return a document that is wrong or misaddressed (Decree 30/2020 art. 21.2); the sender reads why."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "refuse")
    letter.status, letter.reason = S.REFUSED, _reason(reason)
    letter.save(update_fields=["status", "reason"])
    _note(letter, S.REFUSED, actor.label, letter.reason)
    emit(
        "dispatch.refused", actor, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"reason": letter.reason},
    )  # fmt: skip
    return letter


def assign(
    actor: Actor, letter_uuid: uuid.UUID, officer_ids: Sequence[int], instruction: str, due: dt.date | None
) -> list[Assignment]:
    """Give a document to colleagues, with what they are to do and by when (04)."""
    letter = _locked(letter_uuid)
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
        _move(letter, S.ASSIGNED, actor.label)
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
        due_at=_end_of(due, clock.now()) if due else letter.due_at,
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
        _move(task.incoming, S.PROCESSING, actor.label)
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
    letter = _locked(letter_uuid)
    _allow(actor, letter, "finish")
    if letter.assignments.filter(done_at__isnull=True).exists():
        raise UserError("Còn việc chưa xong.", "Something assigned is not done yet.")
    letter.finished_at = clock.now()
    _move(letter, S.FINISHED, actor.label)
    return letter


def answer_recall(actor: Actor, letter_uuid: uuid.UUID, agree: bool, reason: str = "") -> Incoming:
    """The sender asked for a document back or sent an update: agree (15), or refuse and say why (16)."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "answer_recall")
    if agree:
        _note(letter, S.RECALL_AGREED, actor.label, legible(reason))
        if letter.standing == "update_asked":
            _apply_update(letter)
        else:
            letter.standing, letter.status = "withdrawn", S.RECALL_AGREED
            letter.assignments.filter(done_at__isnull=True).update(
                done_at=clock.now(), outcome="Bên gửi đã thu hồi văn bản"
            )
    else:
        letter.reason = _reason(reason)
        _note(letter, S.RECALL_REFUSED, actor.label, letter.reason)
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


def _ask_back(letter: Incoming, message: edxml.Document) -> Incoming:
    if letter.standing in ("asked_back", "withdrawn") or letter.status == S.REFUSED:
        return letter
    letter.standing, letter.reason = "asked_back", message.trace.business.reason[:1000]
    letter.save(update_fields=["standing", "reason"])
    _told(letter, S.RECALL_ASKED, letter.reason)
    return letter


def _take_update(letter: Incoming, message: edxml.Document, digest: str) -> Incoming:
    if letter.digest == digest or letter.pending == digest:
        return letter
    letter.pending, letter.standing = digest, "update_asked"
    letter.reason = message.trace.business.reason[:1000]
    _told(letter, S.RECALL_ASKED, letter.reason)
    if letter.entered is None:
        _apply_update(letter)
        _note(letter, S.RECALL_AGREED, "Phần mềm")
    letter.save()
    return letter


def _apply_update(letter: Incoming) -> None:
    reading = edxml.read(store.get(letter.pending)).message
    if isinstance(reading, edxml.Document):
        letter.subject, letter.files = reading.header.subject[:1000], _keep_files(reading)
        letter.due_at = _due(reading.header.due, clock.now()) or letter.due_at
    letter.digest, letter.pending, letter.standing = letter.pending, "", ""


def _replace(letter: Incoming, agency: Agency, message: edxml.Document) -> None:
    old = _known(agency, message.header.sender.organ_id, message.concerns)
    if old is None or old.pk == letter.pk:
        return
    old.standing, old.replaced_by = "replaced", letter
    old.save(update_fields=["standing", "replaced_by"])
    emit(
        "dispatch.replaced",
        SYSTEM,
        case_id=old.case_id,
        subject=("incoming", old.pk),
        data={"by": letter.code},
    )


def _concerned(
    agency: Agency, message: edxml.Document, connection: Connection, axis_id: str, digest: str
) -> Incoming:
    """The document that a recall or update is about, of this sender."""
    sender = message.header.sender.organ_id
    found = _known(agency, sender, message.header.document_id) or _known(agency, sender, message.concerns)
    if found is None:
        what = f"Không có văn bản {message.concerns} của {message.header.sender.name} để thu hồi hay cập nhật"
        raise _refused(
            connection, axis_id, digest, 21, what, f"No document {message.concerns} to recall", agency.pk
        )
    return found


def _known(agency: Agency, sender_id: str, edxml_id: str) -> Incoming | None:
    rows = Incoming.objects.select_for_update(of=("self",)).filter(agency_id=agency.pk, edxml_id=edxml_id)
    return next((each for each in rows if edxml.same_organ(each.sender_id, sender_id)), None)


def _addressed(message: edxml.Document, connection: Connection) -> list[Agency]:
    """Our agencies of this connection among the receivers."""
    found = []
    for organ_id in connection.organ_ids:
        if any(edxml.same_organ(organ_id, each.organ_id) for each in message.header.receivers):
            agency = Agency.objects.filter(organisations.in_force(None), code=organ_id).first()
            if agency is not None:
                found.append(agency)
    return found


def _answered(agency: Agency, message: edxml.Document) -> Outgoing | None:
    """The letter of ours that this one answers: it names it, and comes from an agency that we wrote to."""
    for each in message.header.responses:
        asked = (
            Outgoing.objects.filter(agency_id=agency.pk, edxml_id=each.document_id)
            .exclude(edxml_id="")
            .first()
        )
        sender = message.header.sender.organ_id
        if asked and any(edxml.same_organ(one.organ_id, sender) for one in asked.sendings.all()):
            return asked
    return None


def _keep_files(message: edxml.Document) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = []
    for each in message.attachments:
        content = edxml.unpack(each)
        kept.append({"name": each.name[:200] or "tep", "digest": store.put(content), "size": len(content)})
    return kept


def _trusted(certificate: x509.Certificate | None, connection: Connection) -> bool:
    """Whether a certificate is of an authority that the connection trusts (ours where it names none), and in force."""
    if certificate is None:
        return False
    now = clock.now()
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    anchors = certificates_in(connection.trust_pem) or trust.house().intermediates
    for anchor in anchors:
        try:
            certificate.verify_directly_issued_by(anchor)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False


def _refused(
    connection: Connection,
    axis_id: str,
    digest: str,
    code: int,
    vi: str,
    en: str,
    agency_id: int | None = None,
) -> UserError:
    """The fault as work for a person, and the error that tells the axis."""
    faults.raise_fault(
        "receive", f"receive/{connection.pk}/{axis_id or hashlib.sha256(vi.encode()).hexdigest()}",
        connection=connection, agency_id=agency_id, code=code, digest=digest,
        what=f"Văn bản từ {connection.name} không nhận được ({code}): {vi}",
        what_en=f"A document from {connection.name} was not taken ({code}): {en}",
    )  # fmt: skip
    return UserError(vi, en, field=str(code))


def _due(text: str, now: dt.datetime) -> dt.datetime | None:
    day = edxml.day_of(text) if text else None
    return None if day is None or day < now.date() - dt.timedelta(days=3650) else _end_of(day, now)


def _end_of(day: dt.date, now: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(17, 0), now.tzinfo)


def _move(letter: Incoming, code: edxml.StatusCode, by: str) -> None:
    letter.status = code
    letter.save(update_fields=["status", "finished_at"])
    _note(letter, code, by)
    emit(
        "dispatch.moved",
        SYSTEM,
        case_id=letter.case_id,
        subject=("incoming", letter.pk),
        data={"code": code.value, "by": by},
    )


def _note(letter: Incoming, code: edxml.StatusCode, by: str, description: str = "") -> None:
    """Write down a status of ours, and have it brought to the sender where the document came by an axis."""
    waits = letter.connection_id is not None
    note = StatusNote.objects.create(
        agency_id=letter.agency_id, incoming=letter, code=code.value, by=by, at=clock.now(),
        description=description[:1000] or f"{by}: {code.text()}",
        state=SendState.WAITING if waits else SendState.SENT,
    )  # fmt: skip
    if waits:
        jobs.defer("dispatch.tell_status", note_id=note.pk)


def _told(letter: Incoming, code: edxml.StatusCode, description: str) -> None:
    """A status that the sender gave."""
    StatusNote.objects.create(
        agency_id=letter.agency_id, incoming=letter, code=code.value, by=letter.sender, at=clock.now(),
        description=description, state=SendState.SENT,
    )  # fmt: skip
    emit(
        "dispatch.moved",
        SYSTEM,
        case_id=letter.case_id,
        subject=("incoming", letter.pk),
        data={"code": code.value},
    )


def _locked(letter_uuid: uuid.UUID) -> Incoming:
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
