"""How often somebody may try something. Counted in windows of time, by a digest of whom; nothing else is kept."""

from __future__ import annotations

import hashlib
import time

from django.core.cache import cache


def allow(action: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one try of `who`; False once there were more than `most` in this window of time."""
    window = int(time.time()) // seconds
    name = f"limit-{action.replace(' ', '-')}-{hashlib.sha256(who.encode()).hexdigest()[:32]}-{window}"
    tries = int(cache.get(name, 0)) + 1
    cache.set(name, tries, seconds)
    return tries <= most
