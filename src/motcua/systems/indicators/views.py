"""The page of figures: share by share, with formula, target and what stands behind."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from motcua.core import clock
from motcua.core.cases.models import IndicatorDay
from motcua.core.errors import NotFound, UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.core.services import queries as services
from motcua.systems.indicators import figures
from motcua.systems.indicators.figures import Period

CASES_SHOWN = 200
BEHIND = {
    "online_cases": "finished_on between %s and %s and online",
    "on_time": "finished_on between %s and %s and on_time",
    "satisfied": "finished_on between %s and %s and stars >= 4",
    "automatic": "finished_on between %s and %s and automatic",
    "found_facts": "received_on between %s and %s",
    "live_services": "received_on between %s and %s and online",
}


@policy("public")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """All indicators of a period (this month), an agency (all), a service (all)."""
    asked = _asked(request)
    period, agency, service = asked["period"], asked["agency"], asked["service"]
    agency_id = agency.pk if agency else None
    lang: str = request.lang  # type: ignore[attr-defined]
    context = {
        **asked,
        "lang": lang,
        "figures": figures.figures(period, agency_id, service or None),
        "sums": figures.sums(period, agency_id, service or None),
        "savings": figures.savings(period, agency_id, service or None),
        "days": figures.by_day(period, agency_id, service or None),
        "agencies": _agencies(period),
        "services": _services(period, lang),
        "behind": set(BEHIND),
        "query": request.GET.urlencode(),
        "may_see_cases": _actor(request).has("steering", "chair"),
    }
    return render(request, "indicators/home.jinja", context)


@policy("public")
@require_GET
def as_json(request: HttpRequest) -> JsonResponse:
    """The same figures for a machine."""
    asked = _asked(request)
    agency_id = asked["agency"].pk if asked["agency"] else None
    found = figures.figures(asked["period"], agency_id, asked["service"] or None)
    return JsonResponse(
        {
            "from": asked["period"].first,
            "to": asked["period"].last,
            "agency": asked["agency"].code if asked["agency"] else None,
            "service": asked["service"] or None,
            "sums": figures.sums(asked["period"], agency_id, asked["service"] or None),
            "indicators": {
                one.id: {"over": one.over, "under": one.under, "share": one.share} for one in found
            },
            "savings": asdict(figures.savings(asked["period"], agency_id, asked["service"] or None)),
        }
    )


@policy("group:steering,chair")
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a number, as far as this officer may see cases."""
    asked = _asked(request)
    name = request.GET.get("chi_so", "")
    if name not in BEHIND:
        raise NotFound()
    where = [BEHIND[name]]
    values: list[Any] = [asked["period"].first, asked["period"].last]
    if asked["agency"]:
        where.append("competent_agency_id = %s")
        values.append(asked["agency"].pk)
    if asked["service"]:
        where.append("service_code = %s")
        values.append(asked["service"])
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.uuid, f.number, c.title, f.received_at, f.due_at, f.finished_at, f.asked, f.found "
            f"from fact_case f join cases_case c on c.id = f.case_id where {' and '.join(where)} "
            f"order by f.case_id desc limit {CASES_SHOWN}",
            values,
        )
        rows = cursor.fetchall()
    found = next((one for one in figures.definitions() if one["id"] == name), None)
    title = found["name"][request.lang] if found else name  # type: ignore[attr-defined]
    return render(
        request, "indicators/cases.jinja", {**asked, "rows": rows, "name": title, "shown": CASES_SHOWN}
    )


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Period, agency and service of the query; a date that is none is said."""
    usual = figures.month()
    first = _day(request, "tu") or usual.first
    last = _day(request, "den") or (usual.last if first <= usual.last else clock.today())
    if last < first:
        raise UserError(
            "Ngày cuối kỳ đứng trước ngày đầu kỳ. Đổi lại hai ngày.",
            "The period ends before it begins. Swap the two days.",
        )
    code = request.GET.get("co_quan", "")
    agency = organisations.agency(code) if code else None
    return {"period": Period(first, last), "agency": agency, "service": request.GET.get("dich_vu", "")}


def _day(request: HttpRequest, name: str) -> dt.date | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"“{text}” không phải ngày. Chọn ngày trong lịch hoặc gõ dạng 2026-11-21.",
            f"{text!r} is no day. Choose one from the calendar or type it as 2026-11-21.",
        ) from None


def _agencies(period: Period) -> list[tuple[str, str]]:
    """Agencies that had anything to do in the period."""
    busy = IndicatorDay.objects.filter(day__range=(period.first, period.last)).values("agency_id")
    rows = Agency.objects.filter(pk__in=busy).order_by("sort_key")
    return [(row.code, row.name) for row in rows]


def _services(period: Period, lang: str) -> list[tuple[str, str]]:
    return [(one.code, one.title(lang)) for one in services.catalogue(period.last)]


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
