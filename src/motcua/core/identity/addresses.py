"""Whence a request comes. Behind a proxy every connection is the proxy's: it says whom it asks for, and is believed
in what it added itself, the last address of `X-Forwarded-For`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from motcua.core.identity.access import policy

FORWARDED, CONNECTION = "X-Forwarded-For", "connection"


class AddressMiddleware:
    """Puts the asker's address into `REMOTE_ADDR`, by which tries are counted and sessions are told apart.

    Only with MOTCUA_BEHIND_PROXY. What comes without the header (our own gateway, the machine itself) keeps the
    address of its connection; what comes through a proxy that does not tell keeps the proxy's, and `motcua check`
    says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = told_by_proxy(request)
        if told:
            request.META["REMOTE_ADDR"] = told
        return self.get_response(request)


def told_by_proxy(request: HttpRequest) -> str:
    """The address that our proxy added; "" without a proxy, or where it added none."""
    if not settings.SECURE_PROXY_SSL_HEADER:
        return ""
    last = request.headers.get(FORWARDED, "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return ""


@policy("public")
@never_cache
@require_GET
def seen(request: HttpRequest) -> JsonResponse:
    """Tells the asker the address under which they are seen, and who said so; `motcua check` asks it."""
    by = FORWARDED if told_by_proxy(request) else CONNECTION
    return JsonResponse({"address": request.META.get("REMOTE_ADDR", ""), "by": by})
