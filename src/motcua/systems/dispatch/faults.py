"""What could not be taken or sent becomes work for a person; the same trouble is told once."""

from __future__ import annotations

import uuid

from motcua.core import clock
from motcua.core.errors import NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.systems.dispatch.models import Connection, Fault


def raise_fault(
    kind: str,
    key: str,
    *,
    what: str,
    what_en: str = "",
    code: int = 0,
    agency_id: int | None = None,
    connection: Connection | None = None,
    digest: str = "",
) -> Fault:
    """Put a fault on the list, unless it is there; one that was settled and comes back is opened again."""
    made, new = Fault.objects.update_or_create(
        key=key[:400],
        defaults={
            "kind": kind, "what": what[:2000], "what_en": what_en[:2000], "axis_code": code, "agency_id": agency_id,
            "connection": connection, "digest": digest, "at": clock.now(), "settled_at": None,
        },
    )  # fmt: skip
    if new:
        emit(
            "dispatch.fault",
            SYSTEM,
            subject=("dispatch_fault", made.pk),
            data={"kind": kind, "code": code, "what": what[:300]},
        )
    return made


def settle(actor: Actor, fault_uuid: uuid.UUID, reason: str) -> Fault:
    """Somebody has seen to it, and says how."""
    found = Fault.objects.select_for_update(of=("self",)).filter(uuid=fault_uuid).first()
    if found is None:
        raise NotFound()
    if not reason.strip():
        raise UserError("Ghi đã xử lý thế nào.", "Say how it was settled.", "reason")
    if found.settled_at is None:
        found.settled_at, found.settled_by, found.reason = clock.now(), actor.label, reason.strip()[:1000]
        found.save(update_fields=["settled_at", "settled_by", "reason"])
        emit(
            "dispatch.fault_settled",
            actor,
            subject=("dispatch_fault", found.pk),
            data={"reason": found.reason},
        )
    return found
