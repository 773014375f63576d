"""Deny by default: every view says who may call it, and a view that says nothing is called by nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from motcua.core.errors import NotAllowed
from motcua.core.ledger.actor import Actor, ActorKind

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC, CITIZEN, OFFICER, PARTNER = "public", "citizen", "officer", "partner"
OUTSIDE = ("allauth.", "ninja.", "django.contrib.staticfiles", "django.views")
"""Views of libraries, which keep their own doors: allauth signs people in, ninja's routes carry their own policy."""


def policy(rule: str) -> Callable[[View], View]:
    """Declare who may call a view: `public`, `citizen`, `officer`, `partner` or `group:one_stop,chair`."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refused = _refusal(rule, request)
            return refused if refused is not None else view(request, *args, **kwargs)

        guarded.policy = rule  # type: ignore[attr-defined]
        return cast("View", guarded)

    return declare


def _refusal(rule: str, request: HttpRequest) -> HttpResponse | None:
    """None when the actor may go on; a way to sign in, or NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if _allows(rule, actor):
        return None
    if actor.kind is ActorKind.ANONYMOUS and rule != PARTNER:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
    raise NotAllowed(
        "Trang này dành cho người khác: tài khoản đang đăng nhập không có quyền mở.",
        "This page is for others: the account you are signed in with may not open it.",
    )


def _allows(rule: str, actor: Actor) -> bool:
    if rule == PUBLIC:
        return True
    if rule.startswith("group:"):
        return actor.kind is ActorKind.OFFICER and actor.has(*rule.removeprefix("group:").split(","))
    return actor.kind.value == rule


class PolicyMiddleware:
    """Refuses a view of ours that declares nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if not declares_policy(view):
            raise NotAllowed(
                "Trang này chưa khai báo ai được mở. Báo quản trị viên.",
                "This page does not say who may open it. Tell the administrator.",
            )


def declares_policy(view: Any) -> bool:
    """Whether a view says who may call it, or belongs to a library that keeps its own doors."""
    while isinstance(view, partial):
        view = view.func
    if getattr(view, "policy", None) or getattr(getattr(view, "view_class", None), "policy", None):
        return True
    return str(getattr(view, "__module__", "")).startswith(OUTSIDE)
