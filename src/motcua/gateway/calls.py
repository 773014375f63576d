"""Calls of services: one connection, HTTP/1.1 by hand, one call after another."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import httptools

from motcua.gateway.bodies import IN_MEMORY, ArrivingBody, Body, TooLarge, body_in_memory
from motcua.gateway.faults import Fault, at_provider
from motcua.gateway.lines import Header, answering, lines_of, remembered_heads

if TYPE_CHECKING:
    from motcua.gateway.services import Host

LARGEST_HEAD = 65_536
_FIRST = re.compile(rb"HTTP/1\.1 ([2345]\d\d) ([^\r\n\0]*)")


@dataclass(slots=True)
class Answer:
    """What a service said."""

    status: int
    reason: bytes
    lines: bytes
    """Those of its headers that travel, `Name:Value CRLF` each."""
    body: Body


class _Plain(NamedTuple):
    """The head of an answer that needs no parser."""

    status: int
    reason: bytes
    lines: bytes
    body_size: int


def _judge(head: bytes) -> _Plain | None:
    """None when only a parser should read an answer with this head."""
    first, _, headers = head.partition(b"\r\n")
    match = _FIRST.fullmatch(first)
    if match is None:
        return None
    try:
        told = answering(headers.split(b"\r\n"))
    except Fault:
        return None
    if not told.is_plain or not told.length.isdigit() or len(told.length) > 9:
        return None
    return _Plain(int(match[1]), match[2], told.lines, int(told.length))


_plain = remembered_heads(_judge)


class Caller(Protocol):
    """Who waits for a service: exactly one of both is called, once."""

    def answered(self, answer: Answer) -> None: ...

    def failed(self, fault: Fault) -> None: ...


@dataclass(slots=True)
class Call:
    """One call of a service."""

    head: bytes
    """Request line and headers, to the empty line."""
    body: Body
    is_head: bool
    repeatable: bool
    largest_answer: int
    deadline: float
    caller: Caller
    done: bool = False


class Connection(asyncio.Protocol):
    """One connection; one call at a time."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.call: Call | None = None
        self.fresh = True
        self.transport: Any = None
        self.parser = httptools.HttpResponseParser(self)
        self.body = ArrivingBody(host.place, 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def start(self, call: Call) -> None:
        self.call = call
        self.received = 0
        inline = call.body.inline
        if inline is not None:
            self.transport.write(call.head + inline if inline else call.head)
        else:
            self.transport.write(call.head)
            self._more = call.body.chunks()
            self._wants_more = True
            self.resume_writing()

    _wants_more = False
    _paused = False

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._wants_more and self.call is not None:
            for chunk in self._more:
                self.transport.write(chunk)
                if self._paused:
                    return
            self._wants_more = False

    def data_received(self, data: bytes) -> None:
        if self.call is None:  # nobody asked
            self.transport.abort()
            return
        if not self.received:
            if not self._wants_more and self._take_whole(data):
                return
            self._expect_pieces(self.call.largest_answer)
        self.received += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail_by(error.__context__ or error)
            return
        if self.received > LARGEST_HEAD and not self.headed and self.call is not None:
            self._fail("ServiceFailed.HttpError", f"headers beyond {LARGEST_HEAD} bytes")

    def _expect_pieces(self, largest: int) -> None:
        self.headers: list[Header] = []
        self.lines = self.reason = b""
        self.headed = self.complete = False
        self.body = ArrivingBody(self.host.place, largest)

    def _take_whole(self, data: bytes) -> bool:
        """An answer that came in one piece, with the plainest of heads, needs no parser. Anything else does."""
        call = self.call
        assert call is not None
        if call.is_head or call.largest_answer < IN_MEMORY:
            return False
        head, ended, body = data.partition(b"\r\n\r\n")
        if not ended:
            return False
        plain = _plain[head]
        if plain is None or plain.body_size != len(body):
            return False
        self.call = None
        self.fresh = False
        self.host.give_back(self)
        if not call.done:
            call.done = True
            call.caller.answered(Answer(plain.status, plain.reason, plain.lines, body_in_memory(body)))
        return True

    def _fail_by(self, error: BaseException) -> None:
        assert self.call is not None
        if isinstance(error, TooLarge):
            most = self.call.largest_answer
            self._fail("ServiceFailed.TooLarge", f"the service answers more than {most} bytes")
        elif isinstance(error, OSError):
            self._fail("IOError", f"the answer cannot be held: {error.strerror}", 503)
        elif isinstance(error, Fault):
            self._fail("ServiceFailed.HttpError", error.message)
        else:
            self._fail("ServiceFailed.HttpError", f"the service does not answer by HTTP/1.1: {error}")

    def on_status(self, status: bytes) -> None:
        self.reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        assert self.call is not None
        self.headed = True
        if sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEAD:
            raise at_provider("ServiceFailed.HttpError", f"headers beyond {LARGEST_HEAD} bytes")
        self.lines = answering(lines_of(self.headers)).lines
        if self.call.is_head and self.parser.get_status_code() >= 200:
            self.complete = True  # the parser would wait for the body that the length announces
            self._finish(self.parser.get_status_code(), reusable=False)

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self.body.add(data)

    def on_message_complete(self) -> None:
        if self.complete or self.call is None:
            return
        if self.parser.get_status_code() < 200:
            self.headers, self.reason, self.headed = [], b"", False
            return
        self._finish(self.parser.get_status_code(), reusable=self.parser.should_keep_alive())

    def _finish(self, status: int, *, reusable: bool) -> None:
        call = self.call
        assert call is not None
        self.call = None
        self.complete = True
        self.body.end()
        self.fresh = False
        answer = Answer(status, self.reason, self.lines, self.body)
        if reusable and not self._wants_more:
            self.host.give_back(self)
        else:
            self._wants_more = False
            self.host.leave(self)
            self.transport.close()
        if not call.done:
            call.done = True
            call.caller.answered(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self.host.leave(self)
        if self.call is None:
            return
        call = self.call
        if self.received and self._ends_here():  # an answer without a length ends with its connection
            self._finish(self.parser.get_status_code(), reusable=False)
        elif not self.received and not self.fresh and call.repeatable and not call.done:
            self.call = None
            self.host.begin(call)  # the service closed an idle connection as we took it
        else:
            early = "in the middle of its answer" if self.received else "without an answer"
            self._fail("ServiceFailed.NetworkError", f"the service closed the connection {early}")

    def _ends_here(self) -> bool:
        names = {name.lower() for name, _ in self.headers}
        return (
            self.headed
            and self.parser.get_status_code() >= 200
            and b"content-length" not in names
            and b"transfer-encoding" not in names
        )

    def _fail(self, what: str, message: str, status: int = 500) -> None:
        call, self.call = self.call, None
        self._wants_more = False
        self.host.leave(self)
        self.transport.abort()
        self.body.drop()
        if call is not None and not call.done:
            call.done = True
            call.caller.failed(at_provider(what, message, status))

    def give_up(self) -> None:
        assert self.call is not None
        self._fail("ServiceFailed.Timeout", "the service did not answer in time", 504)
