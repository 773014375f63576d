"""Events by machine: tell, take, acknowledge, replay, see receipts."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Schema

from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus
from motcua.systems.exchange.api.base import REFUSALS, api, key_of, subsystem_of
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.bus.keys_of_their_own import secret_of
from motcua.systems.exchange.bus.pushing import as_json
from motcua.systems.exchange.machines import machine_of
from motcua.systems.exchange.models import Event, Standing, Subscription, Subsystem, Topic, TopicShape


class EventIn(Schema):
    """`id` makes a repeat harmless; `sequence` numbers the events of a key where they may overtake one another."""

    key: str
    payload: dict[str, Any]
    id: uuid.UUID | None = None
    sequence: int | None = None


class Told(Schema):
    id: uuid.UUID
    position: int
    new: bool


class SubscriptionIn(Schema):
    why: str
    mode: str = "pull"
    address: str = ""
    in_flight: int = 100
    lease_seconds: int = 60
    attempts: int = 8


class SubscriptionOut(Schema):
    """`secret` signs what is pushed, `key_secret` names records (docs/exchange.md); shown when they are made."""

    id: uuid.UUID
    state: str
    secret: str = ""
    key_secret: str = ""


class Acknowledgement(Schema):
    receipts: list[uuid.UUID]


class Rejection(Schema):
    receipt: uuid.UUID
    fault: str
    for_good: bool = False


class Replay(Schema):
    """Everything again from `position`, or from the moment `since`."""

    position: int | None = None
    since: dt.datetime | None = None


@api.get("/v1/topics", response={200: list[dict[str, Any]], **REFUSALS})
def topics(request: HttpRequest) -> list[dict[str, Any]]:
    """What can be heard, with the shape of its events."""
    subsystem_of(request)
    with acting(SYSTEM):
        return [
            {
                "code": one.code,
                "title": one.title,
                "owner": str(one.owner),
                "shape": one.shape,
                "schema": one.schema,
            }
            for one in Topic.objects.filter(active=True).select_related("owner__member").order_by("code")
        ]


@api.get("/v1/topics/{code}/shapes/{number}", response={200: dict[str, Any], **REFUSALS})
def shape(request: HttpRequest, code: str, number: int) -> dict[str, Any]:
    """The JSON Schema of events that say this number of shape."""
    subsystem_of(request)
    with acting(SYSTEM):
        found = TopicShape.objects.filter(topic=_topic(code), number=number).first()
        if found is None:
            raise NotFound()
        return {"shape": found.number, "since": found.since.isoformat(), "schema": found.schema}


@api.post("/v1/topics/{code}/events", response={200: Told, 201: Told, **REFUSALS})
def tell(request: HttpRequest, code: str, event: EventIn) -> tuple[int, Told]:
    """Tell an event. 201: taken, durably; 200: it was told before. 429: too many for the moment."""
    system = subsystem_of(request)
    with acting(SYSTEM):
        told, new = bus.publish(
            _topic(code),
            event.key,
            event.payload,
            publisher=system,
            event_id=event.id,
            sequence=event.sequence,
        )
    return (201 if new else 200), Told(id=told.uuid, position=told.pk, new=new)


@api.get("/v1/topics/{code}/events/{event_id}", response={200: dict[str, Any], **REFUSALS})
def receipts(request: HttpRequest, code: str, event_id: uuid.UUID) -> dict[str, Any]:
    """How far an event came with each subscriber: for its publisher and the topic's owner."""
    system = subsystem_of(request)
    with acting(SYSTEM):
        event = (
            Event.objects.filter(topic__code=code, uuid=event_id)
            .filter(Q(publisher=system) | Q(topic__owner=system))
            .first()
        )
        if event is None:
            raise NotFound()
        return {
            "id": str(event.uuid),
            "position": event.pk,
            "receipts": [
                {
                    "subscriber": str(one.subscription.subsystem),
                    "state": one.state,
                    "attempts": one.attempts,
                    "done_at": one.done_at.isoformat() if one.done_at else None,
                }
                for one in bus.receipts(event)
            ],
        }


