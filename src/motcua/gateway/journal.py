"""The durable log: append-only segments, committed in groups (their form: `segments.py`).

Room for a segment is taken in advance, and that of the next one too: when the disk is full the gateway refuses new
messages while those under way still find their place.

Commits have no timer: while one is being written the next group gathers. Only what nobody waits for (requests, until
their answers come) waits a moment for company. The loop makes a group ready, and writes it itself where the disk is
quick; else a thread does, and nothing but that, so that it asks for the interpreter as seldom as can be.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue

from motcua.gateway.disk import Disk
from motcua.gateway.room import Room, reserve
from motcua.gateway.segments import (
    FORMAT,
    HEADER,
    LINK_HEADER,
    LINK_SIZE,
    JournalError,
    JournalFull,
    Kind,
    find_tail,
    segment_path,
    segments_of,
    write_at,
)

_log = logging.getLogger(__name__)
LARGEST_GROUP = 16 * 1024 * 1024
_SWITCH_S = 0.0001
"""How soon Python lets the committing thread on while the loop computes."""
_ALONE_S = 0.05
"""How long a record that nobody waits for may wait for others."""


class Durability(StrEnum):
    EACH = "each"
    """Answers wait until the disk has them."""
    SYSTEM = "system"
    """Answers wait for the operating system only: survives the process, not the machine."""


@dataclass(slots=True)
class _Entry:
    kind: Kind
    payload: bytes
    then: Callable[[], None] | None
    failed: Callable[[Exception], None] | None


@dataclass(slots=True)
class _Group:
    """Entries ready to be written, with the link that makes them count."""

    entries: list[_Entry]
    parts: list[bytes]
    size: int
    link: bytes
    profiles: set[int]


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
        self._alone: asyncio.TimerHandle | None = None
        self._work: SimpleQueue[tuple[list[_Entry], _Group | None] | None] = SimpleQueue()
        self._room = Room(folder, segment_size)
        self._disk = Disk()
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
                why = reserve(self._file, max(self.segment_size, tail.offset))
                os.fsync(self._file)
                self.fault = why or self._room.take()
                return
            if not tail.offset:  # nothing of it was ever committed
                path.unlink()
                self.number -= 1
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

    def has_room(self) -> bool:
        """Whether new messages may be taken: room for the next segment could be had, and the last commit was good."""
        return not self.fault

    def seek_room(self) -> None:
        """Try again after a fault; called now and then."""
        if not self.busy and not self.has_room():
            self.fault = self._room.take()

    def _need_room(self) -> None:
        """Raises JournalFull."""
        if not self._room.is_taken:
            self.fault = self._room.take()
            if self.fault:
                raise JournalFull(self.fault)

    def _begin_segment(self) -> None:
        self._need_room()
        self.number += 1
        self._file = self._room.become(segment_path(self.folder, self.number))
        self._place = 0
        self._written = set()
        told = {
            "format": FORMAT,
            "gateway": self.gateway,
            "segment": self.number,
            "before": self._link.hex(),
            "at": int(self.clock()),
        }
        self._write(self._group([_Entry(Kind.OPEN, json.dumps(told).encode(), None, None)]))
        self._sync_folder()
        self.fault = self._room.take()

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
        if self.busy:
            return
        if then is not None or failed is not None:
            self._begin()
        elif self._alone is None:
            assert self._loop is not None
            self._alone = self._loop.call_later(_ALONE_S, self._begin)

    def _begin(self) -> None:
        """Commit once this turn of the loop has brought all that it brings."""
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None
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
        if not entries:
            self.busy = False
            self._tell_idle()
            return
        group = self._group(entries)
        ready = group if self._fits(group) else None
        if self.durability is Durability.SYSTEM or (ready is not None and self._disk.is_quick()):
            self._loop.call_soon(self._committed, entries, self._try_commit(entries, ready))
        else:
            self._work.put((entries, ready))

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
            error = self._try_commit(*work)
            try:
                self._loop.call_soon_threadsafe(self._committed, work[0], error)
            except RuntimeError:  # the loop has ended
                return

    def _try_commit(self, entries: list[_Entry], ready: _Group | None) -> Exception | None:
        try:
            if ready is not None:
                self._write(ready)
            else:
                self._commit_in_parts(entries)
        except Exception as raised:  # whatever it is, nobody may be told that it was kept
            _log.exception("the log could not be written")
            self.fault = f"the log cannot be written: {raised}"
            return raised
        self.groups += 1
        return None

    def _commit_in_parts(self, entries: list[_Entry]) -> None:
        """What is too much for one group, or for the rest of this segment."""
        some: list[_Entry] = []
        size = 0
        for each in [*entries, None]:
            if some and (each is None or size + len(each.payload) > LARGEST_GROUP):
                group = self._group(some)
                if not self._fits(group):
                    self._turn_over()
                    group = self._group(some)
                self._write(group)
                some, size = [], 0
            if each is not None:
                some.append(each)
                size += len(each.payload)

    def _fits(self, group: _Group) -> bool:
        """A segment holds one group at least, however large."""
        return not self._place or (
            group.size <= LARGEST_GROUP and self._place + group.size <= self.segment_size
        )

    def _write(self, group: _Group) -> None:
        """One group: all of it or, as far as anyone will ever read, nothing."""
        begun = time.perf_counter()
        write_at(self._file, group.parts, self._place, durably=self.durability is Durability.EACH)
        self._disk.took(time.perf_counter() - begun)
        self._place += group.size
        self._link = group.link
        self._written |= group.profiles
        self.records += len(group.entries)
        self.bytes += group.size

    def _group(self, entries: list[_Entry]) -> _Group:
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
        digest = sha256(self._link)
        for part in parts:
            digest.update(part)
        parts += [LINK_HEADER, digest.digest()]
        return _Group(entries, parts, sum(map(len, parts)), parts[-1], profiles)

    def _turn_over(self) -> None:
        """Close this segment and begin the next in the room that was kept for it."""
        self._need_room()
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
            self._work.put((entries, None))
        self._work.put(None)
        self._thread.join()
        os.ftruncate(self._file, self._place)
        os.fsync(self._file)
        os.close(self._file)
        self._room.give_back()
        os.close(self._lock)
