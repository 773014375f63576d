"""What a caller is told when the exchange itself fails: X-Road's names, in both of its spellings, as JSON or XML."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from xml.sax.saxutils import escape

_CLIENT, _SERVER = "Server.ClientProxy", "Server.ServerProxy"


class NameStyle(StrEnum):
    """How the type of an error is spelt."""

    DOTTED = "dotted"
    """`Server.ServerProxy.AccessDenied`, as X-Road 7 writes it."""
    SNAKE = "snake"
    """`server.serverproxy.access_denied`, as later versions do."""

    def spell(self, code: str) -> str:
        if self is NameStyle.DOTTED:
            return code
        *where, what = code.split(".")
        return ".".join([*(each.lower() for each in where), re.sub(r"(?<!^)(?=[A-Z])", "_", what).lower()])


@dataclass
class Fault(Exception):
    """An exchange that failed before, beside or after the service: `code` is X-Road's name in the dotted spelling."""

    code: str
    message: str
    status: int = 500
    retry_after_s: int = 0
    detail: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def answer(self, accept: bytes, style: NameStyle) -> tuple[bytes, bytes]:
        """(content type, body): XML when the caller's Accept asks for it and not for JSON."""
        told = {"type": style.spell(self.code), "message": self.message, "detail": self.detail}
        if wants_xml(accept):
            inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
            return (
                b"application/xml;charset=utf-8",
                f'<?xml version="1.0" encoding="UTF-8"?><error>{inner}</error>'.encode(),
            )
        return b"application/json;charset=utf-8", json.dumps(told, ensure_ascii=False).encode()


def wants_xml(accept: bytes) -> bool:
    """Whether XML is what the header asks for first."""
    for each in accept.lower().split(b","):
        kind = each.split(b";")[0].strip()
        if kind in (b"application/xml", b"text/xml"):
            return True
        if kind in (b"application/json", b"text/json", b"*/*", b"application/*"):
            return False
    return False


def bad_request(message: str, status: int = 400) -> Fault:
    return Fault("Client.BadRequest", message, status)


def at_client(what: str, message: str, status: int = 500, retry_after_s: int = 0) -> Fault:
    """A fault found by the caller's gateway."""
    return Fault(f"{_CLIENT}.{what}", message, status, retry_after_s)


def at_provider(what: str, message: str, status: int = 500, retry_after_s: int = 0) -> Fault:
    """A fault found by the provider's gateway."""
    return Fault(f"{_SERVER}.{what}", message, status, retry_after_s)
