"""Giving events to a subscriber: taken under a lease, acknowledged by a receipt, tried again, put aside as dead.

Of one key, only the first event that is not settled can be taken: a stubborn one holds back its own key until it is
dead, never another's.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.words import legible
from motcua.systems.exchange.bus import carrying, keys_of_their_own, publishing
from motcua.systems.exchange.bus.line import configured
from motcua.systems.exchange.bus.subscribing import must_hear_or_own
from motcua.systems.exchange.models import (
    Delivery,
    DeliveryState,
    Event,
    Standing,
    Subscription,
)

MOST = 500
"""Events in one answer."""
LONGEST_PAUSE = 3_600
CLAIM = """
with first as (
  select d.id from exchange_delivery d
   where d.subscription_id = %(subscription)s
     and ((d.state = 'waiting' and d.due_at <= %(now)s) or (d.state = 'taken' and d.taken_until <= %(now)s))
     and not exists (
       select 1 from exchange_delivery e
        where e.subscription_id = d.subscription_id and e.key = d.key and e.state in ('waiting', 'taken')
          and (e.place, e.id) < (d.place, d.id))
   order by d.event_id limit %(most)s for update of d skip locked)
update exchange_delivery d
   set state = 'taken', taken_until = %(until)s, receipt = gen_random_uuid(), attempts = d.attempts + 1
  from first where first.id = d.id
returning d.id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """An event as it is given. `receipt` acknowledges this giving; `late` when a later one of its key came before."""

    receipt: uuid.UUID
    event_id: uuid.UUID
    position: int
    topic: str
    key: str
    sequence: int | None
    payload: Any
    at: dt.datetime
    attempt: int
    late: bool
    shape: int = 1


def take(subscription: Subscription, most: int = 100) -> list[Taken]:
    """The next events for a subscriber, each key's first only; no more than it may have in hand at a time."""
    if subscription.state != Standing.APPROVED or not subscription.subsystem.active:
        raise Conflict(
            f"Đăng ký nhận tin đang ở tình trạng: {Standing(subscription.state).label.lower()}.",
            f"The subscription is {subscription.state}.",
        )
    if configured():
        carrying.alone(subscription)
    else:
        carrying.at_home(os.getpid())
    now = clock.now()
    _bury_the_exhausted(subscription, now)
    in_hand = Delivery.objects.filter(
        subscription=subscription, state=DeliveryState.TAKEN, taken_until__gt=now
    ).count()
    room = min(most, MOST, subscription.in_flight - in_hand)
    if room <= 0:
        return []
    numbers = _claim(subscription, room, now)
    while configured() and len(numbers) < room and carrying.draw_quietly(subscription):
        numbers += _claim(subscription, room - len(numbers), now)
    rows = (
        Delivery.objects.filter(pk__in=numbers).select_related("event", "subscription").order_by("event_id")
    )
    return [_taken(row, subscription.topic.code) for row in rows]


def _claim(subscription: Subscription, room: int, now: dt.datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "subscription": subscription.pk,
                "now": now,
                "most": room,
                "until": now + dt.timedelta(seconds=subscription.lease_seconds),
            },
        )
        return [row[0] for row in cursor.fetchall()]


def _taken(row: Delivery, topic: str) -> Taken:
    event = row.event
    late = False
    if event.sequence is not None:
        publishing.close_gap(event.topic_id, event.key, event.sequence)
        late = Delivery.objects.filter(
            subscription_id=row.subscription_id,
            key=row.key,
            place__gt=row.place,
            state=DeliveryState.DONE,
        ).exists()
    if row.receipt is None:
        raise RuntimeError("a delivery was taken without a receipt")
    key, payload = event.key, event.payload
    if event.about:
        key = keys_of_their_own.key_for(row.subscription, event.about)
        payload = payload | {"key": key} if "key" in payload else payload
    return Taken(
        row.receipt,
        event.uuid,
        event.pk,
        topic,
        key,
        event.sequence,
        payload,
        event.at,
        row.attempts,
        late,
        event.shape,
    )


def acknowledge(subscription: Subscription, numbers: Sequence[uuid.UUID]) -> int:
    """The subscriber has them. A receipt that ran out or was used counts for nothing; returns how many counted."""
    return Delivery.objects.filter(
        subscription=subscription, receipt__in=numbers, state=DeliveryState.TAKEN
    ).update(state=DeliveryState.DONE, done_at=clock.now(), taken_until=None, fault="")


