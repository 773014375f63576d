"""What the axis does, whichever form of its interface is used: take, list, hand over, note states.

Everything runs as the system, after the member has proved itself. A document is one by sender, id and business: sent
again it is answered as the first time, and with other content it is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from motcua.core import clock
from motcua.core.documents import store
from motcua.core.documents.key_stores import certificates_in
from motcua.core.errors import NotFound
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines import edxml
from motcua.systems.dispatch import trusting
from motcua.systems.dispatch.axis import directory
from motcua.systems.dispatch.axis.errors import AxisError, Code
from motcua.systems.dispatch.models import AxisAgency, AxisDelivery, AxisMember, AxisMessage, Queue

MOST = 200
"""Rows of one list."""
_TOLD = (Queue.INITIAL.value, Queue.PROCESSING.value, Queue.DONE.value, Queue.FAIL.value)
"""What a receiver may say of a message."""


def accept(member: AxisMember, content: bytes, *, service_type: str = "eDoc") -> AxisMessage:
    """Take a document or a status message into the receivers' queues. Raises AxisError with the axis's code."""
    try:
        judged = edxml.judge(content)
    except edxml.EdxmlError as error:
        raise AxisError(Code(error.axis), error.text()) from error
    for fault in trusting.faults_but_signer(judged):
        raise AxisError(Code(fault.axis), fault.line_of_text())
    message = judged.message
    sender = directory.registered(member, message.header.sender.organ_id)
    doubt = _doubt(judged, sender)
    to = [directory.receiver_of(each) for each in _addressees(message)]
    digest = hashlib.sha256(content).hexdigest()
    key = _key(sender.organ_id, message)
    known = AxisMessage.objects.filter(key=key).first()
    if known is not None:
        return _again(known, digest)
    try:
        with transaction.atomic():
            made = AxisMessage.objects.create(
                member=member,
                from_organ=sender.organ_id,
                message_type="status" if isinstance(message, edxml.Status) else "edoc",
                service_type=service_type[:40],
                document_id=_document_id(message)[:400],
                key=key,
                digest=store.put(content),
                size=len(content),
                priority=_priority(message),
                held=doubt or "",
                created_at=clock.now(),
            )
    except IntegrityError:
        return _again(AxisMessage.objects.get(key=key), digest)
    state, told = (Queue.HELD, doubt.text()) if doubt else (Queue.INITIAL, "")
    AxisDelivery.objects.bulk_create(
        AxisDelivery(
            message=made, to_organ=agency.organ_id, member=agency.member, state=state, note=told,
            updated_at=clock.now(),
        )
        for agency in {each.pk: each for each in to}.values()
    )  # fmt: skip
    emit(
        "axis.accepted", SYSTEM, subject=("axis_message", made.pk),
        data={"from": made.from_organ, "document": made.document_id, "type": made.message_type, "held": made.held},
    )  # fmt: skip
    return made


def _doubt(judged: edxml.Judged, sender: AxisAgency) -> trusting.Doubt | None:
    """What the axis doubts of a sender with certificates on file. One without hears at once that another signed."""
    on_file = certificates_in(sender.certificates_pem)
    if not on_file and judged.faults:
        raise AxisError(Code(judged.faults[0].axis), judged.faults[0].line_of_text())
    return trusting.doubt_on_axis(judged, on_file)


def _again(known: AxisMessage, digest: str) -> AxisMessage:
    """A repeat is the first one's answer; the same id with other content is a mistake or worse."""
    if known.digest == digest:
        return known
    raise AxisError(
        Code.PROCESSING_FAULT,
        f"văn bản {known.document_id} đã có trên trục với nội dung khác; dùng mã mới, hoặc gửi bản cập nhật, thay thế",
    )


def received(
    member: AxisMember,
    message_type: str,
    *,
    service_type: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
    waiting_only: bool = True,
) -> list[AxisDelivery]:
    """What waits for a member, the urgent first, then in the order it was sent."""
    rows = (
        AxisDelivery.objects.select_related("message")
        .filter(member=member, message__message_type=_message_type(message_type))
        .exclude(state=Queue.HELD)
    )
    if waiting_only:
        rows = rows.filter(state__in=(Queue.INITIAL, Queue.PROCESSING))
    if service_type:
        rows = rows.filter(message__service_type=service_type)
    return list(_within(rows, since, until).order_by("-message__priority", "id")[:MOST])


