"""What the pages read: the books, what waits, what is late, search."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Count, Q, QuerySet

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Appointment
from motcua.engines.edxml import StatusCode
from motcua.engines.text import fold
from motcua.systems.dispatch import policies, rules
from motcua.systems.dispatch.models import (
    Assignment,
    AxisAgency,
    Fault,
    Incoming,
    Outgoing,
    Sending,
    Stage,
    WorkFile,
)

MOST = 100
A_PAGE = 50
"""Rows of one page of a list."""
M = TypeVar("M", Incoming, Outgoing)
Row = TypeVar("Row", Incoming, Outgoing, Sending)
_OPEN = (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.PROCESSING)


@dataclass(frozen=True, slots=True)
class Counts:
    to_enter: int
    late_to_enter: int
    open_late: int
    my_tasks: int
    my_late: int
    to_decide: int
    to_send: int
    asked_back: int
    faults: int


def counts(actor: Actor, agency_id: int) -> Counts:
    """What waits at an agency now."""
    now = clock.now()
    came = Incoming.objects.filter(agency_id=agency_id)
    new, late = Q(entered__isnull=True, status=StatusCode.ARRIVED), Q(acknowledge_by__lt=now)
    live = came.filter(status__in=_OPEN).exclude(standing__in=("withdrawn", "replaced"))
    waits = live.aggregate(
        new=Count("pk", filter=new), late=Count("pk", filter=new & late), open=Count("pk", filter=Q(due_at__lt=now))
    )  # fmt: skip
    mine = Assignment.objects.filter(
        agency_id=agency_id, officer_id=actor.officer_id or 0, done_at__isnull=True
    ).aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    ours = Outgoing.objects.filter(
        agency_id=agency_id, stage__in=(Stage.AT_HEAD, Stage.AT_LEADER, Stage.ISSUED)
    ).aggregate(decide=Count("pk", filter=_waits_for(actor)), send=Count("pk", filter=Q(stage=Stage.ISSUED)))
    return Counts(
        to_enter=waits["new"],
        late_to_enter=waits["late"],
        open_late=waits["open"],
        my_tasks=mine["all"],
        my_late=mine["late"],
        to_decide=ours["decide"],
        to_send=ours["send"],
        asked_back=came.filter(standing__in=("asked_back", "update_asked")).count(),
        faults=faults(agency_id).count(),
    )


def _waits_for(actor: Actor) -> Q:
    return Q(stage=Stage.AT_HEAD, head_id=actor.officer_id) | Q(
        stage=Stage.AT_LEADER, leader_id=actor.officer_id
    )


@dataclass(frozen=True, slots=True)
class Paged(Generic[Row]):
    """One page of a list, counted from 1. A page that there is not is the nearest that there is."""

    rows: list[Row]
    page: int
    pages: int


def page_of(rows: QuerySet[Row], page: int) -> Paged[Row]:
    """A page of a list, however long the list is."""
    pages = max(1, -(-rows.count() // A_PAGE))
    page = min(max(page, 1), pages)
    return Paged(list(rows[(page - 1) * A_PAGE : page * A_PAGE]), page, pages)


def incoming(agency_id: int, view: str = "new", text: str = "") -> QuerySet[Incoming]:
    """Documents that came: new (the urgent first), open, late, asked_back, or the book, its last number first."""
    rows = Incoming.objects.filter(agency_id=agency_id)
    if text:
        return _found(rows, text).order_by("-id")
    live = rows.exclude(standing__in=("withdrawn", "replaced"))
    if view == "open":
        return live.filter(entered__isnull=False, status__in=_OPEN).order_by("-priority", "due_at", "id")
    if view == "late":
        now = clock.now()
        late = Q(due_at__lt=now, status__in=_OPEN) | Q(
            entered__isnull=True, acknowledge_by__lt=now, status=StatusCode.ARRIVED
        )
        return live.filter(late).order_by("-priority", "due_at", "id")
    if view == "asked":
        return rows.filter(standing__in=("asked_back", "update_asked")).order_by("id")
    if view == "book":
        return rows.filter(entered__isnull=False).order_by("-year", "-entered")
    return live.filter(entered__isnull=True, status=StatusCode.ARRIVED).order_by("-priority", "id")


def outgoing(actor: Actor, agency_id: int, view: str = "drafts", text: str = "") -> QuerySet[Outgoing]:
    """Documents of ours: drafts in work, those that wait for the actor, those to send, or the book, kind by kind."""
    rows = Outgoing.objects.filter(agency_id=agency_id).defer("paragraphs", "appendix", "packages")
    if text:
        return _found(rows, text).order_by("-id")
    if view == "decide":
        return rows.filter(_waits_for(actor)).order_by("-priority", "id")
    if view == "send":
        return rows.filter(stage=Stage.ISSUED).order_by("-priority", "send_by", "id")
    if view == "book":
        return rows.filter(number__isnull=False).order_by("-year", "type_code", "-number")
    drafts = (Stage.DRAFT, Stage.AT_HEAD, Stage.AT_LEADER)
    return rows.filter(stage__in=drafts).order_by("-priority", "-id")


def _found(rows: QuerySet[M], text: str) -> QuerySet[M]:
    for word in fold(text).split()[:8]:
        rows = rows.filter(folded__contains=word)
    return rows


def tasks(actor: Actor, agency_id: int) -> list[Assignment]:
    """What the actor was given and has not done, the nearest end first."""
    rows = Assignment.objects.select_related("incoming").filter(
        agency_id=agency_id, officer_id=actor.officer_id or 0, done_at__isnull=True
    )
    return list(rows.order_by("due_at", "id")[:MOST])


def faults(agency_id: int) -> QuerySet[Fault]:
    """Unsettled trouble of an agency, and of the axes themselves."""
    return Fault.objects.filter(Q(agency_id=agency_id) | Q(agency_id__isnull=True), settled_at__isnull=True)


def files(agency_id: int, text: str = "") -> list[WorkFile]:
    rows = WorkFile.objects.filter(agency_id=agency_id)
    for word in fold(text).split()[:8]:
        rows = rows.filter(folded__contains=word)
    return list(rows.order_by("state", "-year", "-number")[:MOST])


def silent(agency_id: int) -> QuerySet[Sending]:
    """Receivers that have not said by the end of the day that they have a document of ours, the longest first."""
    day_ago = clock.now() - dt.timedelta(days=1)
    rows = Sending.objects.select_related("outgoing").filter(
        agency_id=agency_id, status__in=("", StatusCode.ARRIVED), outgoing__sent_at__lt=day_ago,
        outgoing__stage=Stage.SENT,
    )  # fmt: skip
    return rows.order_by("id")


def colleagues(agency_id: int) -> list[tuple[int, str]]:
    """Who holds a post in the agency today."""
    rows = (
        Appointment.objects.filter(organisations.in_force(None), agency_id=agency_id)
        .select_related("officer", "position")
        .order_by("position__rank", "officer__name")
    )
    return [(row.officer_id, f"{row.officer.name} · {row.position.name}") for row in rows]


def signers(agency_id: int) -> list[tuple[int, str]]:
    return [each for each in colleagues(agency_id) if policies.signs_for(each[0], agency_id)]


def correspondents(agency_id: int, text: str) -> list[tuple[str, str]]:
    """Agencies to write to: those of the axis and of the state's map, by folded name or id."""
    words = fold(text).split()[:6]
    if not words:
        return []
    rows = Agency.objects.filter(organisations.in_force(None)).exclude(pk=agency_id)
    for word in words:
        rows = rows.filter(Q(folded__contains=word) | Q(code__icontains=word))
    found = {row.code: row.name for row in rows.order_by("sort_key")[:30]}
    with acting(SYSTEM):
        for each in AxisAgency.objects.order_by("name"):
            if all(word in fold(f"{each.name} {each.organ_id}") for word in words):
                found.setdefault(each.organ_id, each.name)
    return sorted(found.items(), key=lambda row: row[1])[:40]


def group(agency_id: int, key: str) -> list[tuple[str, str]]:
    """All agencies of a group in the writer's province but the writer; none of a group that there is not."""
    known = rules.receiver_groups().get(key)
    if known is None:
        return []
    province = organisations.agency(agency_id).province_code
    rows = organisations.agencies(known[1], province_code=province).exclude(pk=agency_id)
    return list(rows.order_by("sort_key").values_list("code", "name"))


def name_of(organ_id: str) -> str | None:
    """The name of an agency by its id, on the map or on the axis."""
    known = Agency.objects.filter(code=organ_id).values_list("name", flat=True).first()
    if known is None:
        with acting(SYSTEM):
            known = AxisAgency.objects.filter(organ_id=organ_id).values_list("name", flat=True).first()
    return known
