"""Comparing both ends: what the asking and the answering side tell of each hour must be the same.

Whole hours are compared by count and by a digest of their messages first; only where these differ are single messages
looked at. A message is matched by its id wherever the other side has put it, so that clocks which differ by seconds at
the turn of an hour make no difference. A call that failed before it reached the other side explains itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from motcua.core import clock
from motcua.core.errors import Conflict
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.systems.exchange.membership import FILERS, must, said
from motcua.systems.exchange.models import Difference

HOURS = """
select date_trunc('hour', at at time zone 'UTC') as hour, client, service, side, count(*),
       md5(string_agg(message || request_digest || answer_digest, ',' order by message))
  from exchange_call where at >= %(since)s and at < %(until)s
 group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
DIFFERENT = """
with asked as (
  select * from exchange_call where side = 'client' and at >= %(since)s and at < %(until)s),
answered as (
  select * from exchange_call where side = 'provider' and at >= %(since)s and at < %(until)s)
select a.message, 'not_answered', a.client, a.service, a.at from asked a
 where a.succeeded
   and not exists (select 1 from exchange_call b where b.message = a.message and b.side = 'provider')
union all
select b.message, 'not_asked', b.client, b.service, b.at from answered b
 where not exists (select 1 from exchange_call a where a.message = b.message and a.side = 'client')
union all
select a.message, 'content', a.client, a.service, a.at from asked a
  join exchange_call b on b.message = a.message and b.side = 'provider'
 where (a.service, a.client) <> (b.service, b.client)
    or (a.request_digest <> '' and b.request_digest <> '' and a.request_digest <> b.request_digest)
    or (a.succeeded and b.succeeded and a.answer_digest <> '' and b.answer_digest <> ''
        and a.answer_digest <> b.answer_digest)
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """What one side tells of an hour of one client at one service."""

    hour: dt.datetime
    client: str
    service: str
    side: str
    count: int
    digest: str


def hours(since: dt.datetime, until: dt.datetime) -> list[Hour]:
    """Counts and digests by hour and side."""
    with connection.cursor() as cursor:
        cursor.execute(HOURS, {"since": since, "until": until})
        return [
            Hour(row[0].replace(tzinfo=dt.UTC), row[1], row[2], row[3], row[4], row[5])
            for row in cursor.fetchall()
        ]


def compare_days(first: dt.date, until: dt.date) -> int:
    """Compare the days from `first` up to, not with, `until`. Differences become work; those that meanwhile vanished,
    since the other side told late, are explained by that. Returns how many are open."""
    since, end = _start(first), _start(until)
    found = {row[0]: row for row in _different(since, end)} if _hours_differ(since, end) else {}
    for message, what, client, service, at in found.values():
        _, fresh = Difference.objects.get_or_create(
            message=message,
            defaults={
                "what": what,
                "client": client,
                "service": service,
                "hour": at.replace(minute=0, second=0, microsecond=0),
                "found_at": clock.now(),
            },
        )
        if fresh:
            emit("exchange.difference_found", SYSTEM, data={"message": message, "what": what})
    _close_vanished(since, end, set(found))
    return Difference.objects.filter(explained_at=None).count()


def explain(actor: Actor, difference: Difference, explanation: str) -> None:
    """Somebody found out why."""
    must(actor, FILERS)
    locked = Difference.objects.select_for_update().get(pk=difference.pk)
    if locked.explained_at is not None:
        raise Conflict("Khác biệt này đã được giải thích.", "This difference is explained already.")
    locked.explanation = said(explanation, "explanation")
    locked.explained_at, locked.explained_by = clock.now(), actor.label
    locked.save()
    emit(
        "exchange.difference_explained",
        actor,
        subject=("exchange_difference", locked.pk),
        data={"explanation": locked.explanation},
    )


def _hours_differ(since: dt.datetime, until: dt.datetime) -> bool:
    sides: dict[tuple[dt.datetime, str, str], dict[str, tuple[int, str]]] = {}
    for one in hours(since, until):
        sides.setdefault((one.hour, one.client, one.service), {})[one.side] = (one.count, one.digest)
    return any(told.get("client") != told.get("provider") for told in sides.values())


def _different(since: dt.datetime, until: dt.datetime) -> list[tuple[str, str, str, str, dt.datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT, {"since": since, "until": until})
        return [(row[0], row[1], row[2], row[3], row[4]) for row in cursor.fetchall()]


def _close_vanished(since: dt.datetime, until: dt.datetime, still: set[str]) -> None:
    open_ones = Difference.objects.filter(explained_at=None, hour__gte=since, hour__lt=until)
    for one in open_ones.exclude(message__in=still):
        one.explained_at, one.explained_by = clock.now(), SYSTEM.label
        one.explanation = "Bên kia báo số liệu muộn; nay hai bên khớp nhau."
        one.save()


def _start(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
