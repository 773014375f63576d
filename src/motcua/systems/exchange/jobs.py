"""Background work: publishing the configuration, pushing events, comparing both ends each night, tidying."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging

from motcua.core import clock, jobs
from motcua.core.outbound.faults import Silent
from motcua.systems.exchange import certifying, collecting, comparing, publishing
from motcua.systems.exchange.bus import carrying, pushing
from motcua.systems.exchange.bus.line import Away, configured
from motcua.systems.exchange.models import (
    Call,
    Delivery,
    DeliveryState,
    Event,
    Gateway,
    Opening,
    Publication,
    Standing,
    Subscription,
    SubscriptionMode,
    Topic,
)

log = logging.getLogger(__name__)
CALLS_KEPT = dt.timedelta(days=400)
PUBLICATIONS_KEPT = dt.timedelta(days=90)


@jobs.task(name="exchange.publish", lock="exchange.publish")
def publish() -> None:
    publishing.publish()


@jobs.task(name="exchange.renew_configuration", lock="exchange.publish", every="*/10 * * * *")
def renew_configuration(timestamp: int = 0) -> None:
    """Publish anew long before the former one ends, and when a certificate or a right has lapsed meanwhile."""
    publishing.publish()


@jobs.task(name="exchange.push", queue="default", retry=3)
def push(subscription_id: int) -> None:
    subscription = (
        Subscription.objects.select_related("topic", "subsystem")
        .filter(pk=subscription_id, state=Standing.APPROVED, mode=SubscriptionMode.PUSH)
        .first()
    )
    if subscription is not None and pushing.push(subscription):
        jobs.defer("exchange.push", subscription_id=subscription_id)


@jobs.task(name="exchange.push_due", lock="exchange.push_due", every="* * * * *")
def push_due(timestamp: int = 0) -> None:
    """Wake the pushers of all that became due: events tried again, subscribers that were away."""
    waiting = (
        Delivery.objects.filter(
            state__in=(DeliveryState.WAITING, DeliveryState.TAKEN),
            due_at__lte=clock.now(),
            subscription__mode=SubscriptionMode.PUSH,
            subscription__state=Standing.APPROVED,
        )
        .values_list("subscription_id", flat=True)
        .distinct()
    )
    for subscription in waiting:
        jobs.defer(
            "exchange.push", queueing_lock=f"exchange.push/{subscription}", subscription_id=subscription
        )


@jobs.task(name="exchange.carry_events", lock="exchange.carry_events", every="* * * * *", retry=1)
def carry_events(timestamp: int = 0) -> None:
    """What NATS could not take when it was told; and, where NATS is not configured any more, what it still had."""
    if not configured():
        carrying.come_home()
        return
    try:
        carrying.carry(looking_back=True)
        carrying.carry_soon()  # once more when this job has let go: who told meanwhile was turned away
    except Away as away:
        log.warning("events wait for NATS: %s", away)


@jobs.task(name="exchange.collect", lock="exchange.collect", every="*/5 * * * *", retry=1)
def collect(timestamp: int = 0) -> None:
    """What our own gateways did since the last time. One that is silent is asked again in five minutes."""
    for code, address in collecting.addresses().items():
        gateway = Gateway.objects.filter(code=code, state=Standing.APPROVED).first()
        if gateway is not None:
            with contextlib.suppress(Silent):
                collecting.collect(gateway, address)


@jobs.task(name="exchange.compare", lock="exchange.compare", every="30 1 * * *")
def compare(timestamp: int = 0) -> None:
    """Each night: what the two ends tell of yesterday and the day before it."""
    comparing.compare_days(clock.today() - dt.timedelta(days=2), clock.today())


@jobs.task(name="exchange.tidy", lock="exchange.tidy", every="10 3 * * *")
def tidy(timestamp: int = 0) -> None:
    """Warn of ending certificates; forget what has been kept long enough. An event still waiting is kept."""
    certifying.warn_of_ends()
    now = clock.now()
    Call.objects.filter(at__lt=now - CALLS_KEPT).delete()
    Opening.objects.filter(at__lt=now - CALLS_KEPT).delete()
    last = Publication.objects.order_by("-id").values_list("id", flat=True).first() or 0
    Publication.objects.filter(issued_at__lt=now - PUBLICATIONS_KEPT).exclude(pk=last).delete()
    if configured():
        try:
            carrying.clear()
        except Away:
            return
    for topic in Topic.objects.all():
        old = Event.objects.filter(topic=topic, at__lt=now - dt.timedelta(days=topic.keep_days))
        unsettled = Delivery.objects.filter(
            event__topic=topic, state__in=(DeliveryState.WAITING, DeliveryState.TAKEN, DeliveryState.DEAD)
        )
        old.exclude(pk__in=unsettled.values("event_id")).delete()
