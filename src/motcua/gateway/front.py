"""HTTP/1.1 for the clients of this gateway: strict about framing, patient with slow ones up to a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httptools

from motcua.gateway.bodies import IN_MEMORY, ArrivingBody, Body, TooLarge
from motcua.gateway.consumer import Exchange
from motcua.gateway.faults import Fault, at_client, bad_request
from motcua.gateway.heads import SignedAnswer
from motcua.gateway.lines import Header
from motcua.gateway.requests import LARGEST_HEAD, MOST_HEADERS, Request, whole_request

if TYPE_CHECKING:
    from motcua.gateway.core import Core

PIPELINED = 16
_BODILESS = frozenset((204, 304))
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _Framing:
    """What the headers of a request say of the length of its body."""

    __slots__ = ("encodings", "expects", "lengths")

    def __init__(self) -> None:
        self.lengths = self.encodings = 0
        self.expects = False

    def take(self, name: bytes, value: bytes) -> None:
        """A header by its small name. Raises Fault."""
        if name == b"content-length":
            self.lengths += 1
        elif name == b"transfer-encoding":
            self.encodings += 1
            if value.strip().lower() != b"chunked":
                raise bad_request("Transfer-Encoding: only chunked is understood", 501)
        elif name == b"expect":
            self.expects = True


class ClientConnection(asyncio.Protocol):
    """One connection of a client; its requests are answered one after another."""

    def __init__(self, core: Core, *, local: bool = False) -> None:
        self.core = core
        self.local = local
        """On the port for the control plane and the administrator."""
        self.transport: Any = None
        self.address = ""
        self.certificate: bytes | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._request: Request | None = None
        self._body: ArrivingBody | None = None
        """Of `_request`, once its head is there."""
        self._framing = _Framing()
        self._head_size = 0
        self._largest_in_memory = min(IN_MEMORY, core.settings.largest_request)
        self._waiting: deque[Request] = deque()
        self._current: Request | None = None
        self._exchange: Exchange | None = None
        self._sending: Iterator[bytes] | None = None
        self._sent_body: Body | None = None
        self._paused = False
        self._closing = False
        self.since = core.loop.time()
        """When what is waited for began: a request's first byte, or idleness."""
        self.stuck_since: float | None = None

    # ---- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if peer else "127.0.0.1"
        session: Any = transport.get_extra_info("ssl_object")
        if session is not None:
            self.certificate = session.getpeercert(True)
        if not self.core.fronts.enter(self):
            fault = at_client("TooManyConnections", "too many connections", 503, 5)
            self._closing = True
            self._write_fault(fault, b"", keep_alive=False)
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.core.fronts.leave(self)
        self._closing = True
        if self._exchange is not None:
            self.core.consumer.leave(self._exchange)
            self._exchange = None
        self._end_sending()

    def pause_writing(self) -> None:
        self._paused = True
        self.stuck_since = self.core.loop.time()

    def resume_writing(self) -> None:
        self._paused = False
        self.stuck_since = None
        if self._sending is not None:
            self._continue_sending()

    def sweep(self, now: float) -> None:
        """Leave who is too slow or has been idle too long."""
        settings = self.core.settings
        if self.stuck_since is not None and now - self.stuck_since > settings.slow_s:
            self.transport.abort()
        elif self._current is not None or self._closing:
            return
        elif self._request is not None and now - self.since > settings.request_s:
            self._closing = True
            self._write_fault(bad_request("the request did not arrive in time", 408), b"", keep_alive=False)
            self.transport.close()
        elif self._request is None and now - self.since > settings.idle_s:
            self.transport.close()

    # ---- receiving

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        if self._request is None and self._current is None and self._take_whole(data):
            return
        if self._body is None:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
            if self._request is not None and self._body is None and self._head_size > LARGEST_HEAD:
                raise bad_request(f"headers beyond {LARGEST_HEAD} bytes", 431)
        except httptools.HttpParserUpgrade:
            self._refuse_framing(bad_request("upgrades are not taken"))
        except httptools.HttpParserCallbackError as error:
            context = error.__context__
            fault = (
                context if isinstance(context, Fault) else bad_request(f"not understood: {context or error}")
            )
            self._refuse_framing(fault)
        except httptools.HttpParserError as error:
            self._refuse_framing(bad_request(f"this is not HTTP/1.1: {error}"))
        except Fault as fault:
            self._refuse_framing(fault)

    def _take_whole(self, data: bytes) -> bool:
        """A plain request that came in one piece needs no parser; nothing of another may lie in it."""
        if self._head_size:
            return False
        request = whole_request(data, self._largest_in_memory)
        if request is None:
            return False
        self._begin(request)
        return True

    def _refuse_framing(self, fault: Fault) -> None:
        """Where a request ends is no longer certain: nothing more of this connection is read."""
        self._closing = True
        self.transport.pause_reading()
        accept = self._request.accept if self._request is not None else b""
        if self._current is None:
            self._write_fault(fault, accept, keep_alive=False)
        self.transport.close()

    def on_message_begin(self) -> None:
        if len(self._waiting) >= PIPELINED:
            raise bad_request(f"more than {PIPELINED} requests at once on one connection")
        self._request = Request()
        self._framing = _Framing()
        self.since = self.core.loop.time()

    def on_url(self, url: bytes) -> None:
        assert self._request is not None
        self._request.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        request = self._request
        assert request is not None
        request.headers.append((name, value))
        self._framing.take(name.lower(), value)

    def on_headers_complete(self) -> None:
        request = self._request
        assert request is not None
        request.method = self._parser.get_method()
        request.keep_alive = self._parser.should_keep_alive()
        if len(request.headers) > MOST_HEADERS:
            raise bad_request(f"more than {MOST_HEADERS} headers", 431)
        size, self._head_size = self._head_size, 0
        if (
            size > LARGEST_HEAD
            and sum(len(name) + len(value) for name, value in request.headers) > LARGEST_HEAD
        ):
            raise bad_request(f"headers beyond {LARGEST_HEAD} bytes", 431)
        if self._framing.lengths + self._framing.encodings > 1:
            raise bad_request("the length of the body is told twice")
        self._body = request.body = ArrivingBody(self.core.spool, self.core.settings.largest_request)
        if request.target.startswith(b"/r1/"):
            try:
                self.core.consumer.admit(self.core.clock())
            except Fault as fault:
                request.fault = fault
        if self._framing.expects and request.fault is None and self._current is None:
            self.transport.write(_CONTINUE)

    def on_body(self, data: bytes) -> None:
        request, body = self._request, self._body
        assert request is not None
        assert body is not None
        if request.fault is not None:
            return
        try:
            body.add(data)
        except TooLarge:
            raise bad_request(f"a body beyond {body.limit} bytes", 413) from None
        except OSError as error:
            raise at_client("IOError", f"the request cannot be held here: {error.strerror}", 503) from error

    def on_message_complete(self) -> None:
        request, body = self._request, self._body
        assert request is not None
        assert body is not None
        body.end()
        self._request = self._body = None
        if self._current is None:
            self._begin(request)
        else:
            self._waiting.append(request)
            self.transport.pause_reading()

    # ---- answering

    def _begin(self, request: Request) -> None:
        self._current = request
        assert request.body is not None
        try:
            if request.fault is not None:
                raise request.fault
            if request.target.startswith(b"/r1/"):
                self._exchange = self.core.consumer.begin(
                    request.method,
                    request.target,
                    request.travelling(),
                    request.body,
                    (self.address, self.certificate),
                    self._released,
                    self._refused,
                )
                if self._current is not request:
                    self._exchange = None
            else:
                self.core.answer_beside(self, request)
        except Fault as fault:
            self._refused(fault)

    def _released(self, answer: SignedAnswer, about: bytes, body: Body) -> None:
        """The signed answer with what it says `about` the exchange, as HTTP."""
        self._exchange = None
        request = self._current
        assert request is not None
        status = answer.status
        bodiless = request.method == b"HEAD" or status in _BODILESS
        head = b"%b%b%b%b%b\r\n" % (
            answer.http,
            about,
            b"" if answer.has_date else b"Date: %b\r\n" % self.core.date(),
            b"" if bodiless or status < 200 else b"Content-Length: %d\r\n" % body.size,
            b"" if request.keep_alive else b"Connection: close\r\n",
        )
        inline = b"" if bodiless else body.inline
        if inline is not None:
            self.transport.write(head + inline)
            self._done()
            return
        self.transport.write(head)
        self._sending, self._sent_body = body.chunks(), body
        self._continue_sending()

    def _continue_sending(self) -> None:
        assert self._sending is not None
        while not self._paused and not self._closing:
            chunk = next(self._sending, None)
            if chunk is None:
                self._end_sending()
                self._done()
                return
            self.transport.write(chunk)

    def _end_sending(self) -> None:
        self._sending = None
        if self._sent_body is not None:
            self._sent_body.drop()
            self._sent_body = None

    def _refused(self, fault: Fault) -> None:
        self._exchange = None
        request = self._current
        assert request is not None
        self._write_fault(
            fault, request.accept, keep_alive=request.keep_alive, bodiless=request.method == b"HEAD"
        )
        self._done()

    def refuse(self, fault: Fault) -> None:
        """Refuse what is not an exchange."""
        self._refused(fault)

    def answer(self, status: int, headers: list[Header], content: bytes) -> None:
        """Answer what is not an exchange."""
        request = self._current
        assert request is not None
        self._write(status, headers, content, request.keep_alive, bodiless=request.method == b"HEAD")
        self._done()

    def _write_fault(self, fault: Fault, accept: bytes, *, keep_alive: bool, bodiless: bool = False) -> None:
        style = self.core.settings.name_style
        kind, content = fault.answer(accept, style)
        headers = [(b"Content-Type", kind), (b"X-Road-Error", style.spell(fault.code).encode())]
        if fault.retry_after_s:
            headers.append((b"Retry-After", b"%d" % fault.retry_after_s))
        self._write(fault.status, headers, content, keep_alive, bodiless=bodiless)

    def _write(
        self, status: int, headers: list[Header], content: bytes, keep_alive: bool, *, bodiless: bool
    ) -> None:
        lines = [b"HTTP/1.1 %d %b" % (status, _REASONS.get(status, b"Error"))]
        lines += [b"%b: %b" % each for each in headers]
        lines.append(b"Date: " + self.core.date())
        lines.append(b"Content-Length: %d" % len(content))
        if not keep_alive:
            lines.append(b"Connection: close")
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if bodiless else content))

    def _done(self) -> None:
        request, self._current = self._current, None
        self.since = self.core.loop.time()
        if self._closing:
            return
        if request is None or not request.keep_alive:
            self._closing = True
            self.transport.close()
            return
        if self._waiting:
            following = self._waiting.popleft()
            if not self._waiting:
                self.transport.resume_reading()
            self._current = following
            self.core.loop.call_soon(self._begin_waiting, following)

    def _begin_waiting(self, request: Request) -> None:
        if not self._closing:
            self._begin(request)


_REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    408: b"Request Timeout",
    413: b"Content Too Large",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
}
