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
    """A complete body."""

    __slots__ = ("digest", "inline", "size")

    def __init__(self, inline: bytes | None, digest: bytes | None, size: int) -> None:
        self.inline = inline
        """The body when it is in memory; b"" for none; None when it is in a file."""
        self.digest = digest
        """Its SHA-512; None for no body."""
        self.size = size

    def chunks(self) -> Iterator[bytes]:
        """All of it, once more from the start each time."""
        if self.inline:
            yield self.inline

    def content(self) -> bytes:
        return b"".join(self.chunks())

    def drop(self) -> None:
        """Give its room back."""


class ArrivingBody(Body):
    """A body as it arrives; complete after `end`, and only then of any size or digest that counts."""

    __slots__ = ("_file", "_parts", "_place", "limit")

    def __init__(self, place: Path, limit: int) -> None:
        super().__init__(None, None, 0)
        self._place = place
        self._parts: list[bytes] = []
        self._file: _Spool | None = None
        self.limit = limit

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
            return
        self.inline = b"".join(self._parts)
        self._parts = []
        if self.inline:
            self.digest = sha512(self.inline).digest()

    def chunks(self) -> Iterator[bytes]:
        file = self._file
        if file is None:
            yield from super().chunks()
            return
        offset = 0
        while offset < self.size:
            data = os.pread(file.handle, CHUNK, offset)
            offset += len(data)
            yield data

    def drop(self) -> None:
        self._parts = []
        self.inline = self._file = None

    def _spill(self) -> None:
        self._file = _Spool(self._place)
        for part in self._parts:
            self._file.write(part)
        self._parts = []


NO_BODY = Body(b"", None, 0)


def body_of(place: Path, data: bytes) -> Body:
    """A complete body of `data`, in a file when it is large."""
    if len(data) <= IN_MEMORY:
        return body_in_memory(data)
    body = ArrivingBody(place, len(data))
    body.add(data)
    body.end()
    return body


def body_in_memory(data: bytes) -> Body:
    """A complete body of `data`, whatever its size: it is in memory already."""
    return Body(data, sha512(data).digest(), len(data)) if data else NO_BODY
