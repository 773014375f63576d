"""Which applications may let people sign in: an officer reads what they say of themselves, and decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.core.identity.views import see_other
from motcua.systems.openid import clients, telling
from motcua.systems.openid.models import Client, ClientState, Grant

OFFICERS = "group:service_approver"
BAD_REQUEST = 400


@policy(OFFICERS)
@never_cache
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Those that wait first, then all others by name."""
    waiting = Client.objects.filter(state=ClientState.PENDING).order_by("created_at")
    others = Client.objects.exclude(state=ClientState.PENDING).order_by("name")
    return render(request, "openid/clients.jinja", {"waiting": waiting, "others": others})


@policy(OFFICERS)
@never_cache
@require_http_methods(["GET", "POST"])
def client(request: HttpRequest, client_id: str) -> HttpResponse:
    """One application: approve, refuse, suspend, give a new secret."""
    found = clients.find(client_id)
    if found is None:
        raise NotFound()
    context: dict[str, Any] = {"errors": [], "reason": "", "secret": ""}
    if request.method == "POST":
        try:
            context["secret"] = _decide(request, found)
        except UserError as wrong:
            said = wrong.text(request.lang)  # type: ignore[attr-defined]
            context |= {"errors": [(said, "#reason")], "reason": request.POST.get("reason", "")}
        else:
            if not context["secret"]:
                return see_other(reverse("openid:client", args=[found.client_id]))
    lang: str = request.lang  # type: ignore[attr-defined]
    scopes = [
        (telling.SHOWN[scope].text(lang), found.metadata.get("purposes", {}).get(scope, ""))
        for scope in clients.scopes_of(found)
    ]
    context |= {
        "client": found,
        "scopes": scopes,
        "active": Grant.objects.filter(client=found, revoked_at=None).count(),
    }
    return render(request, "openid/client.jinja", context, status=BAD_REQUEST if context["errors"] else 200)


def _decide(request: HttpRequest, found: Client) -> str:
    """Do what the button says. Returns a new secret when that is what was asked for."""
    actor, act = request.actor, request.POST.get("act", "")  # type: ignore[attr-defined]
    reason = request.POST.get("reason", "")
    if act == "approve":
        pkce, fapi = request.POST.get("require_pkce") == "true", request.POST.get("fapi") == "true"
        clients.approve(actor, found, require_pkce=pkce, fapi=fapi)
        said = say(
            "Đã duyệt. Người dân đăng nhập được vào ứng dụng này.", "Approved. People can sign in to it."
        )
    elif act == "refuse":
        clients.refuse(actor, found, reason)
        said = say("Đã từ chối.", "Refused.")
    elif act == "suspend":
        clients.suspend(actor, found, reason)
        said = say("Đã tạm ngừng. Mọi quyền đã cấp hết hiệu lực.", "Suspended. Everything granted is void.")
    elif act == "secret":
        return clients.change_secret(actor, found)
    else:
        raise NotFound()
    messages.success(request, said.text(request.lang))  # type: ignore[attr-defined]
    return ""
