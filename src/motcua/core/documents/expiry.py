"""Certificates that end soon. Who is told listens to the hook: this room knows no way to reach people."""

from __future__ import annotations

import datetime as dt
import math

from motcua.core import clock
from motcua.core.documents import succession
from motcua.core.documents.models import Key
from motcua.core.hooks import Hook
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM

list_fails = Hook("trust_list_fails")
"""Sent with `followed` (a `checking.following.Followed`) and `week`: a listener tells once a week."""
WARNINGS = (60, 30, 7)
"""Days before the end."""
CALLS = (180, 60, 30, 7, 0)
"""Days before the day by which the root should have done something."""
ends_soon = Hook("certificate_ends_soon")
"""Sent with `key` and `days` (how many are left)."""
root_is_wanted = Hook("root_is_wanted")
"""Sent with `duty` (a `succession.Duty`) and `days`, the warning's own: a listener tells once for each."""


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


def call_the_root() -> int:
    """Tell of everything that waits for an offline root, and again as its day comes nearer; returns how many."""
    waiting = succession.duties()
    for duty in waiting:
        left = math.ceil((duty.by - clock.now()) / dt.timedelta(days=1))
        root_is_wanted.send(duty=duty, days=min((days for days in CALLS if left <= days), default=CALLS[0]))
    return len(waiting)
