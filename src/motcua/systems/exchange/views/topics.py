"""Topics: declared with their shape, asked to be heard, decided; and events that could not be delivered."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import Actor
from motcua.core.registers.models import Register
from motcua.systems.exchange import bus, contracts
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.feeds import REGISTER_SCHEMA
from motcua.systems.exchange.models import (
    Delivery,
    DeliveryState,
    Group,
    Standing,
    Subscription,
    SubscriptionMode,
    Subsystem,
    Topic,
)
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
from motcua.systems.exchange.views.systems import own_system, own_systems

LARGEST = 64 * 1024
EXAMPLE = """{
  "type": "object",
  "required": ["ngay"],
  "properties": {
    "ngay": {"type": "string", "format": "date"}
  }
}"""


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest) -> HttpResponse:
    """Topics, who asks to hear them, and events that could not be delivered."""
    actor, fault = actor_of(request), None
    if request.method == "POST":
        done, fault = attempt(
            request, lambda: _settle(request), say("Đã ghi nhận.", "Done."), reverse("exchange:topics")
        )
        if done is not None:
            return done
    asked = Subscription.objects.filter(state=Standing.APPLIED).select_related(
        "topic__owner__member", "subsystem__member"
    )
    dead = (
        Delivery.objects.filter(state=DeliveryState.DEAD)
        .select_related("subscription__subsystem__member", "subscription__topic__owner__member", "event")
        .order_by("id")[:200]
    )
    context = {
        "topics": Topic.objects.select_related("owner__member").order_by("title"),
        "asked": [one for one in asked if contracts.owns(actor, one.topic.owner)],
        "dead": [one for one in dead if _concerns(actor, one.subscription)],
        "road": carrying.road(),
        "which": request.POST.get("which", ""),
    }
    return show(request, "topics.jinja", context, fault)


def _concerns(actor: Actor, subscription: Subscription) -> bool:
    return contracts.owns(actor, subscription.subsystem) or contracts.owns(actor, subscription.topic.owner)


def _settle(request: HttpRequest) -> None:
    actor, act, reason = actor_of(request), request.POST.get("act", ""), request.POST.get("reason", "")
    if act in ("approve", "refuse"):
        asked = chosen(request, Subscription.objects.all())
        bus.decide_subscription(actor, asked, approve=act == "approve", reason=reason)
        return
    dead = chosen(request, Delivery.objects.select_related("subscription__topic__owner__member"))
    if act == "again":
        bus.redeliver(actor, dead)
    elif act == "drop":
        bus.drop(actor, dead, reason)
    else:
        raise NotFound()


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, system_uuid: uuid.UUID) -> HttpResponse:
    """What a system will tell others."""
    return _declared(request, own_system(request, system_uuid), None)


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Its words, its shape, who may hear it without asking."""
    topic = _topic(code)
    if not contracts.owns(actor_of(request), topic.owner):
        raise NotFound()
    return _declared(request, topic.owner, topic)


def _declared(request: HttpRequest, owner: Subsystem, topic: Topic | None) -> HttpResponse:
    groups = {str(one.pk): one for one in Group.objects.order_by("name")}
    typed: dict[str, str] = defaultdict(str, request.POST.dict())
    open_to, telling, fault = request.POST.getlist("open_to"), request.POST.getlist("publishers"), None
    systems = {
        str(one.pk): one
        for one in Subsystem.objects.filter(active=True, member__state=Standing.APPROVED)
        .exclude(pk=owner.pk)
        .select_related("member")
        .order_by("member__name", "name")[:1_000]
    }
    if request.method == "POST":
        made: list[Topic] = []

        def declare() -> None:
            typed["schema"] = document_of(request, "schema", LARGEST)
            made.append(
                bus.declare_topic(
                    actor_of(request),
                    owner,
                    code=topic.code if topic else _new(typed["code"]),
                    title=typed["title"],
                    legal_basis=typed["legal_basis"],
                    description=typed["description"],
                    register=_register(typed["register"]),
                    schema=REGISTER_SCHEMA if typed["register"] else _schema(typed["schema"]),
                    open_to=[groups[key] for key in open_to if key in groups],
                    publishers=[systems[key] for key in telling if key in systems],
                    keep_days=whole(typed["keep_days"], "keep_days", 3_660),
                )
            )

        done, fault = attempt(
            request,
            declare,
            say("Đã lưu chủ đề.", "The topic is kept."),
            lambda: reverse("exchange:topic", args=[made[0].code]),
        )
        if done is not None:
            return done
    elif topic is not None:
        typed.update(
            title=topic.title,
            legal_basis=topic.legal_basis,
            description=topic.description,
            register=topic.register,
            keep_days=str(topic.keep_days),
            schema=json.dumps(topic.schema, ensure_ascii=False, indent=2),
        )
        open_to = [str(one.pk) for one in topic.open_to.all()]
        telling = [str(one.pk) for one in topic.publishers.all()]
    else:
        typed.update(keep_days="30", schema=EXAMPLE)
    context = {
        "owner": owner,
        "topic": topic,
        "typed": typed,
        "groups": [(key, one.name) for key, one in groups.items()],
        "open_to": open_to,
        "systems": [(key, f"{one.member.name} · {one.name}") for key, one in systems.items()],
        "telling": telling,
        "registers": [("", "Không, tin do hệ thống tự báo"), *Register.objects.values_list("slug", "name")],
    }
    return show(request, "topic_declare.jinja", context, fault, "code")


