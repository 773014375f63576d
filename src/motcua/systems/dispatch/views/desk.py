"""What every page of the room needs: who acts, for which agency, and how an act answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from motcua.core import clock
from motcua.core.errors import NotAllowed, Text, UserError
from motcua.core.ledger.actor import Actor
from motcua.engines.edxml import Priority, StatusCode
from motcua.systems.dispatch import rules


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def agency_of(request: HttpRequest) -> int:
    """The agency the officer works for now. Raises NotAllowed for an officer without a post today."""
    actor = actor_of(request)
    if actor.agency_id is None or actor.agency_id not in actor.unit_ids:
        raise NotAllowed(
            "Hôm nay ông/bà không giữ chức vụ nào ở cơ quan.", "You hold no post in any agency today."
        )
    return actor.agency_id


class Typed(dict[str, Any]):
    """What was typed, for showing it again: a field that was not there is empty."""

    def __init__(self, told: Any) -> None:
        super().__init__({key: told.get(key) for key in told})
        self._lists: Callable[[str], list[str]] = getattr(told, "getlist", lambda _: [])

    def __missing__(self, key: str) -> str:
        return ""

    def getlist(self, key: str) -> list[str]:
        return self._lists(key)


def page(request: HttpRequest, name: str, context: dict[str, Any], status: int | None = None) -> HttpResponse:
    lang = lang_of(request)
    words = {
        "lang": lang,
        "now": clock.now(),
        "status_text": lambda code: StatusCode(code).text(lang) if code else "",
        "urgency": lambda value: Priority(str(value)).text(lang) if value else "",
        "kinds": rules.kinds(),
        "errors": [],
    }
    shown = {**words, **context}
    if "typed" in shown:
        shown["typed"] = Typed(shown["typed"])
    return render(request, f"dispatch/{name}.jinja", shown, status=status)


def go(request: HttpRequest, name: str, *args: Any, said: Text | None = None) -> HttpResponse:
    """After an act: on to another page (303), with a sentence that says what was done."""
    if said is not None:
        messages.success(request, said.text(lang_of(request)))
    return HttpResponseRedirect(reverse(f"dispatch:{name}", args=args), status=303)


def errors_of(fault: UserError | None, lang: str, default: str = "act") -> list[tuple[str, str]]:
    """For the error summary: the words and where to mend."""
    return [] if fault is None else [(fault.text(lang), f"#{fault.field or default}")]


def day_of(request: HttpRequest, name: str) -> dt.date | None:
    """A day as typed in three boxes or one: dd/mm/yyyy. Raises UserError at its field."""
    typed = " ".join(request.POST.get(name, "").split())
    if not typed:
        return None
    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(typed, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise UserError("Ngày viết như 27/11/2026.", "Write the day like 27/11/2026.", name)


def number_of(text: str) -> int | None:
    return int(text) if text.isdigit() and len(text) < 18 else None


def place_of(request: HttpRequest) -> int:
    """Which page of a list is asked for, counted from 1."""
    return number_of(request.GET.get("trang", "")) or 1


def download(content: bytes, media_type: str, name: str, *, inline: bool = False) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "tep"
    kept = "inline" if inline else "attachment"
    response["Content-Disposition"] = f"{kept}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "private, no-store"
    return response
