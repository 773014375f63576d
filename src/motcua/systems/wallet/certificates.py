"""The certificates that a token carries in its header (`x5c`), and the key that the first of them certifies."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey

from motcua.engines import sd_jwt
from motcua.engines.sd_jwt import SdJwtError

LONGEST = 6
"""Certificates in a chain; a longer one is no chain but work for us."""


def certificates_of(header: Mapping[str, Any]) -> list[x509.Certificate]:
    """The chain in its order, at least the signer's own (RFC 7515 section 4.1.6). Raises SdJwtError."""
    chain = header.get("x5c")
    if not isinstance(chain, list) or not 1 <= len(chain) <= LONGEST:
        raise SdJwtError("signature", "the credential names no certificate (x5c)")
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in chain]
    except (ValueError, TypeError):
        raise SdJwtError("signature", "the certificate cannot be read") from None


def key_in(certificate: x509.Certificate) -> sd_jwt.Key:
    """The certified key, of a kind that credentials are signed with. Raises SdJwtError."""
    public = certificate.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        return ECKey.import_key(pem) if isinstance(public, EllipticCurvePublicKey) else RSAKey.import_key(pem)
    except (ValueError, TypeError) as wrong:
        raise SdJwtError("algorithm", f"the key of the certificate is not accepted: {wrong}") from None
