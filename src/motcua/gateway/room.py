"""Room on the disk, taken before it is needed."""

from __future__ import annotations

import os
from pathlib import Path


class Room:
    """Room for the segment after the one being written: a file of its size with nothing in it yet."""

    def __init__(self, folder: Path, size: int) -> None:
        self.path = folder / "next-segment"
        self._size = size
        self._handle: int | None = None

    @property
    def is_taken(self) -> bool:
        return self._handle is not None

    def take(self) -> str:
        """Take it unless it is taken; why that cannot be done, or nothing."""
        if self._handle is not None:
            return ""
        handle = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
        why = reserve(handle, self._size)
        if why:
            os.close(handle)
            self.path.unlink(missing_ok=True)
        else:
            self._handle = handle
        return why

    def become(self, path: Path) -> int:
        """The file, open, under its name as a segment."""
        assert self._handle is not None
        handle, self._handle = self._handle, None
        self.path.replace(path)
        return handle

    def give_back(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
            self.path.unlink(missing_ok=True)


def reserve(handle: int, size: int) -> str:
    """Have the disk hold `size` bytes for a file; why it cannot, or nothing."""
    try:
        os.posix_fallocate(handle, 0, size)
    except OSError as error:
        return f"no room for the log: {error.strerror}"
    return ""
