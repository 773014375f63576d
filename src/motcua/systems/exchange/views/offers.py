"""Offering: a service described with its OpenAPI document, its contracts, who may call what of it, and how much."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core import clock
from motcua.core.errors import NotFound, Text, UserError, say
from motcua.core.identity.access import policy
from motcua.systems.exchange import contracts, granting, offering, openapi, operating
from motcua.systems.exchange.models import (
    UNPUBLISHED,
    AccessRequest,
    Group,
    Purpose,
    Quota,
    Right,
    Service,
    Standing,
    Subsystem,
    Version,
    VersionState,
)
from motcua.systems.exchange.publishing import OFFERED, name_of, service_name
from motcua.systems.exchange.views.base import (
    OWNERS,
    actor_of,
    attempt,
    chosen,
    day,
    document_of,
    show,
    whole,
)
from motcua.systems.exchange.views.systems import own_system

KEPT = say("Đã lưu bản thảo.", "The draft is kept.")
MOST_CALLS = 1_000_000_000


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, system_uuid: uuid.UUID) -> HttpResponse:
    """Describe a new service of a system."""
    system = own_system(request, system_uuid)
    fault, typed = None, _typed(request)
    if request.method == "POST":
        made: list[Version] = []

        def describe() -> None:
            typed["document"] = document_of(request, "document", openapi.LARGEST)
            made.append(
                offering.offer(
                    actor_of(request),
                    system,
                    code=typed["code"],
                    title=typed["title"],
                    legal_basis=typed["legal_basis"],
                    base_url=typed["base_url"],
                    document=typed["document"],
                    description=typed["description"],
                    personal="personal" in request.POST,
                    sandbox="sandbox" in request.POST,
                )
            )

        done, fault = attempt(request, describe, KEPT, lambda: _page_of(made[0].service))
        if done is not None:
            return done
    return show(request, "offer.jinja", {"system": system, "typed": typed, "first": True}, fault, "code")


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, service_uuid: uuid.UUID) -> HttpResponse:
    """The next contract of a service; or the draft that waits, written anew."""
    service = _own_service(request, service_uuid)
    newest = service.versions.order_by("-number").first()
    fault, typed = None, _typed(request)
    if request.method == "POST":

        def write() -> None:
            typed["document"] = document_of(request, "document", openapi.LARGEST)
            offering.next_version(
                actor_of(request),
                service,
                base_url=typed["base_url"],
                document=typed["document"],
                change=typed["change"],
            )

        done, fault = attempt(request, write, KEPT, _page_of(service))
        if done is not None:
            return done
    elif newest is not None:
        typed.update(base_url=newest.base_url, document=newest.openapi)
        if newest.state in UNPUBLISHED:
            typed["change"] = newest.change
    waiting = newest is not None and newest.state in UNPUBLISHED
    context = {
        "service": service,
        "system": service.subsystem,
        "typed": typed,
        "first": waiting and newest is not None and newest.number == 1,
        "number": newest.number + (not waiting) if newest else 1,
    }
    return show(request, "offer.jinja", context, fault, "base_url")


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, service_uuid: uuid.UUID) -> HttpResponse:
    """A service as its owner sees it: contracts, rights, quotas, requests."""
    service = _own_service(request, service_uuid)
    fault = None
    if request.method == "POST":
        act, said = _act(request, service)
        done, fault = attempt(request, act, said, _page_of(service))
        if done is not None:
            return done
        service.refresh_from_db()
    versions = list(service.versions.order_by("-number"))
    rights = Right.objects.filter(version__in=versions, withdrawn_at=None).select_related(
        "version__service", "subsystem__member", "group"
    )
    quotas = Quota.objects.filter(version__in=versions).select_related("version__service", "client__member")
    context = {
        "service": service,
        "versions": [
            _Contract(
                each,
                service_name(each),
                VersionState(each.state).label,
                len(contracts.users_of(each)),
                contracts.may_decide(actor_of(request), each),
                _left_out(each, versions),
            )
            for each in versions
        ],
        "offered": OFFERED,
        "rights": list(rights.order_by("version__number", "id").prefetch_related("purposes")),
        "quotas": [(each, _use(each)) for each in quotas.order_by("id")],
        "asked": AccessRequest.objects.filter(version__in=versions, state=Standing.APPLIED).select_related(
            "subsystem__member"
        ),
        "act": request.POST.get("act", ""),
        "which": request.POST.get("which", ""),
    }
    return show(request, "offered.jinja", context, fault)


class _Contract(NamedTuple):
    """A version as its owner sees it; `left_out`: endpoints of the former one that it has no more."""

    version: Version
    name: str
    state: str
    users: int
    may_decide: bool
    left_out: list[str]


def _left_out(version: Version, versions: Sequence[Version]) -> list[str]:
    former = next((one for one in versions if one.number == version.number - 1), None)
    kept = {(one["method"], one["path"]) for one in version.endpoints}
    lost = [one for one in (former.endpoints if former else ()) if (one["method"], one["path"]) not in kept]
    return [f"{one['method']} {one['path']}" for one in lost]


def _act(request: HttpRequest, service: Service) -> tuple[Callable[[], object], Text]:
    """What the button says, and what is said when it is done."""
    actor, act = actor_of(request), request.POST.get("act", "")
    reason = request.POST.get("reason", "")
    if act == "withdraw-right":
        right = chosen(request, Right.objects.filter(version__service=service))
        return lambda: granting.withdraw_right(actor, right, reason), say(
            "Đã thu hồi quyền.", "The right is withdrawn."
        )
    version = chosen(request, Version.objects.filter(service=service))
    acts: dict[str, tuple[Callable[[], object], Text]] = {
        "propose": (
            lambda: contracts.propose(actor, version),
            say("Đã đề nghị công bố. Người thứ hai sẽ duyệt.", "Proposed. A second person decides."),
        ),
        "approve": (
            lambda: contracts.decide(actor, version, approve=True, seen=request.POST.get("seen", "")),
            say("Đã công bố. Các cổng nhận cấu hình mới trong ít giây.", "Published."),
        ),
        "return": (
            lambda: contracts.decide(
                actor, version, approve=False, reason=reason, seen=request.POST.get("seen", "")
            ),
            say("Đã trả lại cho người soạn.", "Given back to who wrote it."),
        ),
        "deprecate": (
            lambda: contracts.deprecate(
                actor, version, day(request.POST.get("withdraw_on", ""), "withdraw_on"), reason
            ),
            say("Đã báo cho các bên đang dùng.", "Its users are told."),
        ),
        "withdraw": (
            lambda: contracts.withdraw(actor, version),
            say("Phiên bản đã ngừng.", "The version has ended."),
        ),
        "stop": (
            lambda: contracts.stop(actor, version, _said(reason)),
            say("Tạm không nhận lời gọi.", "It takes no calls for now."),
        ),
        "go": (
            lambda: contracts.stop(actor, version, ""),
            say("Đã nhận lời gọi trở lại.", "It takes calls again."),
        ),
    }
    if act not in acts:
        raise NotFound()
    return acts[act]


def _said(reason: str) -> str:
    if not reason.strip():
        raise UserError(
            "Ghi lời báo: bên gọi sẽ đọc lời này.", "Write the notice: callers will read it.", "reason"
        )
    return reason


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, service_uuid: uuid.UUID, number: int) -> HttpResponse:
    """Let a system or a group call a version, or single endpoints of it."""
    service, version = _offered(request, service_uuid, number)
    systems = Subsystem.objects.filter(active=True, member__state=Standing.APPROVED).select_related("member")
    who: dict[str, Subsystem | Group] = {f"g{one.pk}": one for one in Group.objects.order_by("name")}
    who |= {f"s{one.pk}": one for one in systems.order_by("member__name", "name")[:1_000]}
    fault = None
    if request.method == "POST":
        sent = request.POST

        def give() -> None:
            subject = who.get(sent.get("who", ""))
            if subject is None:
                raise UserError("Chọn ai được gọi.", "Choose who may call.", field="who")
            until = sent.get("until", "")
            for pair in _pairs(request) or [("", "")]:
                granting.grant(
                    actor_of(request),
                    version,
                    subsystem=subject if isinstance(subject, Subsystem) else None,
                    group=subject if isinstance(subject, Group) else None,
                    endpoint=pair,
                    purposes=sent.getlist("purposes"),
                    legal_basis=sent.get("legal_basis", ""),
                    until=day(until, "until") if until.strip() else None,
                )

        done, fault = attempt(
            request,
            give,
            say("Đã cấp quyền.", "The right is granted."),
            _page_of(service),
        )
        if done is not None:
            return done
    context = {
        "service": service,
        "version": version,
        "who": [(key, _called(subject)) for key, subject in who.items()],
        "purposes": [(one.code, one.name, one.legal_basis) for one in Purpose.objects.order_by("name")],
        "chosen_purposes": request.POST.getlist("purposes"),
        "chosen_endpoints": request.POST.getlist("endpoints"),
    }
    return show(request, "grant.jinja", context, fault, "who")


def _called(subject: Subsystem | Group) -> str:
    if isinstance(subject, Group):
        return f"Nhóm: {subject.name}"
    return f"{subject.member.name} · {subject.name}"


def _pairs(request: HttpRequest) -> list[granting.Pair]:
    found = []
    for text in request.POST.getlist("endpoints"):
        method, _, path = text.partition(" ")
        found.append((method, path))
    return found


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def quota(request: HttpRequest, service_uuid: uuid.UUID, number: int) -> HttpResponse:
    """How much one client, or each, may call a version."""
    service, version = _offered(request, service_uuid, number)
    clients = {str(one.pk): one for one in contracts.users_of(version)}
    fault = None
    if request.method == "POST":
        sent = request.POST

        def limit() -> None:
            named = sent.get("client", "")
            if named and named not in clients:
                raise UserError("Chọn hệ thống trong danh sách.", "Choose a system of the list.", "client")
            offering.set_quota(
                actor_of(request),
                client=clients.get(named),
                version=version,
                **{
                    name: whole(sent.get(name, ""), name, MOST_CALLS)
                    for name in ("per_minute", "per_day", "at_once")
                },
            )

        done, fault = attempt(
            request,
            limit,
            say("Đã đặt hạn mức.", "The quota is set."),
            _page_of(service),
        )
        if done is not None:
            return done
    context = {
        "service": service,
        "version": version,
        "clients": [
            ("", "Mọi hệ thống, mỗi hệ thống chừng này"),
            *((key, f"{one.member.name} · {one.name}") for key, one in clients.items()),
        ],
    }
    return show(request, "quota.jinja", context, fault, "per_minute")


def _use(limit: Quota) -> dict[str, Any]:
    """What was used today by each client under a quota, the greatest first; and what is left to it."""
    service = service_name(limit.version) if limit.version else ""
    client = name_of(limit.client) if limit.client else ""
    rows = operating.used_today(client=client, service=service)
    return {
        "rows": [(who, used, max(0, limit.per_day - used) if limit.per_day else None) for who, used in rows],
        "since": operating.quota_day(clock.now()),
    }


def _typed(request: HttpRequest) -> dict[str, str]:
    return defaultdict(str, request.POST.dict())


def _page_of(service: Service) -> str:
    return reverse("exchange:offer", args=[service.uuid])


def _offered(request: HttpRequest, service_uuid: uuid.UUID, number: int) -> tuple[Service, Version]:
    """One's own service and a version of it that may be called. Raises NotFound."""
    service = _own_service(request, service_uuid)
    version = service.versions.filter(number=number, state__in=OFFERED).first()
    if version is None:
        raise NotFound()
    return service, version


def _own_service(request: HttpRequest, service_uuid: uuid.UUID) -> Service:
    found = Service.objects.select_related("subsystem__member").filter(uuid=service_uuid).first()
    if found is None or not contracts.owns(actor_of(request), found.subsystem):
        raise NotFound()
    return found
