"""Writing the ledger: one row per act, in the act's own transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from motcua.core import clock
from motcua.core.ledger.actor import Actor
from motcua.core.ledger.models import Event, Read, Spoken
from motcua.core.ledger.spoken import set_apart
from motcua.core.sealing.keyring import PERSON, blind

_application: ContextVar[uuid.UUID | None] = ContextVar("application", default=None)


def emit(
    kind: str,
    actor: Actor,
    *,
    case_id: int | None = None,
    subject: tuple[str, int] | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Record that `actor` did `kind` (e.g. `case.received`); returns the event's id. A `reason` in `data` is what a
    person typed: it is sealed beside the event (`spoken`)."""
    subject_type, subject_id = subject or ("", None)
    told, salted = set_apart(data or {})
    event = Event.objects.create(
        at=clock.now(),
        kind=kind,
        actor_kind=actor.kind.value,
        actor_label=actor.label,
        account_id=actor.account_id,
        party_id=actor.party_id,
        officer_id=actor.officer_id,
        agency_id=actor.agency_id,
        principal_id=actor.principal,
        mandate_id=actor.mandate_id,
        case_id=case_id,
        subject_type=subject_type,
        subject_id=subject_id,
        data=told,
    )
    if salted:
        Spoken.objects.create(event=event, salted=salted, at=event.at)
    return event.pk


@contextmanager
def for_application(key: uuid.UUID) -> Iterator[None]:
    """What is looked up within is looked up for the application that will be submitted under `key`."""
    token = _application.set(key)
    try:
        yield
    finally:
        _application.reset(token)


def application() -> uuid.UUID | None:
    """The application for which what is looked up now is looked up, if any."""
    return _application.get()


def record_read(
    actor: Actor,
    *,
    purpose: str,
    register: str,
    person_numbers: Sequence[str],
    record_ids: Sequence[int],
    case_id: int | None = None,
    call: str = "",
) -> None:
    """Record one act of reading: all the records of one look, in one row.

    `call` is the exchange's name of the question that was sent elsewhere; a look that came by one has the actor's.
    """
    Read.objects.create(
        at=clock.now(),
        actor_kind=actor.kind.value,
        actor_label=actor.label,
        account_id=actor.account_id,
        officer_id=actor.officer_id,
        agency_id=actor.agency_id,
        purpose=purpose,
        register=register,
        people=sorted({blind(PERSON, number) for number in person_numbers}),
        record_ids=sorted(set(record_ids)),
        case_id=case_id,
        application=_application.get() if case_id is None else None,
        call=call or actor.call,
    )
