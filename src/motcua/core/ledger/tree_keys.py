"""The keys that sign tree heads for outsiders: ECDSA P-256, files of the home, one after another with an overlap.

Each key but the first is endorsed by its predecessor, so whoever knew an old key can follow to the present one,
however long they were away.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from motcua.config.home import keep_once
from motcua.core import clock
from motcua.engines.merkle import verifier

OVERLAP = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TreeKey:
    """A public key of the log. `signs_until` is empty for the newest; `endorsement` is its predecessor's signature."""

    key_id: str
    public_key: str
    since: str
    signs_until: str
    endorsed_by: str
    endorsement: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def chain() -> list[TreeKey]:
    """All keys, oldest first; the first is made at first need."""
    folder = _folder()
    if not (folder / "keys.json").exists():
        _found(folder)
    file = folder / "keys.json"
    seen = file.stat()
    return list(_read(file, seen.st_mtime_ns, seen.st_ino))


@lru_cache(maxsize=4)
def _read(file: Path, changed: int, inode: int) -> tuple[TreeKey, ...]:
    """The chain in the file, read once for each time it was written: every proof tells it."""
    return tuple(TreeKey(**each) for each in json.loads(file.read_text(encoding="utf-8")))


def signing(at: dt.datetime) -> list[TreeKey]:
    """The keys that sign a head at this moment: the newest, and those still in their overlap."""
    return [key for key in chain() if not key.signs_until or dt.datetime.fromisoformat(key.signs_until) > at]


def sign(key: TreeKey, data: bytes) -> bytes:
    """DER signature, ECDSA P-256 with SHA-256."""
    return _private(_folder(), key.key_id).sign(data, ec.ECDSA(hashes.SHA256()))


def rotate(overlap: dt.timedelta = OVERLAP) -> TreeKey:
    """A new key takes over; the one before signs beside it for the overlap."""
    folder, known, now = _folder(), chain(), clock.now()
    last = known[-1]
    key_id, public = _make(folder)
    since = now.astimezone(dt.UTC).isoformat(timespec="seconds")
    endorsement = sign(last, verifier.endorsed_bytes(public, since))
    closed = TreeKey(**{**asdict(last), "signs_until": (now + overlap).astimezone(dt.UTC).isoformat()})
    new = TreeKey(key_id, public, since, "", last.key_id, _b64(endorsement))
    _write(folder, [*known[:-1], closed, new])
    return new


def _found(folder: Path) -> None:
    key_id, public = _make(folder)
    since = clock.now().astimezone(dt.UTC).isoformat(timespec="seconds")
    kept = keep_once(folder / "keys.json", _text([TreeKey(key_id, public, since, "", "", "")]))
    if key_id not in kept:  # of two who start at once, the first one's key stays
        (folder / f"{key_id}.pem").unlink()


def _make(folder: Path) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key_id = hashlib.sha256(der).hexdigest()[:16]
    file = folder / f"{key_id}.pem"
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key_id, _b64(der)


def _private(folder: Path, key_id: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key((folder / f"{key_id}.pem").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / key_id}.pem does not hold a key of an elliptic curve")
    return key


def _write(folder: Path, known: list[TreeKey]) -> None:
    spare = folder / f"keys.{os.getpid()}"
    spare.write_text(_text(known), encoding="utf-8")
    spare.replace(folder / "keys.json")


def _text(known: list[TreeKey]) -> str:
    return json.dumps([asdict(key) for key in known], indent=1)


def _folder() -> Path:
    folder = Path(settings.MOTCUA_HOME) / "keys" / "tree-heads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
