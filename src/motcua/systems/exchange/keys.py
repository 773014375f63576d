"""Keys by which a member's machines speak to the control plane; only their digests are kept."""

from __future__ import annotations

import datetime as dt
import secrets
from hashlib import sha256

from django.db.models import Q

from motcua.core import clock
from motcua.systems.exchange.models import ApiKey, Gateway, Member, Standing, Subsystem

OVERLAP = dt.timedelta(days=7)
"""So long a key is still good after the next one was made."""


def issue(member: Member, *, gateway: Gateway | None = None, subsystem: Subsystem | None = None) -> str:
    """A new key for the member, one of its gateways or one of its systems. Keys for the same end with the overlap."""
    now = clock.now()
    ApiKey.objects.filter(member=member, gateway=gateway, subsystem=subsystem, ends_at=None).update(
        ends_at=now + OVERLAP
    )
    text = secrets.token_urlsafe(32)
    ApiKey.objects.create(
        digest=_digest(text), member=member, gateway=gateway, subsystem=subsystem, made_at=now
    )
    return text


def find(text: str) -> ApiKey | None:
    """The key, while it is good and its member was not suspended or refused."""
    if not text:
        return None
    return (
        ApiKey.objects.select_related("member", "gateway", "subsystem__member")
        .filter(Q(ends_at=None) | Q(ends_at__gt=clock.now()), digest=_digest(text))
        .filter(member__state__in=(Standing.APPLIED, Standing.APPROVED))
        .first()
    )


def end(member: Member) -> None:
    """Every key of the member ends now."""
    now = clock.now()
    ApiKey.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), member=member).update(ends_at=now)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