def sent(
    member: AxisMember, message_type: str, *, since: dt.date | None = None, until: dt.date | None = None
) -> list[AxisDelivery]:
    """What a member has sent, with how far each receiver is, the latest first."""
    rows = AxisDelivery.objects.select_related("message").filter(
        message__member=member, message__message_type=_message_type(message_type)
    )
    return list(_within(rows, since, until).order_by("-id")[:MOST])


def fetch(member: AxisMember, doc_id: str) -> bytes:
    """The file of a message that waits for the member, or that it sent itself."""
    message, _ = _message_for(member, doc_id)
    try:
        return store.get(message.digest)
    except (NotFound, OSError) as error:
        raise AxisError(Code.AXIS_FAULT, "tệp không còn trong kho của trục") from error


def note(member: AxisMember, doc_id: str, state: str, description: str = "", organ_id: str = "") -> None:
    """The receiver says how far it is. DONE stays DONE."""
    if state.upper() not in _TOLD:
        raise AxisError(Code.PROCESSING_FAULT, f"trạng thái là một trong {', '.join(_TOLD)}")
    _, mine = _message_for(member, doc_id, receiving=True)
    if organ_id:
        mine = [each for each in mine if edxml.same_organ(each.to_organ, organ_id)]
    for delivery in mine:
        if delivery.state != Queue.DONE:
            delivery.state, delivery.note, delivery.updated_at = state.upper(), description[:400], clock.now()
            delivery.save(update_fields=["state", "note", "updated_at"])


def _addressees(message: edxml.Message) -> list[edxml.Organ]:
    if isinstance(message, edxml.Document):
        return list(message.header.receivers)
    return [edxml.Organ(organ_id=message.header.response_for.organ_id)]


def _document_id(message: edxml.Message) -> str:
    if isinstance(message, edxml.Document):
        return message.header.document_id
    return message.header.response_for.document_id or message.header.response_for.code


def _key(sender: str, message: edxml.Message) -> str:
    """What makes a message the one it is."""
    if isinstance(message, edxml.Document):
        parts: tuple[str, ...] = (sender, "edoc", message.header.document_id, message.business.value)
        if message.business in (edxml.BusinessType.RECALL, edxml.BusinessType.UPDATE):
            parts += tuple(
                each.at for each in message.trace.headers[-1:]
            )  # either may be asked more than once
    else:
        parts = (sender, "status", _document_id(message), message.header.code, message.header.at)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _priority(message: edxml.Message) -> int:
    told = message.header.other.priority if isinstance(message, edxml.Document) else ""
    return int(told) if told.isdigit() else 0


def _message_type(text: str) -> str:
    if text not in ("edoc", "status"):
        raise AxisError(Code.PROCESSING_FAULT, "messageType là edoc hoặc status")
    return text


def _message_for(
    member: AxisMember, doc_id: str, *, receiving: bool = False
) -> tuple[AxisMessage, list[AxisDelivery]]:
    """The message by its id on the axis, to its sender and its receivers only."""
    try:
        message = AxisMessage.objects.filter(uuid=uuid.UUID(doc_id)).first()
    except ValueError as error:
        raise AxisError(Code.PROCESSING_FAULT, "docId không đúng") from error
    mine = [] if message is None else list(message.deliveries.filter(member=member).exclude(state=Queue.HELD))
    if message is None or not (mine or (message.member_id == member.pk and not receiving)):
        raise AxisError(Code.PROCESSING_FAULT, "không có văn bản này cho hệ thống của ông/bà")
    return message, mine


def _within(
    rows: QuerySet[AxisDelivery], since: dt.date | None, until: dt.date | None
) -> QuerySet[AxisDelivery]:
    if since is not None:
        rows = rows.filter(message__created_at__date__gte=since)
    if until is not None:
        rows = rows.filter(message__created_at__date__lte=until)
    return rows