def reject(
    subscription: Subscription, number: uuid.UUID, fault: str, *, for_good: bool = False
) -> DeliveryState | None:
    """The subscriber cannot take it now: tried again later, or put aside after the last attempt or `for_good`."""
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update()
            .filter(subscription=subscription, receipt=number, state=DeliveryState.TAKEN)
            .first()
        )
        if row is None:
            return None
        row.fault, row.taken_until, row.receipt = fault[:500], None, None
        if for_good or row.attempts >= subscription.attempts:
            _bury(row)
        else:
            pause = min(2**row.attempts, LONGEST_PAUSE)
            row.state, row.due_at = DeliveryState.WAITING, clock.now() + dt.timedelta(seconds=pause)
        row.save()
    return DeliveryState(row.state)


def _bury_the_exhausted(subscription: Subscription, now: dt.datetime) -> None:
    """What was taken for the last time and never acknowledged is dead."""
    for row in Delivery.objects.select_for_update(skip_locked=True).filter(
        subscription=subscription,
        state=DeliveryState.TAKEN,
        taken_until__lte=now,
        attempts__gte=subscription.attempts,
    ):
        row.fault = row.fault or "nhận rồi mà không xác nhận"
        _bury(row)
        row.save()


def _bury(row: Delivery) -> None:
    row.state, row.taken_until, row.receipt = DeliveryState.DEAD, None, None
    emit(
        "exchange.event_dead",
        SYSTEM,
        subject=("exchange_delivery", row.pk),
        data={"attempts": row.attempts, "fault": row.fault},
    )


# ---- what people do about it


def redeliver(actor: Actor, delivery: Delivery) -> Delivery:
    """Give a dead event again, with all its attempts."""
    must_hear_or_own(actor, delivery.subscription)
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.state == DeliveryState.DEAD:
        locked.state, locked.attempts, locked.due_at = DeliveryState.WAITING, 0, clock.now()
        locked.save()
        emit("exchange.event_redelivered", actor, subject=("exchange_delivery", locked.pk))
        publishing.wake(locked.subscription)
    return locked


def drop(actor: Actor, delivery: Delivery, reason: str) -> Delivery:
    """Let a dead event be, with the reason."""
    must_hear_or_own(actor, delivery.subscription)
    said = legible(reason, "reason", multiline=True).strip()
    if not said:
        raise UserError("Ghi lý do.", "Give the reason.", field="reason")
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if locked.state == DeliveryState.DEAD:
        locked.state = DeliveryState.DROPPED
        locked.save()
        emit("exchange.event_dropped", actor, subject=("exchange_delivery", locked.pk), data={"reason": said})
    return locked


def replay(
    actor: Actor,
    subscription: Subscription,
    *,
    position: int | None = None,
    since: dt.datetime | None = None,
) -> int:
    """Give everything again from a position or a moment on, as far as it is kept; returns how many events."""
    must_hear_or_own(actor, subscription)
    if (position is None) == (since is None):
        raise UserError("Chọn vị trí hoặc thời điểm.", "Give a position or a moment.", field="from")
    events = Event.objects.filter(topic=subscription.topic)
    events = events.filter(pk__gte=position) if position is not None else events.filter(at__gte=since)
    now = clock.now()
    rows = [
        Delivery(subscription=subscription, event_id=pk, key=key, place=place or pk, due_at=now)
        for pk, key, place in events.order_by("id").values_list("id", "key", "place").iterator()
    ]
    Delivery.objects.bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["subscription", "event"],
        update_fields=["state", "attempts", "due_at", "fault", "taken_until", "receipt", "done_at"],
    )
    emit(
        "exchange.events_replayed",
        actor,
        subject=("exchange_subscription", subscription.pk),
        data={"events": len(rows), "from": position if since is None else since.isoformat()},
    )
    publishing.wake(subscription)
    return len(rows)


def receipts(event: Event) -> list[Delivery]:
    """How far an event came with each of its subscribers. One on its way by NATS waits, and has no row yet."""
    given = list(
        Delivery.objects.filter(event=event).select_related("subscription__subsystem__member").order_by("id")
    )
    if event.carried_at is not None and event.stream_seq is None:
        return given
    to_come = Subscription.objects.filter(
        topic=event.topic_id, state=Standing.APPROVED, heard_from__lt=event.pk
    ).exclude(pk__in=[one.subscription_id for one in given])
    return given + [
        Delivery(subscription=one, event=event, key=event.key)
        for one in to_come.select_related("subsystem__member").order_by("id")
    ]


__all__ = [
    "Taken",
    "acknowledge",
    "drop",
    "receipts",
    "redeliver",
    "reject",
    "replay",
    "take",
]
