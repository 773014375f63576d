"""The durable log: append-only segments, committed in groups, each group and each segment linked to the one before.

A segment is a sequence of records, `length u32 · kind u8 · payload`, in groups that end with a LINK: the SHA-256 over
the link before and every byte since. A group counts when its link does, so a tail torn by a crash is seen and cut off;
nothing in it was ever answered. Room for a segment is taken in advance, and that of the next one too: when the disk is
full the gateway refuses new messages while those under way still find their place.

Commits have no timer: while one is being written the next group gathers.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

_log = logging.getLogger(__name__)
HEADER = struct.Struct(">IB")
LINK_SIZE = sha256().digest_size
FORMAT = 1
_MOST_PARTS = 512
"""In one call of the system (IOV_MAX is 1024)."""
LARGEST_GROUP = 16 * 1024 * 1024
_SWITCH_S = 0.0005
"""How soon Python lets the committing thread on while the loop computes."""


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


class Durability(StrEnum):
    EACH = "each"
    """Answers wait until the disk has them."""
    SYSTEM = "system"
    """Answers wait for the operating system only: survives the process, not the machine."""


_LINK_HEADER = HEADER.pack(LINK_SIZE, Kind.LINK)


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
class _Entry:
    kind: Kind
    payload: bytes
    then: Callable[[], None] | None
    failed: Callable[[Exception], None] | None


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


def _write_all(handle: int, parts: list[bytes], place: int) -> None:
    """Write `parts` one behind the other from `place` on."""
    for first in range(0, len(parts), _MOST_PARTS):
        some = parts[first : first + _MOST_PARTS]
        size = sum(map(len, some))
        written = os.pwritev(handle, some, place)
        if written < size:
            rest = memoryview(b"".join(some))
            while written < size:
                written += os.pwrite(handle, rest[written:], place + written)
        place += size


class Journal:
    """One gateway's log in `folder`. `append` from the loop's thread only."""

    def __init__(
        self,
        folder: Path,
        gateway: str,
        *,
        segment_size: int = 64 * 1024 * 1024,
        durability: Durability = Durability.EACH,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.folder = folder
        self.gateway = gateway
        self.segment_size = segment_size
        self.durability = durability
        self.clock = clock
        self.busy = False
        self.on_idle: list[Callable[[], None]] = []
        """Called once each, when the commit under way has ended."""
        self.on_closed: Callable[[int], None] = lambda number: None
        self.cut = 0
        """Bytes of a torn tail that were cut off at the start."""
        self.groups = self.records = self.bytes = 0
        self.fault = ""
        self._pending: list[_Entry] = []
        self._profiles: dict[int, bytes] = {}
        self._written: set[int] = set()
        self._work: SimpleQueue[list[_Entry] | None] = SimpleQueue()
        self._spare: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # ---- opening

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the folder, mend a torn tail, begin or go on with a segment. Raises JournalError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalError(f"{self.folder} is in use by another gateway: stop it first") from None
        self._recover()
        self._loop = loop
        sys.setswitchinterval(_SWITCH_S)
        self._thread = threading.Thread(target=self._commit_forever, name="journal", daemon=True)
        self._thread.start()

    def _recover(self) -> None:
        found = segments_of(self.folder)
        self.number, self._link = 0, bytes(LINK_SIZE)
        if found:
            self.number, path = found[-1]
            before = self._link_before(path)
            data = path.read_bytes()
            tail = find_tail(data, before)
            self.cut = len(data[tail.offset :].rstrip(b"\0"))
            self._link = tail.link if tail.offset else before
            if not tail.closed and tail.offset:
                if self.cut:
                    _log.warning("%s: %d bytes of a torn tail were cut off", path.name, self.cut)
                self._file = os.open(path, os.O_RDWR)
                os.ftruncate(self._file, tail.offset)
                self._place = tail.offset
                try:
                    os.posix_fallocate(self._file, 0, max(self.segment_size, tail.offset))
                except OSError as error:
                    self.fault = f"no room for the log: {error.strerror}"
                os.fsync(self._file)
                self._take_spare()
                return
            if not tail.offset:  # nothing of it was ever committed
                path.unlink()
                self.number -= 1
        self._take_spare()
        self._begin_segment()

    def _link_before(self, path: Path) -> bytes:
        with path.open("rb") as file:
            start = file.read(HEADER.size)
            if len(start) == HEADER.size:
                length, kind = HEADER.unpack(start)
                if kind == Kind.OPEN:
                    return bytes.fromhex(json.loads(file.read(length))["before"])
        earlier = segments_of(self.folder)[:-1]
        if not earlier:
            return bytes(LINK_SIZE)
        return find_tail(earlier[-1][1].read_bytes(), self._link_before(earlier[-1][1])).link

    # ---- room

    @property
    def spare_path(self) -> Path:
        return self.folder / "next-segment"

    def _take_spare(self) -> None:
        """Take room for the segment after this one, as long as there is none."""
        if self._spare is not None:
            return
        handle = os.open(self.spare_path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self.segment_size)
        except OSError as error:
            os.close(handle)
            self.spare_path.unlink(missing_ok=True)
            self.fault = f"no room for the log: {error.strerror}"
            return
        self._spare = handle
        self.fault = ""

    def has_room(self) -> bool:
        """Whether new messages may be taken: room for the next segment could be had, and the last commit was good."""
        return not self.fault

    def seek_room(self) -> None:
        """Try again after a fault; called now and then."""
        if self.busy or self.has_room():
            return
        if self._spare is None:
            self._take_spare()
        else:
            self.fault = ""

    def _begin_segment(self) -> None:
        if self._spare is None:
            self._take_spare()
        if self._spare is None:
            raise JournalFull(self.fault)
        self.number += 1
        self._file, self._spare = self._spare, None
        self.spare_path.replace(segment_path(self.folder, self.number))
        self._place = 0
        self._written = set()
        told = {
            "format": FORMAT,
            "gateway": self.gateway,
            "segment": self.number,
            "before": self._link.hex(),
            "at": int(self.clock()),
        }
        self._write([_Entry(Kind.OPEN, json.dumps(told).encode(), None, None)])
        self._sync_folder()
        self._take_spare()

    def _sync_folder(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    # ---- appending, on the loop

    def append(
        self,
        kind: Kind,
        payload: bytes,
        then: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Keep a record; `then` is called on the loop once it is safe, `failed` when it could not be kept."""
        self._pending.append(_Entry(kind, payload, then, failed))
        if not self.busy:
            self.busy = True
            assert self._loop is not None
            self._loop.call_soon(self._hand_over)

    def knows(self, profile: int) -> bool:
        return profile in self._profiles

    def add_profile(self, key: int, skeleton: bytes) -> None:
        """Must come before the first batch under it."""
        self._profiles[key] = skeleton

    def _hand_over(self) -> None:
        assert self._loop is not None
        entries, self._pending = self._pending, []
        if entries and self.durability is Durability.SYSTEM:  # nothing to wait for: no other thread
            error = self._try_commit(entries)
            self._loop.call_soon(self._committed, entries, error)
            return
        if entries:
            self._work.put(entries)
            return
        self.busy = False
        self._tell_idle()

    def _committed(self, entries: list[_Entry], error: Exception | None) -> None:
        for each in entries:
            if error is None:
                if each.then is not None:
                    each.then()
            elif each.failed is not None:
                each.failed(error)
        self._tell_idle()
        self._hand_over()

    def _tell_idle(self) -> None:
        calls, self.on_idle = self.on_idle, []
        for call in calls:
            call()

    # ---- committing, in the thread

    def _commit_forever(self) -> None:
        assert self._loop is not None
        while (work := self._work.get()) is not None:
            error = self._try_commit(work)
            try:
                self._loop.call_soon_threadsafe(self._committed, work, error)
            except RuntimeError:  # the loop has ended
                return

    def _try_commit(self, entries: list[_Entry]) -> Exception | None:
        try:
            self._commit(entries)
        except Exception as raised:  # whatever it is, nobody may be told that it was kept
            _log.exception("the log could not be written")
            self.fault = f"the log cannot be written: {raised}"
            return raised
        return None

    def _commit(self, entries: list[_Entry]) -> None:
        group: list[_Entry] = []
        size = 0
        for each in entries:
            if size and size + len(each.payload) > LARGEST_GROUP:
                self._write(group)
                group, size = [], 0
            group.append(each)
            size += len(each.payload)
        self._write(group)
        self.groups += 1

    def _write(self, entries: list[_Entry]) -> None:
        """One group: all of it or, as far as anyone will ever read, nothing."""
        parts, size, profiles = self._encode(entries)
        if self._place and self._place + size > self.segment_size:
            self._turn_over()
            parts, size, profiles = self._encode(entries)
        digest = sha256(self._link)
        for part in parts:
            digest.update(part)
        link = digest.digest()
        parts += [_LINK_HEADER, link]
        _write_all(self._file, parts, self._place)
        if self.durability is Durability.EACH:
            os.fdatasync(self._file)
        self._place += size
        self._link = link
        self._written |= profiles
        self.records += len(entries)
        self.bytes += size

    def _encode(self, entries: list[_Entry]) -> tuple[list[bytes], int, set[int]]:
        parts: list[bytes] = []
        profiles: set[int] = set()
        for each in entries:
            if each.kind is Kind.BATCH:
                key = int.from_bytes(each.payload[:8], "big")
                if key not in self._written and key not in profiles:
                    skeleton = self._profiles[key]
                    parts += [HEADER.pack(len(skeleton), Kind.PROFILE), skeleton]
                    profiles.add(key)
            parts += [HEADER.pack(len(each.payload), each.kind), each.payload]
        return parts, sum(map(len, parts)) + HEADER.size + LINK_SIZE, profiles

    def _turn_over(self) -> None:
        """Close this segment and begin the next in the room that was kept for it."""
        if self._spare is None:
            self._take_spare()
        if self._spare is None:
            raise JournalFull(self.fault)
        place, number = self._file, self.number
        told = json.dumps({"at": int(self.clock())}).encode()
        blob = HEADER.pack(len(told), Kind.CLOSE) + told
        self._link = sha256(self._link + blob).digest()
        blob += HEADER.pack(LINK_SIZE, Kind.LINK) + self._link
        os.pwrite(place, blob, self._place)
        os.ftruncate(place, self._place + len(blob))
        os.fsync(place)
        os.close(place)
        self._begin_segment()
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.on_closed, number)

    # ---- closing

    def close(self) -> None:
        """Commit what is pending and let the folder go."""
        if self._pending:
            entries, self._pending = self._pending, []
            self._work.put(entries)
        self._work.put(None)
        self._thread.join()
        os.ftruncate(self._file, self._place)
        os.fsync(self._file)
        os.close(self._file)
        if self._spare is not None:
            os.close(self._spare)
            self.spare_path.unlink(missing_ok=True)
        os.close(self._lock)
