"""What those who run the axis read; its tables are the system's, so every question is asked as the system."""

from __future__ import annotations

import uuid

from motcua.core.documents import store
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.systems.dispatch import trusting
from motcua.systems.dispatch.models import AxisAgency, AxisMember, AxisMessage, Connection

MOST = 200


def members() -> list[AxisMember]:
    """All members with their agencies, by name."""
    with acting(SYSTEM):
        return list(AxisMember.objects.prefetch_related("agencies").order_by("name")[:MOST])


def member(member_uuid: uuid.UUID) -> AxisMember:
    """One of them. Raises NotFound."""
    with acting(SYSTEM):
        found = AxisMember.objects.filter(uuid=member_uuid).first()
    if found is None:
        raise NotFound()
    return found


def agencies_of(found: AxisMember) -> list[AxisAgency]:
    with acting(SYSTEM):
        return list(found.agencies.order_by("organ_id")[:MOST])


def held() -> list[AxisMessage]:
    """What waits for a decision, the eldest first."""
    with acting(SYSTEM):
        return list(AxisMessage.objects.exclude(held="").order_by("id")[:MOST])


def held_message(message_uuid: uuid.UUID) -> tuple[AxisMessage, str]:
    """A message that is held, and the certificate it was signed with, if any, as it is compared by telephone."""
    with acting(SYSTEM):
        found = AxisMessage.objects.filter(uuid=message_uuid).exclude(held="").first()
        if found is None:
            raise NotFound()
        certificate = edxml.judge(store.get(found.digest)).signature.certificate
    return found, trusting.named(certificate) if certificate is not None else ""


def receivers_of(message: AxisMessage) -> list[str]:
    with acting(SYSTEM):
        return list(message.deliveries.order_by("to_organ").values_list("to_organ", flat=True)[:MOST])


def connections() -> list[Connection]:
    """The axes that we are on, those at rest last."""
    with acting(SYSTEM):
        return list(Connection.objects.order_by("-active", "name")[:MOST])


def connection(connection_uuid: uuid.UUID) -> Connection:
    """One of them. Raises NotFound."""
    with acting(SYSTEM):
        found = Connection.objects.filter(uuid=connection_uuid).first()
    if found is None:
        raise NotFound()
    return found
