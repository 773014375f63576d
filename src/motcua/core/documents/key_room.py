"""The folder of keys and trust as several processes share it: whole files, and one maker at a time."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file; whoever reads it finds the former or the new one, whole."""
    spare = path.with_name(f"{path.name}.new")
    spare.write_bytes(content)
    spare.replace(path)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One process at a time makes keys."""
    lock = home / "keys" / ".lock"
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def passphrase_of(home: Path) -> str:
    """What seals the keys of an installation; made at first use."""
    file = home / "keys" / "passphrase"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(home):
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return file.read_text(encoding="ascii").strip()
