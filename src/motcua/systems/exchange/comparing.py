"""Comparing both ends: what the asking and the answering side tell of each hour must be the same.

Whole hours are compared by count and by a digest of their messages first; only where these differ are single messages
looked at. A message is matched by its id wherever the other side has put it, so that clocks which differ by seconds at
the turn of an hour make no difference. A call that failed before it reached the other side explains itself. An end that
told nothing at all of a day is one piece of work, not thousands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.systems.exchange import publishing
from motcua.systems.exchange.membership import FILERS, said
from motcua.systems.exchange.models import Call, Difference, Member, Side

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


@dataclass(frozen=True, slots=True)
class Found:
    """A difference as it is found: `message` names it for ever, `lacking` is the member whose record is missing."""

    message: str
    what: str
    client: str
    service: str
    at: dt.datetime
    lacking: str = ""
    calls: int = 1


def compare_days(first: dt.date, until: dt.date) -> int:
    """Compare the days from `first` up to, not with, `until`. Differences become work; those that meanwhile vanished,
    since the other side told late, are explained by that. Returns how many are open."""
    since, end = _start(first), _start(until)
    found = _gathered(_different(since, end)) if _hours_differ(since, end) else []
    owners = _members({one.lacking for one in found})
    for one in found:
        difference, fresh = Difference.objects.get_or_create(
            message=one.message,
            defaults={
                "what": one.what,
                "client": one.client,
                "service": one.service,
                "hour": one.at.replace(minute=0, second=0, microsecond=0),
                "found_at": clock.now(),
                "calls": one.calls,
                "owner": owners.get(one.lacking),
            },
        )
        if fresh:
            emit("exchange.difference_found", SYSTEM, data={"message": one.message, "what": one.what})
        elif difference.calls != one.calls:
            Difference.objects.filter(pk=difference.pk).update(calls=one.calls)
    _close_vanished(since, end, {one.message for one in found})
    return Difference.objects.filter(explained_at=None).count()


def _gathered(rows: Sequence[Found]) -> list[Found]:
    """Calls of an end that told nothing all day stand together."""
    told: dict[tuple[str, str, dt.date], bool] = {}
    single, silent = [], dict[str, Found]()
    for one in rows:
        day = timezone.localdate(one.at)
        side = Side.PROVIDER if one.what == Difference.What.NOT_ANSWERED else Side.CLIENT
        if one.what == Difference.What.CONTENT or _told(told, one.lacking, side, day):
            single.append(one)
            continue
        name = f"silent/{one.lacking}/{side}/{day.isoformat()}"
        former = silent.get(name)
        silent[name] = Found(
            name,
            Difference.What.SILENT,
            one.client if side == Side.CLIENT else "",
            one.service if side == Side.PROVIDER else "",
            _start(day),
            one.lacking,
            former.calls + 1 if former else 1,
        )
    return [*silent.values(), *single]


def _told(known: dict[tuple[str, str, dt.date], bool], member: str, side: str, day: dt.date) -> bool:
    """Whether a member told anything as one side on a day."""
    key = member, side, day
    if key not in known:
        start = _start(day)
        column = "service" if side == Side.PROVIDER else "client"
        known[key] = Call.objects.filter(
            **{f"{column}__startswith": f"{member}/"},
            side=side,
            at__gte=start,
            at__lt=start + dt.timedelta(days=1),
        ).exists()
    return known[key]


def _members(names: set[str]) -> dict[str, Member]:
    """By INSTANCE/CLASS/CODE."""
    rows = Member.objects.exclude(state="refused")
    return {name: one for one in rows if (name := publishing.name_of_member(one)) in names}


def take_up(actor: Actor, difference: Difference) -> None:
    """Somebody looks into it; others see who. Taken over from another where it must be."""
    _must_answer(actor, difference)
    locked = _open(difference)
    if locked.taken_by != actor.label:
        locked.taken_by, locked.taken_at = actor.label, clock.now()
        locked.save(update_fields=["taken_by", "taken_at"])
        emit("exchange.difference_taken_up", actor, subject=("exchange_difference", locked.pk))


def explain(actor: Actor, difference: Difference, explanation: str) -> None:
    """Somebody found out why."""
    _must_answer(actor, difference)
    locked = _open(difference)
    locked.explanation = said(explanation, "explanation")
    locked.explained_at, locked.explained_by = clock.now(), actor.label
    locked.save()
    emit(
        "exchange.difference_explained",
        actor,
        subject=("exchange_difference", locked.pk),
        data={"explanation": locked.explanation},
    )


def answers_for(actor: Actor, difference: Difference) -> bool:
    """Those who run the exchange, and the head of the agency whose record is missing."""
    owner = difference.owner
    return (
        actor.is_system
        or actor.has(*FILERS)
        or (owner is not None and actor.has("chair") and owner.agency_id in actor.unit_ids)
    )


def _must_answer(actor: Actor, difference: Difference) -> None:
    if not answers_for(actor, difference):
        raise NotFound()


def _open(difference: Difference) -> Difference:
    locked = Difference.objects.select_for_update().get(pk=difference.pk)
    if locked.explained_at is not None:
        raise Conflict("Khác biệt này đã được giải thích.", "This difference is explained already.")
    return locked


def _hours_differ(since: dt.datetime, until: dt.datetime) -> bool:
    sides: dict[tuple[dt.datetime, str, str], dict[str, tuple[int, str]]] = {}
    for one in hours(since, until):
        sides.setdefault((one.hour, one.client, one.service), {})[one.side] = (one.count, one.digest)
    return any(told.get("client") != told.get("provider") for told in sides.values())


def _different(since: dt.datetime, until: dt.datetime) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT, {"since": since, "until": until})
        rows = {row[0]: row for row in cursor.fetchall()}
    return [
        Found(message, what, client, service, at, _lacking(what, client, service))
        for message, what, client, service, at in rows.values()
    ]


def _lacking(what: str, client: str, service: str) -> str:
    """The member whose record is missing: INSTANCE/CLASS/CODE; empty where both have one."""
    ends: dict[str, str] = {Difference.What.NOT_ANSWERED: service, Difference.What.NOT_ASKED: client}
    return "/".join(ends.get(what, "").split("/")[:3])


def _close_vanished(since: dt.datetime, until: dt.datetime, still: set[str]) -> None:
    open_ones = Difference.objects.filter(explained_at=None, hour__gte=since, hour__lt=until)
    for one in open_ones.exclude(message__in=still):
        one.explained_at, one.explained_by = clock.now(), SYSTEM.label
        one.explanation = "Bên kia báo số liệu muộn; nay hai bên khớp nhau."
        one.save()


def _start(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
