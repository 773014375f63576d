"""How often an address may fail, or register, before it has to wait. Who succeeds is never slowed."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from motcua.core.identity import limits
from motcua.systems.openid.faults import OAuthError

WINDOW = 300  # seconds
AT_MOST = {"client authentication": 60, "registration": 20, "access token": 120, "request": 3000}
TOO_MANY = 429


def failed(request: HttpRequest, what: str) -> None:
    """Count one against the sender's address. OAuthError 429 once there are too many within five minutes."""
    if getattr(settings, "ACCOUNT_RATE_LIMITS", True) is False:
        return
    address = request.META.get("REMOTE_ADDR", "")
    if not limits.allow(f"openid {what}", address, most=AT_MOST[what], seconds=WINDOW):
        raise OAuthError(
            "temporarily_unavailable",
            "too many from this address, try again in five minutes",
            status=TOO_MANY,
        )
