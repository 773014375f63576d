"""Certificate requests (PKCS #10, RFC 2986) from keys that were made elsewhere, on a token for example."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from motcua.engines.pki.cms import SIGNATURE_ALGORITHMS
from motcua.engines.pki.der import context, integer, sequence, tlv
from motcua.engines.pki.keys import PublicKey, SignatureAlgorithm

SMALLEST_RSA = 2048


class RequestError(ValueError):
    """The request cannot be taken; the message says what of it is wrong."""


def public_key_of(request: bytes) -> PublicKey:
    """The key for which a certificate is asked (PEM or DER), proven to be in the asker's hands.

    Nothing else of a request is believed: the names in the certificate come from the registers.
    """
    try:
        load = x509.load_pem_x509_csr if b"-----BEGIN" in request else x509.load_der_x509_csr
        asked = load(request)
    except ValueError as error:
        raise RequestError(f"this is no certificate request (PKCS #10): {error}") from error
    key = asked.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1):
            raise RequestError(f"the curve {key.curve.name} is not taken: use P-256 or RSA")
    elif not isinstance(key, rsa.RSAPublicKey):
        raise RequestError(f"a key of {type(key).__name__} is not taken: use P-256 or RSA")
    elif key.key_size < SMALLEST_RSA:
        raise RequestError(f"an RSA key of {key.key_size} bits is too short: {SMALLEST_RSA} at least")
    if not asked.is_signature_valid:
        raise RequestError("the request is not signed by the key that it names")
    return key


def request_for(
    key: PublicKey, name: str, algorithm: SignatureAlgorithm, sign: Callable[[bytes], bytes]
) -> bytes:
    """A request (DER) for a key that only `sign` can use: the device signs what is set here."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name, _validate=False)])
    info = sequence(
        integer(0),
        subject.public_bytes(),
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        context(0),
    )
    signature = tlv(0x03, b"\0", sign(info))
    return sequence(info, SIGNATURE_ALGORITHMS[algorithm], signature)


def fingerprint_of(key: PublicKey) -> str:
    """What people compare: SHA-256 of the key in fours."""
    digest = sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()[:32]
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
