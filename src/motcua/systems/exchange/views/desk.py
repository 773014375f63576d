"""The desk of those who run the exchange: members and gateways, figures, differences, topics and dead letters."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.systems.exchange import certifying, comparing, contracts, membership, operating, publishing
from motcua.systems.exchange.models import (
    AccessRequest,
    Certificate,
    Delivery,
    DeliveryState,
    Difference,
    Gateway,
    Member,
    Publication,
    Standing,
    Version,
    VersionState,
)
from motcua.systems.exchange.views.base import OWNERS, RUNNERS, actor_of, attempt, chosen, lang_of, show
from motcua.systems.exchange.views.systems import own_systems

PERIODS = {"24h": 1, "7d": 7, "30d": 30}


@policy(OWNERS)
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, then all members."""
    actor = actor_of(request)
    asked = AccessRequest.objects.filter(state=Standing.APPLIED).select_related(
        "version__service__subsystem__member", "subsystem__member"
    )
    proposed = Version.objects.filter(state=VersionState.PROPOSED).select_related(
        "service__subsystem__member"
    )
    context = {
        "waiting": Member.objects.filter(state=Standing.APPLIED).order_by("asked_at"),
        "gateways": Gateway.objects.filter(state=Standing.APPLIED).select_related("member"),
        "requests": [one for one in asked if contracts.owns(actor, one.version.service.subsystem)],
        "contracts": [one for one in proposed if contracts.may_decide(actor, one)],
        "members": Member.objects.exclude(state=Standing.APPLIED).order_by("name"),
        "differences": Difference.objects.filter(explained_at=None).count(),
        "dead": Delivery.objects.filter(state=DeliveryState.DEAD).count(),
        "publication": Publication.objects.order_by("-id").first(),
        "runs": actor.has("service_editor", "service_approver"),
        "systems": [] if actor.has("service_editor", "service_approver") else own_systems(request),
    }
    return show(request, "home.jinja", context)


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """An organisation's application, filed for it."""
    fault = None
    if request.method == "POST":
        names = ("member_class", "code", "name", "contact", "phone", "email")
        wanted = {name: request.POST.get(name, "") for name in names}
        done, fault = attempt(
            request,
            lambda: membership.apply(actor_of(request), **wanted),
            say("Đã nộp đơn. Người thứ hai sẽ duyệt.", "Filed. A second person decides."),
            reverse("exchange:home"),
        )
        if done is not None:
            return done
    return show(request, "apply.jinja", {"classes": membership.CLASSES}, fault, "code")


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, member_uuid: uuid.UUID) -> HttpResponse:
    """One member: decide, suspend, its gateways, systems and certificates."""
    found = Member.objects.filter(uuid=member_uuid).first()
    if found is None:
        raise NotFound()
    fault, key = None, ""
    if request.method == "POST":
        try:
            key = _act(request, found)
        except UserError as wrong:
            if wrong.status == 404:
                raise
            fault = wrong
        else:
            if not key:
                messages.success(request, say("Đã ghi nhận.", "Done.").text(lang_of(request)))
                return _again(found)
    found.refresh_from_db()
    context: dict[str, Any] = {
        "member": found,
        "state": Standing(found.state).label,
        "gateways": [(one, Standing(one.state).label) for one in found.gateways.order_by("code")],
        "systems": found.subsystems.select_related("gateway").order_by("code"),
        "certificates": Certificate.objects.filter(member=found)
        .select_related("gateway")
        .order_by("-id")[:20],
        "decides": actor_of(request).has("service_approver"),
        "own": found.asked_account is not None and found.asked_account == actor_of(request).account_id,
        "now": clock.now(),
        "key": key,
        "site": settings.MOTCUA_SITE,
        "control_key": publishing.key_digest(),
    }
    return show(request, "member.jinja", context, fault)


def _again(found: Member) -> HttpResponse:
    from motcua.core.identity.views import see_other

    return see_other(reverse("exchange:member", args=[found.uuid]))


def _act(request: HttpRequest, found: Member) -> str:
    """Do what the button says. Returns a key that is shown once."""
    actor, act = actor_of(request), request.POST.get("act", "")
    reason = request.POST.get("reason", "")
    if act in ("approve", "refuse"):
        membership.decide_member(actor, found, approve=act == "approve", reason=reason)
    elif act == "suspend":
        membership.suspend(actor, found, reason)
    elif act == "resume":
        membership.resume(actor, found, reason)
    elif act == "gateway":
        places = request.POST.get("addresses", "").replace(",", " ").split()
        membership.apply_gateway(actor, found, code=request.POST.get("code", ""), addresses=places)
    elif act == "revoke":
        certifying.revoke(actor, _certificate(request, found), reason)
    elif act in ("gateway-approve", "gateway-refuse"):
        gateway = found.gateways.filter(code=request.POST.get("code", "")).first()
        if gateway is None:
            raise NotFound()
        return membership.decide_gateway(actor, gateway, approve=act == "gateway-approve", reason=reason)
    else:
        raise NotFound()
    return ""


def _certificate(request: HttpRequest, found: Member) -> Certificate:
    if not request.POST.get("which"):
        raise UserError("Chọn chứng thư.", "Choose the certificate.", field="which")
    return chosen(request, Certificate.objects.filter(member=found))


@policy(RUNNERS)
@never_cache
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Counts, success and percentiles by client and service."""
    period = request.GET.get("ky", "24h")
    days = PERIODS.get(period, 1)
    rows = operating.figures(clock.now() - dt.timedelta(days=days))
    return show(request, "figures.jinja", {"rows": rows, "period": period if period in PERIODS else "24h"})


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def differences(request: HttpRequest) -> HttpResponse:
    """Where the two ends differ, until somebody explains it; each with whom it concerns."""
    actor, fault = actor_of(request), None
    if request.method == "POST":
        found = chosen(request, Difference.objects.select_related("owner"), "difference")
        acts = {
            "take": (
                lambda: comparing.take_up(actor, found),
                say("Ông/bà phụ trách việc này.", "This is yours to look into now."),
            ),
            "explain": (
                lambda: comparing.explain(actor, found, request.POST.get("explanation", "")),
                say("Đã ghi lời giải thích.", "Explained."),
            ),
        }
        if (act := request.POST.get("act", "")) not in acts:
            raise NotFound()
        done, fault = attempt(request, *acts[act], reverse("exchange:differences"))
        if done is not None:
            return done
    waiting = Difference.objects.filter(explained_at=None).select_related("owner").order_by("hour", "id")
    rows = [
        (one, Difference.What(one.what).label, (clock.now() - one.found_at).days)
        for one in waiting[:500]
        if comparing.answers_for(actor, one)
    ]
    return show(request, "differences.jinja", {"rows": rows[:200]}, fault, "explanation")
