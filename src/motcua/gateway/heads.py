"""Heads of messages: the bytes that are signed (X-Road, PR-MESSTRANSP), written here and read of other gateways.

A request is `VERB CRLF target CRLF (Name:Value CRLF)*`, an answer `status CRLF reason CRLF (Name:Value CRLF)*`.
"""

from __future__ import annotations

import os
import re
from binascii import b2a_base64
from collections.abc import Callable
from hashlib import sha512
from typing import NamedTuple

from motcua.gateway.faults import at_provider
from motcua.gateway.lines import ANSWERS, REPLACED, Remembered, remembered_heads

_DRAWN = 256
"""Identifiers drawn from the system at a time."""
_PLAIN, _PURPOSE, _DATE, _NEVER = range(4)
"""What a signed line is."""
_HOP = frozenset(
    b"transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection host "
    b"content-length expect".split()
)
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(rb"[\r\n\0]")
_FIRST = re.compile(rb"([A-Za-z]+)\r\n([\x21-\x7e\x80-\xff]+)\r\n")
_STATUS = re.compile(rb"[1-5]\d\d\r\n[^\r\n\0]*\r\n")


def _judge_by(never: frozenset[bytes]) -> Callable[[bytes], tuple[int, bytes]]:
    def judge(line: bytes) -> tuple[int, bytes]:
        """(what it is, its value where that matters): `never` would make its reader see other messages than were
        signed, or believe another sender."""
        name, colon, value = line.partition(b":")
        small = name.lower()
        if not colon or small in never or not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            return _NEVER, b""
        if small == b"x-motcua-purpose":
            return _PURPOSE, value.strip()
        return (_DATE if small == b"date" else _PLAIN), b""

    return judge


_in_requests = Remembered(_judge_by(_HOP | REPLACED | {b"x-road-client", b"x-road-id"}))
_in_answers = Remembered(_judge_by(_HOP | ANSWERS | {b"x-road-error"}))


class SignedRequest(NamedTuple):
    """A request's head, read as its signer wrote it."""

    method: bytes
    target: bytes
    client: bytes
    query_id: bytes
    request_id: bytes
    purpose: bytes
    lines: bytes
    """For the service."""


_LAST = re.compile(
    rb"X-Road-Client:([^\r\n\0]+)\r\nX-Road-Id:([!-~]{1,255})\r\nX-Road-Request-Id:([!-~]{1,255})\r\n"
)


def _judge_lines(lines: bytes) -> tuple[bool, bytes]:
    """(may they travel, the purpose they tell): a system sends the same ones with each of its requests."""
    purpose = b""
    for line in lines.split(b"\r\n")[:-1]:
        kind, value = _in_requests[line]
        if kind == _NEVER:
            return False, b""
        if kind == _PURPOSE:
            purpose = value
    return not lines or lines.endswith(b"\r\n"), purpose


_before_last = remembered_heads(_judge_lines)


def read_request(head: bytes) -> SignedRequest:
    """Raises Fault when it does not end with client, id and request id, or holds what does not travel."""
    first = _FIRST.match(head)
    if first is None:
        raise at_provider("InvalidMessage", "a request's head has a method, a target and its headers")
    start = first.end()
    place = head.rfind(b"X-Road-Client:", start)
    last = _LAST.fullmatch(head, max(start, place))
    if last is None:
        raise at_provider("InvalidMessage", "a request's head ends with client, id and request id")
    travels, purpose = _before_last[head[start:place]]
    if not travels:
        raise at_provider("InvalidMessage", "a request's head holds what does not travel")
    return SignedRequest(first[1], first[2], last[1], last[2], last[3], purpose, head[start:])


class SignedAnswer(NamedTuple):
    """What the service said in an answer's head, read as its signer wrote it."""

    status: int
    http: bytes
    """Status line and headers as HTTP writes them."""
    has_date: bool


def _judge_answer(said: bytes) -> SignedAnswer | None:
    """None for what does not travel. A service says the same with many of its answers."""
    start = _STATUS.match(said)
    if start is None:
        return None
    *lines, rest = said[start.end() :].split(b"\r\n")
    kinds = [_in_answers[line][0] for line in lines]
    if rest or _NEVER in kinds:
        return None
    status, _, reason = start[0].partition(b"\r\n")
    return SignedAnswer(
        int(status), b"HTTP/1.1 %b %b%b" % (status, reason, said[start.end() :]), _DATE in kinds
    )


_said = remembered_heads(_judge_answer)


def read_answer(head: bytes, expected: bytes) -> SignedAnswer | None:
    """None unless it ends with what is `expected` of the exchange and holds only what travels."""
    return _said[head.removesuffix(expected)] if head.endswith(expected) else None


def request_hash(head: bytes, body: bytes | None) -> bytes:
    """base64(SHA512(SHA512(head) + SHA512(body))), without a body base64(SHA512(head)); digests given."""
    return b2a_base64(head if body is None else sha512(head + body).digest(), newline=False)


_random: list[bytes] = []


def new_id() -> bytes:
    """A random UUID (version 4) in its usual form."""
    if not _random:
        drawn = os.urandom(_DRAWN * 16).hex().encode()
        _random.extend(drawn[place : place + 32] for place in range(0, len(drawn), 32))
    t = _random.pop()
    return b"%b-%b-4%b-a%b-%b" % (t[:8], t[8:12], t[13:16], t[17:20], t[20:])


def about_exchange(
    query_id: bytes, client: bytes, service: bytes, request_id: bytes, request_hash_: bytes
) -> bytes:
    """The lines with which an answer's head ends: what it is the answer to."""
    return (
        b"x-road-id:%b\r\nx-road-client:%b\r\nx-road-service:%b\r\nx-road-request-id:%b\r\n"
        b"x-road-request-hash:%b\r\n" % (query_id, client, service, request_id, request_hash_)
    )
