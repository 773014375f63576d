"""Topics and who hears them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.words import legible
from motcua.systems.exchange import jsontext
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.contracts import must_own
from motcua.systems.exchange.membership import identifier, said, settle
from motcua.systems.exchange.models import (
    DeliveryState,
    Group,
    Standing,
    Subscription,
    SubscriptionMode,
    Subsystem,
    Topic,
    TopicShape,
)


def declare_topic(
    actor: Actor,
    owner: Subsystem,
    *,
    code: str,
    title: str,
    legal_basis: str,
    schema: Mapping[str, Any],
    description: str = "",
    register: str = "",
    open_to: Sequence[Group] = (),
    publishers: Sequence[Subsystem] = (),
    keep_days: int = 30,
) -> Topic:
    """What a system tells others, and in which shape (JSON Schema).

    Declared again, its words and shape change: a new shape has the next number, every event says by which it was
    checked, and what was told before is still given with its own.
    """
    must_own(actor, owner)
    jsontext.must_be_storable(schema, "schema")
    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as wrong:
        raise UserError(
            f"Lược đồ JSON chưa đúng: {wrong.message}.",
            f"The JSON Schema is wrong: {wrong.message}.",
            "schema",
        ) from wrong
    if not 1 <= keep_days <= 3_660:
        raise UserError("Giữ từ 1 đến 3.660 ngày.", "Kept for 1 to 3,660 days.", field="keep_days")
    known = Topic.objects.filter(code=identifier(code, "code")).first()
    if known is not None and known.owner_id != owner.pk:
        raise Conflict(f"Chủ đề {code} của đơn vị khác.", f"The topic {code} is another's.")
    shape = known.shape + (known.schema != dict(schema)) if known is not None else 1
    topic, _ = Topic.objects.update_or_create(
        code=code.strip(),
        defaults={
            "shape": shape,
            "owner": owner,
            "title": said(title, "title"),
            "description": legible(description, "description", multiline=True),
            "legal_basis": said(legal_basis, "legal_basis"),
            "schema": dict(schema),
            "register": register,
            "keep_days": keep_days,
        },
    )
    topic.open_to.set(open_to)
    topic.publishers.set(publishers)
    TopicShape.objects.get_or_create(topic=topic, number=shape, defaults={"schema": dict(schema)})
    emit(
        "exchange.topic_declared",
        actor,
        subject=("exchange_topic", topic.pk),
        data={"code": topic.code, "shape": shape},
    )
    return topic


def subscribe(
    actor: Actor,
    topic: Topic,
    subsystem: Subsystem,
    *,
    why: str,
    mode: str = SubscriptionMode.PULL,
    address: str = "",
    in_flight: int = 100,
    lease_seconds: int = 60,
    attempts: int = 8,
) -> Subscription:
    """Ask to hear a topic. Those to whom its owner opened it hear at once; for others the owner decides."""
    must_own(actor, subsystem)
    if mode not in SubscriptionMode.values:
        raise UserError("Chọn cách nhận.", "pull or push.", field="mode")
    if mode == SubscriptionMode.PUSH:
        _check_address(address)
    for field, value, most in (
        ("in_flight", in_flight, 10_000),
        ("lease_seconds", lease_seconds, 3_600),
        ("attempts", attempts, 100),
    ):
        if not 1 <= value <= most:
            raise UserError(f"{field}: từ 1 đến {most}.", f"{field}: 1 to {most}.", field=field)
    try:
        with transaction.atomic():
            subscription = Subscription.objects.create(
                topic=topic,
                subsystem=subsystem,
                why=said(why, "why"),
                mode=mode,
                address=address.strip(),
                secret=secrets.token_urlsafe(32),
                in_flight=in_flight,
                lease_seconds=lease_seconds,
                attempts=attempts,
                asked_at=clock.now(),
                asked_by=actor.label,
                asked_account=actor.account_id,
            )
    except IntegrityError as twice:
        raise Conflict(
            "Hệ thống này đã nhận chủ đề, hoặc đơn đang chờ.", "It hears this topic or asked already."
        ) from twice
    emit(
        "exchange.subscription_asked",
        actor,
        subject=("exchange_subscription", subscription.pk),
        data={"topic": topic.code, "subsystem": str(subsystem)},
    )
    if topic.open_to.filter(subsystems=subsystem).exists() or topic.owner_id == subsystem.pk:
        return decide_subscription(SYSTEM, subscription, approve=True)
    return subscription


def decide_subscription(
    actor: Actor, subscription: Subscription, *, approve: bool, reason: str = ""
) -> Subscription:
    """The topic's owner lets a system hear it from now on, or says why not."""
    locked = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("topic__owner__member", "subsystem__member")
        .get(pk=subscription.pk)
    )
    must_own(actor, locked.topic.owner)
    settle(actor, locked, approve, reason)
    if approve:
        carrying.begin(locked)
        locked.save(update_fields=["heard_from", "drawn_to", "drawn_seq"])
        emit("exchange.subscription_approved", actor, subject=("exchange_subscription", locked.pk))
    else:
        emit(
            "exchange.subscription_refused",
            actor,
            subject=("exchange_subscription", locked.pk),
            data={"reason": locked.reason},
        )
    return locked


def unsubscribe(actor: Actor, subscription: Subscription, reason: str) -> None:
    """Hear no more; what waits is dropped. The topic's owner may end it too."""
    locked = Subscription.objects.select_for_update(of=("self",)).get(pk=subscription.pk)
    must_hear_or_own(actor, locked)
    if locked.state in (Standing.APPROVED, Standing.APPLIED, Standing.SUSPENDED):
        locked.state, locked.reason = Standing.REFUSED, said(reason, "reason")
        locked.decided_at, locked.decided_by = clock.now(), actor.label
        locked.save()
        locked.deliveries.filter(state__in=(DeliveryState.WAITING, DeliveryState.TAKEN)).update(
            state=DeliveryState.DROPPED
        )
        emit(
            "exchange.subscription_ended",
            actor,
            subject=("exchange_subscription", locked.pk),
            data={"reason": locked.reason},
        )


def change_secret(actor: Actor, subscription: Subscription) -> str:
    """A new secret for what is pushed; it counts from the next push on."""
    must_own(actor, subscription.subsystem)
    made = secrets.token_urlsafe(32)
    subscription.secret = made
    subscription.save(update_fields=["secret"])
    emit("exchange.subscription_secret_changed", actor, subject=("exchange_subscription", subscription.pk))
    return made


def must_hear_or_own(actor: Actor, subscription: Subscription) -> None:
    """The subscriber and the topic's owner may do this."""
    try:
        must_own(actor, subscription.subsystem)
    except NotAllowed:
        must_own(actor, subscription.topic.owner)


def _check_address(address: str) -> None:
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise UserError(
            "Địa chỉ nhận phải có dạng https://máy/đường-dẫn.",
            "The address must be https://host/path.",
            "address",
        )
