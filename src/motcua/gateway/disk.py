"""Whether the disk is so quick that handing a write to another thread would take longer than the write."""

from __future__ import annotations

import time
from collections.abc import Callable

QUICK_S = 0.001
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0


class Disk:
    """Judges by what writes took. A slow one sends the following ones to the thread: for a second, and twice as long
    each time that the next trial is slow again."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._slow_until = clock()
        self._pause_s = FIRST_PAUSE_S

    def is_quick(self) -> bool:
        return self._clock() >= self._slow_until

    def took(self, seconds: float) -> None:
        """A write ended that took so long."""
        now = self._clock()
        if seconds > QUICK_S and now >= self._slow_until:
            self._slow_until = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        elif seconds <= QUICK_S and now > self._slow_until + self._pause_s:
            self._pause_s = FIRST_PAUSE_S
