"""Rotation: closed segments that are old enough, and time-stamped as far as that is asked for, go to the archive.

An archived segment is the same bytes, compressed. `archive/index.ndjson` names for each its SHA-256, its last link and
the link before it, so that the chain is followed through the archive, segment by segment, by the same verifier.
"""

from __future__ import annotations

import gzip
import json
import os
from hashlib import sha256
from pathlib import Path

from motcua.gateway.reading import link_before, read_segment, unstamped_in
from motcua.gateway.segments import find_tail, segments_of

INDEX = "index.ndjson"


def archive_old(journal: Path, archive: Path, *, before: float, needs_stamps: bool) -> list[int]:
    """Move closed segments last written before `before` (Unix time), the oldest first; their numbers. The newest
    segment stays, and with `needs_stamps` the first that still waits for a time-stamp and all after it. Blocks."""
    moved = []
    found = segments_of(journal)
    for number, path in found[:-1]:
        if path.stat().st_mtime >= before:
            break
        data = read_segment(path)
        link = link_before(data)
        if link is None:
            break
        tail = find_tail(data, link)
        if not tail.closed or (needs_stamps and unstamped_in(journal, number)):
            break
        _keep(archive, path, data, {"segment": number, "before": link.hex(), "last": tail.link.hex()})
        path.unlink()
        moved.append(number)
    return moved


def _keep(archive: Path, path: Path, data: bytes, told: dict[str, object]) -> None:
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = archive / f".{path.name}.gz"
    with aside.open("wb") as file:
        file.write(gzip.compress(data, 6, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(archive / f"{path.name}.gz")
    with (archive / INDEX).open("a", encoding="utf-8") as index:
        index.write(json.dumps({**told, "sha256": sha256(data).hexdigest()}) + "\n")
        index.flush()
        os.fsync(index.fileno())
