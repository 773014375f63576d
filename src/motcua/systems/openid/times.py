"""Tokens live by the real clock: whoever checks them elsewhere has no other."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

CODE_LIVES = dt.timedelta(seconds=60)
PUSHED_LIVES = dt.timedelta(seconds=90)
REQUEST_LIVES = dt.timedelta(minutes=30)
ACCESS_TOKEN_LIVES = dt.timedelta(minutes=5)
ID_TOKEN_LIVES = dt.timedelta(minutes=5)
REFRESH_TOKEN_LIVES = dt.timedelta(days=30)
LEEWAY = 10  # seconds that two clocks may differ


def now() -> dt.datetime:
    """The present instant, aware."""
    return timezone.now()


def seconds() -> int:
    """The present as a NumericDate (RFC 7519 section 2)."""
    return int(now().timestamp())
