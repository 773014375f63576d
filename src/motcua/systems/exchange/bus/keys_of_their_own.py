"""Keys by which subscribers recognise records that they hold, and nobody else can.

A register's event names its record to each subscriber by HMAC-SHA256 under the secret of that subscription. Whoever
holds the personal number computes the same and knows its own people again; whoever holds none learns nothing, and two
subscribers cannot compare what they hear.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from motcua.systems.exchange.models import Subscription


def about(register: str, key: str) -> str:
    """What is hashed: `population/001099000011`."""
    return f"{register}/{key}"


def key_for(subscription: Subscription, record: str) -> str:
    """The subscriber's own name of a record (hex); `record` as `about` writes it."""
    return hmac.new(secret_of(subscription).encode(), record.encode(), sha256).hexdigest()


def secret_of(subscription: Subscription) -> str:
    """Made once and never changed, so that a record keeps its name as long as the subscription lasts."""
    if not subscription.key_secret:
        locked = Subscription.objects.select_for_update().get(pk=subscription.pk)
        if not locked.key_secret:
            locked.key_secret = secrets.token_urlsafe(32)
            locked.save(update_fields=["key_secret"])
        subscription.key_secret = locked.key_secret
    return str(subscription.key_secret)
