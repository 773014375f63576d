"""Which applications may let people sign in: an officer reads what they say of themselves, and decides."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.core.identity.views import see_other
from motcua.systems.openid import clients, installations, jose, keys, registration, telling
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.models import Client, ClientState, Grant, SigningKey
from motcua.systems.openid.times import now
from motcua.systems.openid.views import as_the_provider

OFFICERS = "group:service_approver"
BAD_REQUEST = 400
TYPED = ("client_name", "redirect_uris", "token_endpoint_auth_method", "jwks_uri", "contacts")
METHODS = ("client_secret_basic", "private_key_jwt", "none")
BY_SECRET = say("Bằng mật khẩu do chúng tôi cấp", "By a password that we give it")
BY_CERTIFICATE = say("Bằng chứng thư của máy chủ ứng dụng", "By the certificate of its server")
METHOD_WORDS = {
    "client_secret_basic": BY_SECRET,
    "client_secret_post": BY_SECRET,
    "private_key_jwt": say(
        "Bằng khóa riêng ứng dụng tự giữ (an toàn nhất)", "By a key that it keeps itself (the safest)"
    ),
    "tls_client_auth": BY_CERTIFICATE,
    "self_signed_tls_client_auth": BY_CERTIFICATE,
    "none": say(
        "Không có gì để giữ kín: ứng dụng chạy trên điện thoại, máy tính của người dùng",
        "It can keep nothing secret: it runs on its users' phones and computers",
    ),
}
"""How an application proves to us which one it is."""
WRONG = {
    "client_name": say("Ghi tên ứng dụng, từ 2 đến 80 chữ.", "Give the name, 2 to 80 letters."),
    "redirect_uris": say(
        "Mỗi dòng một địa chỉ https, không có dấu #. Nhiều máy chủ thì cần địa chỉ chung của nhóm.",
        "One https address a line, without #. Several hosts need a sector address.",
    ),
    "sites": say(
        "Mỗi dòng một địa chỉ của cổng kia, như https://dichvucong.tinh.gov.vn, và máy chủ này phải gọi được nó.",
        "One address of the other portal a line, such as https://portal.example.gov.vn; we have to reach it.",
    ),
    "token_endpoint_auth_method": say("Chọn cách ứng dụng xác thực.", "Choose how it authenticates."),
    "jwks_uri": say(
        "Ghi địa chỉ https của khóa công khai; chúng tôi phải mở được địa chỉ ấy.",
        "Give the https address of its public keys; we have to be able to open it.",
    ),
    "contacts": say("Ghi địa chỉ thư điện tử, cách nhau bằng dấu cách.", "Give e-mail addresses."),
}


@policy(OFFICERS)
@never_cache
@require_GET
@as_the_provider
def listed(request: HttpRequest) -> HttpResponse:
    """Those that wait first, then all others by name."""
    waiting = Client.objects.filter(state=ClientState.PENDING).order_by("created_at")
    others = Client.objects.exclude(state=ClientState.PENDING).order_by("name")
    return render(request, "openid/clients.jinja", {"waiting": waiting, "others": others})


@policy(OFFICERS)
@never_cache
@require_http_methods(["GET", "POST"])
@as_the_provider
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
    context = _about(request, found) | context
    return render(request, "openid/client.jinja", context, status=BAD_REQUEST if context["errors"] else 200)


@policy(OFFICERS)
@never_cache
@require_http_methods(["GET", "POST"])
@as_the_provider
def register(request: HttpRequest) -> HttpResponse:
    """Register an application whose makers cannot do it by themselves. Its secret is shown once."""
    lang: str = request.lang  # type: ignore[attr-defined]
    wrong: tuple[str, str] | None = None
    typed: dict[str, Any] = dict.fromkeys(TYPED, "")
    typed |= {"scope": ["openid"], "token_endpoint_auth_method": METHODS[0]}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "").strip() for name in TYPED}
        typed["scope"] = request.POST.getlist("scope")
        try:
            found, secret = registration.by_hand(request.actor, _said(typed))  # type: ignore[attr-defined]
            return render(request, "openid/client.jinja", _about(request, found) | {"secret": secret})
        except OAuthError as fault:
            name = next((name for name in TYPED if fault.description.startswith(name)), "client_name")
            name = "redirect_uris" if fault.code == "invalid_redirect_uri" else name
            wrong = (WRONG[name].text(lang), name)
    context = {
        "typed": typed,
        "wrong": wrong,
        "errors": [(wrong[0], f"#{wrong[1]}")] if wrong else [],
        "scopes": [(scope, text.text(lang)) for scope, text in telling.shown(telling.every_scope()).items()],
        "methods": [(method, METHOD_WORDS[method].text(lang)) for method in METHODS],
    }
    return render(request, "openid/register.jinja", context, status=BAD_REQUEST if wrong else 200)


@policy(OFFICERS)
@never_cache
@require_http_methods(["GET", "POST"])
@as_the_provider
def register_installation(request: HttpRequest) -> HttpResponse:
    """Let the portal and the desk of another Motcua sign people in by our accounts."""
    lang: str = request.lang  # type: ignore[attr-defined]
    wrong: tuple[str, str] | None = None
    typed = {name: request.POST.get(name, "").strip() for name in ("client_name", "sites", "contacts")}
    if request.method == "POST":
        actor, contacts = request.actor, typed["contacts"].split()  # type: ignore[attr-defined]
        try:
            found, secret = installations.register(
                actor, typed["client_name"], typed["sites"].split(), contacts
            )
            return render(request, "openid/client.jinja", _about(request, found) | {"secret": secret})
        except OAuthError as fault:
            name = "client_name" if fault.description.startswith("client_name") else "sites"
            wrong = (WRONG[name].text(lang), name)
    errors = [(wrong[0], f"#{wrong[1]}")] if wrong else []
    context = {"typed": typed, "wrong": wrong, "errors": errors}
    return render(
        request, "openid/register_installation.jinja", context, status=BAD_REQUEST if wrong else 200
    )


@policy(OFFICERS)
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "POST"])
@as_the_provider
def signing_keys(request: HttpRequest) -> HttpResponse:
    """The keys that sign tokens; after proving again who they are, an officer changes one at once."""
    if request.method == "POST":
        alg = request.POST.get("alg", "")
        if alg not in jose.ASYMMETRIC:
            raise NotFound()
        keys.rotate(request.actor, alg, at_once=True)  # type: ignore[attr-defined]
        said = say(
            "Đã đổi khóa. Quyền cấp bằng khóa cũ không còn hiệu lực.",
            "The key was changed. What was granted under the old one is worth nothing.",
        )
        messages.success(request, said.text(request.lang))  # type: ignore[attr-defined]
        return see_other(reverse("openid:keys"))
    keys.signing("ES256")
    shown = SigningKey.objects.filter(Q(published_until=None) | Q(published_until__gt=now()))
    return render(request, "openid/keys.jinja", {"keys": shown.order_by("alg", "-signs_from"), "at": now()})


def _said(typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as an application would say it of itself."""
    method = typed["token_endpoint_auth_method"]
    itself = not typed["redirect_uris"]
    offline = ["refresh_token"] if "offline_access" in typed["scope"] else []
    said: dict[str, Any] = {
        "client_name": typed["client_name"],
        "redirect_uris": typed["redirect_uris"].split(),
        "scope": " ".join(typed["scope"]),
        "token_endpoint_auth_method": method,
        "grant_types": ["client_credentials"] if itself else ["authorization_code", *offline],
        "contacts": typed["contacts"].split(),
    }
    if method == "private_key_jwt":
        said["jwks_uri"] = typed["jwks_uri"]
    return said


def _about(request: HttpRequest, found: Client) -> dict[str, Any]:
    lang: str = request.lang  # type: ignore[attr-defined]
    return {
        "client": found,
        "settings": installations.settings_for(found),
        "method": METHOD_WORDS[clients.method_of(found)].text(lang),
        "errors": [],
        "reason": "",
        "scopes": [
            (text.text(lang), found.metadata.get("purposes", {}).get(scope, ""))
            for scope, text in telling.shown(clients.scopes_of(found)).items()
        ],
        "active": Grant.objects.filter(client=found, revoked_at=None).count(),
    }


def _decide(request: HttpRequest, found: Client) -> str:
    """Do what the button says. Returns a new secret when that is what was asked for."""
    actor, act = request.actor, request.POST.get("act", "")  # type: ignore[attr-defined]
    reason = request.POST.get("reason", "")
    if act == "approve":
        marks = {name: request.POST.get(name) == "true" for name in ("require_pkce", "fapi", "first_party")}
        clients.approve(actor, found, **marks)
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
