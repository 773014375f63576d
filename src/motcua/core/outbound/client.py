"""The one client for systems outside: proof, circuit, time, repeats, figures, and a log without secrets."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from urllib.parse import urlsplit

from motcua.core.outbound import contrib, figures, wire
from motcua.core.outbound.authentication import Authentication, styles
from motcua.core.outbound.breaker import Breaker
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import OPENING, PASSING, Silent
from motcua.core.outbound.wire import Reply, Request

logger = logging.getLogger("motcua.outbound")
FIRST_PAUSE = 0.2
"""Seconds; the longest pause before the second try. Each further one may be twice as long."""
LONGEST_PAUSE = 5.0
pause: Callable[[float], None] = time.sleep
_breakers: dict[tuple[str, int, float], Breaker] = {}
_lock = Lock()

__all__ = ["Reply", "Request", "Silent", "breaker_of", "call", "forget"]


def call(destination: Destination, request: Request) -> Reply:
    """Ask a destination: an answer of any status below 500 but 401, 403 and 429. Raises Silent, saying why.

    Only what is `repeatable` is tried again, at most `destination.tries` times and never past its `total_seconds`.
    """
    breaker = breaker_of(destination)
    begun = time.monotonic()
    if not breaker.may_call():
        figures.count(destination.name, ms=0.0, tries=1, why="resting", circuit=breaker.state)
        raise Silent(destination.name, "resting")
    attempts = _Attempts(destination, request, begun)
    why, status = "", 0
    try:
        reply = attempts.make()
        status = reply.status
        breaker.succeeded()
    except Silent as fault:
        why = fault.why
        breaker.failed() if why in OPENING else breaker.succeeded() if why in {
            "refused us",
            "rate limit",
        } else (breaker.let_go())
        raise
    except BaseException:
        breaker.let_go()
        raise
    finally:
        ms = (time.monotonic() - begun) * 1000
        figures.count(destination.name, ms=ms, tries=attempts.made, why=why or ("" if status else "broken off"),
                      circuit=breaker.state)  # fmt: skip
        logger.info(
            "%s %s: %s, %d ms, tries %d, circuit %s",
            destination.name, request.operation, why or status, ms, attempts.made, breaker.state,
        )  # fmt: skip
    return reply


def breaker_of(destination: Destination) -> Breaker:
    """The circuit of a destination, one in each process."""
    key = (destination.name, destination.failures, destination.rest_seconds)
    with _lock:
        if key not in _breakers:
            _breakers[key] = Breaker(destination.failures, destination.rest_seconds)
        return _breakers[key]


def forget() -> None:
    """Begin anew: circuits closed, tokens and sessions gone, nothing counted."""
    with _lock:
        _breakers.clear()
    contrib.forget()
    figures.forget()


class _Attempts:
    """The tries of one call."""

    def __init__(self, destination: Destination, request: Request, begun: float) -> None:
        self.destination = destination
        self.request = request
        self.deadline = begun + destination.total_seconds
        self.made = 0
        self.style: Authentication = styles.get(str(destination.authentication.get("style", "none")))

    def make(self) -> Reply:
        while True:
            self.made += 1
            try:
                return self._once()
            except Silent as fault:
                wait = self._pause_after(fault)
                if wait is None:
                    raise
                pause(wait)

    def _once(self) -> Reply:
        """One try; with a proof that has lapsed, a second one with a new proof."""
        reply = self._proven()
        if self.style.lapsed(self.destination, reply):
            reply = self._proven()
            if self.style.lapsed(self.destination, reply):
                raise Silent(self.destination.name, "refused us")
        return self._judge(reply)

    def _proven(self) -> Reply:
        return self._send(
            self.style.prove(self.destination, self.request, lambda one: self._judge(self._send(one)))
        )

    def _send(self, request: Request) -> Reply:
        parts = urlsplit(self.destination.url)
        filled = {
            "User-Agent": "motcua",
            "Host": parts.netloc,
            "Accept-Encoding": "identity",
            **request.headers,
        }
        url = self.destination.url + request.path
        return wire.send(self.destination, replace(request, headers=filled), url, self.deadline)

    def _judge(self, reply: Reply) -> Reply:
        if reply.status in {401, 403, 407}:
            raise Silent(self.destination.name, "refused us", str(reply.status))
        if reply.status == 429:
            raise Limited(self.destination.name, reply.headers.get("retry-after", ""))
        if reply.status >= 500 and "x-road-error" not in reply.headers:
            raise Silent(self.destination.name, "server error", str(reply.status))
        return reply

    def _pause_after(self, fault: Silent) -> float | None:
        """Seconds to wait before the next try, None when there is none."""
        if not self.request.repeatable or fault.why not in PASSING or self.made >= self.destination.tries:
            return None
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.made - 1))
        wait = random.uniform(
            0, longest
        )  # full jitter: callers that failed together do not come back together
        if isinstance(fault, Limited) and fault.seconds is not None:
            wait = fault.seconds
        return wait if time.monotonic() + wait < self.deadline else None


class Limited(Silent):
    """We called too often; `seconds` is the pause that the other side asks for, if it says."""

    def __init__(self, destination: str, retry_after: str) -> None:
        super().__init__(destination, "rate limit")
        self.seconds = float(retry_after) if retry_after.isdecimal() else None
