"""Bodies of messages: small ones in memory, large ones in a file that has no name, digested on the way."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from hashlib import sha512
from pathlib import Path

IN_MEMORY = 65_536
"""Bytes up to which a body stays in memory and travels inside its batch."""
CHUNK = 65_536


class TooLarge(Exception):
    """A body beyond what was agreed."""


class Body:
    """A body as it arrives; complete after `end`."""

    __slots__ = ("_file", "_hash", "_parts", "_place", "digest", "limit", "size")

    def __init__(self, place: Path, limit: int) -> None:
        self._place = place
        self._parts: list[bytes] = []
        self._file: int | None = None
        self._hash = None
        self.limit = limit
        self.size = 0
        self.digest: bytes | None = None
        """SHA-512, known at the end; None for no body."""

    def add(self, data: bytes) -> None:
        """Raises TooLarge beyond the limit, OSError when the disk is full."""
        self.size += len(data)
        if self.size > self.limit:
            self.drop()
            raise TooLarge
        if self._file is None:
            self._parts.append(data)
            if self.size > IN_MEMORY:
                self._spill()
        else:
            _write(self._file, data)
            self._hash.update(data)  # type: ignore[attr-defined]

    def end(self) -> None:
        if self._file is not None:
            self.digest = self._hash.digest()  # type: ignore[attr-defined]
        elif self.size:
            if len(self._parts) > 1:
                self._parts = [b"".join(self._parts)]
            self.digest = sha512(self._parts[0]).digest()

    @property
    def inline(self) -> bytes | None:
        """The body when it is in memory; b"" for none; None when it is in a file."""
        if self._file is not None:
            return None
        return self._parts[0] if self._parts else b""

    def chunks(self) -> Iterator[bytes]:
        """All of it, once more from the start each time."""
        if self._file is None:
            yield from self._parts
            return
        offset = 0
        while offset < self.size:
            data = os.pread(self._file, CHUNK, offset)
            offset += len(data)
            yield data

    def content(self) -> bytes:
        return b"".join(self.chunks())

    def drop(self) -> None:
        """Give its room back."""
        self._parts = []
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __del__(self) -> None:
        if self._file is not None:
            self.drop()

    def _spill(self) -> None:
        handle, name = tempfile.mkstemp(dir=self._place)
        os.unlink(name)  # noqa: PTH108  the name is mkstemp's own
        self._file = handle
        self._hash = sha512()  # type: ignore[assignment]
        for part in self._parts:
            _write(handle, part)
            self._hash.update(part)  # type: ignore[attr-defined]
        self._parts = []


def _write(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def body_of(place: Path, data: bytes) -> Body:
    """A complete body of `data`."""
    body = Body(place, len(data))
    if data:
        body.add(data)
    body.end()
    return body
