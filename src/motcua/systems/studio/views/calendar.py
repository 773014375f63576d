"""Days that are not what their weekday says: holidays and make-up days, each with the decision that says so."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core import clock
from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.core.organisations.models import CalendarDay, DayKind
from motcua.systems.studio import actions
from motcua.systems.studio.desk import DESK, EDITOR, Faults, actor_of, go, lang_of, page, typed
from motcua.systems.studio.desk import day as day_of


@policy(DESK)
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """The days of a year, and the form that adds one."""
    faults = Faults(lang_of(request))
    given = {"date": "", "kind": "", "name": "", "source": ""}
    if request.method == "POST":
        given = {name: typed(request, name) for name in given}
        try:
            row = actions.add_day(
                actor_of(request), day_of(request, "date"), given["kind"], given["name"], given["source"]
            )
            return go(request, "calendar", said=_said("Đã thêm ngày", "Added", row.date, request))
        except UserError as fault:
            faults.add(fault, fault.field or "date")
    year = _year(request)
    years = sorted({*CalendarDay.objects.values_list("date__year", flat=True), clock.today().year, year})
    context = {
        "days": CalendarDay.objects.filter(date__year=year).order_by("date"),
        "year": year, "years": years, "given": given, "faults": faults, "errors": faults.summary,
        "holiday": DayKind.HOLIDAY,
    }  # fmt: skip
    return page(request, "calendar", context, status=400 if faults else 200)


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, day: str) -> HttpResponse:
    """Take a day out, with the reason; a second time it is gone already."""
    faults = Faults(lang_of(request))
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    row = CalendarDay.objects.filter(date=date).first()
    if row is None:
        return go(request, "calendar")
    if request.method == "POST":
        try:
            actions.remove_day(actor_of(request), date, typed(request, "reason"))
            return go(request, "calendar", said=_said("Đã bỏ ngày", "Removed", date, request))
        except UserError as fault:
            faults.add(fault, "reason")
    context = {"row": row, "faults": faults, "errors": faults.summary, "reason": typed(request, "reason")}
    return page(request, "calendar_remove", context, status=400 if faults else 200)


def _year(request: HttpRequest) -> int:
    text = str(request.GET.get("nam", ""))
    return int(text) if text.isdigit() and 1990 <= int(text) <= 2100 else clock.today().year


def _said(vi: str, en: str, date: dt.date, request: HttpRequest) -> str:
    return f"{say(vi, en).text(lang_of(request))} {date:%d/%m/%Y}."
