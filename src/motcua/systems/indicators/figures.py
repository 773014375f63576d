"""Working the indicators out: sums over days and services, then the ratios that the file names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet, Sum

from motcua.core import clock
from motcua.core.cases.models import IndicatorDay
from motcua.core.errors import Text
from motcua.core.services import queries as services

SUMS = (
    "received",
    "online",
    "assisted",
    "finished",
    "finished_online",
    "on_time",
    "late",
    "refused",
    "automatic",
    "asked",
    "found",
    "ratings",
    "stars",
    "satisfied",
    "minutes",
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of a period. `share` is None where there is nothing to divide by."""

    id: str
    name: Text
    formula: Text
    over: int
    under: int
    target: float | None
    target_by: dt.date | None
    source: str

    @property
    def share(self) -> float | None:
        return self.over / self.under if self.under else None

    @property
    def reached(self) -> bool | None:
        return None if self.target is None or self.share is None else self.share >= self.target


@dataclass(frozen=True, slots=True)
class Savings:
    """What people were spared in the period against the way on paper, by the published formula."""

    facts_asked: int
    facts_found: int
    papers: int
    trips: int
    minutes: int
    money: int
    sources: tuple[str, ...]


def figures(period: Period, agency_id: int | None = None, service_code: str | None = None) -> list[Figure]:
    """Every indicator of the file, for all agencies or one, all services or one."""
    amounts = sums(period, agency_id, service_code)
    return [_figure(one, amounts) for one in definitions()]


def sums(period: Period, agency_id: int | None = None, service_code: str | None = None) -> dict[str, int]:
    """The sums that formulas name."""
    rows = _rows(period, agency_id, service_code)
    totals = rows.aggregate(**{name: Sum(name) for name in SUMS})
    listed = [
        one for one in services.catalogue(period.last) if service_code is None or one.code == service_code
    ]
    online = {one.code for one in listed if one.online in {"full", "partial"}}
    live = set(rows.filter(online__gt=0).values_list("service_code", flat=True))
    return {
        **{name: int(value or 0) for name, value in totals.items()},
        "services": len(listed),
        "services_online": len(online),
        "services_full": sum(one.online == "full" for one in listed),
        "services_live": len(online & live),
    }


def savings(period: Period, agency_id: int | None = None, service_code: str | None = None) -> Savings:
    """Papers, trips, time and money spared by the online cases finished in the period, service by service."""
    rows = _rows(period, agency_id, service_code)
    by_service = rows.values("service_code").annotate(cases=Sum("finished_online")).order_by("service_code")
    totals = rows.aggregate(asked=Sum("asked"), found=Sum("found"))
    papers = trips = minutes = money = 0
    sources: list[str] = []
    for row in by_service:
        if not row["cases"]:
            continue
        pack = services.current(row["service_code"], period.last)
        saved = pack.saved(asked=0, papers=0, trips=0, on=period.last)
        papers += saved.papers * row["cases"]
        trips += saved.trips * row["cases"]
        minutes += saved.minutes * row["cases"]
        money += saved.money * row["cases"]
        sources.append(pack.cost.source)
    return Savings(
        int(totals["asked"] or 0),
        int(totals["found"] or 0),
        papers,
        trips,
        minutes,
        money,
        tuple(dict.fromkeys(sources)),
    )


def by_day(period: Period, agency_id: int | None, service_code: str | None) -> list[tuple[dt.date, int, int]]:
    """(day, received, finished) of each day on which something happened."""
    rows = (
        _rows(period, agency_id, service_code)
        .values("day")
        .annotate(got=Sum("received"), done=Sum("finished"))
        .order_by("day")
    )
    return [(row["day"], row["got"], row["done"]) for row in rows]


def month(day: dt.date | None = None) -> Period:
    """The month of a day (today's), up to today."""
    day = day or clock.today()
    following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return Period(day.replace(day=1), min(following - dt.timedelta(days=1), clock.today()))


@lru_cache(maxsize=1)
def definitions() -> tuple[dict[str, Any], ...]:
    """The file of indicators."""
    file = Path(__file__).parent / "indicators.yaml"
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8")))


def _figure(given: Mapping[str, Any], amounts: Mapping[str, int]) -> Figure:
    target = given.get("target", {})
    return Figure(
        given["id"],
        Text(**given["name"]),
        Text(**given["formula"]),
        _sum(given["over"], amounts),
        _sum(given["under"], amounts),
        target.get("value"),
        target.get("by"),
        target.get("source") or given.get("source", ""),
    )


def _sum(names: str | list[str], amounts: Mapping[str, int]) -> int:
    return sum(amounts[name] for name in ([names] if isinstance(names, str) else names))


def _rows(period: Period, agency_id: int | None, service_code: str | None) -> QuerySet[IndicatorDay]:
    rows = IndicatorDay.objects.filter(day__range=(period.first, period.last))
    if agency_id is not None:
        rows = rows.filter(agency_id=agency_id)
    return rows.filter(service_code=service_code) if service_code else rows
