"""A system of a member: what it offers, what it tells and hears, what it was told of others' contracts."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core.errors import NotFound, say
from motcua.core.identity.access import policy
from motcua.gateway.configuration import ClientAccess
from motcua.systems.exchange import contracts, keys, membership
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.models import (
    AccessRequest,
    Member,
    Notice,
    Right,
    Service,
    Standing,
    Subscription,
    Subsystem,
    VersionState,
)
from motcua.systems.exchange.views.base import OWNERS, RUNNERS, actor_of, attempt, chosen, show

ACCESS = (
    (ClientAccess.CERTIFICATE, "Bằng chứng thư của hệ thống"),
    (ClientAccess.NETWORK, "Theo dải địa chỉ mạng"),
    (ClientAccess.OPEN, "Mọi máy gọi được cổng"),
)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, member_uuid: uuid.UUID) -> HttpResponse:
    """A new system of a member."""
    member = Member.objects.filter(uuid=member_uuid, state=Standing.APPROVED).first()
    if member is None:
        raise NotFound()
    return _written(request, member, None)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, system_uuid: uuid.UUID) -> HttpResponse:
    """How a system is reached and recognised; whether it takes part."""
    system = own_system(request, system_uuid)
    return _written(request, system.member, system)


def _written(request: HttpRequest, member: Member, system: Subsystem | None) -> HttpResponse:
    gateways = {one.code: one for one in member.gateways.filter(state=Standing.APPROVED).order_by("code")}
    typed: dict[str, str] = defaultdict(str, request.POST.dict())
    fault = None
    if request.method == "POST":
        sent: dict[str, Any] = {
            "name": typed["name"],
            "gateway": gateways.get(typed["gateway"]),
            "access": typed["access"],
            "client_certificates": _pems(typed["client_certificates"]),
            "client_networks": typed["client_networks"].replace(",", " ").split(),
        }

        def write() -> None:
            if system is None:
                membership.add_subsystem(actor_of(request), member, code=typed["code"], **sent)
            else:
                membership.change_subsystem(actor_of(request), system, active="active" in typed, **sent)

        done, fault = attempt(
            request,
            write,
            say("Đã lưu hệ thống.", "The system is kept."),
            reverse("exchange:system", args=[system.uuid])
            if system
            else reverse("exchange:member", args=[member.uuid]),
        )
        if done is not None:
            return done
    elif system is not None:
        typed.update(
            name=system.name,
            gateway=system.gateway.code if system.gateway else "",
            access=system.access,
            client_certificates="\n".join(system.client_certificates),
            client_networks=", ".join(system.client_networks),
        )
    context = {
        "member": member,
        "system": system,
        "typed": typed,
        "active": "active" in typed if request.method == "POST" else system is None or system.active,
        "gateways": [(code, code) for code in gateways],
        "ways": ACCESS,
    }
    return show(request, "system_add.jinja", context, fault, "code")


def _pems(text: str) -> list[str]:
    """Several certificates pasted one after another."""
    end = "-----END CERTIFICATE-----"
    return [part.strip() + f"\n{end}" for part in text.split(end) if part.strip()]


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, system_uuid: uuid.UUID) -> HttpResponse:
    """The system with all that belongs to it."""
    system = own_system(request, system_uuid)
    fault, key = None, ""
    here = reverse("exchange:system", args=[system.uuid])
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act == "key":
            key = keys.issue(system.member, subsystem=system)
        elif act == "read":
            notice = chosen(request, Notice.objects.filter(subsystem=system))
            done, fault = attempt(
                request,
                lambda: contracts.read_notice(actor_of(request), notice),
                say("Đã ghi là đã đọc.", "Marked as read."),
                here,
            )
            if done is not None:
                return done
        else:
            raise NotFound()
    runs = actor_of(request).has("service_editor", "service_approver")
    return show(request, "system.jinja", _context(system) | {"key": key, "runs": runs}, fault)


def _context(system: Subsystem) -> dict[str, object]:
    services = Service.objects.filter(subsystem=system).order_by("title").prefetch_related("versions")
    hears = Subscription.objects.filter(subsystem=system).exclude(state=Standing.REFUSED)
    rights = Right.objects.filter(subsystem=system, withdrawn_at=None)
    rights |= Right.objects.filter(group__subsystems=system, withdrawn_at=None)
    return {
        "system": system,
        "services": [(one, _standing(one)) for one in services],
        "topics": system.topics.order_by("title"),
        "hears": [
            (one, Standing(one.state).label, carrying.waiting_of(one))
            for one in hears.select_related("topic__owner__member").order_by("id")
        ],
        "rights": rights.distinct().select_related("version__service__subsystem__member").order_by("id"),
        "asked": AccessRequest.objects.filter(subsystem=system, state=Standing.APPLIED).select_related(
            "version__service__subsystem__member"
        ),
        "notices": Notice.objects.filter(subsystem=system, read_at=None)
        .select_related("version__service")
        .order_by("-id"),
    }


def _standing(service: Service) -> tuple[str, str]:
    """In a word, and its mark."""
    states = {version.state for version in service.versions.all()}
    if VersionState.IN_FORCE in states:
        return "Đang dùng", "done"
    if VersionState.DEPRECATED in states:
        return "Sắp ngừng", "waiting"
    if VersionState.PROPOSED in states:
        return ("Chờ duyệt công bố", "waiting")
    return ("Bản thảo", "") if VersionState.DRAFT in states else ("Đã ngừng", "quiet")


def own_system(request: HttpRequest, system_uuid: uuid.UUID) -> Subsystem:
    """The system, where the officer decides for it. Raises NotFound elsewhere."""
    found = Subsystem.objects.select_related("member", "gateway").filter(uuid=system_uuid).first()
    if found is None or not contracts.owns(actor_of(request), found):
        raise NotFound()
    return found


def own_systems(request: HttpRequest) -> list[Subsystem]:
    """All systems that the officer decides for, of members that take part."""
    actor = actor_of(request)
    rows = Subsystem.objects.filter(active=True, member__state=Standing.APPROVED).select_related("member")
    return [each for each in rows.order_by("name")[:500] if contracts.owns(actor, each)]


__all__ = ["add", "change", "one", "own_system", "own_systems"]
