"""An SMS and an e-mail carrier to try things with: each message becomes a line in `$MOTCUA_HOME/outbox/`."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings

from motcua.core import clock
from motcua.core.errors import Unavailable, UserError
from motcua.core.notifications.channels import channels
from motcua.engines.text import phone

SMS_LENGTH = 306
"""Two linked messages of 153 characters: what a carrier takes in one go."""


class _Outbox:
    file = ""

    def _write(self, address: str, subject: str, body: str) -> None:
        folder = Path(settings.MOTCUA_HOME) / "outbox"
        if (folder / "down").exists():
            raise Unavailable("Nhà mạng (bản thử) không trả lời.", "The sandbox carrier does not answer.")
        folder.mkdir(parents=True, exist_ok=True)
        line = {"at": clock.now().isoformat(), "to": address, "subject": subject, "body": body}
        with (folder / self.file).open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


@channels.register("sandbox_sms")
class SandboxSms(_Outbox):
    file = "sms.jsonl"

    def send(self, address: str, subject: str, body: str) -> None:
        try:
            number = phone(address, mobile=True)
        except ValueError as wrong:
            raise UserError(
                f"Số điện thoại {address} không nhận được tin nhắn.", f"{address} cannot take messages."
            ) from wrong
        self._write(number, "", f"{subject}. {body}"[:SMS_LENGTH])


@channels.register("sandbox_email")
class SandboxEmail(_Outbox):
    file = "email.jsonl"

    def send(self, address: str, subject: str, body: str) -> None:
        if "@" not in address:
            raise UserError(f"{address} không phải địa chỉ thư.", f"{address} is not an e-mail address.")
        self._write(address, subject, body)
