"""Requests of clients: as a parser tells them piece by piece, or whole at one look when they are plain."""

from __future__ import annotations

import re
from typing import NamedTuple

from motcua.gateway.bodies import Body, body_in_memory
from motcua.gateway.faults import Fault
from motcua.gateway.lines import Header, Travelling, last_value, lines_of, remembered_heads, travelling

LARGEST_HEAD = 32_768
MOST_HEADERS = 128
_FIRST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) (/r1/[!-~]+) HTTP/1\.1")


class Request:
    """One request."""

    __slots__ = ("body", "fault", "headers", "keep_alive", "method", "target", "told")

    def __init__(self, method: bytes = b"", target: bytes = b"", body: Body | None = None) -> None:
        self.method = method
        self.target = target
        self.body = body
        self.headers: list[Header] = []
        self.told: Travelling | None = None
        self.keep_alive = True
        self.fault: Fault | None = None

    def travelling(self) -> Travelling:
        """What of its headers goes on. Raises Fault."""
        if self.told is None:
            self.told = travelling(lines_of(self.headers))
        return self.told

    @property
    def accept(self) -> bytes:
        return self.told.accept if self.told is not None else last_value(self.headers, b"accept")


class _Plain(NamedTuple):
    """The headers of a request that needs no parser."""

    told: Travelling
    body_size: int


def _judge(headers: bytes) -> _Plain | None:
    """None when only a parser should read a request with these headers."""
    lines = headers.split(b"\r\n")
    if len(lines) > MOST_HEADERS:
        return None
    try:
        told = travelling(lines)
    except Fault:
        return None
    length = told.length or b"0"
    if not told.is_plain or not length.isdigit() or len(length) > 9:
        return None
    return _Plain(told, int(length))


_plain = remembered_heads(_judge)


def whole_request(data: bytes, largest: int) -> Request | None:
    """The request that `data` is, from its first byte to its last, when it needs no parser: its head is of the
    plainest kind, its body (at most `largest` bytes) has one length or is not there. None for anything else."""
    head, ended, body = data.partition(b"\r\n\r\n")
    first, _, headers = head.partition(b"\r\n")
    match = _FIRST.fullmatch(first)
    if match is None or not ended or len(head) > LARGEST_HEAD or len(body) > largest:
        return None
    plain = _plain[headers]
    if plain is None or plain.body_size != len(body):
        return None
    request = Request(match[1], match[2], body_in_memory(body))
    request.told = plain.told
    return request
