"""The signature of one signer of a CMS message (RFC 5652 section 5.4), whoever the signer is."""

from __future__ import annotations

import hashlib
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
"""Digests that are accepted at all."""


class SignerError(ValueError):
    """A signature does not hold; the message says why. `forged` when the key did not make it."""

    forged = False


def attributes_of(signer: cms.SignerInfo) -> dict[str, Any]:
    """The signed attributes by name, each once (RFC 5652 section 11). Raises SignerError."""
    found: dict[str, Any] = {}
    for each in signer["signed_attrs"]:
        name = each["type"].native
        if name in found:
            raise SignerError(f"the attribute {name} is there twice")
        found[name] = each["values"]
    return found


def check_signer(signer: cms.SignerInfo, certificate: x509.Certificate) -> str:
    """Whether the key of `certificate` signed the attributes of this signer; returns the digest under the signature.
    Raises SignerError."""
    name = signer["signature_algorithm"]["algorithm"].native
    digest: str = signer["digest_algorithm"]["algorithm"].native
    signed_by = name.split("_")[0] if name.startswith("sha") else digest
    if digest not in HASHES or signed_by not in HASHES:
        raise SignerError(f"the digest {digest} is not accepted")
    data, value = signer["signed_attrs"].untag().dump(), signer["signature"].native
    key, hashing = certificate.public_key(), HASHES[signed_by]()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(hashing))
        elif isinstance(key, rsa.RSAPublicKey) and name == "rsassa_pss":
            key.verify(value, data, padding.PSS(padding.MGF1(hashing), padding.PSS.AUTO), hashing)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashing)
        else:
            raise SignerError(f"keys of {type(key).__name__} are not accepted")
    except InvalidSignature:
        refused = SignerError("the signature was not made by the key of its certificate")
        refused.forged = True
        raise refused from None
    return signed_by


def is_over(signer: cms.SignerInfo, attributes: dict[str, Any], kind: str, content: bytes) -> bool:
    """Whether the signed attributes are about this content of this type."""
    digest = signer["digest_algorithm"]["algorithm"].native
    return (
        "content_type" in attributes
        and attributes["content_type"][0].native == kind
        and "message_digest" in attributes
        and attributes["message_digest"][0].native == hashlib.new(digest, content).digest()
    )
