"""Answers about single certificates (OCSP, RFC 6960): request bytes in, response bytes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import Enum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from motcua.engines.pki.authority import Revocation
from motcua.engines.pki.keys import PrivateKey

REQUEST_TYPE = "application/ocsp-request"
RESPONSE_TYPE = "application/ocsp-response"


class Standing(Enum):
    GOOD = "good"
    UNKNOWN = "unknown"
    """Not issued here: never to be told as good (RFC 6960 section 2.2)."""


_STATUSES = {Standing.GOOD: ocsp.OCSPCertStatus.GOOD, Standing.UNKNOWN: ocsp.OCSPCertStatus.UNKNOWN}
_REVOKED = ocsp.OCSPCertStatus.REVOKED
Lookup = Callable[[int], Standing | Revocation]
"""How the certificate with this serial number stands."""


class OcspResponder:
    """Answers for one issuer with a delegated certificate, so that the issuer's key can rest."""

    def __init__(
        self,
        issuer: x509.Certificate,
        certificate: x509.Certificate,
        key: PrivateKey,
        lookup: Lookup,
        *,
        lifetime: dt.timedelta = dt.timedelta(hours=24),
    ) -> None:
        if certificate.public_key() != key.public_key():
            raise ValueError("the responder's certificate and key do not belong together")
        self._issuer = issuer
        self._certificate = certificate
        self._key = key
        self._lookup = lookup
        self._lifetime = lifetime

    def respond(self, request: bytes, now: dt.datetime) -> bytes:
        """The response (DER) to a request (DER); what cannot be answered gets the status that says why."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
            issuer_matches = self._is_issuer(asked)
        except (ValueError, NotImplementedError, UnsupportedAlgorithm, x509.UnsupportedGeneralNameType):
            return _refuse(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not issuer_matches:
            return _refuse(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        standing = self._lookup(asked.serial_number)
        revoked = standing if isinstance(standing, Revocation) else None
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=asked.hash_algorithm,
                cert_status=_STATUSES[standing] if isinstance(standing, Standing) else _REVOKED,
                this_update=now,
                next_update=now + self._lifetime,
                revocation_time=revoked.at if revoked else None,
                revocation_reason=revoked.reason if revoked else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self._certificate)
            .certificates([self._certificate])
        )
        nonce = next((e for e in asked.extensions if isinstance(e.value, x509.OCSPNonce)), None)
        if nonce is not None:
            builder = builder.add_extension(nonce.value, critical=False)
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.DER)

    def respond_about(self, certificate: x509.Certificate, now: dt.datetime) -> bytes:
        """A response to keep with a signature, for whoever verifies it without asking."""
        request = ocsp.OCSPRequestBuilder().add_certificate(certificate, self._issuer, SHA256()).build()
        return self.respond(request.public_bytes(Encoding.DER), now)

    def _is_issuer(self, asked: ocsp.OCSPRequest) -> bool:
        return is_about(asked, self._issuer)


def is_about(asked: ocsp.OCSPRequest, issuer: x509.Certificate) -> bool:
    """Whether a question is about a certificate of this issuer: by the hashes of its name and of its key."""
    key = issuer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        bits = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        bits = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    hashes = (asked.issuer_name_hash, asked.issuer_key_hash)
    return hashes == (
        _hash(issuer.subject.public_bytes(), asked.hash_algorithm),
        _hash(bits, asked.hash_algorithm),
    )


def _hash(data: bytes, algorithm: HashAlgorithm) -> bytes:
    digest = Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _refuse(status: ocsp.OCSPResponseStatus) -> bytes:
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
