"""Statuses of documents that came: ours, which the sender hears, and the sender's own."""

from __future__ import annotations

from motcua.core import clock, jobs
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines import edxml
from motcua.systems.dispatch.models import Incoming, SendState, StatusNote


def move(letter: Incoming, code: edxml.StatusCode, by: str) -> None:
    """The next step of a document: kept, told to the sender, written in the ledger."""
    letter.status = code
    letter.save(update_fields=["status", "finished_at"])
    note(letter, code, by)
    emit(
        "dispatch.moved",
        SYSTEM,
        case_id=letter.case_id,
        subject=("incoming", letter.pk),
        data={"code": code.value, "by": by},
    )


def note(letter: Incoming, code: edxml.StatusCode, by: str, description: str = "") -> None:
    """Write down a status of ours, and have it brought to the sender where the document came by an axis."""
    waits = letter.connection_id is not None
    made = StatusNote.objects.create(
        agency_id=letter.agency_id, incoming=letter, code=code.value, by=by, at=clock.now(),
        description=description[:1000] or f"{by}: {code.text()}",
        state=SendState.WAITING if waits else SendState.SENT,
    )  # fmt: skip
    if waits:
        jobs.defer("dispatch.tell_status", note_id=made.pk)


def told(letter: Incoming, code: edxml.StatusCode, description: str) -> None:
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
