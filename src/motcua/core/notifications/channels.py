"""The port to whoever carries messages."""

from __future__ import annotations

from typing import Protocol

from motcua.core.plugins import Registry


class Channel(Protocol):
    """`send` raises `motcua.core.errors.Unavailable` when it should be tried again, UserError when it never will."""

    def send(self, address: str, subject: str, body: str) -> None: ...


channels: Registry[Channel] = Registry("notification_channel")
