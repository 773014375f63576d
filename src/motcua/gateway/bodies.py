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


class _Spool:
    """A file without a name; its room is given back when nobody needs it any longer."""

    def __init__(self, place: Path) -> None:
        handle, name = tempfile.mkstemp(dir=place)
        os.unlink(name)  # noqa: PTH108  the name is mkstemp's own
        self.handle = handle
        self.digest = sha512()

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self.handle, left) :]
        self.digest.update(data)

    def __del__(self) -> None:
        os.close(self.handle)


class Body:
    """A body as it arrives; complete after `end`."""

    __slots__ = ("_file", "_parts", "_place", "digest", "limit", "size")

    def __init__(self, place: Path, limit: int) -> None:
        self._place = place
        self._parts: list[bytes] = []
        self._file: _Spool | None = None
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
            self._file.write(data)

    def end(self) -> None:
        if self._file is not None:
            self.digest = self._file.digest.digest()
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
        file = self._file
        if file is None:
            yield from self._parts
            return
        offset = 0
        while offset < self.size:
            data = os.pread(file.handle, CHUNK, offset)
            offset += len(data)
            yield data

    def content(self) -> bytes:
        return b"".join(self.chunks())

    def drop(self) -> None:
        """Give its room back."""
        self._parts = []
        self._file = None

    def _spill(self) -> None:
        self._file = _Spool(self._place)
        for part in self._parts:
            self._file.write(part)
        self._parts = []


_NOWHERE = Path()
NO_BODY = Body(_NOWHERE, 0)


def body_of(place: Path, data: bytes) -> Body:
    """A complete body of `data`."""
    if not data:
        return NO_BODY
    body = Body(place, len(data))
    body.add(data)
    body.end()
    return body


def body_in_memory(data: bytes) -> Body:
    """A complete body of `data`, whatever its size: it is in memory already."""
    if not data:
        return NO_BODY
    body = Body(_NOWHERE, 0)
    body._parts = [data]
    body.size = len(data)
    body.digest = sha512(data).digest()
    return body
