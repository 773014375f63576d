"""The sandbox servers below `/thu-nghiem/`; elsewhere than in a sandbox there is nothing."""

from __future__ import annotations

import time

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from motcua.core.identity.access import policy
from motcua.systems.sandboxes.http import Call
from motcua.systems.sandboxes.servers import SERVERS


@csrf_exempt
@policy("public")
def serve(request: HttpRequest, server: str, path: str = "") -> HttpResponse:
    """Any call of a sandbox server. It proves itself to the server, not to the site."""
    if not settings.MOTCUA_SANDBOX or server not in SERVERS:
        raise Http404
    below = f"/{path}" if path else ""
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = {name: str(value) for name, value in request.GET.items()}
    address = f"{settings.MOTCUA_SITE}/thu-nghiem/{server}"
    answer = SERVERS[server](Call(str(request.method), below, query, headers, request.body, address))
    time.sleep(answer.wait)
    return HttpResponse(
        answer.body if answer.cut is None else answer.body[: answer.cut],
        status=answer.status,
        content_type=answer.content_type,
        headers=answer.headers,
    )
