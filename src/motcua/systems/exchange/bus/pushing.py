"""Pushing events to a subscriber's address: one POST each, signed with the subscription's secret.

Header `X-Motcua-Signature`: `t=<Unix seconds>,v1=<hex>`, HMAC-SHA256 of `<t>.<body>`. An answer of 2xx acknowledges. A
subscriber that is away (no connection, 429, 502–504) costs an event none of its attempts, however long it is away; any
other answer is the subscriber's word that it cannot take this event.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
import json
import time
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings

from motcua.core import clock
from motcua.core.outbound import wire
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Request
from motcua.systems.exchange.bus.delivering import Taken, acknowledge, reject, take
from motcua.systems.exchange.models import Delivery, DeliveryState, Subscription

AT_ONCE = 50
"""Events of one job, so that its transaction is short; the next job goes on."""
PATIENCE = 10.0
AWAY = dt.timedelta(seconds=60)
AWAY_STATUSES = (429, 502, 503, 504)
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def push(subscription: Subscription) -> bool:
    """Push what is due. Returns whether more may be due at once."""
    events = take(subscription, AT_ONCE)
    for place, event in enumerate(events):
        if not _push_one(subscription, event):
            for waiting in events[place:]:
                _put_back(subscription, waiting)
            return False
    return bool(events)


def _push_one(subscription: Subscription, event: Taken) -> bool:
    """Returns whether the subscriber is there."""
    address = urlsplit(subscription.address)
    body = body_of(event)
    headers = {
        "Host": address.netloc,
        "Content-Type": "application/json",
        "User-Agent": "motcua",
        "X-Motcua-Signature": signature(subscription.secret, body, int(time.time())),
    }
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    request = Request("POST", target, "push", headers, body)
    try:
        reply = wire.send(
            _destination(subscription), request, subscription.address, time.monotonic() + PATIENCE
        )
    except Silent:
        return False
    if reply.status in AWAY_STATUSES:
        return False
    if 200 <= reply.status < 300:
        acknowledge(subscription, [event.receipt])
    else:
        reject(subscription, event.receipt, f"HTTP {reply.status}")
    return True


def _put_back(subscription: Subscription, event: Taken) -> None:
    """Not the event's fault: it waits, and the attempt is not counted."""
    Delivery.objects.filter(
        subscription=subscription, receipt=event.receipt, state=DeliveryState.TAKEN
    ).update(
        state=DeliveryState.WAITING,
        due_at=clock.now() + AWAY,
        taken_until=None,
        receipt=None,
        attempts=event.attempt - 1,
        fault="bên nhận không nối được",
    )


def body_of(event: Taken) -> bytes:
    """What is posted, and what the pull API gives for one event."""
    return json.dumps(as_json(event), ensure_ascii=False).encode()


def as_json(event: Taken) -> dict[str, object]:
    return {
        "receipt": str(event.receipt),
        "id": str(event.event_id),
        "position": event.position,
        "topic": event.topic,
        "key": event.key,
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "attempt": event.attempt,
        "late": event.late,
        "shape": event.shape,
        "payload": event.payload,
    }


def signature(secret: str, body: bytes, at: int) -> str:
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={mac}"


def _destination(subscription: Subscription) -> Destination:
    parts = urlsplit(subscription.address)
    return Destination(
        name=f"subscription {subscription.pk}",
        url=f"{parts.scheme}://{parts.netloc}",
        networks=LOOPBACK if settings.MOTCUA_SANDBOX else (),
        total_seconds=PATIENCE,
        largest_answer=64 * 1024,
        tries=1,
    )
