"""A circuit for each destination: after failures in a row it rests, then one call tries for all."""

from __future__ import annotations

import time
from threading import Lock

monotonic = time.monotonic


class Breaker:
    """`closed`: calls go through. `open`: none does. `half-open`: one is trying, the others wait outside."""

    def __init__(self, failures: int, rest_seconds: float) -> None:
        self.failures = failures
        self.rest_seconds = rest_seconds
        self._in_a_row = 0
        self._opened_at: float | None = None
        self._trying_since: float | None = None
        self._lock = Lock()

    @property
    def state(self) -> str:
        with self._lock:
            if self._opened_at is None:
                return "closed"
            return "half-open" if self._trying_since is not None or self._rested() else "open"

    def may_call(self) -> bool:
        """Whether a call may be made now; of several that ask after a rest, the first may."""
        with self._lock:
            if self._opened_at is None:
                return True
            if not self._rested() or self._somebody_tries():
                return False
            self._trying_since = monotonic()
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._in_a_row, self._opened_at, self._trying_since = 0, None, None

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._opened_at is not None or self._in_a_row >= self.failures:
                self._opened_at, self._trying_since = monotonic(), None

    def let_go(self) -> None:
        """The call ended without saying anything about the other side."""
        with self._lock:
            self._trying_since = None

    def _rested(self) -> bool:
        return self._opened_at is not None and monotonic() - self._opened_at >= self.rest_seconds

    def _somebody_tries(self) -> bool:
        """A try that never came back counts no longer than a rest."""
        return self._trying_since is not None and monotonic() - self._trying_since < self.rest_seconds
