"""Heads of messages: the bytes that are signed (X-Road, PR-MESSTRANSP), and which headers travel.

A request is `VERB CRLF target CRLF (Name:Value CRLF)*`, an answer `status CRLF reason CRLF (Name:Value CRLF)*`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha512
from secrets import token_hex
from typing import NamedTuple

from motcua.gateway.faults import Fault, at_provider, bad_request

Header = tuple[bytes, bytes]

DROPPED = frozenset(
    b"transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection user-agent "
    b"host content-length server expect".split()
)
"""Never passed on, in either direction (X-Road's list)."""
ANSWERS = frozenset(b"x-road-id x-road-client x-road-service x-road-request-id x-road-request-hash".split())
"""What the provider's gateway says of the exchange; a service cannot."""
_REPLACED = frozenset((b"x-road-request-id", b"x-road-request-hash", b"x-road-client", b"x-road-id"))


class RequestHead(NamedTuple):
    method: bytes
    target: bytes
    """Path and query as called."""
    headers: list[Header]

    def value(self, name: bytes) -> bytes:
        return last_value(self.headers, name)


class AnswerHead(NamedTuple):
    status: int
    reason: bytes
    headers: list[Header]


def last_value(headers: Iterable[Header], name: bytes) -> bytes:
    """The last value of a header by its small name; empty when it is absent."""
    found = b""
    for each, value in headers:
        if each.lower() == name:
            found = value
    return found


def request_head(
    method: bytes,
    target: bytes,
    headers: Iterable[Header],
    *,
    client: bytes,
    query_id: bytes,
    request_id: bytes,
) -> bytes:
    """The bytes of a request's head as signed; hop-by-hop headers and those of the caller's own making left out."""
    lines = [method, target]
    named = hop_by_hop(headers)
    accepts = False
    for name, value in headers:
        small = name.lower()
        if small in DROPPED or small in _REPLACED or small in named:
            continue
        if b"\n" in value or b"\r" in value:
            raise bad_request("headers on several lines are not taken (RFC 9112 section 5.2)")
        accepts = accepts or small == b"accept"
        lines.append(b"%b:%b" % (name, value))
    if not accepts:
        lines.append(b"Accept:application/json")
    lines.append(
        b"X-Road-Client:%b\r\nX-Road-Id:%b\r\nX-Road-Request-Id:%b\r\n" % (client, query_id, request_id)
    )
    return b"\r\n".join(lines)


def answer_head(status: int, reason: bytes, headers: Iterable[Header], about: Iterable[Header]) -> bytes:
    """The bytes of an answer's head as signed; `about` are the gateway's own headers of the exchange."""
    lines = [b"%d" % status, reason]
    named = hop_by_hop(headers)
    for name, value in headers:
        small = name.lower()
        if small not in DROPPED and small not in ANSWERS and small not in named and small != b"x-road-error":
            if b"\n" in value or b"\r" in value:
                raise at_provider("ServiceFailed.HttpError", "the service answers with a folded header")
            lines.append(b"%b:%b" % (name, value))
    lines += [b"%b:%b" % each for each in about]
    lines.append(b"")
    return b"\r\n".join(lines)


def hop_by_hop(headers: Iterable[Header]) -> frozenset[bytes]:
    """Names that `Connection` declares to be for one hop (RFC 9110 section 7.6.1)."""
    for name, value in headers:
        if (
            len(name) == 10
            and name.lower() == b"connection"
            and value.lower() not in (b"keep-alive", b"close")
        ):
            return frozenset(each.strip().lower() for each in value.split(b","))
    return frozenset()


def read_request_head(head: bytes) -> RequestHead:
    """Raises Fault when another gateway sent what is no head."""
    method, target, *lines = _lines(head)
    return RequestHead(method, target, [_header(each) for each in lines])


def read_answer_head(head: bytes) -> AnswerHead:
    status, reason, *lines = _lines(head)
    if len(status) != 3 or not status.isdigit():
        raise Fault(
            "Server.ClientProxy.InvalidMessage", "the answer's status is not a number of three digits"
        )
    return AnswerHead(int(status), reason, [_header(each) for each in lines])


def _lines(head: bytes) -> list[bytes]:
    lines = head.split(b"\r\n")
    if len(lines) < 3 or lines.pop():
        raise Fault("Server.ServerProxy.InvalidMessage", "the head of a message has at least two lines")
    return lines


def _header(line: bytes) -> Header:
    name, mark, value = line.partition(b":")
    if not mark or not name:
        raise Fault("Server.ServerProxy.InvalidMessage", "a header without its colon")
    return name, value


def request_hash(head: bytes, body: bytes | None) -> bytes:
    """base64(SHA512(SHA512(head) + SHA512(body))), without a body base64(SHA512(head)); digests given."""
    return b64encode(head if body is None else sha512(head + body).digest())


def new_id() -> bytes:
    """A random UUID (version 4) in its usual form."""
    t = token_hex(16)
    return f"{t[:8]}-{t[8:12]}-4{t[13:16]}-{'89ab'[int(t[16], 16) & 3]}{t[17:20]}-{t[20:]}".encode()
