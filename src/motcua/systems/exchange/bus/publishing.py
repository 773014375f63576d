"""Telling: one row for the event and one for each subscriber, in the transaction of what happened."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.db import connection
from jsonschema import Draft202012Validator

from motcua.core import clock, jobs
from motcua.core.errors import NotAllowed, UserError
from motcua.core.keys import new_uuid
from motcua.systems.exchange import jsontext
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.bus.line import configured
from motcua.systems.exchange.models import (
    Event,
    KeyPlace,
    Standing,
    Subscription,
    SubscriptionMode,
    Subsystem,
    Topic,
)

LARGEST = 64 * 1024
"""Bytes of a payload: larger things are fetched, an event says where."""
LONGEST_KEY = 200
FAN_OUT = """
with heard as (
  select id, mode from exchange_subscription where topic_id = %(topic)s and state = 'approved'),
given as (
  insert into exchange_delivery (subscription_id, event_id, key, place, state, due_at, attempts, fault)
  select id, %(event)s, %(key)s, %(place)s, 'waiting', %(due)s, 0, '' from heard)
select count(*) from heard where mode = 'push'
"""
RELEASE = """
update exchange_delivery d set due_at = %(now)s
  from exchange_event e
 where e.id = d.event_id and e.topic_id = %(topic)s and d.key = %(key)s and d.state = 'waiting'
   and d.attempts = 0 and d.place <= %(place)s and d.due_at > %(now)s
