"""Operational data: one record for each exchange and side, appended as lines of JSON, read by the control plane.

Files `operational-NNNNNNNNNN.ndjson` rotate by size; a reader's cursor is `file:offset` and never skips a line.
"""

from __future__ import annotations

from json.encoder import encode_basestring
from pathlib import Path
from typing import NamedTuple

ROTATE_AT = 32 * 1024 * 1024
KEEP = 64
MOST_LINES = 5_000


class Record(NamedTuple):
    """Times in seconds (Unix), sizes of bodies in bytes."""

    side: str
    """`client` or `provider`."""
    query_id: str
    request_id: str
    client: str
    service: str
    method: str
    purpose: str
    request_in: float
    request_out: float
    answer_in: float
    answer_out: float
    request_size: int
    answer_size: int
    status: int
    fault: str
    """Empty when the exchange succeeded, whatever the service said."""


_LINE = "{" + ", ".join(f'"{name}": %s' for name in Record._fields) + "}\n"


def _line(record: Record) -> str:
    """One line of JSON."""
    return _LINE % tuple([encode_basestring(each) if isinstance(each, str) else each for each in record])


class Operational:
    """Gathers in memory; `flush` writes. At most a second of it is lost in a crash: the journal has the truth."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._gathered: list[Record] = []
        self.lost = 0
        self.succeeded = 0
        self.failed = 0
        numbers = [number for number, _ in self._files()]
        self._number = numbers[-1] if numbers else 1

    def note(self, record: Record) -> None:
        self._gathered.append(record)
        if record.fault:
            self.failed += 1
        else:
            self.succeeded += 1

    def flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if not gathered:
            return
        lines = "".join(map(_line, gathered))
        path = self._path(self._number)
        try:
            with path.open("ab") as file:
                file.write(lines.encode())
                size = file.tell()
        except OSError:  # a full disk stops the journal, and with it the exchange; counts may wait
            self.lost += len(gathered)
            return
        if size > ROTATE_AT:
            self._number += 1
            for _, old in self._files()[:-KEEP]:
                old.unlink()

    def read(self, after: str, limit: int = MOST_LINES) -> tuple[list[str], str]:
        """(lines, cursor) behind the cursor `after` (empty: from the first that is kept). Raises ValueError."""
        number, offset = 0, 0
        if after:
            told, _, at = after.partition(":")
            number, offset = int(told), int(at)
        lines: list[str] = []
        files = self._files()
        for each, path in files:
            if each < number:
                continue
            start = offset if each == number else 0
            with path.open("rb") as file:
                file.seek(start)
                while len(lines) < limit and (line := file.readline()).endswith(b"\n"):
                    lines.append(line.decode().rstrip("\n"))
                    start += len(line)
            after = f"{each}:{start}"
            if len(lines) >= limit:
                break
        return lines, after

    def _path(self, number: int) -> Path:
        return self.folder / f"operational-{number:010d}.ndjson"

    def _files(self) -> list[tuple[int, Path]]:
        return sorted(
            (int(path.stem.rpartition("-")[2]), path) for path in self.folder.glob("operational-*.ndjson")
        )
