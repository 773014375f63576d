"""One's own account: where it is signed in, for whom it acts, in which language, and how it is guarded."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account import views as account_views
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from motcua.core.errors import NotFound, Text, say
from motcua.core.identity import actions, front_door, queries, signing_in, sources, stash
from motcua.core.identity.access import ACCOUNT, PUBLIC, policy
from motcua.core.identity.models import Account, Mandate
from motcua.core.identity.second_factor import has_second_factor
from motcua.core.identity.sessions import AGENCY, LEAVE, MANDATE, forget_companions
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations

FORBIDDEN = 403
STEPPED_UP = "stepped_up"
ASK_AGAIN_AFTER = 60
"""Seconds; who came back from the provider without the level is shown a page and not sent in circles."""
LANGUAGE_COOKIE = "ngon_ngu"
A_YEAR = 365 * 24 * 60 * 60
LANGUAGES = {"vi", "en"}


def see_other(url: str) -> HttpResponseRedirect:
    """After an act: a fresh page, whatever the browser's Back does (RFC 9110 section 15.4.4)."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def next_of(request: HttpRequest, default: str = "/") -> str:
    """Where the person was going, when that is on this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else default


@policy(ACCOUNT)
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The account at a glance."""
    actor, account = _who(request)
    context: dict[str, Any] = {
        "account": account,
        "party": queries.own_party(account),
        "duties": _agencies(account),
        "has_second_factor": has_second_factor(account),
        "sessions": len(queries.sessions_of(account)),
        "is_officer": actor.kind is ActorKind.OFFICER,
        "actor": actor,
    }
    return render(request, "identity/home.jinja", context)


@policy(ACCOUNT)
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Kept with the account, and in a cookie for before sign-in."""
    actor, account = _who(request)
    language = request.POST.get("language", "")
    if language in LANGUAGES:
        actions.choose_language(actor, account, language)
    response = see_other(reverse("identity:home"))
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, samesite="Lax", httponly=True)
    return response


@policy(ACCOUNT)
@never_cache
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the account is signed in now, and when and how it was before."""
    _, account = _who(request)
    context = {
        "sessions": queries.sessions_of(account),
        "own_key": request.session.session_key,
        "history": queries.sign_ins_of(account),
    }
    return render(request, "identity/sessions.jinja", context)


@policy(ACCOUNT)
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    actor, account = _who(request)
    ended = actions.end_other_sessions(actor, account, request.session.session_key or "")
    said = (
        say(f"Đã đăng xuất khỏi {ended} nơi khác.", f"Signed out of {ended} other places.")
        if ended
        else say("Tài khoản không đăng nhập ở nơi nào khác.", "The account is signed in nowhere else.")
    )
    _tell(request, said)
    return see_other(reverse("identity:sessions"))


@policy(ACCOUNT)
@never_cache
def mandate_over(request: HttpRequest) -> HttpResponse:
    """The right to act for another ended while acting: say so, keep everything, and go back to one's own matters."""
    if request.method == "POST":
        request.session.pop(MANDATE, None)
        return see_other(next_of(request))
    with acting(SYSTEM):
        ended = (
            Mandate.objects.select_related("principal").filter(pk=request.session.get(MANDATE) or 0).first()
        )
    if ended is None or not request.mandate_over:  # type: ignore[attr-defined]
        return HttpResponseRedirect("/")
    return render(request, "identity/mandate_over.jinja", {"mandate": ended}, status=FORBIDDEN)


@policy("officer")
@require_POST
def work_for(request: HttpRequest) -> HttpResponse:
    """An officer with posts in several agencies chooses where to work."""
    _, account = _who(request)
    chosen = next(
        (duty for duty in _agencies(account) if str(duty.agency_id) == request.POST.get("agency")), None
    )
    if chosen is None:
        raise NotFound()
    request.session[AGENCY] = chosen.agency_id
    place = chosen.agency_name
    _tell(request, say(f"Ông/bà đang làm việc tại {place}.", f"You are now working at {place}."))
    return see_other(next_of(request))


