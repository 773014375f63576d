"""Reading the outbox."""

from __future__ import annotations

import uuid

from motcua.core.errors import NotFound
from motcua.core.exchange.models import Errand, ErrandState
from motcua.core.ledger.actor import Actor


def open_errands(actor: Actor, limit: int = 200) -> list[Errand]:
    """What did not get through and concerns the actor's agencies, the oldest first."""
    rows = Errand.objects.filter(state__in=(ErrandState.FAILED, ErrandState.ENQUIRED))
    if not actor.is_system:
        rows = rows.filter(agency_id__in=actor.unit_ids)
    return list(rows.order_by("id")[:limit])


def errand(actor: Actor, errand_uuid: uuid.UUID) -> Errand:
    """One of them, settled ones too. Raises NotFound where it is not the actor's."""
    rows = Errand.objects.filter(uuid=errand_uuid)
    if not actor.is_system:
        rows = rows.filter(agency_id__in=actor.unit_ids)
    found = rows.first()
    if found is None:
        raise NotFound()
    return found


def errands_of_case(case_id: int) -> list[Errand]:
    """Every question asked through the outbox in a case."""
    return list(Errand.objects.filter(case_id=case_id).order_by("id"))
