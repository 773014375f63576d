"""A PIN that was asked once, held for a bounded while so that a morning's signing asks once: in memory only.

Off unless the officer asks for it when starting the agent. What ends it: its time, its number of signatures, a PIN
that the device does not take, the device pulled out, and the officer. It is never shown, written, or logged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

LONGEST = 15 * 60
"""Seconds that a PIN may be held at most."""
MOST = 500
"""Signatures that one typing of it may open at most."""


class PinWindow:
    """One PIN at most, for one certificate; safe between threads."""

    def __init__(
        self, seconds: float, signatures: int = MOST, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 <= seconds <= LONGEST:
            raise ValueError(f"a PIN is held for {LONGEST // 60} minutes at most")
        if not 0 < signatures <= MOST:
            raise ValueError(f"a PIN is held for 1 to {MOST} signatures")
        self._seconds, self._most, self._clock = seconds, signatures, clock
        self._lock = Lock()
        self._pin: str | None = None
        self._serial, self._until, self._left = 0, 0.0, 0

    def __repr__(self) -> str:
        return f"<PinWindow {'open' if self._pin else 'closed'}>"

    def take(self, serial: int, signatures: int) -> str | None:
        """The PIN for so many signatures by the certificate of this serial number; None when it has to be asked."""
        with self._lock:
            held = self._pin is not None and self._serial == serial and self._clock() < self._until
            if not held or signatures > self._left:
                self._forget()
                return None
            self._left -= signatures
            return self._pin

    def keep(self, pin: str, serial: int, signatures: int) -> None:
        """Hold a PIN that the device took for `signatures`; typing it again does not lengthen an open window."""
        with self._lock:
            if self._seconds and signatures < self._most and self._pin is None:
                self._pin, self._serial = pin, serial
                self._until, self._left = self._clock() + self._seconds, self._most - signatures

    def forget(self) -> None:
        """End it now."""
        with self._lock:
            self._forget()

    @property
    def left(self) -> tuple[int, int]:
        """Seconds and signatures left; both 0 when it is closed."""
        with self._lock:
            seconds = self._until - self._clock() if self._pin is not None else 0.0
            if seconds <= 0:
                self._forget()
                return 0, 0
            return int(seconds), self._left

    def _forget(self) -> None:
        self._pin, self._serial, self._until, self._left = None, 0, 0.0, 0
