"""The port to a payment gateway, and the hook by which others learn what was paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from motcua.core.hooks import Hook
from motcua.core.payments.models import Attempt
from motcua.core.plugins import Registry


@dataclass(frozen=True, slots=True)
class Start:
    """How the payer goes on: a page of the gateway (`pay_url`) and the text of a QR code (`payload`)."""

    pay_url: str
    payload: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a genuine notice says: which attempt (`code`), which event, which state, how much, and why."""

    event_id: str
    code: str
    state: str
    amount: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a daily statement."""

    bank_reference: str
    code: str
    amount: int
    text: str = ""


class Gateway(Protocol):
    """`read_notice` raises NotAllowed when the signature is wrong; `start` raises Unavailable when it is down."""

    name: ClassVar[Mapping[str, str]]

    def start(self, attempt: Attempt) -> Start: ...

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Said: ...

    def ask(self, attempt: Attempt) -> Said | None: ...

    def statement(self, day: dt.date) -> list[Line]: ...


gateways: Registry[Gateway] = Registry("payment_gateway")
settled = Hook("payment_settled")
"""Sent with `reference`, `obligation_ids` and `attempt_id` when everything an attempt covers is paid."""
attempt_failed = Hook("payment_failed")
"""Sent with `reference` and `reason`."""


def notice_body(said: Mapping[str, Any]) -> Said:
    """Read the usual shape of a notice."""
    return Said(
        event_id=str(said["event_id"]),
        code=str(said["code"]),
        state=str(said["state"]),
        amount=int(said["amount"]),
        reason=str(said.get("reason", "")),
    )
