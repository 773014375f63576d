"""What every face shares: who calls, JSON in and out, and errors as these APIs give them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from motcua.core.errors import NotFound, UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.outbound import exchange

CALLER = "Information-Mediator-Client"
CALLER_IN_PUBSUB = "X-GovStack-Client"
"""As the PubSub API of the Information Mediator spells it."""
IDENTIFIER = re.compile(r"[A-Za-z][\w.-]*/[A-Za-z][\w.-]*/[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
"""Instance and class begin with a letter; code and application with a letter or digit."""
NO_RECORD = {"detail": "no record found"}
View = Callable[..., HttpResponse]


class NotSaid(UserError):
    """The caller does not say who it is, or asks in a shape that cannot be read."""


def face(*methods: str, caller: bool = True) -> Callable[[View], Any]:
    """A view of a face: `view(request, actor, …)`, acting as the calling system. `caller`: it must say who it is."""

    def declare(view: View) -> Any:
        @csrf_exempt
        @policy("public")
        @wraps(view)
        def answer(request: HttpRequest, **named: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            try:
                actor = caller_of(request, needed=caller)
                with acting(actor):
                    return view(request, actor, **named)
            except (NotFound, Http404):
                return JsonResponse(NO_RECORD, status=404)
            except UserError as wrong:
                return JsonResponse({"detail": wrong.text("en")}, status=wrong.status)

        return answer

    return declare


def caller_of(request: HttpRequest, *, needed: bool = True) -> Actor:
    """The system that calls, by the gateway's word. Raises NotSaid."""
    said = request.headers.get(CALLER, "") or request.headers.get(CALLER_IN_PUBSUB, "")
    if not IDENTIFIER.fullmatch(said) and (needed or said):
        raise NotSaid(
            f"Thiếu hoặc sai tiêu đề {CALLER}.",
            f"{CALLER}: INSTANCE/CLASS/MEMBER/SUBSYSTEM is expected.",
            CALLER,
        )
    return Actor(ActorKind.PARTNER, said or "GovStack", call=exchange.brought_by(request.headers))


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty object. Raises NotSaid."""
    try:
        said = json.loads(request.body or b"{}")
    except ValueError as wrong:
        raise NotSaid("Thân yêu cầu không phải JSON.", "The body is no JSON.") from wrong
    if not isinstance(said, dict):
        raise NotSaid("Thân yêu cầu phải là một đối tượng.", "The body must be an object.")
    return said


def part(said: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The object at a path of a body, empty when it is missing. Raises NotSaid for what is no object."""
    found: Any = said
    for name in path:
        found = found.get(name) or {}
        if not isinstance(found, dict):
            raise NotSaid(f"“{name}” phải là một đối tượng.", f"{name!r} must be an object.", name)
    return dict(found)


def number(request: HttpRequest, name: str, default: int, most: int, *, least: int = 1) -> int:
    """A whole number of the query. Raises NotSaid."""
    said = request.GET.get(name, str(default))
    if not said.isascii() or not said.isdecimal() or not least <= int(said[:9]) <= most:
        raise NotSaid(
            f"“{name}” phải từ {least} đến {most}.",
            f"{name}: a number from {least} to {most} is expected.",
            name,
        )
    return int(said)
