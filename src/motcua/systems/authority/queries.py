"""Reading certificates, requests and their history, as far as the officer may see them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from motcua.core.documents import certificates
from motcua.core.documents.models import CertificateRequest, Key
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.ledger.spoken import reason_of

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened to a certificate or its request."""

    at: dt.datetime
    kind: str
    who: str
    reason: str


def keys_of(actor: Actor, text: str = "", state: str = "") -> list[Key]:
    """Certificates by name or serial number, those that end first on top: all of them for the authority's officers,
    the agency's for its head, else one's own."""
    rows = _visible(actor)
    words = text.strip()
    if words:
        digits = words.replace(":", "").replace(" ", "").lower()
        serial = str(int(digits, 16)) if digits and set(digits) <= set("0123456789abcdef") else ""
        rows = rows.filter(Q(subject__icontains=words) | Q(serial=serial))
    rows = rows.order_by("valid_until", "id")
    if not state:
        return list(rows[:SHOWN])
    return [key for key in rows[: SHOWN * 20] if certificates.standing(key) == state][:SHOWN]


def key_for(actor: Actor, serial: str) -> Key:
    """One certificate by its serial number in hexadecimal; others' do not exist."""
    try:
        number = str(int(serial, 16))
    except ValueError:
        raise NotFound from None
    found = _visible(actor).filter(serial=number).first()
    if found is None:
        raise NotFound
    return found


def requests_of(actor: Actor, *, waiting: bool = True) -> list[CertificateRequest]:
    """Requests, the oldest first: all for the authority's officers, else those of the actor's agencies."""
    rows = CertificateRequest.objects.select_related("agency")
    if not actor.has(*certificates.OFFICERS):
        rows = rows.filter(agency_id__in=actor.unit_ids)
    return list(rows.filter(state="asked").order_by("id") if waiting else rows.order_by("-id")[:SHOWN])


def request_for(actor: Actor, request_uuid: uuid.UUID) -> CertificateRequest:
    """One request; others' do not exist."""
    found = CertificateRequest.objects.select_related("agency", "key").filter(uuid=request_uuid).first()
    if found is None or not certificates.may_ask(actor, found.agency_id):
        raise NotFound
    return found


def history(key: Key) -> list[Act]:
    """What happened to a certificate, from its request on, oldest first."""
    asked = list(CertificateRequest.objects.filter(key=key).values_list("pk", flat=True))
    with acting(SYSTEM):
        rows = Event.objects.filter(
            Q(subject_type="key", subject_id=key.pk)
            | Q(subject_type="certificate_request", subject_id__in=asked)
        )
        rows = rows.select_related("spoken").order_by("id")
        return [Act(row.at, row.kind, row.actor_label, reason_of(row)) for row in rows]


def _visible(actor: Actor) -> QuerySet[Key]:
    rows = Key.objects.all()
    if actor.is_system or actor.has(*certificates.OFFICERS):
        return rows
    if actor.has("chair"):
        return rows.filter(agency_id__in=actor.unit_ids)
    return rows.filter(officer_id=actor.officer_id or 0)
