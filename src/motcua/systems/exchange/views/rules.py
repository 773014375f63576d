"""What holds for the whole exchange: purposes with their legal basis, groups of systems, limits for every service."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core.errors import UserError, say
from motcua.core.identity.access import policy
from motcua.systems.exchange import membership, offering, operating
from motcua.systems.exchange.models import Group, Purpose, Quota, Standing, Subsystem
from motcua.systems.exchange.publishing import name_of
from motcua.systems.exchange.views.base import RUNNERS, actor_of, attempt, show, whole

MOST_CALLS = 1_000_000_000


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def purposes(request: HttpRequest) -> HttpResponse:
    """Why data may be asked for. Writing one again under its code changes its words."""
    fault = None
    if request.method == "POST":
        sent = request.POST
        done, fault = attempt(
            request,
            lambda: offering.add_purpose(
                actor_of(request), sent.get("code", ""), sent.get("name", ""), sent.get("legal_basis", "")
            ),
            say("Đã ghi mục đích.", "The purpose is written."),
            reverse("exchange:purposes"),
        )
        if done is not None:
            return done
    rows = Purpose.objects.order_by("name")
    changing = rows.filter(code=request.GET.get("ma", "")).first()
    return show(request, "purposes.jinja", {"rows": rows, "changing": changing}, fault, "code")


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def groups(request: HttpRequest) -> HttpResponse:
    """Systems that are given rights together."""
    systems = _systems()
    fault = None
    if request.method == "POST":
        sent = request.POST

        def write() -> None:
            named = sent.getlist("systems")
            if not named:
                raise UserError("Chọn ít nhất một hệ thống.", "Choose one system at least.", "systems")
            members = [systems[key] for key in named if key in systems]
            membership.set_group(actor_of(request), sent.get("code", ""), sent.get("name", ""), members)

        done, fault = attempt(
            request, write, say("Đã lưu nhóm.", "The group is kept."), reverse("exchange:groups")
        )
        if done is not None:
            return done
    changing = Group.objects.filter(code=request.GET.get("ma", "")).first()
    members = {str(one.pk) for one in changing.subsystems.all()} if changing else set[str]()
    context = {
        "rows": Group.objects.order_by("name").prefetch_related("subsystems__member"),
        "changing": changing,
        "systems": [(key, f"{one.member.name} · {one.name}", str(one)) for key, one in systems.items()],
        "inside": request.POST.getlist("systems") if request.method == "POST" else members,
    }
    return show(request, "groups.jinja", context, fault, "code")


@policy(RUNNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def limits(request: HttpRequest) -> HttpResponse:
    """How much a system, or each, may call altogether. A service's own limits are its owner's."""
    systems = _systems()
    fault = None
    if request.method == "POST":
        sent = request.POST

        def limit() -> None:
            named = sent.get("client", "")
            if named and named not in systems:
                raise UserError("Chọn hệ thống trong danh sách.", "Choose a system of the list.", "client")
            numbers = {
                name: whole(sent.get(name, ""), name, MOST_CALLS)
                for name in ("per_minute", "per_day", "at_once")
            }
            offering.set_quota(actor_of(request), client=systems.get(named), version=None, **numbers)

        done, fault = attempt(
            request, limit, say("Đã đặt hạn mức.", "The quota is set."), reverse("exchange:limits")
        )
        if done is not None:
            return done
    rows = Quota.objects.filter(version=None).select_related("client__member").order_by("id")
    context = {
        "rows": [
            (
                one,
                operating.used_today(client=name_of(one.client)) if one.client else operating.used_today(),
            )
            for one in rows
        ],
        "clients": [
            ("", "Mọi hệ thống, mỗi hệ thống chừng này"),
            *((key, f"{one.member.name} · {one.name}") for key, one in systems.items()),
        ],
    }
    return show(request, "limits.jinja", context, fault, "per_minute")


def _systems() -> dict[str, Subsystem]:
    """The systems that work in the exchange today, by the number that a form sends."""
    rows = Subsystem.objects.filter(active=True, member__state=Standing.APPROVED).select_related("member")
    return {str(one.pk): one for one in rows.order_by("member__name", "name")[:1_000]}
