"""Sending to many, and taking back: recall, update, replace."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from motcua.core import clock, jobs
from motcua.core.cases.actions import Heard
from motcua.core.documents import store
from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.engines import edxml
from motcua.systems.dispatch import faults, messages, partners, statuses
from motcua.systems.dispatch.actions import for_cases
from motcua.systems.dispatch.actions.drafting import _allow, _locked, _reason
from motcua.systems.dispatch.axis import directory
from motcua.systems.dispatch.axis.clients import Unreachable, axis_of
from motcua.systems.dispatch.axis.errors import AxisError
from motcua.systems.dispatch.models import Connection, Form, Outgoing, Sending, SendState, Stage, StatusNote

ATTEMPTS = 5
"""How often a document that the axis does not take for its own trouble is tried before a person is asked."""
_STUCK = {
    "FAIL": ("Nơi nhận không nhận được", "the receiver could not take it"),
    "HELD": ("Trục giữ lại để kiểm tra chữ ký", "the axis holds it for its signature"),
}
"""States of a delivery in which nothing more comes by itself."""
_PAUSE = dt.timedelta(seconds=15)


def send(actor: Actor, letter_uuid: uuid.UUID) -> Outgoing:
    """Send a signed document to all its receivers; what the axis has to be asked is left to a job."""
    letter = _locked(letter_uuid)
    if letter.stage == Stage.SENT:
        return letter
    _allow(actor, letter, "send")
    for organ_id, name in letter.receivers:
        Sending.objects.get_or_create(
            outgoing=letter, organ_id=organ_id, defaults={"organ_name": name, "agency_id": letter.agency_id}
        )
    letter.stage, letter.sent_at = Stage.SENT, clock.now()
    letter.save(update_fields=["stage", "sent_at"])
    old = letter.concerns
    if letter.business == edxml.BusinessType.REPLACE and old is not None:
        old.stage = Stage.REPLACED
        old.save(update_fields=["stage"])
        for_cases.replaced(old, letter.sign)
    if letter.case_waits:
        for_cases.begin_to_wait(letter)
    emit(
        "dispatch.sent", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"number": letter.sign, "to": [name for _, name in letter.receivers]},
    )  # fmt: skip
    if letter.case_id is not None:
        emit(
            "case.letter_sent", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
            data={"reason": f"{letter.sign}: {letter.subject}", "to": [name for _, name in letter.receivers]},
        )  # fmt: skip
    jobs.defer("dispatch.send", outgoing_id=letter.pk, business=letter.business)
    return letter


def recall(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """Ask every receiver to give a document back. It is recalled once they agree. Asked already, nothing happens."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "recall")
    why = _reason(reason)
    asked = edxml.StatusCode.RECALL_ASKED
    rows = list(letter.sendings.all())
    new = [each for each in rows if statuses.may_follow(each.status, asked)]
    if not new and not any(each.status == asked and each.fault for each in rows):
        return letter
    letter.reason = why
    _write_anew(letter, edxml.BusinessType.RECALL.value, partners.STATUS)
    letter.save(update_fields=["reason", "packages"])
    for sending in new:
        _note(sending, asked, actor.label, letter.reason)
    emit(
        "dispatch.recall_asked", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"reason": letter.reason},
    )  # fmt: skip
    jobs.defer("dispatch.send", outgoing_id=letter.pk, business=edxml.BusinessType.RECALL.value)
    return letter


def update(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """Send the document once more with what was wrong about its sending put right; its text, being signed, stays.

    Another text is another document: `replace`.
    """
    letter = _locked(letter_uuid)
    _allow(actor, letter, "update")
    letter.reason = _reason(reason)
    _write_anew(letter, edxml.BusinessType.UPDATE.value)
    letter.save(update_fields=["reason", "packages"])
    emit(
        "dispatch.updated", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"reason": letter.reason},
    )  # fmt: skip
    jobs.defer("dispatch.send", outgoing_id=letter.pk, business=edxml.BusinessType.UPDATE.value)
    return letter


def try_again(actor: Actor, letter_uuid: uuid.UUID) -> Outgoing:
    """Try the receivers again that the axis did not take."""
    letter = _locked(letter_uuid)
    waiting = letter.sendings.filter(state=SendState.FAILED)
    if not waiting.update(state=SendState.WAITING, attempts=0, fault=""):
        raise UserError("Không có nơi nhận nào phải gửi lại.", "No receiver has to be tried again.")
    _write_anew(letter, letter.business)
    letter.save(update_fields=["packages"])
    emit("dispatch.tried_again", actor, case_id=letter.case_id, subject=("outgoing", letter.pk))
    jobs.defer("dispatch.send", outgoing_id=letter.pk, business=letter.business)
    return letter


