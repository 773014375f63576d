"""The key that signs tree heads: Ed25519, a file of the installation's home, never in the database."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from motcua.config.home import keep_once


def signing_key() -> Ed25519PrivateKey:
    return _key(str(settings.MOTCUA_HOME))


def public_bytes() -> bytes:
    """The raw public key, 32 bytes: what a witness needs."""
    return signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id() -> str:
    """First 16 hexadecimal digits of the public key's SHA-256."""
    return hashlib.sha256(public_bytes()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _key(home: str) -> Ed25519PrivateKey:
    file = Path(home) / "keys" / "log.pem"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        keep_once(file, pem.decode("ascii"))
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{file} does not hold an Ed25519 key")
    return key
