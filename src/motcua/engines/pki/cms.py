"""Signed messages (CMS, RFC 5652) with the attributes of CAdES: all that is constant encoded once.

A signer's certificate, its chain and the references to them do not change between signatures; what
changes is a digest, the signature and a time-stamp. Assembling those costs some 0.05 ms.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.engines.pki.der import NULL, context, integer, octets, oid, sequence, set_of, time_of, tlv
from motcua.engines.pki.keys import SignatureAlgorithm

DATA = "1.2.840.113549.1.7.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"

_SIGNED_DATA = oid("1.2.840.113549.1.7.2")
_SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"))
_CONTENT_TYPE = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = oid("1.2.840.113549.1.9.4")
_SIGNING_TIME = oid("1.2.840.113549.1.9.5")
_SIGNING_CERTIFICATE_V2 = oid("1.2.840.113549.1.9.16.2.47")
_TIME_STAMP_TOKEN = oid("1.2.840.113549.1.9.16.2.14")
SIGNATURE_ALGORITHMS = {
    SignatureAlgorithm.ECDSA_SHA256: sequence(oid("1.2.840.10045.4.3.2")),
    SignatureAlgorithm.RSA_SHA256: sequence(oid("1.2.840.113549.1.1.11"), NULL),
}


class MessageFrame:
    """The constant parts of one signer's messages: `certificate` (DER) and the `chain` sent along."""

    def __init__(self, certificate: bytes, chain: tuple[bytes, ...] = ()) -> None:
        parsed = x509.load_der_x509_certificate(certificate)
        self.algorithm = algorithm_of(parsed)
        issuer = parsed.issuer.public_bytes()
        serial = integer(parsed.serial_number)
        self._signer = sequence(issuer, serial)
        self._certificates = context(0, *sorted({certificate, *chain}))  # DER: a set is sorted
        issuer_serial = sequence(sequence(context(4, issuer)), serial)
        reference = sequence(octets(sha256(certificate).digest()), issuer_serial)
        self._reference = _attribute(_SIGNING_CERTIFICATE_V2, sequence(sequence(reference)))
        self._signature_algorithm = SIGNATURE_ALGORITHMS[self.algorithm]

    @property
    def size(self) -> int:
        """Upper bound in bytes of a message without content and time-stamp."""
        return len(self._certificates) + len(self._signer) + len(self._reference) + 1024

    def attributes(self, digest: bytes, content_type: str = DATA, *, at: dt.datetime | None = None) -> bytes:
        """Signed attributes as DER SET, which is what gets signed: content type, digest, certificate, and the claimed
        time `at` where CAdES wants it (PAdES forbids it)."""
        claimed = () if at is None else (_attribute(_SIGNING_TIME, time_of(at)),)
        return set_of(
            _attribute(_CONTENT_TYPE, oid(content_type)),
            _attribute(_MESSAGE_DIGEST, octets(digest)),
            self._reference,
            *claimed,
        )

    def message(
        self,
        attributes: bytes,
        signature: bytes,
        *,
        time_stamp: bytes | None = None,
        content: bytes | None = None,
        content_type: str = DATA,
        with_certificates: bool = True,
    ) -> bytes:
        """The ContentInfo (DER). Without `content` the signature is detached."""
        unsigned = context(1, _attribute(_TIME_STAMP_TOKEN, time_stamp)) if time_stamp else b""
        signer_info = sequence(
            integer(1),
            self._signer,
            _SHA256,
            tlv(0xA0, _contents(attributes)),
            self._signature_algorithm,
            octets(signature),
            unsigned,
        )
        encapsulated = sequence(
            oid(content_type), context(0, octets(content)) if content is not None else b""
        )
        signed_data = sequence(
            integer(1 if content_type == DATA else 3),
            set_of(_SHA256),
            encapsulated,
            self._certificates if with_certificates else b"",
            set_of(signer_info),
        )
        return sequence(_SIGNED_DATA, context(0, signed_data))


@lru_cache(maxsize=512)
def frame_for(certificate: bytes, chain: tuple[bytes, ...] = ()) -> MessageFrame:
    """The frame of this signer, kept between signatures."""
    return MessageFrame(certificate, chain)


def algorithm_of(certificate: x509.Certificate) -> SignatureAlgorithm:
    """The algorithm that the key of this certificate signs with. Raises ValueError for other keys."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return SignatureAlgorithm.ECDSA_SHA256
    if isinstance(key, rsa.RSAPublicKey):
        return SignatureAlgorithm.RSA_SHA256
    raise ValueError(f"keys of {type(key).__name__} do not sign here: use P-256 or RSA")


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _attribute(kind: bytes, value: bytes) -> bytes:
    return sequence(kind, set_of(value))


def _contents(encoded: bytes) -> bytes:
    """The contents octets of one DER value, without tag and length."""
    return encoded[2:] if encoded[1] < 0x80 else encoded[2 + (encoded[1] & 0x7F) :]
