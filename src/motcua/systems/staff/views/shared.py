"""What every page of this room needs: who acts, forms that keep what was typed, and what is said after an act."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from motcua.core import clock
from motcua.core.errors import Text, UserError
from motcua.core.ledger.actor import Actor

KEEPERS = "group:staff_officer,staff_approver"
OFFICER = "group:staff_officer"
SEE_OTHER, UNPROCESSABLE = 303, 422


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def go(request: HttpRequest, said: Text, name: str, *args: Any) -> HttpResponse:
    """On to a page (303), saying what was done."""
    messages.success(request, said.text(lang_of(request)))
    return HttpResponseRedirect(reverse(f"staff:{name}", args=args), status=SEE_OTHER)


def form(
    request: HttpRequest, template: str, context: Mapping[str, Any], fault: UserError | None = None
) -> HttpResponse:
    """A page with a form: what was typed stays, the fault stands at its field and above."""
    text = fault.text(lang_of(request)) if fault else ""
    place = (fault.field if fault else None) or "form"
    shown = {
        "typed": defaultdict(str, request.POST.items()),
        "fault": {place: [text]} if fault else {},
        "errors": [(text, f"#{place}")] if fault else [],
        "today": parts(clock.today()),
        **context,
    }
    return render(request, f"staff/{template}.jinja", shown, status=UNPROCESSABLE if fault else 200)


def parts(day: dt.date) -> dict[str, str]:
    """A day as the three boxes show it."""
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}


def typed_day(request: HttpRequest, name: str) -> dict[str, str]:
    """The three boxes as they were typed."""
    return {part: request.POST.get(f"{name}-{part}", "")[:4] for part in ("day", "month", "year")}


def day_of(request: HttpRequest, name: str) -> dt.date:
    """The day in three boxes. Raises UserError at the field."""
    typed = typed_day(request, name)
    try:
        return dt.date(int(typed["year"]), int(typed["month"]), int(typed["day"]))
    except ValueError:
        raise UserError(
            "Ghi đủ ngày, tháng, năm của một ngày có thật.", "Give day, month and year of a real day.", name
        ) from None