def deliver(outgoing_id: int, business: edxml.BusinessType) -> None:
    """Bring a document to the axes of its receivers: one file for each axis, the same however often it is tried.

    Raises Unreachable to be tried again while attempts are left; then a person is asked.
    """
    letter = Outgoing.objects.select_for_update(of=("self",)).get(pk=outgoing_id)
    rows = list(letter.sendings.order_by("id"))
    if business in (edxml.BusinessType.NEW, edxml.BusinessType.REPLACE):
        rows = [each for each in rows if each.state == SendState.WAITING]
    else:
        rows = [each for each in rows if each.state == SendState.SENT and each.status not in statuses.FINAL]
    files: dict[str, list[Sending]] = {}
    for row in rows:
        row.connection = row.connection or route(letter.agency_id, row.organ_id)
        files.setdefault(_file_for(row, business), []).append(row)
    trouble: list[str] = []
    for key, some in files.items():
        trouble += _deliver(letter, some, business, key)
    if trouble:
        jobs.defer(
            "dispatch.send", outgoing_id=outgoing_id, business=business.value,
            schedule_at=clock.now() + 2 ** rows[0].attempts * _PAUSE,
        )  # fmt: skip


def _file_for(row: Sending, business: edxml.BusinessType) -> str:
    """By which a letter knows the file for this receiver: one for each axis, but a status 13 goes to each by itself."""
    axis = row.connection
    if axis is None:
        return ""
    if business is edxml.BusinessType.RECALL and partners.asked_back_by_status(axis, row.organ_id):
        return f"{partners.STATUS}:{axis.pk}:{row.pk}"
    return f"{business.value}:{axis.pk}"


def _deliver(letter: Outgoing, rows: list[Sending], business: edxml.BusinessType, key: str) -> list[str]:
    axis_connection = rows[0].connection
    if axis_connection is None:
        _fail(letter, rows, business, "Không có trục nào biết nơi nhận này", 18)
        return []
    try:
        axis_id = axis_of(axis_connection).send(_package(letter, rows, business, key))
    except AxisError as refused:
        _fail(letter, rows, business, refused.said, int(refused.code))
        return []
    except Unreachable as trouble:
        for row in rows:
            row.attempts, row.fault, row.updated_at = row.attempts + 1, str(trouble), clock.now()
            row.save(update_fields=["attempts", "fault", "updated_at", "connection"])
        if rows[0].attempts >= ATTEMPTS:
            _fail(letter, rows, business, str(trouble), 20)
            return []
        return [str(trouble)]
    for row in rows:
        row.state, row.fault, row.updated_at = SendState.SENT, "", clock.now()
        if business in (edxml.BusinessType.NEW, edxml.BusinessType.REPLACE):
            row.axis_id = axis_id
        row.save(update_fields=["state", "axis_id", "fault", "updated_at", "connection"])
    emit(
        "dispatch.delivered", SYSTEM, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"axis": axis_connection.name, "id": axis_id, "to": len(rows)},
    )  # fmt: skip
    return []


def _package(letter: Outgoing, rows: list[Sending], business: edxml.BusinessType, key: str) -> bytes:
    """The file of that key, written and signed once."""
    known = letter.packages.get(key)
    if known:
        return store.get(known)
    if key.startswith(partners.STATUS):
        content = messages.recall_status_file(letter, rows[0])
    else:
        content = messages.document_file(letter, rows, business)
    letter.packages = {**letter.packages, key: store.put(content)}
    letter.save(update_fields=["packages"])
    return content


def _write_anew(letter: Outgoing, *kinds: str) -> None:
    """Files of these kinds are written anew when they are next sent. Saving is the caller's."""
    letter.packages = {
        key: digest for key, digest in letter.packages.items() if key.partition(":")[0] not in kinds
    }


_WHAT = {
    edxml.BusinessType.RECALL: ("Yêu cầu thu hồi văn bản", "The recall of document"),
    edxml.BusinessType.UPDATE: ("Bản cập nhật văn bản", "The update of document"),
}


def _fail(letter: Outgoing, rows: list[Sending], business: edxml.BusinessType, why: str, code: int) -> None:
    """A person has to see to it. A letter that is there stays so when its recall or update does not get through."""
    first = business not in _WHAT
    for row in rows:
        row.state = SendState.FAILED if first else row.state
        row.fault, row.updated_at = why, clock.now()
        row.save(update_fields=["state", "fault", "updated_at", "connection"])
    names = ", ".join(row.organ_name for row in rows)
    vi, en = _WHAT.get(business, ("Văn bản", "Document"))
    faults.raise_fault(
        "send", f"send/{letter.uuid}/{'' if first else business.value}{code}/{rows[0].pk}",
        agency_id=letter.agency_id, code=code,
        what=f"{vi} {letter.sign} không gửi được tới {names}: {why}",
        what_en=f"{en} {letter.sign} could not be sent to {names}: {why}",
    )  # fmt: skip


