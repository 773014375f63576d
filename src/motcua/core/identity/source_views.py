"""To an identity source and back."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from motcua.core.errors import NotFound, Unavailable, UserError
from motcua.core.identity import actions, front_door, limits, relying_party, sources, trust, vouched
from motcua.core.identity.access import PUBLIC, policy
from motcua.core.identity.sessions import EID_SESSION, EID_SUBJECT, LEAVE, SOURCE
from motcua.core.identity.views import login, next_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

log = logging.getLogger(__name__)
LEVELS = {"1": 1, "2": 2}
OK, BAD_REQUEST, TOO_MANY, UNAVAILABLE = 200, 400, 429, 503
QUESTIONS, WINDOW = 3000, 300
"""So many in so many seconds from one address, behind which a whole office may sit."""


@policy(PUBLIC)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Where accounts are kept elsewhere, people are sent there; the page of this house is the entry in need."""
    key = front_door.source_for(request)
    if key is None or front_door.is_local(request) or request.account is not None:  # type: ignore[attr-defined]
        page: HttpResponse = login(request)
        return page
    return leave_for_source(request, key)


@policy(PUBLIC)
@never_cache
@require_GET
def leave_for_source(request: HttpRequest, key: str, *, anew: bool = False) -> HttpResponse:
    """Hand over by redirect, with our question in the query: `muc` is the level needed, `im-lang` asks without a page.

    `anew`: whoever is signed in there proves it again.
    """
    _known(key)
    if not _is_patient(request):
        return render(request, "429.jinja", status=TOO_MANY)
    wanted = next_of(request, "")
    if key == front_door.source_for(request):
        level = LEVELS.get(request.GET.get("muc", ""), 0)
    else:
        level, anew = LEVELS.get(request.GET.get("muc", ""), 2), anew or "muc" in request.GET
    try:
        there = relying_party.ask(
            request, key, wanted=wanted, level=level, anew=anew, silent="im-lang" in request.GET
        )
        sources.note_up(key)
        return HttpResponseRedirect(there)
    except Unavailable as down:
        sources.note_down(key)
        log.warning("identity source %s is down: %s", key, "; ".join(getattr(down, "__notes__", ())) or down)
        return _stay(request, down, key, wanted, status=UNAVAILABLE)


@policy(PUBLIC)
@never_cache
@require_GET
def return_from_source(request: HttpRequest, key: str) -> HttpResponse:
    """The browser is back: believe the answer or say why not."""
    _known(key)
    again = relying_party.heard_before(request)
    if again is not None:
        return HttpResponseRedirect(again or get_adapter(request).get_login_redirect_url(request))
    wanted = relying_party.wanted_by(request)
    try:
        identity = relying_party.hear(request, key)
        with acting(SYSTEM):
            account = vouched.account_for(identity)
    except relying_party.NobodyThere as nobody:
        return HttpResponseRedirect(nobody.wanted or "/")
    except relying_party.Cancelled as cancelled:
        if key == front_door.source_for(
            request
        ):  # to the sign-in page would be straight back to the provider
            return _stay(request, cancelled, key, wanted, status=OK)
        messages.info(request, cancelled.text(request.lang))  # type: ignore[attr-defined]
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': wanted or '/'})}")
    except relying_party.Mistrusted as mistrusted:
        log.warning("sign-in by %s not believed: %s", key, mistrusted.why)
        return _stay(request, mistrusted, key, wanted, status=BAD_REQUEST)
    except UserError as other:
        return _stay(request, other, key, wanted, status=other.status)
    if not account.is_active:
        return HttpResponseRedirect(reverse("account_inactive"))
    record_authentication(
        request, account, "eid", level=identity.level, source=key, at=identity.at,
        strong=identity.is_officer or None,
    )  # fmt: skip
    adapter = get_adapter(request)
    adapter.login(request, account)
    request.session[EID_SUBJECT] = trust.digest(key, "sub", identity.subject)
    request.session[EID_SESSION] = trust.digest(key, "sid", identity.session) if identity.session else ""
    request.session[SOURCE] = {"key": key, "id_token": identity.id_token}
    relying_party.note_heard(request, identity)
    return HttpResponseRedirect(identity.wanted or adapter.get_login_redirect_url(request))


@csrf_exempt
@policy(PUBLIC)
@never_cache
@require_POST
def hear_of_sign_out(request: HttpRequest, key: str) -> HttpResponse:
    """Back-Channel Logout 1.0 section 2.5: the person signed out there, so the sessions made there end here."""
    _known(key)
    source = sources.registry.get(key)
    try:
        with acting(SYSTEM):
            told = trust.check_sign_out(source, key, request.POST.get("logout_token", ""))
            ended = actions.end_sessions_of_source(
                SYSTEM,
                key,
                session=trust.digest(key, "sid", told["sid"]) if told.get("sid") else "",
                subject=trust.digest(key, "sub", told["sub"]) if told.get("sub") else "",
            )
    except trust.Untrue as untrue:
        log.warning("sign-out told by %s not believed: %s", key, untrue)
        return JsonResponse(
            {"error": "invalid_request", "error_description": str(untrue)}, status=BAD_REQUEST
        )
    except Unavailable:
        return JsonResponse({"error": "temporarily_unavailable"}, status=UNAVAILABLE)
    log.info("sign-out told by %s ended %s sessions", key, ended)
    return HttpResponse(status=OK)


@policy(PUBLIC)
@never_cache
@require_GET
def left(request: HttpRequest) -> HttpResponse:
    """Signed out here; where the sign-in was made, one may still be signed in, and the way out of there is shown.

    Where that is the account of this very house, the way is taken at once: signing out is one act.
    """
    there = request.session.pop(LEAVE, None)
    response = render(request, "identity/left.jinja", {"there": there})
    if there and there.get("at_once"):
        response.headers["Refresh"] = f"0; url={there['href']}"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _stay(request: HttpRequest, said: UserError, key: str, wanted: str, *, status: int) -> HttpResponse:
    """Say what happened and offer the other ways in."""
    of_the_house = key == front_door.source_for(request)
    local = {**({front_door.HERE: "1"} if of_the_house else {}), "next": wanted or "/"}
    context = {
        "said": said.text(request.lang),  # type: ignore[attr-defined]
        "down": isinstance(said, Unavailable),
        "of_the_house": of_the_house,
        "source": sources.registry.get(key),
        "again": reverse("identity_source:start", args=[key]),
        "local": f"{reverse('account_login')}?{urlencode(local, safe='/')}",
        "next": wanted or "/",
    }
    return render(request, "identity/source_trouble.jinja", context, status=status)


def _is_patient(request: HttpRequest) -> bool:
    """Each question to a provider is remembered, so an address does not ask without end; who is signed in may."""
    if request.account is not None or getattr(settings, "ACCOUNT_RATE_LIMITS", True) is False:  # type: ignore[attr-defined]
        return True
    address = request.META.get("REMOTE_ADDR", "")
    return limits.allow("leave for source", address, most=QUESTIONS, seconds=WINDOW)


def _known(key: str) -> None:
    if key not in sources.registry.names():
        raise NotFound()
