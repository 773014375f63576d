"""What every operation shares: who asks, errors as RFC 9457."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError

from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import keys
from motcua.systems.exchange.machines import system_named
from motcua.systems.exchange.models import ApiKey, Gateway, Member, Standing, Subsystem

PROBLEM = "application/problem+json"


class Problem(Schema):
    """RFC 9457; `field` names what is to be mended."""

    type: str = "about:blank"
    title: str
    status: int
    field: str | None = None


REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), Problem)


class NoKey(UserError):
    status = 401


api = NinjaAPI(
    title="Motcua: liên thông dữ liệu",
    version="1",
    urls_namespace="exchange:exchange_api",
    docs_url=None,
    auth=lambda request: authenticate(request),
    description="Bearer keys; see docs/exchange.md.",
)


def authenticate(request: HttpRequest) -> ApiKey:
    """The key that the request bears; or, from our own gateway, the system that the gateway has recognised."""
    if "\x00" in request.path:
        raise NotFound()
    with acting(SYSTEM):
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        found = keys.find(text.strip()) if kind.lower() == "bearer" else _by_gateway(request)
    if found is None:
        raise NoKey("Thiếu khóa truy cập, hoặc khóa đã hết hạn.", "No key, or it is no longer good.")
    return found


def _by_gateway(request: HttpRequest) -> ApiKey | None:
    """Calls that came over the exchange: our gateway, known by its address, names the client it recognised."""
    if not from_our_gateway(request):
        return None
    subsystem = system_named(request.headers.get("X-Road-Client", ""))
    return ApiKey(member=subsystem.member, subsystem=subsystem) if subsystem else None


def from_our_gateway(request: HttpRequest) -> bool:
    """Whether our own gateway brought this: by its address, and not by the TLS proxy, which may share it."""
    known = request.META.get("REMOTE_ADDR") in settings.MOTCUA_EXCHANGE_GATEWAY_ADDRESSES
    return known and "X-Forwarded-Proto" not in request.headers


def key_of(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


def member_of(request: HttpRequest) -> Member:
    return key_of(request).member


def gateway_of(request: HttpRequest) -> Gateway:
    """The approved gateway that asks. Raises NotAllowed for other keys."""
    gateway = key_of(request).gateway
    if gateway is None or gateway.state != Standing.APPROVED or gateway.member.state != Standing.APPROVED:
        raise NotAllowed("Việc này do cổng đã được duyệt làm.", "An approved gateway's key is needed.")
    return gateway


def subsystem_of(request: HttpRequest) -> Subsystem:
    """The system that asks. Raises NotAllowed for other keys."""
    subsystem = key_of(request).subsystem
    if subsystem is None or not subsystem.active or subsystem.member.state != Standing.APPROVED:
        raise NotAllowed("Việc này cần khóa của một hệ thống.", "A system's key is needed.")
    return subsystem


def own_system(request: HttpRequest, code: str) -> Subsystem:
    found = Subsystem.objects.select_related("member").filter(member=member_of(request), code=code).first()
    if found is None:
        raise NotFound()
    return found


@api.exception_handler(UserError)
def mendable(request: HttpRequest, error: UserError) -> HttpResponse:
    lang = "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "vi"
    return _problem(request, error.text(lang), error.status, error.field)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {"loc": [], "msg": ""}
    place = ".".join(str(part) for part in first["loc"][2:])
    return _problem(request, f"Yêu cầu không đúng cấu trúc: {first['msg']}", 422, place)


def _problem(request: HttpRequest, title: str, status: int, field: str | None) -> HttpResponse:
    response = api.create_response(
        request, Problem(title=title, status=status, field=field).dict(), status=status
    )
    response["Content-Type"] = PROBLEM
    if status == 429:
        response["Retry-After"] = "10"
    return response
