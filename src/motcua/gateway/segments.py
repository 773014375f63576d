"""The files of the log: segments of records in groups, each group and each segment linked to the one before.

A segment is a sequence of records, `length u32 · kind u8 · payload`, in groups that end with a LINK: the SHA-256 over
the link before and every byte since. A group counts when its link does, so a tail torn by a crash is seen and cut off;
nothing in it was ever answered.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from pathlib import Path

HEADER = struct.Struct(">IB")
LINK_SIZE = sha256().digest_size
FORMAT = 2
_MOST_PARTS = 512
"""In one call of the system (IOV_MAX is 1024)."""
_AND_SYNC = getattr(os, "RWF_DSYNC", None)


class Kind(IntEnum):
    OPEN = 1
    """JSON: format, gateway, segment, link of the segment before (hex), time."""
    PROFILE = 2
    """A profile's skeleton, before its first batch in the segment."""
    BATCH = 3
    STAMP = 4
    """A time-stamp over the signatures of batches before."""
    LINK = 5
    CLOSE = 6
    """JSON: time; nothing follows its link."""


LINK_HEADER = HEADER.pack(LINK_SIZE, Kind.LINK)


class JournalError(Exception):
    """The log cannot be written or read; the message says why."""


class JournalFull(JournalError):
    """There is no room for another message."""


def segment_path(folder: Path, number: int) -> Path:
    return folder / f"journal-{number:010d}.log"


def segments_of(folder: Path) -> list[tuple[int, Path]]:
    """All segments by number; those of an archive end in `.gz`."""
    return sorted((int(path.name[8:18]), path) for path in folder.glob("journal-*.log*"))


@dataclass(slots=True)
class Tail:
    """Where a segment ends: the offset behind its last valid group, the link there, and whether it was closed."""

    offset: int
    link: bytes
    closed: bool


def find_tail(data: bytes | memoryview, before: bytes) -> Tail:
    """Walk a segment's groups. `before` is the link of the segment before."""
    place, good, link, closed, closing = 0, 0, before, False, False
    digest = sha256(before)
    while place + HEADER.size <= len(data):
        length, kind = HEADER.unpack_from(data, place)
        end = place + HEADER.size + length
        if not kind or end > len(data):
            break
        if kind == Kind.LINK:
            if length != LINK_SIZE or digest.digest() != data[end - length : end]:
                break
            link = bytes(data[end - length : end])
            digest = sha256(link)
            good, closed = end, closing
        else:
            closing = kind == Kind.CLOSE
            digest.update(data[place:end])
        place = end
    return Tail(good, link, closed)


def write_at(handle: int, parts: Sequence[bytes], place: int, *, durably: bool) -> None:
    """Write `parts` one behind the other from `place` on; `durably`: they are on the disk when this ends."""
    for first in range(0, len(parts), _MOST_PARTS):
        some = parts[first : first + _MOST_PARTS]
        size = sum(map(len, some))
        if durably and _AND_SYNC is not None:
            written = os.pwritev(handle, some, place, _AND_SYNC)
        else:
            written = os.pwritev(handle, some, place)
        if written < size:
            rest = memoryview(b"".join(some))
            while written < size:
                written += os.pwrite(handle, rest[written:], place + written)
            if durably:
                os.fdatasync(handle)
        elif durably and _AND_SYNC is None:
            os.fdatasync(handle)
        place += size
