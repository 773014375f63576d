"""Keys and where they are kept: the port that a token, an HSM or a remote signing service also fits."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
Sign = Callable[[bytes], bytes]
"""Signs data (hashing it with SHA-256) with one key."""

_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


class KeyKind(StrEnum):
    P256 = "p256"
    RSA2048 = "rsa2048"
    RSA3072 = "rsa3072"


class SignatureAlgorithm(StrEnum):
    ECDSA_SHA256 = "ecdsa-sha256"
    RSA_SHA256 = "rsa-sha256"
    """PKCS #1 v1.5, which every reader of PDF signatures knows."""


class KeyStoreError(Exception):
    """A key is absent, present twice, or cannot be opened; the message says which and why."""


class KeyStore(Protocol):
    """What signing asks of a key store. The private key never leaves it."""

    def sign(
        self, key_id: str, data: bytes, algorithm: SignatureAlgorithm, *, prehashed: bool = False
    ) -> bytes:
        """Signature over `data`, or over the SHA-256 digest that `data` is when `prehashed`."""
        ...

    def certificate(self, key_id: str) -> x509.Certificate: ...

    def chain(self, key_id: str) -> tuple[x509.Certificate, ...]:
        """Certificates above the key's own, its issuer first."""
        ...


def generate_key(kind: KeyKind = KeyKind.P256) -> PrivateKey:
    if kind is KeyKind.P256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 3072 if kind is KeyKind.RSA3072 else 2048)


def sign_with(
    key: PrivateKey, data: bytes, algorithm: SignatureAlgorithm | None = None, *, prehashed: bool = False
) -> bytes:
    """Sign with a key at hand. Raises KeyStoreError when the algorithm is for another kind of key."""
    hashing = Prehashed(SHA256()) if prehashed else SHA256()
    if isinstance(key, ec.EllipticCurvePrivateKey) and algorithm != SignatureAlgorithm.RSA_SHA256:
        return key.sign(data, ec.ECDSA(hashing))
    if isinstance(key, rsa.RSAPrivateKey) and algorithm != SignatureAlgorithm.ECDSA_SHA256:
        return key.sign(data, padding.PKCS1v15(), hashing)
    raise KeyStoreError(f"a key of {type(key).__name__} cannot sign with {algorithm}")


class FileKeyStore:
    """Keys as encrypted PKCS #8 files in one folder, each beside its certificates; outside the database.

    A key is decrypted at its first use and then held in memory: opening one costs up to 60 ms.
    The folder is readable by its owner only. Safe to share between threads.
    """

    def __init__(self, folder: Path | str, passphrase: str) -> None:
        if len(passphrase) < 8:
            raise KeyStoreError("the passphrase of the key store needs at least 8 characters")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._passphrase = passphrase.encode()
        self._keys: dict[str, PrivateKey] = {}
        self._certificates: dict[str, tuple[int, tuple[x509.Certificate, ...]]] = {}
        self._lock = Lock()

    def create(self, key_id: str, kind: KeyKind = KeyKind.P256) -> PublicKey:
        """Make a key that was not there before and return its public half."""
        key = generate_key(kind)
        self.add(key_id, key)
        return key.public_key()

    def add(self, key_id: str, key: PrivateKey) -> None:
        """Keep an existing key under a new id. An id is never given twice."""
        encrypted = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(self._passphrase)
        )
        path = self._path(key_id, "key")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyStoreError(f"there is a key {key_id!r} already; keys are never overwritten") from None
        with os.fdopen(handle, "wb") as file:
            file.write(encrypted)
            file.flush()
            os.fsync(file.fileno())
        with self._lock:
            self._keys[key_id] = key

    def install(
        self, key_id: str, certificate: x509.Certificate, chain: Sequence[x509.Certificate] = ()
    ) -> None:
        """Put the certificate of a key (and those above it) beside it; a renewal replaces the former."""
        if certificate.public_key() != self.private_key(key_id).public_key():
            raise KeyStoreError(f"this certificate is not for the key {key_id!r}")
        path = self._path(key_id, "pem")
        fresh = path.with_suffix(".new")
        fresh.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in (certificate, *chain)))
        fresh.replace(path)

    def remove(self, key_id: str) -> None:
        """Take a key out for good; its certificates stay. Whoever does so holds a copy elsewhere, or wants none."""
        path = self._path(key_id, "key")
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        with self._lock:
            self._keys.pop(key_id, None)

    def sign(
        self, key_id: str, data: bytes, algorithm: SignatureAlgorithm, *, prehashed: bool = False
    ) -> bytes:
        return sign_with(self.private_key(key_id), data, algorithm, prehashed=prehashed)

    def certificate(self, key_id: str) -> x509.Certificate:
        return self._installed(key_id)[0]

    def chain(self, key_id: str) -> tuple[x509.Certificate, ...]:
        return self._installed(key_id)[1:]

    def key_ids(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.key"))

    def certified_ids(self) -> list[str]:
        """Of the keys that have their certificate; one made for a request waits for it without."""
        return [key_id for key_id in self.key_ids() if self._path(key_id, "pem").exists()]

    def private_key(self, key_id: str) -> PrivateKey:
        """The key itself, for an authority that issues certificates; documents are signed by `sign`."""
        with self._lock:
            if key_id not in self._keys:
                self._keys[key_id] = self._open(key_id)
            return self._keys[key_id]

    def _open(self, key_id: str) -> PrivateKey:
        path = self._path(key_id, "key")
        try:
            key = load_pem_private_key(path.read_bytes(), self._passphrase)
        except FileNotFoundError:
            raise KeyStoreError(f"there is no key {key_id!r} in {self.folder}") from None
        except ValueError as error:
            raise KeyStoreError(f"the key {key_id!r} does not open with this passphrase: {error}") from error
        if not isinstance(key, PrivateKey):
            raise KeyStoreError(f"the key {key_id!r} is neither P-256 nor RSA")
        return key

    def _installed(self, key_id: str) -> tuple[x509.Certificate, ...]:
        """Certificates as they lie in the folder now: another process may have installed a renewal."""
        path = self._path(key_id, "pem")
        try:
            written = path.stat().st_mtime_ns
        except FileNotFoundError:
            raise KeyStoreError(f"the key {key_id!r} has no certificate yet: install one") from None
        with self._lock:
            if self._certificates.get(key_id, (0, ()))[0] != written:
                loaded = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
                self._certificates[key_id] = written, loaded
            return self._certificates[key_id][1]

    def _path(self, key_id: str, suffix: str) -> Path:
        if not _KEY_ID.fullmatch(key_id):
            raise KeyStoreError(f"a key id has letters, digits, '.', '_' and '-' only, not {key_id!r}")
        return self.folder / f"{key_id}.{suffix}"
