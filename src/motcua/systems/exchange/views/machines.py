"""Addresses for machines that want no API: the configuration, the sandbox provider."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from motcua.core import clock
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import keys, publishing, sandbox
from motcua.systems.exchange.models import Gateway, Publication, Standing

UNAUTHORIZED, NOT_MODIFIED = 401, 304


@policy("public")
@require_safe
def configuration(request: HttpRequest, key: str = "") -> HttpResponse:
    """The signed configuration for a gateway with its key (Bearer, or in the address); 304 when it has this one."""
    text = key or request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    with acting(SYSTEM):
        found = keys.find(text)
        gateway = found.gateway if found else None
        if gateway is None or gateway.state != Standing.APPROVED:
            response = HttpResponse(
                "a gateway's key is needed\n", status=UNAUTHORIZED, content_type="text/plain"
            )
            response["WWW-Authenticate"] = 'Bearer realm="exchange"'
            return response
        newest = publishing.newest()
        Gateway.objects.filter(pk=gateway.pk).update(last_seen_at=clock.now(), last_version=newest.pk)
    return _file(request, newest)


def _file(request: HttpRequest, newest: Publication) -> HttpResponse:
    known = request.headers.get("If-None-Match", "")
    if newest.etag in [one.strip() for one in known.split(",")]:
        response = HttpResponse(status=NOT_MODIFIED)
    else:
        response = HttpResponse(bytes(newest.body), content_type="application/json")
    response["ETag"] = newest.etag
    response["Cache-Control"] = "no-cache"
    return response


@policy("public")
@require_safe
def public_key(request: HttpRequest) -> HttpResponse:
    """The key that signs the configuration, PEM; its file name is the key id that a gateway's folder expects."""
    response = HttpResponse(publishing.public_key_pem(), content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{publishing.key_id()}.pem"'
    return response


@csrf_exempt
@policy("public")
def try_out(request: HttpRequest, path: str = "") -> HttpResponse:
    """The sandbox provider: made-up people only."""
    query = request.META.get("QUERY_STRING", "")
    status, body = sandbox.answer(request.method or "", f"/{path}" + (f"?{query}" if query else ""))
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
