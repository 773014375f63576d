"""Where people prove who they are: here, or at the provider whose accounts open this address.

An address whose accounts are kept elsewhere sends people there straight away, by the identity source that says it is
its front door; what remains here is an entry for the day on which that provider is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from motcua.core.identity.sessions import SOURCE
from motcua.core.identity.sources import registry

HERE = "tai-cho"
"""In the query of the sign-in page: by what is kept here, and not at the provider."""
View = Callable[..., HttpResponse]


def origin_of(request: HttpRequest) -> str:
    """By which address the browser knows us."""
    return f"{request.scheme}://{request.get_host()}"


def address_of(request: HttpRequest) -> str:
    """The address at which answers to this browser are received; providers have it registered letter by letter.

    One of our own: `MOTCUA_SITE` or a further face of it. A sandbox may stand at any port.
    """
    origin = origin_of(request)
    return origin if settings.MOTCUA_SANDBOX or origin in settings.MOTCUA_FACES else settings.MOTCUA_SITE


def source_for(request: HttpRequest) -> str | None:
    """The source that signs people in at this address; None where the accounts are kept here."""
    origin = origin_of(request)
    for key in registry.names():
        opens: Callable[[str], bool] | None = getattr(registry.get(key), "opens", None)
        if opens is not None and opens(origin):
            return key
    return None


def is_local(request: HttpRequest) -> bool:
    """Whether the sign-in page itself is wanted, whatever provider there is."""
    return request.method != "GET" or HERE in request.GET


def way_to_prove_again(request: HttpRequest) -> str | None:
    """The page that has somebody signed in by the front door prove it anew there; None for a session of our own."""
    made = request.session.get(SOURCE)
    if not made or made["key"] != source_for(request):
        return None
    return reverse("identity_source:again", args=[made["key"]])


def where_accounts_are(view: View) -> View:
    """Keys, codes and passwords are set where they are asked for: at the address that holds the account's session."""

    @wraps(view)
    def led(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        only_a_face = origin_of(request) in settings.MOTCUA_FACES and source_for(request) is not None
        if only_a_face and request.method == "GET":
            return HttpResponseRedirect(f"{settings.MOTCUA_SITE}{request.get_full_path()}")
        return view(request, *args, **kwargs)

    return led
