"""What feeds topics: what rooms tell by `core.exchange.telling.publish`, and changes of registers, without data."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from motcua.core.exchange.telling import event_told
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.telling import register_changed
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.exchange import bus
from motcua.systems.exchange.bus.keys_of_their_own import about
from motcua.systems.exchange.models import Topic

REGISTER_SCHEMA = {
    "type": "object",
    "required": ["register", "key", "attributes"],
    "properties": {
        "register": {"type": "string"},
        "key": {"type": "string", "description": "the subscriber's own name of the record"},
        "version": {"type": "integer"},
        "attributes": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}
"""The shape of topics that tell a register's changes: that something changed, never what it is now."""


@event_told.register
def tell(
    topic: str, key: str, payload: dict[str, Any], event_id: uuid.UUID, sequence: int | None, **_: Any
) -> None:
    with acting(SYSTEM):
        declared = Topic.objects.filter(code=topic, active=True).first()
        if declared is not None:
            bus.publish(declared, key, payload, event_id=event_id, sequence=sequence)


@register_changed.register
def tell_register(record: Any, attributes: Sequence[str] = (), **_: Any) -> None:
    """Put in order by the record's blind index, which stays here; each subscriber is given its own name of the record.

    Whoever hears the topic asks for the record with its own right and purpose, and that look is logged."""
    slug = str(record.register_id)
    topics = list(Topic.objects.filter(register=slug, active=True))
    if not topics:
        return
    key = blind(PERSON, str(record.key))
    payload: dict[str, Any] = {"register": slug, "key": key, "attributes": sorted(attributes)}
    if isinstance(version := getattr(record, "version", None), int):
        payload["version"] = version
    with acting(SYSTEM):
        for topic in topics:
            bus.publish(topic, key, payload, about=about(slug, str(record.key)))
