"""The catalogue: what can be asked of whom, tried out, and asked for."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.systems.exchange import contracts, granting, trying
from motcua.systems.exchange.models import (
    UNPUBLISHED,
    AccessRequest,
    Purpose,
    Service,
    VersionState,
)
from motcua.systems.exchange.publishing import OFFERED, service_name
from motcua.systems.exchange.views.base import OWNERS, actor_of, attempt, day, show
from motcua.systems.exchange.views.systems import own_systems


@policy("officer")
@never_cache
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Every service that can be called now."""
    text = request.GET.get("q", "").replace("\x00", "")[:100]
    services = (
        Service.objects.filter(versions__state__in=OFFERED).distinct().select_related("subsystem__member")
    )
    if text:
        services = services.filter(title__icontains=text) | services.filter(
            subsystem__member__name__icontains=text
        )
    return show(request, "catalogue.jinja", {"services": services.order_by("title"), "text": text})


@policy("officer")
@never_cache
@require_http_methods(["GET", "POST"])
def service(request: HttpRequest, service_uuid: uuid.UUID) -> HttpResponse:
    """One service: what it answers, its versions, and, for a sandbox, a real call."""
    found = _service(service_uuid)
    versions = list(found.versions.exclude(state__in=UNPUBLISHED).order_by("-number"))
    fault, tried = None, None
    if request.method == "POST":
        version = next((one for one in versions if str(one.number) == request.POST.get("version")), None)
        if version is None:
            raise NotFound()
        act = request.POST.get("act", "")
        if act == "try":
            try:
                tried = trying.try_it(version, "GET", request.POST.get("path", ""))
            except UserError as wrong:
                fault = wrong
        else:
            raise NotFound()
    context = {
        "service": found,
        "versions": [(one, service_name(one), VersionState(one.state).label) for one in versions],
        "owns": contracts.owns(actor_of(request), found.subsystem),
        "may_ask": bool(own_systems(request)),
        "tried": tried,
    }
    return show(request, "service.jinja", context, fault, "path")


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, service_uuid: uuid.UUID, number: int) -> HttpResponse:
    """Ask for the right to call: which system, for which purposes, why."""
    found = _service(service_uuid)
    version = found.versions.filter(number=number, state__in=OFFERED).first()
    if version is None:
        raise NotFound()
    systems = {str(one.uuid): one for one in own_systems(request)}
    fault = None
    if request.method == "POST":
        chosen = systems.get(request.POST.get("system", ""))
        pairs = [tuple(one.split(" ", 1)) for one in request.POST.getlist("endpoints") if " " in one]

        def send() -> None:
            if chosen is None:
                raise UserError("Chọn hệ thống sẽ hỏi.", "Choose the system that will ask.", field="system")
            granting.request_access(
                actor_of(request),
                version,
                chosen,
                purposes=request.POST.getlist("purposes"),
                why=request.POST.get("why", ""),
                endpoints=[(one[0], one[1]) for one in pairs],
            )

        done, fault = attempt(
            request,
            send,
            say("Đã gửi đề nghị. Chủ dịch vụ sẽ trả lời.", "Sent. The owner will decide."),
            reverse("exchange:service", args=[found.uuid]),
        )
        if done is not None:
            return done
    context = {
        "service": found,
        "version": version,
        "systems": [(key, f"{one.name} · {one.member.name}") for key, one in systems.items()],
        "purposes": [(one.code, one.name, one.legal_basis) for one in Purpose.objects.order_by("name")],
        "chosen_purposes": request.POST.getlist("purposes"),
        "chosen_endpoints": request.POST.getlist("endpoints"),
    }
    return show(request, "ask.jinja", context, fault, "why")


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, request_uuid: uuid.UUID) -> HttpResponse:
    """The owner reads a request and decides."""
    asked = (
        AccessRequest.objects.select_related("version__service__subsystem__member", "subsystem__member")
        .filter(uuid=request_uuid)
        .first()
    )
    actor, fault = actor_of(request), None
    if asked is None or not contracts.owns(actor, asked.version.service.subsystem):
        raise NotFound()
    if request.method == "POST":
        approve = request.POST.get("act") == "approve"
        until = request.POST.get("until", "")

        def settle() -> None:
            granting.decide_request(
                actor,
                asked,
                approve=approve,
                reason=request.POST.get("reason", ""),
                until=day(until, "until") if until else None,
            )

        said = say("Đã cho phép.", "Granted.") if approve else say("Đã từ chối.", "Refused.")
        done, fault = attempt(request, settle, said, reverse("exchange:home"))
        if done is not None:
            return done
    return show(request, "request.jinja", {"asked": asked, "purposes": asked.purposes.all()}, fault)


def _service(service_uuid: uuid.UUID) -> Service:
    found = Service.objects.select_related("subsystem__member").filter(uuid=service_uuid).first()
    if found is None or not found.versions.exclude(state__in=UNPUBLISHED).exists():
        raise NotFound()
    return found
