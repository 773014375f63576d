"""Heads of messages: the bytes that are signed (X-Road, PR-MESSTRANSP), and which headers travel.

A request is `VERB CRLF target CRLF (Name:Value CRLF)*`, an answer `status CRLF reason CRLF (Name:Value CRLF)*`.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha512
from typing import NamedTuple

from motcua.gateway.faults import at_provider, bad_request

Header = tuple[bytes, bytes]

DROPPED = frozenset(
    b"transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection user-agent "
    b"host content-length server expect".split()
)
"""Never passed on, in either direction (X-Road's list)."""
ANSWERS = frozenset(b"x-road-id x-road-client x-road-service x-road-request-id x-road-request-hash".split())
"""What the provider's gateway says of the exchange; a service cannot."""
_REPLACED = frozenset((b"x-road-request-id", b"x-road-request-hash", b"x-road-client", b"x-road-id"))
_DROPPED_OR_REPLACED = DROPPED | _REPLACED
_LEFT_OUT_OF_ANSWERS = DROPPED | ANSWERS | {b"x-road-error"}
_DRAWN = 256
"""Identifiers drawn from the system at a time."""
_PLAIN_CONNECTION = (b"keep-alive", b"close")


def last_value(headers: Iterable[Header], name: bytes) -> bytes:
    """The last value of a header by its small name; empty when it is absent."""
    found = b""
    for each, value in headers:
        if each.lower() == name:
            found = value
    return found


class Travelling(NamedTuple):
    """What of a client's headers goes on, and what the gateway reads of them."""

    lines: bytes
    """`Name:Value CRLF` each, an Accept among them."""
    client: bytes
    query_id: bytes
    purpose: bytes


def travelling(headers: Iterable[Header]) -> Travelling:
    """Hop-by-hop headers, and those of which the gateway writes its own, are left out. Of several with the same name
    the last counts. Raises Fault for folded ones."""
    lines = []
    client = query_id = purpose = b""
    named: frozenset[bytes] = frozenset()
    accepts = False
    for name, value in headers:
        small = name.lower()
        if small in _DROPPED_OR_REPLACED:
            if small == b"x-road-client":
                client = value
            elif small == b"x-road-id":
                query_id = value
            elif small == b"connection" and value.lower() not in _PLAIN_CONNECTION:
                named = frozenset(each.strip().lower() for each in value.split(b","))
            continue
        if small == b"accept":
            accepts = True
        elif small == b"x-motcua-purpose":
            purpose = value
        lines.append(b"%b:%b\r\n" % (name, value))
    if named:
        lines = [each for each in lines if each.partition(b":")[0].lower() not in named]
    if not accepts:
        lines.append(b"Accept:application/json\r\n")
    joined = b"".join(lines)
    if joined.count(b"\n") != len(lines) or joined.count(b"\r") != len(lines):
        raise bad_request("headers on several lines are not taken (RFC 9112 section 5.2)")
    return Travelling(joined, client, query_id, purpose)


def answer_head(status: int, reason: bytes, headers: Iterable[Header], about: bytes) -> bytes:
    """The bytes of an answer's head as signed; `about` are the gateway's own lines of the exchange."""
    lines = [b"%d\r\n%b\r\n" % (status, reason)]
    named: frozenset[bytes] = frozenset()
    for name, value in headers:
        small = name.lower()
        if small not in _LEFT_OUT_OF_ANSWERS:
            lines.append(b"%b:%b\r\n" % (name, value))
        elif small == b"connection" and value.lower() not in _PLAIN_CONNECTION:
            named = frozenset(each.strip().lower() for each in value.split(b","))
    if named:
        lines = lines[:1] + [each for each in lines[1:] if each.partition(b":")[0].lower() not in named]
    count = len(lines) + 1
    joined = b"".join(lines)
    if joined.count(b"\n") != count or joined.count(b"\r") != count:
        raise at_provider("ServiceFailed.HttpError", "the service answers with a folded header")
    return joined + about


def request_hash(head: bytes, body: bytes | None) -> bytes:
    """base64(SHA512(SHA512(head) + SHA512(body))), without a body base64(SHA512(head)); digests given."""
    return b64encode(head if body is None else sha512(head + body).digest())


_random: list[str] = []


def new_id() -> bytes:
    """A random UUID (version 4) in its usual form."""
    if not _random:
        drawn = os.urandom(_DRAWN * 16).hex()
        _random.extend(drawn[place : place + 32] for place in range(0, len(drawn), 32))
    t = _random.pop()
    return f"{t[:8]}-{t[8:12]}-4{t[13:16]}-{'89ab'[int(t[16], 16) & 3]}{t[17:20]}-{t[20:]}".encode()


def about_exchange(
    query_id: bytes, client: bytes, service: bytes, request_id: bytes, request_hash_: bytes
) -> bytes:
    """The lines with which an answer's head ends: what it is the answer to."""
    return (
        b"x-road-id:%b\r\nx-road-client:%b\r\nx-road-service:%b\r\nx-road-request-id:%b\r\n"
        b"x-road-request-hash:%b\r\n" % (query_id, client, service, request_id, request_hash_)
    )
