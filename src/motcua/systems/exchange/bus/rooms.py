"""The bus under the names of other faces (core/exchange/rooms.py): the same actions, as the calling system."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.exchange.rooms import BUS, Given, Hearing, Told, rooms
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, ActorKind
from motcua.core.ledger.scope import acting
from motcua.systems.exchange.bus import delivering, publishing, subscribing
from motcua.systems.exchange.machines import Machine, system_named
from motcua.systems.exchange.models import (
    Delivery,
    DeliveryState,
    Event,
    Standing,
    Subscription,
    SubscriptionMode,
    Subsystem,
    Topic,
)
from motcua.systems.exchange.publishing import name_of

WHY = "Qua giao diện GovStack"


@rooms.register(BUS)
class RoomsOfTheBus:
    def kinds(self, caller: str, room: str) -> list[str]:
        with acting(SYSTEM):
            _caller(caller)
            topics = Topic.objects.filter(owner=_room(room), active=True)
            return list(topics.order_by("code").values_list("code", flat=True))

    def schema(self, caller: str, room: str, kind: str) -> dict[str, Any]:
        with acting(SYSTEM):
            _caller(caller)
            return dict(_topic(room, kind).schema)

    def declare(self, caller: str, room: str, kind: str, schema: Mapping[str, Any], legal_basis: str) -> None:
        with acting(SYSTEM):
            system = _caller(caller)
            if system != _room(room):
                raise NotAllowed(
                    f"Chỉ {room} khai báo được loại tin của mình.", f"Only {room} declares what it tells."
                )
            if Topic.objects.filter(code=kind).exists():
                raise Conflict(f"Đã có loại tin {kind}.", f"There is a kind {kind!r} already.", "eventType")
            subscribing.declare_topic(
                _machine(system), system, code=kind, title=kind, legal_basis=legal_basis, schema=schema
            )

    def tell(self, caller: str, room: str, kind: str, payload: Mapping[str, Any], key: str) -> uuid.UUID:
        with acting(SYSTEM):
            named = new_uuid()
            event, _ = publishing.publish(
                _topic(room, kind), key or str(named), payload, publisher=_caller(caller), event_id=named
            )
            return event.uuid

    def told(self, caller: str, room: str, kind: str, event_id: uuid.UUID) -> Told:
        with acting(SYSTEM):
            system = _caller(caller)
            event = (
                Event.objects.filter(topic=_topic(room, kind), uuid=event_id)
                .filter(Q(publisher=system) | Q(topic__owner=system))
                .select_related("topic", "publisher__member")
                .first()
            )
            if event is None:
                raise NotFound()
            states = [one.state for one in delivering.receipts(event)]
            return Told(_given(event), len(states), states.count(DeliveryState.DONE))

    def hearings(self, caller: str, room: str) -> list[Hearing]:
        with acting(SYSTEM):
            found = _hearings(_caller(caller)).filter(topic__owner=_room(room))
            return [_hearing(one) for one in found.order_by("topic__code")]

    def ask_to_hear(self, caller: str, room: str, kind: str, push_to: str) -> Hearing:
        with acting(SYSTEM):
            system = _caller(caller)
            made = subscribing.subscribe(
                _machine(system),
                _topic(room, kind),
                system,
                why=WHY,
                mode=SubscriptionMode.PUSH if push_to else SubscriptionMode.PULL,
                address=push_to,
            )
            return _hearing(made)

    def end_hearing(self, caller: str, room: str, kind: str) -> None:
        with acting(SYSTEM):
            system = _caller(caller)
            subscribing.unsubscribe(_machine(system), _subscription(system, room, kind), WHY)

    def take(self, caller: str, room: str, kind: str) -> Given | None:
        with acting(SYSTEM):
            taken = delivering.take(_subscription(_caller(caller), room, kind), 1)
            if not taken:
                return None
            event = Event.objects.select_related("topic", "publisher__member").get(pk=taken[0].position)
            given = _given(event)
            return Given(given.id, given.position, given.publisher, kind, taken[0].payload, given.at)

    def acknowledge(self, caller: str, room: str, kind: str, event_id: uuid.UUID) -> None:
        with acting(SYSTEM):
            subscription = _subscription(_caller(caller), room, kind)
            delivery = Delivery.objects.filter(
                subscription=subscription, event__uuid=event_id, state=DeliveryState.TAKEN
            ).first()
            if (
                delivery is None
                or delivery.receipt is None
                or not delivering.acknowledge(subscription, [delivery.receipt])
            ):
                raise NotFound()


def _caller(name: str) -> Subsystem:
    found = system_named(name)
    if found is None:
        raise NotAllowed(
            f"{name} không phải hệ thống đang tham gia liên thông.", f"{name} takes no part in the exchange."
        )
    return found


def _room(name: str) -> Subsystem:
    found = system_named(name)
    if found is None:
        raise NotFound()
    return found


def _machine(system: Subsystem) -> Machine:
    return Machine(
        ActorKind.PARTNER, str(system), agency_id=system.member.agency_id, member_id=system.member_id
    )


def _topic(room: str, kind: str) -> Topic:
    found = (
        Topic.objects.filter(owner=_room(room), code=kind, active=True)
        .select_related("owner__member")
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _hearings(system: Subsystem) -> Any:
    return (
        Subscription.objects.filter(subsystem=system)
        .exclude(state=Standing.REFUSED)
        .select_related("topic__owner__member", "subsystem__member")
    )


def _subscription(system: Subsystem, room: str, kind: str) -> Subscription:
    found: Subscription | None = _hearings(system).filter(topic=_topic(room, kind)).first()
    if found is None:
        raise NotFound()
    return found


def _hearing(one: Subscription) -> Hearing:
    pushed = one.mode == SubscriptionMode.PUSH
    return Hearing(one.uuid, name_of(one.subsystem), one.topic.code, pushed, one.state)


def _given(event: Event) -> Given:
    publisher = name_of(event.publisher) if event.publisher else name_of(event.topic.owner)
    return Given(event.uuid, event.pk, publisher, event.topic.code, dict(event.payload), event.at)
