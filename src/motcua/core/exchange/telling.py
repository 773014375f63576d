"""Moments that the exchange and its listeners share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from motcua.core.hooks import Hook
from motcua.core.keys import new_uuid

event_told = Hook("event_told")
"""Sent with `topic`, `key`, `payload`, `event_id`, `sequence` in the transaction of what happened; the bus of events
listens. Where no topic of that code is declared, nobody hears it."""

errand_done = Hook("errand_done")
"""Sent with `errand` when its answer came."""

errand_failed = Hook("errand_failed")
"""Sent with `errand` when it was tried enough and somebody must look at it."""

errand_settled = Hook("errand_settled")
"""Sent with `errand` when an officer took the paper path: the case goes on without the answer."""


def publish(
    topic: str,
    key: str,
    payload: Mapping[str, Any],
    *,
    event_id: uuid.UUID | None = None,
    sequence: int | None = None,
) -> uuid.UUID:
    """Tell the subscribers of `topic`, in the present transaction. Events of one `key` arrive in the order of telling.

    `event_id` makes a repeat harmless; `sequence` numbers the events of a key where they may overtake one another.
    """
    named = event_id or new_uuid()
    event_told.send(topic=topic, key=key, payload=dict(payload), event_id=named, sequence=sequence)
    return named


__all__ = ["errand_done", "errand_failed", "errand_settled", "event_told", "publish"]
