"""One sealed value: AES-256-GCM under a data key that the value names, bound to the column it stands in.

Text, so that it passes through JSON and SQL functions as any text: `sealed1:` key id `:` base64url(nonce, ciphertext,
tag). The nonce is random (NIST SP 800-38D §8.2.2: at most 2³² values under one key, which groups and rotation keep far
away).
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = "sealed1:"
ID_LENGTH = 11
"""Characters of a key id: 8 random bytes, base64url."""
NONCE = 12  # bytes
KEY = 32  # bytes


class Unreadable(ValueError):
    """A sealed value was altered, moved to another column, or sealed under another key."""


def new_key() -> bytes:
    return os.urandom(KEY)


def new_id() -> str:
    return encode(os.urandom(8))


def seal(cipher: AESGCM, key_id: str, text: str, place: str) -> str:
    """`text` sealed for `place`, such as `identity_party.phone`."""
    nonce = os.urandom(NONCE)
    hidden = cipher.encrypt(nonce, text.encode("utf-8"), place.encode("ascii"))
    return f"{MARK}{key_id}:{encode(nonce + hidden)}"


def is_sealed(value: str) -> bool:
    return value.startswith(MARK)


def key_id_of(value: str) -> str:
    return value[len(MARK) : len(MARK) + ID_LENGTH]


def unseal(cipher: AESGCM, value: str, place: str) -> str:
    """The text of a value sealed for `place`. Raises Unreadable."""
    try:
        content = decode(value[len(MARK) + ID_LENGTH + 1 :])
        return cipher.decrypt(content[:NONCE], content[NONCE:], place.encode("ascii")).decode("utf-8")
    except (InvalidTag, ValueError) as wrong:
        raise Unreadable(f"a value of {place} cannot be read: it was altered or moved") from wrong


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
