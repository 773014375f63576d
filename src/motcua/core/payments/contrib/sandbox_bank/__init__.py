"""A bank to try things with: it shows a page, takes a decision, and tells us by signed notices.

Its own book is a file, `$MOTCUA_HOME/sandbox/bank.jsonl`, so that its statement does not come from our tables.
It can confirm, refuse, delay, repeat itself, lose a notice or speak out of order.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings

from motcua.core import clock
from motcua.core.errors import NotAllowed, UserError
from motcua.core.payments.gateway import Line, Said, Start, gateways, notice_body
from motcua.core.payments.models import Attempt, AttemptState, RevenueAccount
from motcua.engines import vietqr

SIGNATURE = "X-Bank-Signature"


@gateways.register("sandbox_bank")
class SandboxBank:
    name: ClassVar[Mapping[str, str]] = {"vi": "Ngân hàng thử nghiệm", "en": "Sandbox bank"}

    def start(self, attempt: Attempt) -> Start:
        account = _account(attempt)
        payload = vietqr.encode(
            vietqr.Payment(
                bank=account.bank_id, account=account.number, amount=attempt.amount, purpose=attempt.code
            )
        )
        return Start(f"{settings.MOTCUA_SITE}/ngan-hang/{attempt.uuid}/", payload)

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Said:
        given = headers.get(SIGNATURE, "")
        if not hmac.compare_digest(given, sign(body)):
            raise NotAllowed(
                "Chữ ký của thông báo không đúng. Thông báo bị từ chối.",
                "The notice's signature is wrong. The notice is refused.",
            )
        try:
            return notice_body(json.loads(body))
        except (ValueError, KeyError, TypeError) as wrong:
            raise UserError(
                f"Thông báo không đọc được: {wrong}.", f"The notice cannot be read: {wrong}."
            ) from wrong

    def ask(self, attempt: Attempt) -> Said | None:
        for entry in reversed(_book()):
            if entry["code"] == attempt.code:
                return notice_body(entry)
        return None

    def statement(self, day: dt.date) -> list[Line]:
        return [
            Line(entry["bank_reference"], entry["code"], int(entry["amount"]), entry.get("text", ""))
            for entry in _book()
            if entry["state"] == AttemptState.SUCCESS and entry["day"] == day.isoformat()
        ]


def decide(attempt: Attempt, state: str, *, reason: str = "", amount: int | None = None) -> dict[str, Any]:
    """What the payer did at the bank, entered in the bank's own book. Returns the notice it will send."""
    entry = {
        "event_id": secrets.token_hex(8),
        "bank_reference": "FT" + secrets.token_hex(6).upper(),
        "code": attempt.code,
        "state": state,
        "amount": attempt.amount if amount is None else amount,
        "reason": reason,
        "day": clock.today().isoformat(),
        "text": f"Nop le phi {attempt.code}",
    }
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as book:
        book.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return entry


def notice(entry: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A notice as the bank posts it: body and headers."""
    body = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode()
    return body, {SIGNATURE: sign(body), "Content-Type": "application/json"}


def sign(body: bytes) -> str:
    """HMAC-SHA256 over the body with the key shared with the bank, hexadecimal."""
    key = hashlib.sha256(f"sandbox-bank/{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def _account(attempt: Attempt) -> RevenueAccount:
    obligation = attempt.obligations.select_related("account").order_by("id").first()
    if obligation is None:
        raise UserError("Không có khoản nào để nộp.", "There is nothing to pay.")
    return obligation.account


def _file() -> Path:
    return Path(settings.MOTCUA_HOME) / "sandbox" / "bank.jsonl"


def _book() -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in _file().read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
