"""Requests of clients: as a parser tells them piece by piece, or whole at one look when they are plain."""

from __future__ import annotations

import re

from motcua.gateway.bodies import Body, body_in_memory
from motcua.gateway.faults import Fault
from motcua.gateway.lines import Header, Travelling, last_value, lines_of, travelling

LARGEST_HEAD = 32_768
MOST_HEADERS = 128
_FIRST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) (/r1/[!-~]+) HTTP/1\.1")


class Request:
    """One request."""

    __slots__ = (
        "body",
        "encodings",
        "expects",
        "fault",
        "headers",
        "keep_alive",
        "lengths",
        "method",
        "target",
        "told",
    )

    def __init__(self, method: bytes = b"", target: bytes = b"") -> None:
        self.method = method
        self.target = target
        self.headers: list[Header] = []
        self.told: Travelling | None = None
        self.body: Body | None = None
        self.keep_alive = False
        self.expects = False
        self.lengths = self.encodings = 0
        self.fault: Fault | None = None

    def travelling(self) -> Travelling:
        """What of its headers goes on. Raises Fault."""
        if self.told is None:
            self.told = travelling(lines_of(self.headers))
        return self.told

    @property
    def accept(self) -> bytes:
        return self.told.accept if self.told is not None else last_value(self.headers, b"accept")


def whole_request(data: bytes, largest: int) -> Request | None:
    """The request that `data` is, from its first byte to its last, when it needs no parser: its head is of the
    plainest kind, its body (at most `largest` bytes) has one length or is not there. None for anything else."""
    head, ended, body = data.partition(b"\r\n\r\n")
    first, _, rest = head.partition(b"\r\n")
    match = _FIRST.fullmatch(first)
    if match is None or not ended or len(head) > LARGEST_HEAD or len(body) > largest:
        return None
    lines = rest.split(b"\r\n")
    if len(lines) > MOST_HEADERS:
        return None
    try:
        told = travelling(lines)
    except Fault:
        return None
    if not told.is_plain:
        return None
    if told.length:
        if not told.length.isdigit() or len(told.length) > 9 or int(told.length) != len(body):
            return None
    elif body:
        return None
    method, target = match.groups()
    request = Request(method, target)
    request.told = told
    request.keep_alive = True
    request.body = body_in_memory(body)
    return request
