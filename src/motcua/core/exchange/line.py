"""The line to other agencies: one call to our own gateway, which signs, carries and logs it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from motcua.core.errors import NotAllowed
from motcua.core.exchange.models import Fault
from motcua.core.outbound import client, destinations, exchange
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Request

GATEWAY = "gateway"
"""The destination (file of connections) that is our own gateway, unless the question names another."""
SAID = {
    "unknown name": Fault.UNREACHABLE,
    "not connected": Fault.UNREACHABLE,
    "broken off": Fault.UNREACHABLE,
    "TLS": Fault.UNREACHABLE,
    "resting": Fault.UNREACHABLE,
    "forbidden address": Fault.UNREACHABLE,
    "time-out": Fault.SLOW,
    "server error": Fault.BROKEN,
    "rate limit": Fault.TOO_MANY,
    "refused us": Fault.NOT_ALLOWED,
    "too large": Fault.WRONG_ANSWER,
    "wrong answer": Fault.WRONG_ANSWER,
    "wrong request": Fault.WRONG_QUESTION,
}
"""What the client's reasons for silence are to a clerk."""
PASSING = (Fault.UNREACHABLE, Fault.SLOW, Fault.BROKEN, Fault.TOO_MANY)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom, for what. `what` and `whom` are said to people, the rest to machines."""

    what: str
    whom: str
    service: str
    """INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE."""
    purpose: str
    method: str = "GET"
    path: str = ""
    """Behind the service, with its query: `/people/001?part=address`."""
    body: Any = None
    destination: str = GATEWAY
    about: tuple[str, ...] = ()
    """Personal numbers of those whom it is about: they are shown that it was asked."""


class NotAnswered(Exception):
    """There is no usable answer. `fault` is for people, the message for those who run the systems."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.worth_again = fault in PASSING


def call_of(question: Question, message: str) -> str:
    """What both ends call the question; "" while nobody knows by which gateway it goes."""
    try:
        return exchange.sent_by(destinations.destination(question.destination), message)
    except destinations.WrongConnections:
        return ""


def carry(question: Question, message: str, *, within: float | None = None) -> Any:
    """Ask once; `message` is the exchange's id of it. Returns the answer's JSON, None when it is empty.

    `within` so many seconds at most, and then the service has a circuit of its own: that one member is slow closes
    the way to no other. Raises NotAnswered.
    """
    headers = {
        "Accept": "application/json",
        "X-Road-Id": message,
        **exchange.Asked(purpose=question.purpose).as_headers(),
    }
    body = b""
    if question.body is not None:
        body = json.dumps(question.body, ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json"
    try:
        gateway = destinations.destination(question.destination)
        if within is not None:
            gateway = replace(
                gateway, name=f"{gateway.name}, {question.service}", total_seconds=within, tries=1
            )
        path = exchange.Service(question.service).path(question.path)
        reply = client.call(
            gateway, Request(question.method, path, question.service, headers, body, repeatable=False)
        )
        exchange.raise_fault(gateway, reply)
    except destinations.WrongConnections as wrong:
        raise NotAnswered(Fault.UNREACHABLE, str(wrong)) from wrong
    except Silent as silent:
        raise NotAnswered(SAID.get(silent.why, Fault.BROKEN), silent.text("en")) from silent
    except NotAllowed as refused:
        raise NotAnswered(Fault.NOT_ALLOWED, refused.text("en")) from refused
    if not 200 <= reply.status < 300:
        raise NotAnswered(Fault.WRONG_QUESTION, str(reply.status))
    try:
        return json.loads(reply.body) if reply.body else None
    except ValueError as wrong:
        raise NotAnswered(Fault.WRONG_ANSWER, f"not JSON: {wrong}") from wrong
