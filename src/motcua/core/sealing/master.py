"""The master key: wraps data keys, never touches data. A secret of the installation, outside the database.

The secret `data_key` holds one key a line, the newest first; earlier ones stay until everything is wrapped anew.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from motcua.config import home
from motcua.core.sealing.envelope import decode, encode, new_key


class MasterKeyMissing(home.HomeError):
    """A data key is wrapped by a master key that this installation does not have."""


def wrap(key: bytes) -> tuple[str, str]:
    """A data key under the newest master key (AES key wrap, RFC 3394), and that master key's name."""
    name, master = next(iter(_masters().items()))
    return encode(aes_key_wrap(master, key)), name


def unwrap(wrapped: str, name: str) -> bytes:
    """The data key again. Raises MasterKeyMissing."""
    master = _masters().get(name)
    try:
        if master is not None:
            return aes_key_unwrap(master, decode(wrapped))
    except InvalidUnwrap:
        pass
    raise MasterKeyMissing(
        f"The master key {name} is missing, so personal data cannot be read. Restore the secret data_key "
        "(MOTCUA_DATA_KEY_FILE, or secrets/data_key of the home) from a backup of this installation."
    )


def newest() -> str:
    """The name of the master key that wraps from now on."""
    return next(iter(_masters()))


def add_newer() -> str:
    """Put a new master key before the others, in the home's own file; its name."""
    _write([encode(new_key()), *_lines()])
    return newest()


def drop_older() -> None:
    """Keep only the newest master key, when nothing is wrapped by another any more."""
    _write(_lines()[:1])


def _write(lines: list[str]) -> None:
    """Whole or not at all, whatever breaks off: without these lines nothing sealed is ever read again."""
    place = home.folder("secrets") / "data_key"
    aside = place.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(place)


def _lines() -> list[str]:
    return home.secret("data_key", length=32).split()


def _masters() -> dict[str, bytes]:
    return _read(tuple(_lines()))


@lru_cache(maxsize=4)
def _read(lines: tuple[str, ...]) -> dict[str, bytes]:
    keys = [decode(line) for line in lines]
    for key in keys:
        AESGCM(key)  # refuses a key of another length
    return {hashlib.sha256(b"motcua master key" + key).hexdigest()[:12]: key for key in keys}
