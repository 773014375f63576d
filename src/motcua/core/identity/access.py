"""Deny by default: every view says who may call it, and a view that says nothing is called by nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from motcua.core.errors import NotAllowed
from motcua.core.identity import stash
from motcua.core.ledger.actor import Actor, ActorKind

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC, CITIZEN, OFFICER, PARTNER, ACCOUNT = "public", "citizen", "officer", "partner", "account"
SECOND_FACTOR_SHOWN = 2
"""The level of an officer's session once the second factor was shown; below it an officer does nothing."""
OUTSIDE = ("allauth.", "ninja.", "django.contrib.staticfiles", "django.views")
"""Views of libraries, which keep their own doors: allauth signs people in, ninja's routes carry their own policy."""


def policy(rule: str, *, level: int = 0, whole: bool = False) -> Callable[[View], View]:
    """Declare who may call a view: `public`, `citizen`, `officer`, `partner`, `account` (whoever is signed in) or
    `group:one_stop,chair`; `level` is the assurance it takes (0-2). A page of the `whole` person is closed
    to who acts by a mandate for some services only.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refused = _refusal(rule, request) or require_level(request, level)
            if refused is None and whole:
                require_whole(request.actor)  # type: ignore[attr-defined]
            return refused if refused is not None else view(request, *args, **kwargs)

        guarded.policy = rule  # type: ignore[attr-defined]
        return cast("View", guarded)

    return declare


def require_level(request: HttpRequest, level: int) -> HttpResponse | None:
    """None when the session is worth that much; else the way to the page that offers a stronger sign-in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.level >= level:
        return None
    stash.keep(request)
    return _lead(request, "identity:step_up", muc=str(level))


def require_whole(actor: Actor) -> None:
    """Raises NotAllowed for who acts by a mandate that is limited to some services."""
    if actor.services:
        raise NotAllowed(
            "Ủy quyền này chỉ gồm một số thủ tục, không gồm giấy tờ, tin báo và dữ liệu khác của người ủy quyền.",
            "This mandate covers some services only, not the person's other papers, messages and data.",
        )


def _refusal(rule: str, request: HttpRequest) -> HttpResponse | None:
    """None when the actor may go on; a way to sign in, or NotAllowed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if rule == PUBLIC:
        return None
    if actor.kind is ActorKind.OFFICER and actor.level < SECOND_FACTOR_SHOWN and rule != ACCOUNT:
        return _lead(request, "mfa_activate_totp")
    if rule == CITIZEN and getattr(request, "mandate_over", False):
        stash.keep(request)
        return HttpResponseRedirect(reverse("identity:mandate_over"))
    if _allows(rule, actor):
        return None
    if actor.kind is ActorKind.ANONYMOUS and rule != PARTNER:
        stash.keep(request)
        return _lead(request, "account_login")
    raise NotAllowed(
        "Trang này dành cho người khác: tài khoản đang đăng nhập không có quyền mở.",
        "This page is for others: the account you are signed in with may not open it.",
    )


def _lead(request: HttpRequest, url_name: str, **query: str) -> HttpResponseRedirect:
    """Elsewhere first; the page wanted is remembered as `next`, unless it was a form."""
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else _page_of(request)
    return HttpResponseRedirect(f"{reverse(url_name)}?{urlencode({'next': wanted} | query)}")


def _page_of(request: HttpRequest) -> str:
    """Where a posted form leads back to: what was typed when it is kept, else home."""
    return reverse("identity:kept") if stash.KEY in request.session else "/"


def _allows(rule: str, actor: Actor) -> bool:
    if rule == ACCOUNT:
        return actor.account_id is not None
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
            raise PermissionDenied(f"{view.__module__}.{view.__qualname__} does not say who may open it")


def declares_policy(view: Any) -> bool:
    """Whether a view says who may call it, or belongs to a library that keeps its own doors."""
    while isinstance(view, partial):
        view = view.func
    if getattr(view, "policy", None) or getattr(getattr(view, "view_class", None), "policy", None):
        return True
    return str(getattr(view, "__module__", "")).startswith(OUTSIDE)