"""


class Busy(UserError):
    """Too much at once: wait and tell again. Nothing of the event was taken."""

    status = 429


def publish(
    topic: Topic,
    key: str,
    payload: Mapping[str, Any],
    *,
    publisher: Subsystem | None = None,
    event_id: uuid.UUID | None = None,
    sequence: int | None = None,
    about: str = "",
) -> tuple[Event, bool]:
    """Tell an event. Returns it, and whether it is new: told again under the same id, it is the former one.

    `publisher` None is this installation itself. Raises UserError for a payload that is not in the topic's shape,
    Busy when the topic takes no more for the moment. With `about`, the name of a record that nobody may read, each
    subscriber is given a key of its own instead of `key` (and of `key` in the payload); `key` only puts in order.
    """
    _check(topic, key, payload, publisher, sequence)
    named = event_id or new_uuid()
    _one_at_a_time(topic, key)
    known = Event.objects.filter(topic=topic, uuid=named).first()
    if known is not None:
        return known, False
    _check_pressure(topic)
    by_nats = configured()
    event = Event.objects.create(
        uuid=named,
        topic=topic,
        key=key,
        sequence=sequence,
        place=sequence,
        payload=dict(payload),
        about=about,
        shape=topic.shape,
        publisher=publisher,
        at=clock.now(),
        carried_at=None if by_nats else clock.now(),
    )
    _fan_out(topic, event, by_nats)
    return event, True


def _fan_out(topic: Topic, event: Event, by_nats: bool) -> None:
    """A row for each subscriber; by NATS, each draws its own."""
    now = clock.now()
    due = now
    if event.sequence is not None:
        unbroken = _advance(topic, event.key, event.sequence)
        if event.sequence > unbroken:
            due = now + dt.timedelta(seconds=topic.gap_seconds)
    with connection.cursor() as cursor:
        pushed = 0
        if by_nats:
            carrying.carry_soon()
        else:
            cursor.execute(
                FAN_OUT,
                {
                    "event": event.pk,
                    "key": event.key,
                    "place": event.pk if event.sequence is None else event.sequence,
                    "due": due,
                    "topic": topic.pk,
                },
            )
            pushed = cursor.fetchone()[0]
        if event.sequence is not None and due == now:
            cursor.execute(
                RELEASE,
                {"now": now, "topic": topic.pk, "key": event.key, "place": _unbroken(topic, event.key)},
            )
    if pushed:
        _wake_pushers(topic)


def _wake_pushers(topic: Topic) -> None:
    for subscription in topic.subscriptions.filter(state=Standing.APPROVED, mode=SubscriptionMode.PUSH):
        wake(subscription)


def wake(subscription: Subscription) -> None:
    """Have the worker push what waits, where the subscriber wants it pushed."""
    if subscription.mode == SubscriptionMode.PUSH:
        jobs.defer(
            "exchange.push",
            queueing_lock=f"exchange.push/{subscription.pk}",
            subscription_id=subscription.pk,
        )


# ---- events that are numbered may overtake one another


def _advance(topic: Topic, key: str, sequence: int) -> int:
    """The last number of the unbroken row once `sequence` is there too. The first event of a key begins the row."""
    row, fresh = KeyPlace.objects.get_or_create(topic=topic, key=key, defaults={"sequence": sequence})
    if fresh:
        return sequence
    if sequence == row.sequence + 1:
        later = set(
            Event.objects.filter(topic=topic, key=key, sequence__gt=sequence).values_list(
                "sequence", flat=True
            )
        )
        row.sequence = sequence
        while row.sequence + 1 in later:
            row.sequence += 1
        row.save(update_fields=["sequence"])
    return row.sequence


def _unbroken(topic: Topic, key: str) -> int:
    return KeyPlace.objects.get(topic=topic, key=key).sequence


def close_gap(topic_id: int, key: str, place: int) -> None:
    """What was missing did not come in time: the row goes on from `place`."""
    KeyPlace.objects.filter(topic_id=topic_id, key=key, sequence__lt=place).update(sequence=place)


# ---- checks


def _check(
    topic: Topic, key: str, payload: Mapping[str, Any], publisher: Subsystem | None, sequence: int | None
) -> None:
    known = publisher is None or publisher.pk == topic.owner_id
    if not known and not topic.publishers.filter(pk=publisher.pk).exists():  # type: ignore[union-attr]
        raise NotAllowed(
            f"Hệ thống {publisher} không được báo chủ đề {topic.code}.",
            f"{publisher} may not tell {topic.code}.",
        )
    if not topic.active:
        raise NotAllowed("Chủ đề này đã đóng.", "This topic is closed.")
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise UserError(
            f"Khóa sắp thứ tự dài từ 1 đến {LONGEST_KEY} ký tự.", f"key: 1 to {LONGEST_KEY} letters.", "key"
        )
    if sequence is not None and not 0 <= sequence < 2**62:
        raise UserError(
            "Số thứ tự phải là số nguyên không âm.", "sequence: a whole number from 0 on.", "sequence"
        )
    jsontext.must_be_storable(payload, "payload")
    size = len(jsontext.compact(payload))
    if size > LARGEST:
        raise UserError(
            f"Nội dung dài {size} byte, tối đa {LARGEST}.",
            f"The payload has {size} bytes of {LARGEST}.",
            "payload",
        )
    wrong = next(iter(_validator(jsontext.compact(topic.schema)).iter_errors(dict(payload))), None)
    if wrong is not None:
        place = "/".join(str(part) for part in wrong.absolute_path) or "payload"
        raise UserError(
            f"Nội dung không đúng lược đồ ở {place}: {wrong.message}.",
            f"The payload does not have the topic's shape at {place}: {wrong.message}.",
            field=place,
        )


@lru_cache(maxsize=256)
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(jsontext.read(schema))


def _check_pressure(topic: Topic) -> None:
    """Whether the topic takes one more: not too many in this minute, not too many undelivered.

    Positions are shared by all topics: only when these have gone on far enough is anything counted.
    """
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    minute = clock.now() - dt.timedelta(minutes=1)
    if topic.per_minute and _told_since(newest - topic.per_minute + 1, minute):
        recent = "exchange_event where topic_id = %s and at > %s"
        if _at_least(recent, [topic.pk, minute], topic.per_minute):
            raise Busy(
                f"Chủ đề nhận tối đa {topic.per_minute} tin mỗi phút. Gửi lại sau.",
                f"The topic takes {topic.per_minute} events a minute: tell it again later.",
            )
    if newest >= topic.most_waiting:
        waiting = (
            "exchange_delivery d join exchange_subscription s on s.id = d.subscription_id"
            " where s.topic_id = %s and d.state = 'waiting'"
        )
        coming = (
            "exchange_event e join exchange_subscription s on s.topic_id = e.topic_id"
            " where s.topic_id = %s and s.state = 'approved' and e.id > s.drawn_to"
        )
        if _at_least(waiting, [topic.pk], topic.most_waiting) or (
            configured() and _at_least(coming, [topic.pk], topic.most_waiting)
        ):
            raise Busy(
                "Các bên nhận chưa lấy kịp. Gửi lại sau.", "Subscribers are far behind: tell it again later."
            )


def _told_since(position: int, moment: dt.datetime) -> bool:
    """Whether the event at a position, or the last one before it, was told after a moment."""
    at = Event.objects.filter(pk__lte=position).order_by("-id").values_list("at", flat=True).first()
    return at is not None and at > moment


def _at_least(rows: str, parameters: list[Any], number: int) -> bool:
    """Whether there are `number` rows, looking at no more than that."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) from (select 1 from {rows} limit %s) as found", [*parameters, number]
        )
        row = cursor.fetchone()
    return bool(row[0] >= number)


def _one_at_a_time(topic: Topic, key: str) -> None:
    """Two events of one key never cross: the second waits until the first is committed."""
    digest = blake2b(f"{topic.pk}/{key}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