def _new(code: str) -> str:
    """Declaring is for what is new: an existing topic is changed on its own page."""
    if Topic.objects.filter(code=code.strip()).exists():
        raise UserError(
            f"Đã có chủ đề {code}. Mở chủ đề đó để sửa.", f"There is a topic {code}: change that one.", "code"
        )
    return code


def _register(slug: str) -> str:
    if slug and not Register.objects.filter(slug=slug).exists():
        raise UserError("Chọn cơ sở dữ liệu trong danh sách.", "Choose a register of the list.", "register")
    return slug


def _schema(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise UserError(
            f"Lược đồ, dòng {wrong.lineno}: JSON viết sai ({wrong.msg}).",
            f"The schema, line {wrong.lineno}: not JSON ({wrong.msg}).",
            "schema",
        ) from wrong
    if not isinstance(schema, dict):
        raise UserError("Lược đồ phải là một đối tượng JSON.", "The schema must be a JSON object.", "schema")
    return schema


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, code: str) -> HttpResponse:
    """A topic: its shape, who hears it and how far they are; for its owner and subscribers, what they may do."""
    topic, actor, fault = _topic(code), actor_of(request), None
    if request.method == "POST":
        done, fault = attempt(
            request,
            lambda: _govern(request, topic),
            say("Đã ghi nhận.", "Done."),
            reverse("exchange:topic", args=[topic.code]),
        )
        if done is not None:
            return done
    owns = contracts.owns(actor, topic.owner)
    hearing = topic.subscriptions.exclude(state=Standing.REFUSED).select_related(
        "subsystem__member", "topic__owner__member"
    )
    context = {
        "topic": topic,
        "owns": owns,
        "hearing": [
            (
                one,
                Standing(one.state).label,
                SubscriptionMode(one.mode).label,
                carrying.waiting_of(one),
                one.deliveries.filter(state=DeliveryState.DEAD).count(),
            )
            for one in hearing.order_by("id")
            if _concerns(actor, one)
        ],
        "schema": json.dumps(topic.schema, ensure_ascii=False, indent=2),
        "may_ask": bool(own_systems(request)),
        "act": request.POST.get("act", ""),
        "which": request.POST.get("which", ""),
    }
    return show(request, "topic.jinja", context, fault)


def _govern(request: HttpRequest, topic: Topic) -> None:
    subscription = chosen(
        request, topic.subscriptions.select_related("subsystem__member", "topic__owner__member")
    )
    actor, act = actor_of(request), request.POST.get("act", "")
    if not _concerns(actor, subscription):
        raise NotFound()
    if act == "end":
        bus.unsubscribe(actor, subscription, request.POST.get("reason", ""))
    elif act == "replay":
        since = day(request.POST.get("since", ""), "since")
        moment = timezone.make_aware(dt.datetime.combine(since, dt.time()))
        bus.replay(actor, subscription, since=moment)
    else:
        raise NotFound()


@policy(OWNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def subscribe(request: HttpRequest, code: str) -> HttpResponse:
    """Ask to hear a topic. What its machine needs is shown once."""
    topic = _topic(code)
    systems = {str(one.uuid): one for one in own_systems(request)}
    fault, made = None, None
    if request.method == "POST":
        sent = request.POST
        try:
            system = systems.get(sent.get("system", ""))
            if system is None:
                raise UserError("Chọn hệ thống sẽ nhận.", "Choose the system that will hear.", "system")
            made = bus.subscribe(
                actor_of(request),
                topic,
                system,
                why=sent.get("why", ""),
                mode=sent.get("mode", ""),
                address=sent.get("address", ""),
            )
        except UserError as wrong:
            if wrong.status in (403, 404):
                raise
            fault = wrong
    context = {
        "topic": topic,
        "systems": [(key, f"{one.name} · {one.member.name}") for key, one in systems.items()],
        "modes": [(value, label) for value, label in SubscriptionMode.choices],
        "made": made,
    }
    return show(request, "subscribe.jinja", context, fault, "system")


def _topic(code: str) -> Topic:
    found = Topic.objects.filter(code=code, active=True).select_related("owner__member").first()
    if found is None:
        raise NotFound()
    return found
