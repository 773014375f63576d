"""Asking a service of another member over the exchange: the client's side of X-Road's REST protocol, version 1.

The destination is our own gateway: `/r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE[/path][?query]`, its style `x_road`.
What the gateway or the other one's says is told apart from what the service says by the header `X-Road-Error`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode
from uuid import uuid4

from motcua.core.errors import NotAllowed
from motcua.core.outbound import client
from motcua.core.outbound.contrib.x_road import identifier
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply, Request

NOT_ALLOWED = ("accessdenied", "access_denied")
"""How the two spellings of error types end when we have no right to the service."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service of a member: `identifier` is INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE."""

    identifier: str

    def path(self, rest: str = "", query: Mapping[str, str] | None = None) -> str:
        """The request target; `rest` begins with a slash and is passed on as it is."""
        address = identifier(self.identifier, parts=(5,), place="service")
        return f"/r1/{address}{rest}" + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom and why a call is made: the user, the case, and the purpose."""

    user: str = ""
    issue: str = ""
    purpose: str = ""
    """The purpose's code in the exchange's directory."""
    message: str = ""
    """The exchange's id of the question; a new one where none is given."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_headers(self) -> dict[str, str]:
        """Headers hold ASCII: what is not is percent-encoded by the caller's side of HTTP."""
        said = {
            "X-Road-UserId": self.user,
            "X-Road-Issue": self.issue,
            "X-Motcua-Purpose": self.purpose,
        }
        return {name: _ascii(value) for name, value in {**said, **self.headers}.items() if value}


def call_name(client: str, message: str) -> str:
    """What a call is named at either end: the system that asks, and its id of the message. Ids are the asker's own
    choice, so one system's never stand for another's. "" where one of the two is not known."""
    return f"{'/'.join(unquote(part) for part in client.split('/'))} {message}" if client and message else ""


def brought_by(headers: Mapping[str, str]) -> str:
    """The name of the call with which our own gateway brought a request. Whether it did is the caller's to know."""
    return call_name(headers.get("X-Road-Client", ""), headers.get("X-Road-Id", ""))


def sent_by(gateway: Destination, message: str) -> str:
    """The name of a call that we send by this gateway."""
    return call_name(str(gateway.authentication.get("client", "")), message)


def get_json(
    gateway: Destination, service: Service, rest: str, query: Mapping[str, str], asked: Asked, operation: str
) -> Any:
    """What a service answers a GET with; None when it says that there is no such thing (404).

    Raises NotAllowed when we have no right to it, Silent when the gateway, the other side or the answer is at fault.
    """
    message_id = asked.message or str(uuid4())
    headers = {"Accept": "application/json", "X-Road-Id": message_id, **asked.as_headers()}
    request = Request("GET", service.path(rest, query), operation, headers, repeatable=True)
    reply = client.call(gateway, request)
    raise_fault(gateway, reply)
    if reply.headers.get("x-road-id", message_id) != message_id:
        raise Silent(gateway.name, "wrong answer", "answer to another question")
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise Silent(gateway.name, "wrong request", str(reply.status))
    try:
        return json.loads(reply.body)
    except ValueError as wrong:
        raise Silent(gateway.name, "wrong answer") from wrong


def raise_fault(gateway: Destination, reply: Reply) -> None:
    """Raises what a gateway's error means; an error of the service itself is none of it."""
    kind = reply.headers.get("x-road-error", "")
    if not kind:
        return
    if kind.lower().endswith(NOT_ALLOWED):
        raise NotAllowed(
            "Cơ quan giữ dữ liệu chưa cho phép hệ thống này gọi dịch vụ.",
            f"The owner of the data has not allowed this system to call the service ({kind}).",
        )
    raise Silent(
        gateway.name, "wrong request" if kind.lower().startswith("client.") else "server error", kind[:100]
    )


def _ascii(value: str) -> str:
    return value if value.isascii() and value.isprintable() else quote(value, safe=" /:;,.()")
