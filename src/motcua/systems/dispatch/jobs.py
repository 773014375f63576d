"""Background work with the axes: sending, telling statuses, fetching what waits."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core import jobs as work
from motcua.core.errors import UserError
from motcua.core.jobs import task
from motcua.engines import edxml
from motcua.systems.dispatch import faults, messages, trusting
from motcua.systems.dispatch.actions import arriving, renewing, sending
from motcua.systems.dispatch.axis.clients import Axis, Unreachable, axis_of
from motcua.systems.dispatch.axis.errors import AxisError
from motcua.systems.dispatch.models import Connection, Outgoing, Queue, Sending, SendState, StatusNote

LOOKED_AFTER = dt.timedelta(days=5)
"""How long the axis is asked what became of a document without an answer."""
TOLD_LATE = 3
"""Polls that fail one after another before a person hears of it."""


@task(name="dispatch.send", retry=5)
def send(outgoing_id: int, business: str) -> None:
    """Bring a document to its receivers' axes."""
    if Outgoing.objects.filter(pk=outgoing_id).exists():
        sending.deliver(outgoing_id, edxml.BusinessType(business))


@task(name="dispatch.tell_status", retry=8)
def tell_status(note_id: int) -> None:
    """Bring a status of ours to the sender. What the axis refuses becomes work; its silence is tried again."""
    note = (
        StatusNote.objects.select_for_update(of=("self",)).filter(pk=note_id, state=SendState.WAITING).first()
    )
    if note is None or note.incoming is None or note.incoming.connection is None:
        return
    letter, connection = note.incoming, note.incoming.connection
    try:
        axis_of(connection).send(messages.status_file(note, letter))
    except AxisError as refused:
        note.state, note.fault = SendState.FAILED, refused.said
        faults.raise_fault(
            "status", f"tell/{note.pk}", agency_id=note.agency_id, connection=connection, code=int(refused.code),
            what=f"Trục không nhận trạng thái {note.code} của văn bản {letter.code}: {refused.said}",
            what_en=f"The axis refused status {note.code} of {letter.code}: {refused.said}",
        )  # fmt: skip
    else:
        note.state = SendState.SENT
    note.save(update_fields=["state", "fault"])


@task(name="dispatch.poll", every="* * * * *", retry=1)
def poll(timestamp: int) -> None:
    """Each minute: fetch what waits on every axis, each by a job of its own."""
    for connection in Connection.objects.filter(active=True):
        work.defer(
            "dispatch.poll_one", connection_id=connection.pk, queueing_lock=f"dispatch.poll/{connection.pk}"
        )


@task(name="dispatch.poll_one", retry=1)
def poll_one(connection_id: int) -> None:
    """Fetch what waits for us on one axis, the urgent first. A file that fails does not stop those behind it."""
    connection = Connection.objects.get(pk=connection_id)
    axis = axis_of(connection)
    try:
        for kind in ("edoc", "status"):
            for row in axis.waiting(kind):
                take(connection, axis, row, kind)
        _look_after_sent(connection, axis)
    except (Unreachable, AxisError) as trouble:
        _note_trouble(connection, str(trouble))
    else:
        connection.failures, connection.last_fault = 0, ""
    connection.polled_at = clock.now()
    connection.save(update_fields=["failures", "last_fault", "polled_at"])


@task(name="dispatch.renew_keys", every="40 2 * * *", retry=3)
def renew_keys(timestamp: int) -> None:
    """Each night: secrets that end soon are renewed, each by a job of its own; seals that we host are registered."""
    renewing.renew_certificates()
    for connection_id in renewing.due():
        work.defer(
            "dispatch.renew_one", connection_id=connection_id, queueing_lock=f"dispatch.renew/{connection_id}"
        )


@task(name="dispatch.renew_one")
def renew_one(connection_id: int) -> None:
    """Bring the next secret of one connection to its axis; what fails is tried again the next night."""
    if not renewing.renew(connection_id):
        logging.getLogger(__name__).warning("the secret of connection %s could not be renewed", connection_id)


def _look_after_sent(connection: Connection, axis: Axis) -> None:
    """Ask what became of documents that nobody has answered for; an axis that does not tell is left in peace."""
    since = clock.now() - LOOKED_AFTER
    silent = Sending.objects.filter(
        connection=connection, state=SendState.SENT, status="", updated_at__gt=since
    )
    if not silent.exists():
        return
    try:
        rows = axis.sent(since.date())
    except (Unreachable, AxisError):
        logging.getLogger(__name__).info("the axis %s does not tell what became of letters", connection.name)
        return
    sending.hear_of_failures(connection, rows)


def take(connection: Connection, axis: Axis, row: dict[str, Any], kind: str) -> None:
    """Take one waiting message; the axis hears DONE when it is ours, FAIL with the reason when it cannot be."""
    doc_id = str(row.get("docId", ""))
    axis.note(doc_id, Queue.PROCESSING)
    content = axis.fetch(doc_id)
    try:
        with transaction.atomic():
            if kind == "edoc":
                arriving.take_document(content, connection, doc_id)
            else:
                _take_status(content, connection)
    except UserError as refused:
        axis.note(doc_id, Queue.FAIL, refused.text()[:300])
        _keep_fault(connection, doc_id, refused)
        return
    axis.note(doc_id, Queue.DONE)


def _take_status(content: bytes, connection: Connection) -> None:
    try:
        judged = edxml.judge(content)
    except edxml.EdxmlError as error:
        raise UserError(error.text(), error.text("en"), field=str(error.axis)) from error
    for fault in trusting.faults_but_signer(judged):
        raise UserError(fault.line_of_text(), fault.line_of_text("en"), field=str(fault.axis))
    if not isinstance(judged.message, edxml.Status):
        raise UserError("không phải thông điệp trạng thái", "not a status message", field="22")
    doubt = trusting.doubt_at_office(judged, connection)
    if doubt is not None:
        raise UserError(
            f"Trạng thái {judged.message.header.code} không được ghi nhận: {doubt.text()}",
            f"Status {judged.message.header.code} is not believed: {doubt.text('en')}",
            field="21",
        )
    if judged.message.header.code == edxml.StatusCode.RECALL_ASKED:
        arriving.take_recall(judged.message, connection)
    else:
        sending.take_status(judged.message, connection)


def _keep_fault(connection: Connection, doc_id: str, refused: UserError) -> None:
    """The fault again, since the refusal undid what was written about it."""
    code = int(refused.field) if refused.field and refused.field.isdigit() else 21
    faults.raise_fault(
        "receive", f"receive/{connection.pk}/{doc_id}", connection=connection, code=code,
        what=f"Văn bản từ {connection.name} không nhận được ({code}): {refused.text('vi')}",
        what_en=f"A document from {connection.name} was not taken ({code}): {refused.text('en')}",
    )  # fmt: skip


def _note_trouble(connection: Connection, trouble: str) -> None:
    logging.getLogger(__name__).warning("the axis %s does not answer: %s", connection.name, trouble)
    connection.failures, connection.last_fault = connection.failures + 1, trouble[:500]
    if connection.failures == TOLD_LATE:
        faults.raise_fault(
            "axis", f"axis/{connection.pk}", connection=connection, code=20,
            what=f"{connection.name} không trả lời {TOLD_LATE} lần liền: {trouble}. "
            "Văn bản vẫn an toàn, hệ thống tự thử lại.",
            what_en=f"{connection.name} did not answer {TOLD_LATE} times: {trouble}. "
            "Nothing is lost; it is tried again.",
        )  # fmt: skip
