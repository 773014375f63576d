"""Keys on a token or in a security module, reached by PKCS #11: the private key never leaves the device.

A PIN is handed on and forgotten. What the device answers is turned into the few things that a person can act on:
no token, wrong PIN and whether another try would lock it, locked, no such key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from motcua.engines.pki.keys import KeyKind, KeyStoreError, PublicKey, SignatureAlgorithm

_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # DigestInfo, RFC 8017 section 9.2
_BITS = {KeyKind.RSA2048: 2048, KeyKind.RSA3072: 3072}
_ONE_AT_A_TIME = RLock()
"""PKCS #11 modules differ in what they allow several threads; a token signs one thing after another anyway."""


class TokenAbsent(KeyStoreError):
    """The device is not plugged in, or its driver is not installed."""


class WrongPin(KeyStoreError):
    """The PIN was not accepted. `last_try`: one more mistake locks the device."""

    def __init__(self, message: str, *, last_try: bool = False) -> None:
        super().__init__(message)
        self.last_try = last_try


class TokenLocked(KeyStoreError):
    """Too many wrong PINs: only who issued the device can open it again."""


@dataclass(frozen=True, slots=True)
class TokenCertificate:
    """A certificate on the device and the identifier that it shares with its key."""

    key_id: bytes
    label: str
    certificate: x509.Certificate


class Token:
    """One device, by the label or serial number of its token; the first one found where neither is given."""

    def __init__(self, module: Path | str, *, label: str = "", serial: str = "") -> None:
        self._module, self._label, self._serial = str(module), label, serial

    def certificates(self) -> list[TokenCertificate]:
        """The certificates that the device shows without a PIN. Raises TokenAbsent."""
        with self._open(None) as session:
            found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            return [
                TokenCertificate(
                    bytes(each[Attribute.ID]),
                    str(each[Attribute.LABEL]),
                    x509.load_der_x509_certificate(bytes(each[Attribute.VALUE])),
                )
                for each in found
            ]

    def certificate_with_serial(self, serial: int) -> TokenCertificate | None:
        """The certificate of that serial number, None when the device holds another person's."""
        return next((one for one in self.certificates() if one.certificate.serial_number == serial), None)

    def sign(
        self,
        pin: str,
        key_id: bytes,
        data: bytes,
        algorithm: SignatureAlgorithm,
        *,
        prehashed: bool = False,
    ) -> bytes:
        """Signature over `data` (or over the SHA-256 digest that it is) by the key of that identifier."""
        return self.sign_all(pin, key_id, [data], algorithm, prehashed=prehashed)[0]

    def sign_all(
        self,
        pin: str,
        key_id: bytes,
        each: list[bytes],
        algorithm: SignatureAlgorithm,
        *,
        prehashed: bool = False,
    ) -> list[bytes]:
        """Signatures over several, under one PIN. Raises TokenAbsent, WrongPin, TokenLocked, KeyStoreError."""
        digests = [data if prehashed else sha256(data).digest() for data in each]
        with self._open(pin) as session:
            try:
                key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=key_id)
            except pkcs11.exceptions.NoSuchKey:
                raise KeyStoreError(f"the device holds no key {key_id.hex()}") from None
            return [_sign(key, digest, algorithm) for digest in digests]

    def generate(self, pin: str, label: str, key_id: bytes, kind: KeyKind = KeyKind.P256) -> PublicKey:
        """Make a key pair inside the device and return its public half."""
        with self._open(pin, write=True) as session:
            known = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key_id}
            if any(True for _ in session.get_objects(known)):
                raise KeyStoreError(
                    f"the device holds a key {key_id.hex()} already; keys are never overwritten"
                )
            if kind is KeyKind.P256:
                curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
                domain = session.create_domain_parameters(KeyType.EC, curve, local=True)
                public, _ = domain.generate_keypair(store=True, label=label, id=key_id)
                encoded = encode_ec_public_key(public)
            else:
                bits = _BITS[kind]
                public, _ = session.generate_keypair(KeyType.RSA, bits, store=True, label=label, id=key_id)
                encoded = encode_rsa_public_key(public)
        key: PublicKey = load_der_public_key(encoded)  # type: ignore[assignment]
        return key

    def key_id_of(self, pin: str, certificate: x509.Certificate) -> bytes:
        """The identifier of the key on the device for which a certificate was issued. Raises KeyStoreError."""
        wanted = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with self._open(pin) as session:
            for public in session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY}):
                is_rsa = public.key_type is KeyType.RSA
                encoded = encode_rsa_public_key(public) if is_rsa else encode_ec_public_key(public)
                key = load_der_public_key(encoded)
                if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == wanted:
                    return bytes(public[Attribute.ID])
        raise KeyStoreError("the device holds no key for which this certificate was issued")

    def install(self, pin: str, label: str, key_id: bytes, certificate: x509.Certificate) -> None:
        """Put a certificate beside its key on the device; a former one of the same key stays."""
        with self._open(pin, write=True) as session:
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.LABEL: label,
                    Attribute.ID: key_id,
                    Attribute.SUBJECT: certificate.subject.public_bytes(),
                    Attribute.ISSUER: certificate.issuer.public_bytes(),
                    Attribute.SERIAL_NUMBER: certificate.serial_number.to_bytes(20, "big").lstrip(b"\0"),
                    Attribute.VALUE: certificate.public_bytes(Encoding.DER),
                }
            )

    @contextmanager
    def _open(self, pin: str | None, *, write: bool = False) -> Iterator[Any]:
        with _ONE_AT_A_TIME:
            token = self._find()
            if pin is not None and TokenFlag.USER_PIN_LOCKED in token.flags:
                raise TokenLocked("the device is locked after too many wrong PINs")
            try:
                session = token.open(rw=write, user_pin=pin)
            except (
                pkcs11.exceptions.PinIncorrect,
                pkcs11.exceptions.PinLenRange,
                pkcs11.exceptions.PinInvalid,
            ):
                last = TokenFlag.USER_PIN_FINAL_TRY in self._find().flags
                warning = "; one more mistake locks the device" if last else ""
                raise WrongPin(f"the PIN is not right{warning}", last_try=last) from None
            except pkcs11.exceptions.PinLocked:
                raise TokenLocked("the device is locked after too many wrong PINs") from None
            try:
                yield session
            except (pkcs11.exceptions.DeviceRemoved, pkcs11.exceptions.TokenNotPresent):
                raise TokenAbsent("the device was pulled out while it signed") from None
            except pkcs11.exceptions.PKCS11Error as error:
                raise KeyStoreError(f"the device refused: {type(error).__name__} {error}".strip()) from error
            finally:
                session.close()

    def _find(self) -> Any:
        try:
            library = pkcs11.lib(self._module)
        except (RuntimeError, pkcs11.exceptions.PKCS11Error) as error:
            raise TokenAbsent(f"the driver {self._module} cannot be loaded: {error}") from error
        for slot in library.get_slots(token_present=True):
            try:
                token = slot.get_token()
            except pkcs11.exceptions.PKCS11Error:
                continue
            if TokenFlag.TOKEN_INITIALIZED not in token.flags:
                continue
            serial = (
                token.serial.decode(errors="replace") if isinstance(token.serial, bytes) else token.serial
            )
            if self._label in ("", token.label) and self._serial in ("", serial):
                return token
        wanted = self._label or self._serial
        raise TokenAbsent(f"no device{f' {wanted!r}' if wanted else ''} is plugged in")


