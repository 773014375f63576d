"""Sending to many, and taking back: recall, update, replace."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from motcua.core import clock, jobs
from motcua.core.cases import actions as cases
from motcua.core.documents import store
from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.engines import edxml
from motcua.systems.dispatch import faults, messages, rules, statuses
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
        _tell_case("case.letter_replaced", old, letter.sign)
    if letter.case_waits:
        _case_waits(letter)
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


def _case_waits(letter: Outgoing) -> None:
    """From now on the case stands still until the receivers have answered this letter, and not the one it replaces."""
    old = letter.concerns
    assert letter.case_id is not None
    cases.await_answer(
        letter.case_id, str(letter.uuid), letter.sign, dict(letter.receivers),
        rules.end_of(letter.due) if letter.due else None, instead_of=str(old.uuid) if old else "",
    )  # fmt: skip
    if old is not None:
        old.case_waits = False
        old.save(update_fields=["case_waits"])


def go_on_without(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """The case no longer waits for the answer to this letter; the officer says why."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "go_on_without")
    assert letter.case_id is not None
    cases.stop_waiting(actor, letter.case_id, str(letter.uuid), _reason(reason))
    letter.case_waits = False
    letter.save(update_fields=["case_waits"])
    return letter


def hear_for_case(letter: Outgoing, organ_id: str, what: cases.Heard, words: str) -> None:
    """What a receiver did with a letter, told to the case that waits for it."""
    if letter.case_id is None:
        return
    named = next((one for one, _ in letter.receivers if edxml.same_organ(one, organ_id)), organ_id)
    waits = cases.hear(letter.case_id, str(letter.uuid), named, what, words)
    if letter.case_waits != waits:
        letter.case_waits = waits
        letter.save(update_fields=["case_waits"])


def recall(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """Ask every receiver to give a document back. It is recalled once they agree."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "recall")
    letter.reason = _reason(reason)
    letter.save(update_fields=["reason"])
    for sending in letter.sendings.all():
        if statuses.may_follow(sending.status, edxml.StatusCode.RECALL_ASKED):
            _note(sending, edxml.StatusCode.RECALL_ASKED, actor.label, letter.reason)
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
    letter.save(update_fields=["reason"])
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
    letter.packages = {
        key: value for key, value in letter.packages.items() if not key.startswith(f"{letter.business}:")
    }
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
    by_axis: dict[int | None, list[Sending]] = {}
    for row in rows:
        found = row.connection or route(letter.agency_id, row.organ_id)
        row.connection = found
        by_axis.setdefault(found.pk if found else None, []).append(row)
    trouble: list[str] = []
    for some in by_axis.values():
        trouble += _deliver(letter, some, business)
    if trouble:
        jobs.defer(
            "dispatch.send", outgoing_id=outgoing_id, business=business.value,
            schedule_at=clock.now() + 2 ** rows[0].attempts * _PAUSE,
        )  # fmt: skip


def _deliver(letter: Outgoing, rows: list[Sending], business: edxml.BusinessType) -> list[str]:
    axis_connection = rows[0].connection
    if axis_connection is None:
        _fail(letter, rows, "Không có trục nào biết nơi nhận này", 18)
        return []
    try:
        axis_id = axis_of(axis_connection).send(_package(letter, rows, business, axis_connection))
    except AxisError as refused:
        _fail(letter, rows, refused.said, int(refused.code))
        return []
    except Unreachable as trouble:
        for row in rows:
            row.attempts, row.fault, row.updated_at = row.attempts + 1, str(trouble), clock.now()
            row.save(update_fields=["attempts", "fault", "updated_at", "connection"])
        if rows[0].attempts >= ATTEMPTS:
            _fail(letter, rows, str(trouble), 20)
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


def _package(letter: Outgoing, rows: list[Sending], business: edxml.BusinessType, axis: Connection) -> bytes:
    """The file for one axis, written and signed once."""
    key = f"{business.value}:{axis.pk}"
    known = letter.packages.get(key)
    if known:
        return store.get(known)
    content = messages.document_file(letter, rows, business)
    letter.packages = {**letter.packages, key: store.put(content)}
    letter.save(update_fields=["packages"])
    return content


def _fail(letter: Outgoing, rows: list[Sending], why: str, code: int) -> None:
    for row in rows:
        row.state, row.fault, row.updated_at = SendState.FAILED, why, clock.now()
        row.save(update_fields=["state", "fault", "updated_at", "connection"])
    names = ", ".join(row.organ_name for row in rows)
    faults.raise_fault(
        "send", f"send/{letter.uuid}/{code}/{rows[0].pk}", agency_id=letter.agency_id, code=code,
        what=f"Văn bản {letter.sign} không gửi được tới {names}: {why}",
        what_en=f"Document {letter.sign} could not be sent to {names}: {why}",
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
        words = f"{row.organ_name}: {message.header.description}"
        _tell_case("case.letter_refused", letter, words)
        hear_for_case(letter, row.organ_id, cases.Heard.RETURNED, f"{letter.sign}: {words}")
    if code is edxml.StatusCode.RECALL_AGREED:
        hear_for_case(letter, row.organ_id, cases.Heard.GIVEN_BACK, row.organ_name)
    if code is edxml.StatusCode.RECALL_AGREED and _all_gave_back(letter):
        letter.stage = Stage.RECALLED
        letter.save(update_fields=["stage"])
        emit("dispatch.recalled", SYSTEM, case_id=letter.case_id, subject=("outgoing", letter.pk))
        _tell_case("case.letter_recalled", letter, letter.reason)


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


def _tell_case(kind: str, letter: Outgoing, reason: str) -> None:
    """A line on the case that the letter is about, if it is about one."""
    if letter.case_id is not None:
        emit(
            kind, SYSTEM, case_id=letter.case_id, subject=("outgoing", letter.pk),
            data={"reason": f"{letter.sign}: {reason}"[:500]},
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
