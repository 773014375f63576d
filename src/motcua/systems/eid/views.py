"""The pages of the sandbox eID, and its three machine doors. Outside a sandbox none of them exists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core import clock
from motcua.core.errors import NotFound, Unavailable
from motcua.core.identity.access import PUBLIC, policy
from motcua.core.identity.relying_party import callback_url
from motcua.core.ledger.scope import acting
from motcua.systems.eid import holders, provider, sandbox
from motcua.systems.eid.models import Authorization

COOKIE = "vneid"
SIGNED_AS = "motcua.systems.eid"
View = Callable[..., HttpResponse]
BAD_REQUEST, SEE_OTHER, UNAVAILABLE = 400, 303, 503


def of_the_sandbox(view: View) -> View:
    """Public, but only where everybody is made up; acts as the provider, and may be out of order."""

    @policy(PUBLIC)
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.MOTCUA_SANDBOX:
            raise NotFound()
        try:
            sandbox.answer_or_fail()
            with acting(holders.PROVIDER):
                return view(request, *args, **kwargs)
        except Unavailable:
            return render(request, "eid/down.jinja", status=UNAVAILABLE)

    return guarded


@of_the_sandbox
@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Core 1.0 section 3.1.2.1; what is not in order is said here and never redirected."""
    try:
        asked = provider.begin(request.GET.dict(), registered=callback_url(request, provider.KEY))
    except provider.BadRequest as wrong:
        return render(request, "eid/bad_request.jinja", {"what": str(wrong)}, status=BAD_REQUEST)
    response = HttpResponseRedirect(reverse("eid:sign_in"))
    response.set_signed_cookie(
        COOKIE,
        str(asked.uuid),
        salt=SIGNED_AS,
        max_age=int(provider.REQUEST_LIVES.total_seconds()) + 60,
        path=reverse("eid:sign_in").removesuffix("dang-nhap/"),
        httponly=True,
        samesite="Lax",
        secure=settings.MOTCUA_SECURE,
    )
    return response


@of_the_sandbox
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Number and passcode."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    context: dict[str, Any] = {"number": request.POST.get("number", "").strip(), "wrong": None}
    if request.method == "POST":
        outcome = holders.check(context["number"], request.POST.get("passcode", "").strip())
        if outcome.holder:
            asked.personal_number, asked.signed_in_at = outcome.holder.personal_number, clock.now()
            asked.save(update_fields=["personal_number", "signed_in_at"])
            return _see_other(reverse("eid:consent"))
        context["wrong"] = outcome
    return render(request, "eid/sign_in.jinja", context)


@of_the_sandbox
@require_http_methods(["GET", "POST"])
def consent(request: HttpRequest) -> HttpResponse:
    """Say what will be told to whom and for what; only a yes tells it."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    if not asked.personal_number:
        return HttpResponseRedirect(reverse("eid:sign_in"))
    holder = holders.holder(asked.personal_number)
    if holder is None:
        raise NotFound()
    if request.method == "POST":
        return _leave(provider.agree(asked, holder))
    return render(request, "eid/consent.jinja", {"holder": holder, "level_wanted": asked.level_wanted})


@of_the_sandbox
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Back without telling anything."""
    asked = _asked(request)
    return asked if isinstance(asked, HttpResponse) else _leave(provider.decline(asked))


@csrf_exempt
@of_the_sandbox
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """RFC 6749 sections 4.1.3 and 5.2."""
    try:
        answer = provider.token(request.POST.dict(), holders.holder)
    except ValueError as refused:
        return JsonResponse({"error": str(refused)}, status=BAD_REQUEST)
    return JsonResponse(answer)


@of_the_sandbox
@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    return JsonResponse(provider.jwks())


@of_the_sandbox
@require_GET
def configuration(request: HttpRequest) -> HttpResponse:
    return JsonResponse(provider.configuration())


def _asked(request: HttpRequest) -> Authorization | HttpResponse:
    """The request that this browser came with, or the page that says it has lapsed."""
    uuid = request.get_signed_cookie(COOKIE, default="", salt=SIGNED_AS)
    asked = Authorization.objects.filter(uuid=uuid).first() if uuid else None
    if asked is not None and not provider.is_over(asked):
        return asked
    back = provider.decline(asked, "interaction_required") if asked and not asked.agreed_at else "/dang-nhap/"
    return render(request, "eid/too_late.jinja", {"back": back}, status=BAD_REQUEST)


def _see_other(url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = SEE_OTHER
    return response


def _leave(url: str) -> HttpResponse:
    response = _see_other(url)
    response.delete_cookie(COOKIE, path=reverse("eid:sign_in").removesuffix("dang-nhap/"))
    return response
