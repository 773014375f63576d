"""Certificates that end soon. Who is told listens to the hook: this room knows no way to reach people."""

from __future__ import annotations

import datetime as dt
import math

from motcua.core import clock
from motcua.core.documents.models import Key
from motcua.core.hooks import Hook
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM

WARNINGS = (60, 30, 7)
"""Days before the end."""
ends_soon = Hook("certificate_ends_soon")
"""Sent with `key` and `days` (how many are left)."""


def warn() -> int:
    """Tell of every certificate that has come within another of the warnings; returns how many.

    One that was renewed already is left in peace, and a second run on the same day says nothing again.
    """
    now, told = clock.now(), 0
    soon = Key.objects.select_for_update(of=("self",)).filter(
        valid_until__gt=now,
        valid_until__lte=now + dt.timedelta(days=WARNINGS[0]),
        revoked_at__isnull=True,
        replaced_by__isnull=True,
    )
    for key in soon.order_by("id"):
        left = math.ceil((key.valid_until - now) / dt.timedelta(days=1))
        due = min(days for days in WARNINGS if left <= days)
        if key.warned_days is not None and key.warned_days <= due:
            continue
        key.warned_days = due
        key.save(update_fields=["warned_days"])
        emit("certificate.warned", SYSTEM, subject=("key", key.pk), data={"days": left})
        ends_soon.send(key=key, days=left)
        told += 1
    return told