@policy(ACCOUNT)
@never_cache
@require_GET
def step_up(request: HttpRequest) -> HttpResponse:
    """The page wanted takes a stronger sign-in: say which, and offer it."""
    wanted = next_of(request)
    actor, account = _who(request)
    level = 2 if request.GET.get("muc") == "2" else 1
    if actor.level >= level:
        return HttpResponseRedirect(wanted)
    key = front_door.source_for(request)
    if key is not None and time.time() - request.session.get(STEPPED_UP, 0) > ASK_AGAIN_AFTER:
        request.session[STEPPED_UP] = time.time()
        query = urlencode({"next": wanted, "muc": str(level)})
        return HttpResponseRedirect(f"{reverse('identity_source:start', args=[key])}?{query}")
    context = {
        "sources": ([sources.offer(key, wanted, level=level)] if key else [])
        + sources.offered(wanted, level=level),
        "level": level,
        "next": wanted,
        "has_second_factor": has_second_factor(account),
    }
    return render(request, "identity/step_up.jinja", context)


@policy(ACCOUNT)
@never_cache
def kept(request: HttpRequest) -> HttpResponse:
    """What was typed before the session ended is here: send it on, or let it go."""
    if request.method == "POST":
        stash.drop(request)
        return see_other("/")
    waiting = stash.look(request)
    if waiting is None:
        return HttpResponseRedirect("/")
    return render(request, "identity/kept.jinja", {"kept": waiting})


class Login(account_views.LoginView):  # type: ignore[misc]
    """allauth's, with the identity sources that this installation knows."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        key = front_door.source_for(self.request)
        return {
            **super().get_context_data(**kwargs),
            "sources": sources.offered(next_of(self.request, "")),
            "accounts_at": sources.registry.get(key).name if key else "",
        }


class Logout(account_views.LogoutView):  # type: ignore[misc]
    """allauth's; who signed in elsewhere is still signed in there, so the next page shows the way out of there."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        there = signing_in.way_out(request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if there is not None:
            request.session[LEAVE] = there
            response = see_other(reverse("identity_left"))
        forget_companions(response)
        return response


class ActivateTOTP(totp.ActivateTOTPView):  # type: ignore[misc]
    """allauth's, and the code shown counts for this session too."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        signing_in.second_factor_shown(self.request, "totp")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = next_of(self.request, "")
        if wanted:
            self.request.session[AFTER_SET_UP] = wanted
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "secret": context["form"].secret}


class AddWebAuthn(keys.AddWebAuthnView):  # type: ignore[misc]
    """allauth's, and the key shown counts for this session too."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        signing_in.second_factor_shown(self.request, "webauthn")
        return response


AFTER_SET_UP = "after_set_up"
login = policy(PUBLIC)(Login.as_view())
logout = policy(PUBLIC)(Logout.as_view())
activate_totp = policy(ACCOUNT)(ActivateTOTP.as_view())
add_webauthn = policy(ACCOUNT)(AddWebAuthn.as_view())


@policy(ACCOUNT)
@require_GET
def set_up(request: HttpRequest) -> HttpResponse:
    """The second factor stands: on to the page that was wanted."""
    return HttpResponseRedirect(request.session.pop(AFTER_SET_UP, "/"))


def _tell(request: HttpRequest, said: Text) -> None:
    messages.success(request, said.text(request.lang))  # type: ignore[attr-defined]


def _who(request: HttpRequest) -> tuple[Actor, Account]:
    return request.actor, request.account  # type: ignore[attr-defined]


def _agencies(account: Account) -> list[organisations.Duty]:
    """An officer's duties, one for each agency, the highest first."""
    if account.officer_id is None:
        return []
    by_agency: dict[int, organisations.Duty] = {}
    for duty in organisations.duties(account.officer_id):
        by_agency.setdefault(duty.agency_id, duty)
    return list(by_agency.values())
