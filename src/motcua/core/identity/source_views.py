"""To an identity source and back."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from motcua.core.errors import NotFound, Unavailable, UserError
from motcua.core.identity import actions, relying_party, sources
from motcua.core.identity.access import PUBLIC, policy
from motcua.core.identity.views import next_of
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

log = logging.getLogger(__name__)
BAD_REQUEST, UNAVAILABLE = 400, 503


@policy(PUBLIC)
@never_cache
@require_GET
def leave_for_source(request: HttpRequest, key: str) -> HttpResponse:
    """Hand over by redirect, with our question in the query."""
    _known(key)
    wanted = next_of(request)
    try:
        return HttpResponseRedirect(relying_party.ask(request, key, wanted=wanted))
    except Unavailable as down:
        return _stay(request, down, key, wanted, status=UNAVAILABLE)


@policy(PUBLIC)
@never_cache
@require_GET
def return_from_source(request: HttpRequest, key: str) -> HttpResponse:
    """The browser is back: believe the answer or say why not."""
    _known(key)
    wanted = (request.session.get(relying_party.ASKED) or {}).get("wanted", "/")
    try:
        identity = relying_party.hear(request, key)
        with acting(SYSTEM):
            account = actions.account_of_identity(
                SYSTEM,
                identity.personal_number,
                name=identity.name,
                level=identity.level,
                source=identity.source,
            )
    except relying_party.Cancelled as cancelled:
        messages.info(request, cancelled.text(request.lang))  # type: ignore[attr-defined]
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': wanted})}")
    except relying_party.Mistrusted as mistrusted:
        log.warning("sign-in by %s not believed: %s", key, mistrusted.why)
        return _stay(request, mistrusted, key, wanted, status=BAD_REQUEST)
    except UserError as other:
        return _stay(request, other, key, wanted, status=other.status)
    if not account.is_active:
        return HttpResponseRedirect(reverse("account_inactive"))
    record_authentication(request, account, "eid", level=identity.level, source=key)
    get_adapter(request).login(request, account)
    return HttpResponseRedirect(identity.wanted)


def _stay(request: HttpRequest, said: UserError, key: str, wanted: str, *, status: int) -> HttpResponse:
    """Say what happened and offer the other ways in."""
    context = {
        "said": said.text(request.lang),  # type: ignore[attr-defined]
        "down": isinstance(said, Unavailable),
        "source": sources.registry.get(key),
        "again": reverse("identity_source:start", args=[key]),
        "next": wanted,
    }
    return render(request, "identity/source_trouble.jinja", context, status=status)


def _known(key: str) -> None:
    if key not in sources.registry.names():
        raise NotFound()
