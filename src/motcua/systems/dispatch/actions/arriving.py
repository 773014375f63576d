"""What the axis brings: checked, and taken in, held for a person, or refused.

Whoever is not proven to have signed it takes nothing back and replaces nothing; such a document is held until an
officer decides.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from motcua.core import clock
from motcua.core.cases.actions import Heard
from motcua.core.documents import store
from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.engines import edxml
from motcua.engines.text import fold
from motcua.systems.dispatch import faults, rules, trusting
from motcua.systems.dispatch.actions import for_cases, telling
from motcua.systems.dispatch.models import Connection, Incoming, Outgoing

S = edxml.StatusCode


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document as it lies at the door: judged, with the doubt about who signed it."""

    message: edxml.Document
    judged: edxml.Judged
    connection: Connection
    axis_id: str
    digest: str
    doubt: trusting.Doubt | None

    @property
    def sender_id(self) -> str:
        return self.message.header.sender.organ_id


def take_document(content: bytes, connection: Connection, axis_id: str) -> list[Incoming]:
    """A document from the axis, for each of our agencies that it is addressed to. A repeat changes nothing.

    What is broken, harmful, not ours or other than it was becomes work for a person and raises UserError, whose words
    go back to the axis. What may be of somebody else than its sender is held.
    """
    arrival = _judged(content, connection, axis_id)
    ours = _addressed(arrival.message, connection)
    if not ours:
        names = ", ".join(each.organ_id for each in arrival.message.header.receivers)
        raise _refused(arrival, 18, f"Gửi nhầm: nơi nhận là {names}", f"Not for us but for {names}")
    return [_take(arrival, agency) for agency in ours]


def take_recall(message: edxml.Status, connection: Connection) -> list[Incoming]:
    """A sender asks for a document back by status 13, without a message of business 1. Raises UserError (21)."""
    about, sender = message.header.response_for, message.header.sender
    ours = Agency.objects.filter(organisations.in_force(None), code__in=connection.organ_ids)
    known = [_known(agency.pk, sender.organ_id, about.document_id) for agency in ours]
    found = [_ask_back(each, message.header.description) for each in known if each is not None]
    if not found:
        raise UserError(
            f"Không có văn bản {about.document_id} của {sender.name or sender.organ_id} để trả lại",
            f"There is no document {about.document_id} of {sender.organ_id} to give back",
            field="21",
        )
    return found


def take_effect(letter: Incoming) -> None:
    """What a document does beyond lying there: it answers a letter of ours, or replaces one that came before."""
    if not letter.digest:
        return
    message = edxml.read(store.get(letter.digest)).message
    if isinstance(message, edxml.Document):
        _answer(letter, message)
        if message.business is edxml.BusinessType.REPLACE:
            _replace(letter, message)


def _judged(content: bytes, connection: Connection, axis_id: str) -> Arrival:
    digest = store.put(content)
    try:
        judged = edxml.judge(content)
    except edxml.EdxmlError as error:
        raise _fault(connection, axis_id, digest, error.axis, error.text(), error.text("en")) from error
    for fault in trusting.faults_but_signer(judged):
        told = (fault.line_of_text(), fault.line_of_text("en"))
        raise _fault(connection, axis_id, digest, fault.axis, *told)
    if not isinstance(judged.message, edxml.Document):
        told = ("Đây là thông điệp trạng thái", "This is a status message")
        raise _fault(connection, axis_id, digest, 22, *told)
    doubt = trusting.doubt_at_office(judged, connection)
    return Arrival(judged.message, judged, connection, axis_id, digest, doubt)


def _take(arrival: Arrival, agency: Agency) -> Incoming:
    message, business = arrival.message, arrival.message.business
    if business in (edxml.BusinessType.RECALL, edxml.BusinessType.UPDATE):
        if arrival.doubt is not None:
            vi = f"Yêu cầu thu hồi hoặc cập nhật {message.concerns} không được làm theo: {arrival.doubt.text()}"
            en = f"The recall or update of {message.concerns} is not followed: {arrival.doubt.text('en')}"
            raise _refused(arrival, 21, vi, en, agency.pk)
        concerned = _concerned(agency, arrival)
        if business is edxml.BusinessType.RECALL:
            return _ask_back(concerned, message.trace.business.reason)
        return _take_update(concerned, message, arrival.digest)
    known = _known(agency.pk, arrival.sender_id, message.header.document_id)
    if known is not None and known.digest == arrival.digest:
        return known
    if known is not None and known.held and arrival.doubt is None:
        _set_aside(known)
        known = None
    if known is None:
        return _make(arrival, agency)
    what = f"{message.header.document_id} đã đến với nội dung khác"
    raise _refused(arrival, 21, what, "the same id came with other content", agency.pk)


def _set_aside(doubtful: Incoming) -> None:
    """The proven document of that id has come: nobody keeps it out by having sent another one first."""
    doubtful.edxml_id = f"{doubtful.edxml_id}#{doubtful.pk}"
    doubtful.standing, doubtful.reason = "withdrawn", "Văn bản cùng mã có chữ ký đúng của nơi gửi đã đến"
    doubtful.save(update_fields=["edxml_id", "standing", "reason"])
    emit("dispatch.set_aside", SYSTEM, subject=("incoming", doubtful.pk), data={"doubt": doubtful.held})