def route(agency_id: int, organ_id: str) -> Connection | None:
    """The connection by which an agency of ours reaches another: our own axis first, then those outside."""
    own = organisations.agency(agency_id)
    with acting(SYSTEM):
        known = directory.agency_of(organ_id)
        mine = [
            each
            for each in Connection.objects.filter(active=True).order_by("id")
            if any(edxml.same_organ(own.code, one) for one in each.organ_ids)
        ]
    local = [each for each in mine if each.form == Form.LOCAL]
    if known is not None and local:
        return local[0]
    return next((each for each in mine if each.form != Form.LOCAL), None)


def take_status(message: edxml.Status, connection: Connection) -> None:
    """A receiver says how it stands with a document of ours. Repeats and receipts that come late change nothing."""
    about = message.header.response_for
    rows = Sending.objects.select_for_update(of=("self",)).select_related("outgoing")
    candidates = rows.filter(outgoing__edxml_id=about.document_id)
    sender = message.header.sender
    row = next((each for each in candidates if edxml.same_organ(each.organ_id, sender.organ_id)), None)
    if row is None:
        faults.raise_fault(
            "status", f"status/{connection.pk}/{about.document_id}/{sender.organ_id}/{message.header.code}",
            connection=connection, code=21,
            what=f"{sender.name or sender.organ_id} báo trạng thái {message.header.code} cho văn bản không phải của "
            f"cơ quan: {about.document_id}",
            what_en=f"{sender.organ_id} gave status {message.header.code} for a document that is not ours: "
            f"{about.document_id}",
        )  # fmt: skip
        return
    code = edxml.StatusCode(message.header.code)
    if row.notes.filter(code=code, description=message.header.description[:1000]).exists():
        return
    who = message.header.staff.name or sender.name or row.organ_name
    if not statuses.leads_on(row.status, code):
        StatusNote.objects.create(
            agency_id=row.agency_id, sending=row, code=code, by=who, at=clock.now(), state=SendState.SENT,
            description=message.header.description[:1000],
        )  # fmt: skip
        return
    _note(row, code, who, message.header.description[:1000])
    letter = row.outgoing
    emit(
        "dispatch.status_received", SYSTEM, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"code": code.value, "from": row.organ_name},
    )  # fmt: skip
    if code is edxml.StatusCode.REFUSED:
        for_cases.returned(letter, row.organ_id, f"{row.organ_name}: {message.header.description}")
    if code is edxml.StatusCode.RECALL_AGREED:
        for_cases.hear(letter, row.organ_id, Heard.GIVEN_BACK, row.organ_name)
    if code is edxml.StatusCode.RECALL_AGREED and _all_gave_back(letter):
        letter.stage = Stage.RECALLED
        letter.save(update_fields=["stage"])
        emit("dispatch.recalled", SYSTEM, case_id=letter.case_id, subject=("outgoing", letter.pk))
        for_cases.taken_back(letter)


def hear_of_failures(connection: Connection, rows: Sequence[Mapping[str, str]]) -> None:
    """What became of documents that no receiver has answered for: held by the axis, or not taken at the other end.

    `rows` are the axis's list of what we sent. Each is told once; a person asks the receiver, or sends another one.
    """
    told = {(row.get("docId", ""), row.get("to", "")): row for row in rows if row.get("status") in _STUCK}
    waiting = Sending.objects.select_for_update(of=("self",)).filter(
        connection=connection, state=SendState.SENT, status="", axis_id__in=[doc_id for doc_id, _ in told]
    )
    for sending in waiting.select_related("outgoing").order_by("id"):
        row = next(
            (
                told[key]
                for key in told
                if key[0] == sending.axis_id and edxml.same_organ(key[1], sending.organ_id)
            ),
            None,
        )
        if row is None:
            continue
        vi, en = _STUCK[row["status"]]
        fault = f"{vi}: {row.get('status_desc', '')}"[:500]
        if sending.fault == fault:
            continue
        sending.fault, sending.updated_at = fault, clock.now()
        sending.save(update_fields=["fault", "updated_at"])
        letter = sending.outgoing
        faults.raise_fault(
            "send", f"fate/{letter.uuid}/{sending.pk}/{row['status']}", agency_id=letter.agency_id,
            connection=connection, code=21,
            what=f"Văn bản {letter.sign} gửi {sending.organ_name}: {fault}",
            what_en=f"Document {letter.sign} to {sending.organ_name}: {en}: {row.get('status_desc', '')}",
        )  # fmt: skip


def _all_gave_back(letter: Outgoing) -> bool:
    return not letter.sendings.exclude(status__in=list(statuses.FINAL)).exists()


def _note(sending: Sending, code: edxml.StatusCode, by: str, description: str) -> None:
    sending.status, sending.fault, sending.updated_at = code.value, "", clock.now()
    sending.save(update_fields=["status", "fault", "updated_at"])
    StatusNote.objects.create(
        agency_id=sending.agency_id, sending=sending, code=code.value, by=by, description=description,
        at=clock.now(), state=SendState.SENT,
    )  # fmt: skip
