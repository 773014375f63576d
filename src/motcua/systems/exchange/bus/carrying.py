"""Events by NATS: carried from the outbox into the stream, drawn from it for each subscriber.

An event is taken when its row is committed here; that row is the outbox, and stays as long as the topic keeps events.
One carrier at a time sends what was not sent, in the order of the rows, so that the events of a key lie in the stream
in their order. Each subscriber's place in the stream is committed with what was drawn up to there. If the stream has
lost its end (its disk is gone, or the power went before it was synced), what somebody still lacks is carried again.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import time
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet, Subquery

from motcua.core import clock, jobs
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange.bus.line import Away, Letter, Line, configured, line
from motcua.systems.exchange.models import Delivery, Event, Standing, Subscription, SubscriptionMode

log = logging.getLogger(__name__)
AT_ONCE = 500
REST_S = 5.0
FOR_OTHERS_S = 0.5
"""So long one who told an event carries what others tell too; then the worker goes on."""
CARRIER, TAKER = 0x63617272, 0x74616B65
"""Advisory locks: of the one carrier, and (with the subscription's number) of one taker at a time."""
CARRIED = """
update exchange_event e set carried_at = %(now)s, stream_seq = sent.place
  from unnest(%(events)s::bigint[], %(places)s::bigint[]) as sent(event, place) where e.id = sent.event
"""
DRAW = """
insert into exchange_delivery (subscription_id, event_id, key, place, state, due_at, attempts, fault)
select %(subscription)s, e.id, e.key, coalesce(e.place, e.id), 'waiting',
       e.at + case when e.sequence > k.sequence then make_interval(secs => %(gap)s) else interval '0' end, 0, ''
 from exchange_event e left join exchange_keyplace k on k.topic_id = e.topic_id and k.key = e.key
 where e.id = any(%(events)s) and e.topic_id = %(topic)s and e.id > %(heard_from)s
 order by e.id on conflict (subscription_id, event_id) do nothing
"""
LACKED = """
 from exchange_event e join exchange_subscription s on s.topic_id = e.topic_id
where s.state = 'approved' and e.id > s.heard_from and (e.carried_at is null or e.stream_seq > %(last)s)
  and not exists (select 1 from exchange_delivery d where d.subscription_id = s.id and d.event_id = e.id)
"""
HAND_OVER = f"""
insert into exchange_delivery (subscription_id, event_id, key, place, state, due_at, attempts, fault)
select s.id, e.id, e.key, coalesce(e.place, e.id), 'waiting', %(now)s, 0, '' {LACKED}
 order by e.id on conflict (subscription_id, event_id) do nothing
"""


@dataclass(slots=True)
class _Rest:
    """When this process tries again after NATS was away, so that telling does not wait for a dead machine each time."""

    until: float = 0.0


@dataclass(slots=True)
class _Seen:
    """The connection on which the stream was last found whole."""

    connection: tuple[int, int] | None = None


_rest, _seen = _Rest(), _Seen()


def subject(topic_id: int) -> str:
    return f"{line().stream}.{topic_id}"


def carry_soon() -> None:
    """Carry once the present transaction is committed. If NATS is away then, the next event or minute does it."""
    waiting = connection.run_on_commit
    if not (waiting and waiting[-1][1] is _carry_now):
        transaction.on_commit(_carry_now, robust=True)


def _carry_now() -> None:
    if time.monotonic() < _rest.until:
        return
    try:
        if carry(seconds=FOR_OTHERS_S)[1]:
            with acting(SYSTEM):
                jobs.defer("exchange.carry_events", queueing_lock="exchange.carry_events")
    except Away as away:
        _rest.until = time.monotonic() + REST_S
        log.warning("events wait for NATS: %s", away)


def carry(*, looking_back: bool = False, seconds: float = math.inf) -> tuple[int, bool]:
    """Send what was not sent, and what others tell meanwhile. Returns how many events, and whether more wait.

    Raises Away, and then what was not acknowledged waits. Whether the stream still has what it had is seen on each
    new connection, and when `looking_back`.
    """
    if looking_back:
        _seen.connection = None
    sent, until = 0, time.monotonic() + seconds
    while True:
        with acting(SYSTEM):
            now_sent = _carry_some()
        if now_sent is None:
            return sent, False
        sent += now_sent
        with acting(SYSTEM):  # after the lock is free: whoever was turned away had its event committed before
            waits = Event.objects.filter(carried_at=None).exists()
        if not waits or time.monotonic() > until:
            return sent, waits


def _carry_some() -> int | None:
    """One batch. None when another one carries: it looks again after it has let go."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [CARRIER])
        if not cursor.fetchone()[0]:
            return None
        road = line()
        connection_now = (id(road), road.connections())
        if _seen.connection != connection_now:
            _find_again(road)
            _seen.connection = connection_now
        rows = list(
            Event.objects.filter(carried_at=None)
            .order_by("id")
            .values_list("id", "uuid", "topic_id")[:AT_ONCE]
        )
        if not rows:
            return 0
        letters = [Letter(subject(topic), f"{topic}/{name}", str(pk).encode()) for pk, name, topic in rows]
        places = road.send(letters)
        cursor.execute(CARRIED, {"now": clock.now(), "events": [row[0] for row in rows], "places": places})
    _wake_pushers({row[2] for row in rows})
    return len(rows)


def _wake_pushers(topics: set[int]) -> None:
    from motcua.systems.exchange.bus.publishing import wake

    for subscription in Subscription.objects.filter(
        topic__in=topics, state=Standing.APPROVED, mode=SubscriptionMode.PUSH
    ):
        wake(subscription)


def _find_again(road: Line) -> None:
    """Where the stream ends before what was acknowledged, it lost messages: what somebody lacks is sent again."""
    known = Event.objects.filter(stream_seq__isnull=False).aggregate(most=Max("stream_seq"))["most"] or 0
    if not known or (last := road.last()) >= known:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"update exchange_event set carried_at = null where id in (select distinct e.id {LACKED})",
            {"last": last},
        )
        again = cursor.rowcount
        cursor.execute("update exchange_event set stream_seq = null where stream_seq > %s", [last])
        cursor.execute("update exchange_subscription set drawn_seq = %s where drawn_seq > %s", [last, last])
    log.warning("the stream of events lost what lay behind %s: %s events are carried again", last, again)


def alone(subscription: Subscription) -> None:
    """One taker of a subscription at a time, until its transaction ends: else an earlier event could come later."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [TAKER, subscription.pk % 2**31])


def draw(subscription: Subscription, most: int = AT_ONCE) -> int:
    """Put the subscriber's next events from the stream into its deliveries; returns how many messages were read.

    The place is kept in the same transaction. The caller is `alone` with the subscription.
    """
    place = Subscription.objects.values_list("drawn_seq", flat=True).get(pk=subscription.pk)
    found = line().read(subject(subscription.topic_id), place, most)
    if not found:
        return 0
    events = [int(one.body) for one in found]
    with connection.cursor() as cursor:
        cursor.execute(
            DRAW,
            {
                "subscription": subscription.pk,
                "topic": subscription.topic_id,
                "events": events,
                "heard_from": subscription.heard_from,
                "gap": subscription.topic.gap_seconds,
            },
        )
        cursor.execute(
            "update exchange_subscription set drawn_seq = %s, drawn_to = greatest(drawn_to, %s) where id = %s",
            [found[-1].place, max(events), subscription.pk],
        )
    return len(found)


def draw_quietly(subscription: Subscription) -> int:
    """As `draw`; 0 while NATS is away: what was drawn before is still given."""
    try:
        return draw(subscription)
    except Away as away:
        log.warning("events wait for NATS: %s", away)
        return 0


def clear() -> None:
    """Draw everything for everybody, then drop it from the stream: so that it can be forgotten here. Raises Away."""
    subscriptions = (
        Subscription.objects.filter(state=Standing.APPROVED).select_related("topic").order_by("id")
    )
    for subscription in subscriptions:
        alone(subscription)
        while draw(subscription):
            pass
    newest = Event.objects.aggregate(place=Max("stream_seq"))["place"]
    passed = subscriptions.filter(topic__events__stream_seq__gt=0).aggregate(least=Min("drawn_seq"))["least"]
    if place := passed or newest:
        line().forget(place)


def begin(subscription: Subscription) -> None:
    """From here on the system hears: what was told before is not for it, unless it asks for a replay."""
    told = Event.objects.filter(topic=subscription.topic_id).aggregate(
        last=Max("id"), carried=Max("stream_seq")
    )
    subscription.heard_from = subscription.drawn_to = told["last"] or 0
    subscription.drawn_seq = told["carried"] or 0


@lru_cache(maxsize=1)
def at_home(process: int) -> None:
    """Once in the life of a process where NATS is not configured (any more)."""
    come_home()


def come_home() -> int:
    """NATS is not configured any more: what was never drawn is given from the rows here; returns how much."""
    if not Event.objects.filter(carried_at=None).exists() and not _carried_ones().exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [CARRIER])
        cursor.execute(HAND_OVER, {"now": clock.now(), "last": 0})
        given = int(cursor.rowcount)
    Event.objects.filter(carried_at=None).update(carried_at=clock.now())
    _carried_ones().update(stream_seq=None)
    Subscription.objects.filter(drawn_seq__gt=0).update(drawn_seq=0)
    return given


def _carried_ones() -> QuerySet[Event]:
    return Event.objects.filter(stream_seq__isnull=False)


@dataclass(frozen=True, slots=True)
class Road:
    """How events travel, for those who run the exchange: `waiting` were told and not carried yet."""

    by_nats: bool
    waiting: int
    since: dt.datetime | None
    """When the oldest of them was told."""


def road() -> Road:
    rows = Event.objects.filter(carried_at=None).order_by("id")
    return Road(configured(), rows.count(), rows.values_list("at", flat=True).first())


def waiting_of(subscription: Subscription) -> int:
    """Events that the subscriber has not taken: drawn for it, and on their way."""
    here = Delivery.objects.filter(subscription=subscription, state="waiting").count()
    if not configured():
        return here
    drawn = Subscription.objects.filter(pk=subscription.pk).values("drawn_to")
    return here + Event.objects.filter(topic=subscription.topic_id, pk__gt=Subquery(drawn)).count()