def _make(arrival: Arrival, agency: Agency) -> Incoming:
    header, signature, now = arrival.message.header, arrival.judged.signature, clock.now()
    priority = int(header.other.priority or 0)
    letter = Incoming.objects.create(
        agency_id=agency.pk,
        connection=arrival.connection,
        axis_id=arrival.axis_id,
        edxml_id=header.document_id[:400],
        digest=arrival.digest,
        sender_id=header.sender.organ_id,
        sender=(header.sender.name or header.sender.in_charge or header.sender.organ_id)[:300],
        code=str(header.code)[:200],
        promulgated=edxml.day_of(header.promulgation.day),
        type_name=header.document_type.name[:100],
        subject=header.subject[:1000],
        priority=priority,
        signature=signature.state.value,
        signer=signature.signer[:300],
        trusted=trusting.is_proven(arrival.judged, arrival.connection),
        weak=signature.weak,
        held=arrival.doubt or "",
        files=_keep_files(arrival.message),
        status=S.ARRIVED,
        arrived_at=now,
        acknowledge_by=rules.acknowledge_by(now, priority, agency.pk),
        due_at=_due(header.due),
        folded=fold(f"{header.code} {header.subject} {header.sender.name} {header.document_type.name}"),
    )
    held = f"Phần mềm giữ lại để kiểm tra: {arrival.doubt.text()}" if arrival.doubt else ""
    telling.note(letter, S.ARRIVED, "Phần mềm", held)
    if arrival.doubt is None:
        take_effect(letter)
    emit(
        "dispatch.arrived", SYSTEM, case_id=letter.case_id, subject=("incoming", letter.pk),
        data={"from": letter.sender, "code": letter.code, "signature": letter.signature, "held": letter.held},
    )  # fmt: skip
    return letter


def _answer(letter: Incoming, message: edxml.Document) -> None:
    asked = _answered(letter.agency_id, message)
    if asked is None:
        return
    letter.responds_to, letter.case_id = asked, asked.case_id
    letter.save(update_fields=["responds_to", "case_id"])
    if letter.case_id is not None:
        emit(
            "case.letter_answered", SYSTEM, case_id=letter.case_id, subject=("incoming", letter.pk),
            data={"reason": f"{letter.sender}: {letter.code} {letter.subject}"},
        )  # fmt: skip
        words = f"{letter.sender}: {letter.code} {letter.subject}"
        for_cases.hear(asked, letter.sender_id, Heard.ANSWERED, words)


def _replace(letter: Incoming, message: edxml.Document) -> None:
    old = _known(letter.agency_id, letter.sender_id, message.concerns)
    if old is None or old.pk == letter.pk:
        return
    old.standing, old.replaced_by = "replaced", letter
    old.save(update_fields=["standing", "replaced_by"])
    emit(
        "dispatch.replaced", SYSTEM, case_id=old.case_id, subject=("incoming", old.pk), data={"by": letter.code}
    )  # fmt: skip


def _ask_back(letter: Incoming, reason: str) -> Incoming:
    if letter.standing in ("asked_back", "withdrawn") or letter.status == S.REFUSED:
        return letter
    letter.standing, letter.reason = "asked_back", reason[:1000]
    letter.save(update_fields=["standing", "reason"])
    telling.told(letter, S.RECALL_ASKED, letter.reason)
    return letter


def _take_update(letter: Incoming, message: edxml.Document, digest: str) -> Incoming:
    if letter.digest == digest or letter.pending == digest:
        return letter
    letter.pending, letter.standing = digest, "update_asked"
    letter.reason = message.trace.business.reason[:1000]
    telling.told(letter, S.RECALL_ASKED, letter.reason)
    if letter.entered is None:
        apply_update(letter)
        telling.note(letter, S.RECALL_AGREED, "Phần mềm")
    letter.save()
    return letter


def apply_update(letter: Incoming) -> None:
    """Put the update that waits in the place of what came first."""
    reading = edxml.read(store.get(letter.pending)).message
    if isinstance(reading, edxml.Document):
        letter.subject, letter.files = reading.header.subject[:1000], _keep_files(reading)
        letter.due_at = _due(reading.header.due) or letter.due_at
    letter.digest, letter.pending, letter.standing = letter.pending, "", ""


def _concerned(agency: Agency, arrival: Arrival) -> Incoming:
    """The document that a recall or update is about, of this sender."""
    message = arrival.message
    found = _known(agency.pk, arrival.sender_id, message.header.document_id) or _known(
        agency.pk, arrival.sender_id, message.concerns
    )
    if found is None:
        what = f"Không có văn bản {message.concerns} của {message.header.sender.name} để thu hồi hay cập nhật"
        raise _refused(arrival, 21, what, f"No document {message.concerns} to recall", agency.pk)
    return found


def _known(agency_id: int, sender_id: str, edxml_id: str) -> Incoming | None:
    rows = Incoming.objects.select_for_update(of=("self",)).filter(agency_id=agency_id, edxml_id=edxml_id)
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


def _answered(agency_id: int, message: edxml.Document) -> Outgoing | None:
    """The letter of ours that this one answers: it names it, and comes from an agency that we wrote to."""
    for each in message.header.responses:
        asked = (
            Outgoing.objects.filter(agency_id=agency_id, edxml_id=each.document_id)
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


def _refused(arrival: Arrival, code: int, vi: str, en: str, agency_id: int | None = None) -> UserError:
    return _fault(arrival.connection, arrival.axis_id, arrival.digest, code, vi, en, agency_id)


def _fault(
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


def _due(text: str) -> dt.datetime | None:
    day = edxml.day_of(text) if text else None
    return None if day is None or day < clock.today() - dt.timedelta(days=3650) else rules.end_of(day)
