"""Signing and numbering: with a key at hand, or prepared for the leader's own device and completed there.

The signature is the leader's, by position; the agency's seal follows. The number is given when the document is set for
its signature, since it stands in it (Decree 30/2020 art. 15), and stays with the letter if that comes to nothing.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from django.db import transaction

from motcua.core import clock
from motcua.core.documents import actions as documents
from motcua.core.documents import signing_keys
from motcua.core.documents.awaiting import ToSign, signing_queues
from motcua.core.documents.models import Document, DocumentState
from motcua.core.errors import Conflict, NotFound
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.systems.dispatch import rules
from motcua.systems.dispatch.actions import numbering
from motcua.systems.dispatch.actions.drafting import _allow, _folded, _locked, _reason
from motcua.systems.dispatch.models import Direction, Outgoing, Stage

TEMPLATE = (Path(__file__).parents[1] / "tables" / "letter.typ").read_text("utf-8")
URGENCY = {1: "KHẨN", 2: "THƯỢNG KHẨN", 3: "HỎA TỐC", 4: "HỎA TỐC HẸN GIỜ"}
QUEUE = "letter"
MOST = 200


def sign(actor: Actor, letter_uuid: uuid.UUID) -> Outgoing:
    """The leader signs with a key at hand: number, document, the leader's signature, the agency's seal.

    Raises SignedElsewhere where the leader's key is on a device or at a service of its own.
    """
    letter = _locked(letter_uuid)
    if letter.stage in (Stage.ISSUED, Stage.SENT):
        return letter
    _allow(actor, letter, "sign")
    made = _set(actor, letter)
    documents.sign(actor, [made.pk])
    made.refresh_from_db()
    return _issue(actor, letter, made)


def prepare(actor: Actor, letter_uuid: uuid.UUID) -> Document:
    """The draft that the leader's device will sign, numbered and dated today."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "sign")
    made = _set(actor, letter)
    letter.save(update_fields=["number", "year", "draft_pk"])
    return made


def finish(actor: Actor, letter_uuid: uuid.UUID) -> Outgoing:
    """The device has signed, the agency has sealed: the letter is issued."""
    letter = _locked(letter_uuid)
    if letter.stage in (Stage.ISSUED, Stage.SENT):
        return letter
    _allow(actor, letter, "sign")
    made = Document.objects.filter(pk=letter.draft_pk or 0, state=DocumentState.SIGNED).first()
    if made is None or made.number != letter.sign:
        raise Conflict("Văn bản chưa được ký.", "The document is not signed yet.")
    return _issue(actor, letter, made)


def preview(actor: Actor, letter: Outgoing) -> bytes:
    """The paper as it would be signed now, without number and signature; nothing of it is kept."""
    with transaction.atomic():
        made = _draft(actor, letter, letter.sign or f"…/{letter.notation}", _facts(letter))
        paper = documents.preview(made)
        transaction.set_rollback(True)
    return paper


def signs_elsewhere(actor: Actor, letter: Outgoing) -> bool:
    """Whether this officer's key for the agency is on a device or at a service of its own."""
    return not signing_keys.signs_at_once(actor.officer_id, letter.agency_id)


def cancel_number(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """A signed document that was not sent is given up: its number stays in the book, marked as cancelled."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "cancel")
    letter.stage, letter.reason = Stage.CANCELLED, _reason(reason)
    letter.save(update_fields=["stage", "reason"])
    if letter.document_pk:
        documents.withdraw(actor, letter.document_pk, letter.reason)
    emit(
        "dispatch.number_cancelled", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"number": letter.sign, "reason": letter.reason},
    )  # fmt: skip
    return letter


def document_of(letter: Outgoing) -> Document | None:
    return Document.objects.filter(pk=letter.document_pk or 0).first()


def _set(actor: Actor, letter: Outgoing) -> Document:
    """Number the letter, once in a year, and set the document that will be signed; one that says the same is kept."""
    year = clock.today().year
    if letter.number is not None and letter.year != year:
        emit(
            "dispatch.number_cancelled", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
            data={"number": letter.sign, "reason": "không kịp ký trong năm"},
        )  # fmt: skip
        letter.number = None
    if letter.number is None:
        letter.year = year
        letter.number = numbering.take(letter.agency_id, Direction.OUT, letter.type_code, year)
    facts = _facts(letter)
    known = Document.objects.filter(pk=letter.draft_pk or 0, state=DocumentState.DRAFT).first()
    if known is not None and known.number == letter.sign and known.data == facts:
        return known
    made = _draft(actor, letter, letter.sign, facts)
    letter.draft_pk = made.pk
    return made


def _draft(actor: Actor, letter: Outgoing, number: str, facts: dict[str, object]) -> Document:
    return documents.draft(
        actor,
        kind="letter",
        title=rules.kinds()[letter.type_code].name,  # who checks its code need not learn what it says
        template=TEMPLATE,
        data=facts,
        agency_id=letter.agency_id,
        case_id=letter.case_id,
        case_number=letter.case_number,
        number=number,
    )


def _issue(actor: Actor, letter: Outgoing, made: Document) -> Outgoing:
    now, agency = clock.now(), organisations.agency(letter.agency_id)
    documents.issue(made, [])
    letter.document_pk, letter.draft_pk, letter.stage, letter.issued_at = made.pk, None, Stage.ISSUED, now
    letter.edxml_id = f"{agency.code},{now:%Y/%m/%d},{letter.sign}"
    letter.send_by = rules.send_by(now, letter.priority, agency.pk)
    letter.folded = _folded(letter)
    letter.save()
    emit(
        "dispatch.signed", actor, case_id=letter.case_id, subject=("outgoing", letter.pk),
        data={"number": letter.sign, "document": made.code},
    )  # fmt: skip
    return letter


def _facts(letter: Outgoing) -> dict[str, object]:
    kind = rules.kinds()[letter.type_code]
    names = [name for _, name in letter.receivers]
    is_letter = letter.type_code == "CV"
    return {
        "kind": "" if is_letter else kind.name.replace(" (cá biệt)", ""),
        "subject": letter.subject.removeprefix("V/v ").strip(),  # the layout sets V/v itself
        "paragraphs": letter.paragraphs,
        "appendix": letter.appendix,
        "to": names if is_letter else [],
        "recipients": ["Như trên", *([letter.head] if letter.head else []), "Lưu: VT"]
        if is_letter
        else [*names, "Lưu: VT"],
        "urgent": URGENCY.get(letter.priority, ""),
        "drafter": letter.drafter,
    }


@signing_queues.register(QUEUE)
class Letters:
    """Letters that wait for a leader's device."""

    def waiting(self, actor: Actor) -> list[ToSign]:
        rows = Outgoing.objects.filter(
            agency_id__in=actor.unit_ids, stage=Stage.AT_LEADER, leader_id=actor.officer_id or 0
        ).order_by("-priority", "id")[:MOST]
        names = rules.kinds()
        return [
            ToSign(
                key_of(each), each.sign or names[each.type_code].name, each.subject,
                "; ".join(name for _, name in each.receivers),
            )
            for each in rows
        ]  # fmt: skip

    def document(self, actor: Actor, key: str) -> Document:
        return prepare(actor, _uuid(key))

    def signed(self, actor: Actor, key: str) -> None:
        finish(actor, _uuid(key))


def key_of(letter: Outgoing) -> str:
    """By which the page of signing by device knows a letter."""
    return f"{QUEUE}:{letter.uuid}"


def _uuid(key: str) -> uuid.UUID:
    try:
        return uuid.UUID(key.partition(":")[2])
    except ValueError:
        raise NotFound() from None
