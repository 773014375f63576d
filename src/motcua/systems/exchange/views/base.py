"""What the pages share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from motcua.core.errors import Text, UserError
from motcua.core.identity.views import see_other
from motcua.core.ledger.actor import Actor

RUNNERS = "group:service_editor,service_approver"
OWNERS = "group:service_editor,service_approver,chair"
BAD_REQUEST = 400


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    fault: UserError | None = None,
    otherwise: str = "reason",
) -> HttpResponse:
    """A page; with what was wrong at its field and in the summary, and what was typed kept."""
    faults: dict[str, list[str]] = {}
    errors: list[tuple[str, str]] = []
    if fault is not None:
        said, field = fault.text(lang_of(request)), fault.field or otherwise
        faults, errors = {field: [said]}, [(said, f"#{field}")]
    context = {"typed": defaultdict(str, request.POST.dict()), "faults": faults, "errors": errors, **context}
    return render(request, f"exchange/{template}", context, status=BAD_REQUEST if fault else 200)


def attempt(
    request: HttpRequest, act: Callable[[], object], said: Text, onward: str
) -> tuple[HttpResponse | None, UserError | None]:
    """Do it and go on, or say what was wrong."""
    try:
        act()
    except UserError as fault:
        if fault.status in (403, 404):
            raise
        return None, fault
    messages.success(request, said.text(lang_of(request)))
    return see_other(onward), None