class Pkcs11KeyStore:
    """A security module of the installation as a key store; a key's id is the label of its certificate."""

    def __init__(self, token: Token, pin: str) -> None:
        self._token, self._pin = token, pin

    def sign(
        self, key_id: str, data: bytes, algorithm: SignatureAlgorithm, *, prehashed: bool = False
    ) -> bytes:
        held = self._held(key_id)
        return self._token.sign(self._pin, held.key_id, data, algorithm, prehashed=prehashed)

    def certificate(self, key_id: str) -> x509.Certificate:
        return self._held(key_id).certificate

    def chain(self, key_id: str) -> tuple[x509.Certificate, ...]:
        """The certificates above it that lie on the device too, its issuer first."""
        by_subject = {one.certificate.subject: one.certificate for one in self._token.certificates()}
        above: list[x509.Certificate] = []
        current = self.certificate(key_id)
        while current.issuer != current.subject and current.issuer in by_subject:
            current = by_subject[current.issuer]
            above.append(current)
        return tuple(above)

    def create(self, key_id: str, kind: KeyKind = KeyKind.P256) -> PublicKey:
        """Make a key in the module."""
        return self._token.generate(self._pin, key_id, _identifier(key_id), kind)

    def install(self, key_id: str, certificate: x509.Certificate) -> None:
        """Put the certificate of a key beside it."""
        self._token.install(self._pin, key_id, _identifier(key_id), certificate)

    def _held(self, key_id: str) -> TokenCertificate:
        found = [one for one in self._token.certificates() if one.label == key_id]
        if not found:
            raise KeyStoreError(f"the device holds no certificate labelled {key_id!r}")
        return max(found, key=lambda one: one.certificate.not_valid_before_utc)


def _identifier(key_id: str) -> bytes:
    return sha256(key_id.encode()).digest()[:20]


def _sign(key: Any, digest: bytes, algorithm: SignatureAlgorithm) -> bytes:
    if algorithm is SignatureAlgorithm.ECDSA_SHA256:
        return bytes(encode_ecdsa_signature(key.sign(digest, mechanism=Mechanism.ECDSA)))
    return bytes(key.sign(_SHA256_PREFIX + digest, mechanism=Mechanism.RSA_PKCS))
