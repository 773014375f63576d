"""How often an address may fail, or register, before it has to wait. Who succeeds is never slowed."""

from __future__ import annotations

import hashlib
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from motcua.systems.openid.faults import OAuthError

WINDOW = 300  # seconds
AT_MOST = {"client authentication": 60, "registration": 20, "access token": 120, "request": 3000}
TOO_MANY = 429


def failed(request: HttpRequest, what: str) -> None:
    """Count one against the sender's address. OAuthError 429 once there are too many within five minutes."""
    if getattr(settings, "ACCOUNT_RATE_LIMITS", True) is False:
        return
    address = request.META.get("REMOTE_ADDR", "")
    turn = int(time.time()) // WINDOW
    key = "openid-" + hashlib.sha256(f"{what}\n{address}\n{turn}".encode()).hexdigest()[:32]
    count = int(cache.get(key, 0)) + 1
    cache.set(key, count, WINDOW)
    if count > AT_MOST[what]:
        raise OAuthError(
            "temporarily_unavailable",
            "too many from this address, try again in five minutes",
            status=TOO_MANY,
        )
