"""Bytes on disk under their SHA-256, in `$MOTCUA_HOME/files`: written aside, synced, then named.

What is there is whole; writing the same twice is writing it once.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from motcua.core.errors import NotFound

UNNAMED_FOR = 24 * 3600  # seconds


def put(content: bytes) -> str:
    """Keep the bytes; returns their digest, 64 hexadecimal digits."""
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    try:
        os.utime(path)  # somebody needs it as of now
    except FileNotFoundError:
        pass
    else:
        return digest
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    spare = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}")
    with spare.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    spare.replace(path)
    return digest


def get(digest: str) -> bytes:
    """The bytes; NotFound when they are not there, an error when they are not what they were."""
    try:
        content = _path(digest).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            "Tệp này không còn trong kho. Báo quản trị viên khôi phục từ bản sao lưu.",
            "The file is not in the store. Ask the administrator to restore it from the backup.",
        ) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise OSError(f"the stored file {digest} has changed on disk")
    return content


def remove(digest: str) -> None:
    """Take away bytes that no row names any more. What somebody has put again within a day stays: their row may not
    be written yet."""
    path = _path(digest)
    aside = path.with_suffix(".gone")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    if time.time() - aside.stat().st_mtime < UNNAMED_FOR:
        aside.rename(path)
    else:
        aside.unlink()


def digests() -> Iterator[str]:
    """Everything in the store."""
    for path in sorted((Path(settings.MOTCUA_HOME) / "files").glob("??/*")):
        if "." not in path.name:
            yield path.name


def _path(digest: str) -> Path:
    return Path(settings.MOTCUA_HOME) / "files" / digest[:2] / digest
