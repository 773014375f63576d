"""What people typed as the reason of an act: sealed beside the event, which holds a commitment to it.

The chain covers the event, and the event the commitment: a reason that was changed no longer fits. The words themselves
can be sealed under another key, or erased with theirs, without the chain being touched; and since the commitment is
salted, nobody finds the words by trying.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from motcua.core.ledger.models import Event, Spoken

REASON, COMMITMENT = "reason", "reason_sha256"
_SALT = 32  # hexadecimal digits
_log = logging.getLogger(__name__)


def set_apart(data: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The data of an event with a commitment in place of its reason, and what is to be sealed; "" for none."""
    told = dict(data)
    reason = told.get(REASON)
    if not isinstance(reason, str) or not reason.strip():
        return told, ""
    salted = secrets.token_hex(_SALT // 2) + reason
    del told[REASON]
    return told | {COMMITMENT: hashlib.sha256(salted.encode()).hexdigest()}, salted


def reason_of(event: Event) -> str:
    """Why, in the words of whoever acted; "" where nothing was said, or where the words were erased. Words that are
    not those of the act are not told: then the log says so."""
    committed = event.data.get(COMMITMENT)
    if committed is None:
        return str(event.data.get(REASON) or "")  # from before reasons were sealed
    spoken: Spoken | None = getattr(event, "spoken", None)
    salted = spoken.salted if spoken is not None else ""
    if not salted:
        return ""
    if hashlib.sha256(salted.encode()).hexdigest() != committed:
        _log.error("the reason of event %s is not the one that was given", event.uuid)
        return ""
    return salted[_SALT:]
