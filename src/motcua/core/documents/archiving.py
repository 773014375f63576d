"""Keeping results provable for decades: a newer time-stamp over each, before the former one or its algorithms end.

The queue is the column `protected_until`. A renewal writes other bytes beside the original (ETSI EN 319 142-1, B-LTA);
the original, its digest and its entry in the public log stay as they are.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from motcua.core import clock
from motcua.core.documents import duties, store, succession, trust
from motcua.core.documents.models import Document, DocumentState, Renewal
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.engines import pades
from motcua.engines.pades import SigningError

MARGIN = dt.timedelta(days=365)
"""How long before the end a document is due: time for a stopped worker, a lost key, a ceremony of the root."""
BATCH = 200
_KEPT = (DocumentState.ISSUED, DocumentState.REPLACED, DocumentState.WITHDRAWN)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: `due` within the margin, `lost` past their end."""

    due: int
    lost: int
    stamper_ends: dt.datetime
    stamper_is_late: bool
    """The root should certify the next time-stamping key now."""


def due(now: dt.datetime | None = None) -> QuerySet[Document]:
    """Documents to be renewed now, the most urgent first."""
    limit = (now or clock.now()) + MARGIN
    rows = Document.objects.filter(state__in=_KEPT, issued_at__isnull=False, protected_until__lte=limit)
    return rows.order_by("protected_until", "id")


def backlog() -> Backlog:
    """For `motcua check` and the indicators."""
    now, house = clock.now(), trust.house()
    stamper = house.keys.certificate(house.stamper)
    waiting = due(now)
    ends = stamper.not_valid_after_utc
    lost = waiting.filter(protected_until__lt=now).count()
    return Backlog(waiting.count(), lost, ends, ends < now + duties.STAMPER_LEAD)


def renew_due(limit: int = BATCH) -> int:
    """Renew what is due, each in a savepoint of its own; returns how many. May stop and go on at any time: what is
    renewed is no longer due. One that cannot be renewed is told and stays in the queue."""
    if not due().exists():
        return 0
    succession.perform()
    done = 0
    for pk in list(due().values_list("pk", flat=True)[:limit]):
        try:
            with transaction.atomic():
                done += renew(pk) is not None
        except (SigningError, OSError, ValueError) as wrong:
            _log.error("document %s could not be renewed: %s", pk, wrong)
    return done


def renew(document_id: int) -> Renewal | None:
    """Put a newer time-stamp over a document; None when it is no longer due or the stamp would end no later."""
    document = due().select_for_update(of=("self",)).filter(pk=document_id).first()
    if document is None:
        return None
    last = document.renewals.order_by("-place").first()
    former, place = (last.digest, last.place + 1) if last else (document.digest, 1)
    house = trust.house()
    renewed = pades.renew(
        store.get(former),
        house.time_stamping.stamp,
        field=f"LuuTru{place}",
        certificates=[*house.standing_roots.values(), *house.intermediates],
        crls=house.revocation_lists(),
    )
    until = pades.protected_until(renewed)
    if until is None or (document.protected_until is not None and until <= document.protected_until):
        return None
    renewal = Renewal.objects.create(
        document=document,
        place=place,
        digest=store.put(renewed),
        former=former,
        protected_until=until,
        at=clock.now(),
    )
    document.protected_until = until
    document.save(update_fields=["protected_until"])
    emit(
        "document.renewed",
        SYSTEM,
        case_id=document.case_id,
        subject=("document", document.pk),
        data={"digest": renewal.digest, "former": former, "until": until.isoformat(timespec="seconds")},
    )
    return renewal


def schedule_unknown(limit: int = BATCH) -> int:
    """Say until when the documents of older versions are protected; returns how many were looked at."""
    rows = Document.objects.filter(protected_until=None, issued_at__isnull=False, state__in=_KEPT)[:limit]
    for document in rows:
        document.protected_until = pades.protected_until(store.get(document.digest)) or clock.now()
        document.save(update_fields=["protected_until"])
    return len(rows)
