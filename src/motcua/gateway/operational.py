"""Operational data: one record for each exchange and side, appended as lines of JSON, read by the control plane.

Files `operational-NNNNNNNNNN.ndjson` rotate by size; a reader's cursor is `file:offset` and never skips a line.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from pathlib import Path

ROTATE_AT = 32 * 1024 * 1024
KEEP = 64
MOST_LINES = 5_000
_GATHERED = 512
"""Lines in memory at most: writing them is too short a pause to be felt."""


FIELDS = {
    "side": bytes,
    "query_id": bytes,
    "request_id": bytes,
    "client": bytes,
    "service": bytes,
    "method": bytes,
    "purpose": bytes,
    "request_in": float,
    "request_out": float,
    "answer_in": float,
    "answer_out": float,
    "request_size": int,
    "answer_size": int,
    "status": int,
    "fault": bytes,
    "request_digest": bytes,
    "answer_digest": bytes,
}
"""What a line tells: `side` is client or provider, times are seconds (Unix), sizes bytes of bodies; `fault` is empty
when the exchange succeeded, whatever the service said. A digest is base64 of what stands for the message in its batch's
hash chain: the same at both gateways when what they logged is the same, empty when there is no message."""
_FORMS = {bytes: '"%b"', float: "%de-6", int: "%d"}
_LINE = ("{" + ", ".join(f'"{name}": {_FORMS[kind]}' for name, kind in FIELDS.items()) + "}\n").encode()


def _escaped(raw: bytes) -> bytes:
    return json.dumps(raw.decode("latin-1"))[1:-1].encode()


class Operational:
    """Gathers in memory; `flush` writes. At most a second of it is lost in a crash: the journal has the truth."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._gathered: list[bytes] = []
        self.lost = 0
        self.succeeded = 0
        self.failed = 0
        numbers = [number for number, _ in self._files()]
        self._number = numbers[-1] if numbers else 1

    def note(
        self,
        side: bytes,
        query_id: bytes,
        request_id: bytes,
        client: str,
        service: str,
        method: bytes,
        purpose: bytes,
        times: tuple[float, float, float, float],
        sizes: tuple[int, int],
        status: int,
        fault: str,
        digests: tuple[bytes, bytes],
    ) -> None:
        """One exchange as one side saw it: `FIELDS`, digests as bytes."""
        if b'"' in query_id or b"\\" in query_id:
            query_id = _escaped(query_id)
        if purpose:
            purpose = _escaped(purpose)
        request_in, request_out, answer_in, answer_out = times
        request, answer = digests
        self._gathered.append(
            _LINE
            % (
                side,
                query_id,
                request_id,
                client.encode(),
                service.encode(),
                method,
                purpose,
                request_in * 1e6,
                request_out * 1e6,
                answer_in * 1e6,
                answer_out * 1e6,
                *sizes,
                status,
                fault.encode(),
                b2a_base64(request, newline=False),
                b2a_base64(answer, newline=False),
            )
        )
        if fault:
            self.failed += 1
        else:
            self.succeeded += 1
        if len(self._gathered) >= _GATHERED:
            self.flush()

    def flush(self) -> None:
        gathered, self._gathered = self._gathered, []
        if not gathered:
            return
        path = self._path(self._number)
        try:
            with path.open("ab") as file:
                file.write(b"".join(gathered))
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