@api.post("/v1/topics/{code}/subscriptions", response={201: SubscriptionOut, **REFUSALS})
def subscribe(request: HttpRequest, code: str, wanted: SubscriptionIn) -> tuple[int, SubscriptionOut]:
    """Ask to hear a topic; its owner decides, unless it is open to this system."""
    system = subsystem_of(request)
    with acting(SYSTEM):
        made = bus.subscribe(machine_of(key_of(request)), _topic(code), system, **wanted.dict())
        key_secret = secret_of(made)
    return 201, SubscriptionOut(id=made.uuid, state=made.state, secret=made.secret, key_secret=key_secret)


@api.get("/v1/subscriptions", response={200: list[dict[str, Any]], **REFUSALS})
def subscriptions(request: HttpRequest) -> list[dict[str, Any]]:
    """What this system hears, and how much waits."""
    system = subsystem_of(request)
    with acting(SYSTEM):
        return [
            {
                "id": str(one.uuid),
                "topic": one.topic.code,
                "state": one.state,
                "waiting": carrying.waiting_of(one),
                "dead": one.deliveries.filter(state="dead").count(),
            }
            for one in Subscription.objects.filter(subsystem=system).select_related("topic").order_by("id")
        ]


@api.get("/v1/subscriptions/{subscription_id}/key-secret", response={200: dict[str, str], **REFUSALS})
def key_secret(request: HttpRequest, subscription_id: uuid.UUID) -> dict[str, str]:
    """By which this subscriber names records: HMAC-SHA256 of `register/key of the record`, hex."""
    system = subsystem_of(request)
    with acting(SYSTEM):
        return {"key_secret": secret_of(_mine(system, subscription_id))}


@api.post("/v1/subscriptions/{subscription_id}/take", response={200: list[dict[str, Any]], **REFUSALS})
def take(request: HttpRequest, subscription_id: uuid.UUID, most: int = 100) -> list[dict[str, Any]]:
    """The next events, each key's first; to be acknowledged before the lease ends, else they come again."""
    with acting(SYSTEM):
        return [as_json(one) for one in bus.take(_mine(subsystem_of(request), subscription_id), max(0, most))]


@api.post("/v1/subscriptions/{subscription_id}/acknowledge", response={200: dict[str, int], **REFUSALS})
def acknowledge(request: HttpRequest, subscription_id: uuid.UUID, done: Acknowledgement) -> dict[str, int]:
    """The system has these. A receipt whose lease ran out and was given anew counts for nothing."""
    with acting(SYSTEM):
        return {"acknowledged": bus.acknowledge(_mine(subsystem_of(request), subscription_id), done.receipts)}


@api.post("/v1/subscriptions/{subscription_id}/reject", response={200: dict[str, str], **REFUSALS})
def reject(request: HttpRequest, subscription_id: uuid.UUID, rejection: Rejection) -> dict[str, str]:
    """The system cannot take this event: later again, or never when `for_good`."""
    with acting(SYSTEM):
        state = bus.reject(
            _mine(subsystem_of(request), subscription_id),
            rejection.receipt,
            rejection.fault,
            for_good=rejection.for_good,
        )
    return {"state": state or "unknown receipt"}


@api.post("/v1/subscriptions/{subscription_id}/replay", response={200: dict[str, int], **REFUSALS})
def replay(request: HttpRequest, subscription_id: uuid.UUID, wanted: Replay) -> dict[str, int]:
    """Give everything again from a point on, as far as it is kept."""
    system = subsystem_of(request)
    with acting(SYSTEM):
        subscription = _mine(system, subscription_id)
        return {
            "events": bus.replay(
                machine_of(key_of(request)), subscription, position=wanted.position, since=wanted.since
            )
        }


def _topic(code: str) -> Topic:
    found = Topic.objects.filter(code=code, active=True).select_related("owner__member").first()
    if found is None:
        raise NotFound()
    return found


def _mine(system: Subsystem, subscription_id: uuid.UUID) -> Subscription:
    found = (
        Subscription.objects.select_related("topic", "subsystem__member")
        .filter(uuid=subscription_id, subsystem=system)
        .exclude(state=Standing.REFUSED)
        .first()
    )
    if found is None:
        raise NotFound()
    return found
