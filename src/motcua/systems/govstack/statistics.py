"""Registration: how many applications were processed, and how they ended. No personal data."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from motcua.core import clock
from motcua.core.cases.models import Case, Supplement, Task
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.systems.govstack import callers
from motcua.systems.govstack.speaking import NotSaid, face

TIMEFRAMES = ("day", "week", "month", "year")
MOST = 400
"""Periods in one answer."""


@face("GET")
def statistics(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Figures from `startDate` to `endDate` (the last year without them), as one row or one for each `timeframe`;
    `registrationName` is a service's code or name, `operator` an officer's name, `role` a duty."""
    callers.may_see_figures(actor)
    last = _date(request, "endDate", clock.today())
    first = _date(request, "startDate", last - dt.timedelta(days=364))
    if first > last:
        raise NotSaid("startDate sau endDate.", "startDate lies after endDate.", "startDate")
    timeframe = request.GET.get("timeframe", "")
    if timeframe and timeframe not in TIMEFRAMES:
        raise NotSaid("timeframe không đúng.", f"timeframe: one of {', '.join(TIMEFRAMES)}.", "timeframe")
    with acting(SYSTEM):
        which, named = _which(request)
        rows = [
            {**_figures(which, begin, until), "references": _references(begin, until, timeframe, named)}
            for begin, until in _periods(first, last, timeframe)
        ]
    return JsonResponse(rows, safe=False)


def _which(request: HttpRequest) -> tuple[QuerySet[Case], dict[str, str]]:
    cases, named = Case.objects.all(), {}
    if name := request.GET.get("registrationName", ""):
        codes = [
            one.code
            for one in services.catalogue(clock.today())
            if name.casefold() in (one.code, one.slug, one.name_en.casefold(), one.name.casefold())
        ]
        if not codes:
            raise NotFound()
        cases, named["registrationName"] = cases.filter(service_code__in=codes), name
    done = Task.objects.filter(case=OuterRef("pk"), state=Task.State.DONE, applicant_task=False)
    if operator := request.GET.get("operator", ""):
        done, named["operator"] = done.filter(done_by_label=operator), operator
    if role := request.GET.get("role", ""):
        done, named["role"] = done.filter(role=role), role
    return (cases.filter(Exists(done)) if operator or role else cases), named


def _figures(cases: QuerySet[Case], first: dt.date, last: dt.date) -> dict[str, int]:
    within = (_midnight(first), _midnight(last + dt.timedelta(days=1)))
    ended = cases.filter(finished_at__gte=within[0], finished_at__lt=within[1]).exclude(ended_as="withdrawn")
    told = ended.aggregate(processed=Count("pk"), approved=Count("pk", filter=Q(ended_as="granted")))
    asked = Supplement.objects.filter(asked_at__gte=within[0], asked_at__lt=within[1], case__in=cases)
    return {
        "processed": told["processed"],
        "approved": told["approved"],
        "sentBack": asked.aggregate(cases=Count(F("case"), distinct=True))["cases"],
        "rejected": told["processed"] - told["approved"],
    }


def _references(first: dt.date, last: dt.date, timeframe: str, named: dict[str, str]) -> dict[str, Any]:
    return {
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        **named,
        **{f"timeframe{one.capitalize()}": one == timeframe for one in TIMEFRAMES},
    }


def _periods(first: dt.date, last: dt.date, timeframe: str) -> list[tuple[dt.date, dt.date]]:
    if not timeframe:
        return [(first, last)]
    periods, begin = [], first
    while begin <= last:
        until = min(_end_of(begin, timeframe), last)
        periods.append((begin, until))
        begin = until + dt.timedelta(days=1)
        if len(periods) > MOST:
            raise NotSaid(
                f"Quá {MOST} kỳ; chọn kỳ dài hơn.",
                f"More than {MOST} periods: choose a longer one.",
                "timeframe",
            )
    return periods


def _end_of(day: dt.date, timeframe: str) -> dt.date:
    """The last day of the calendar's day, week (Sunday), month or year in which `day` lies."""
    if timeframe == "week":
        return day + dt.timedelta(days=6 - day.weekday())
    if timeframe == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day.replace(month=12, day=31) if timeframe == "year" else day


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _date(request: HttpRequest, name: str, default: dt.date) -> dt.date:
    said = request.GET.get(name, "")
    try:
        return dt.date.fromisoformat(said) if said else default
    except ValueError:
        raise NotSaid(
            f"{name} dạng 2026-01-30.", f"{name}: a date as 2026-01-30 is expected.", name
        ) from None
