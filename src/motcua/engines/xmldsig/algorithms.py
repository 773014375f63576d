"""Algorithms of XML signatures by their URIs (RFC 9231), and signing and verifying with them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from motcua.engines.xmldsig.faults import Fault, XmlSignatureError

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_ENC = "http://www.w3.org/2001/04/xmlenc#"

_SMALLEST_RSA = 1024
"""Bits; below, verification is pointless. What is acceptable at which time is policy, not arithmetic."""


class CanonicalForm(Enum):
    """Canonical XML: URI, exclusive?, with comments?"""

    INCLUSIVE = ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", False, False)
    INCLUSIVE_COMMENTS = ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", False, True)
    INCLUSIVE_11 = ("http://www.w3.org/2006/12/xml-c14n11", False, False)
    INCLUSIVE_11_COMMENTS = ("http://www.w3.org/2006/12/xml-c14n11#WithComments", False, True)
    EXCLUSIVE = ("http://www.w3.org/2001/10/xml-exc-c14n#", True, False)
    EXCLUSIVE_COMMENTS = ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", True, True)

    @property
    def uri(self) -> str:
        return self.value[0]

    @property
    def exclusive(self) -> bool:
        return self.value[1]

    @property
    def with_comments(self) -> bool:
        return self.value[2]

    @classmethod
    def named(cls, uri: str) -> CanonicalForm:
        form = _FORMS.get(uri)
        if form is None:
            raise XmlSignatureError(Fault.FORBIDDEN, f"the canonical form {uri or '(none)'} is not accepted")
        return form


class DigestMethod(Enum):
    """A digest: URI and its name in hashlib."""

    SHA1 = (f"{_DSIG}sha1", "sha1")
    """verified with a warning, never written"""
    SHA256 = (f"{_ENC}sha256", "sha256")
    SHA384 = (f"{_MORE}sha384", "sha384")
    SHA512 = (f"{_ENC}sha512", "sha512")

    @property
    def uri(self) -> str:
        return self.value[0]

    @property
    def algorithm(self) -> str:
        """The name that hashlib and ASN.1 libraries use, e.g. "sha256"."""
        return self.value[1]

    @property
    def weak(self) -> bool:
        return self is DigestMethod.SHA1

    def of(self, data: bytes) -> bytes:
        return hashlib.new(self.algorithm, data).digest()

    @classmethod
    def named(cls, uri: str) -> DigestMethod:
        method = _DIGESTS.get(uri)
        if method is None:
            raise XmlSignatureError(Fault.FORBIDDEN, f"the digest method {uri or '(none)'} is not accepted")
        return method


class SignatureMethod(Enum):
    """A signature method: URI, kind of key and scheme, digest."""

    RSA_SHA1 = (f"{_DSIG}rsa-sha1", "rsa", DigestMethod.SHA1)
    RSA_SHA256 = (f"{_MORE}rsa-sha256", "rsa", DigestMethod.SHA256)
    RSA_SHA384 = (f"{_MORE}rsa-sha384", "rsa", DigestMethod.SHA384)
    RSA_SHA512 = (f"{_MORE}rsa-sha512", "rsa", DigestMethod.SHA512)
    PSS_SHA256 = (f"{_MORE_2007}sha256-rsa-MGF1", "pss", DigestMethod.SHA256)
    PSS_SHA384 = (f"{_MORE_2007}sha384-rsa-MGF1", "pss", DigestMethod.SHA384)
    PSS_SHA512 = (f"{_MORE_2007}sha512-rsa-MGF1", "pss", DigestMethod.SHA512)
    ECDSA_SHA1 = (f"{_MORE}ecdsa-sha1", "ec", DigestMethod.SHA1)
    ECDSA_SHA256 = (f"{_MORE}ecdsa-sha256", "ec", DigestMethod.SHA256)
    ECDSA_SHA384 = (f"{_MORE}ecdsa-sha384", "ec", DigestMethod.SHA384)
    ECDSA_SHA512 = (f"{_MORE}ecdsa-sha512", "ec", DigestMethod.SHA512)

    @property
    def uri(self) -> str:
        return self.value[0]

    @property
    def scheme(self) -> str:
        return self.value[1]

    @property
    def digest(self) -> DigestMethod:
        return self.value[2]

    @classmethod
    def named(cls, uri: str) -> SignatureMethod:
        method = _METHODS.get(uri)
        if method is None:
            raise XmlSignatureError(
                Fault.FORBIDDEN, f"the signature method {uri or '(none)'} is not accepted"
            )
        return method

    def verify(self, key: object, value: bytes, data: bytes) -> None:
        """Raise XmlSignatureError unless `value`, as XML writes it, is this key's signature over `data`."""
        hashing = _HASHES[self.digest]()
        try:
            if self.scheme == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(_der_from_raw(value, key.curve.key_size), data, ec.ECDSA(hashing))
            elif self.scheme != "ec" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_RSA:
                key.verify(value, data, self._padding(hashing), hashing)
            else:
                raise XmlSignatureError(Fault.FORGED, f"the signer's key is not one for {self.name}")
        except InvalidSignature:
            raise XmlSignatureError(
                Fault.FORGED,
                "the signature value was not made by the key of its certificate over these bytes",
            ) from None

    def written(self, key: object, signature: bytes) -> bytes:
        """A signature of `cryptography` or PKCS #11 as XML writes it: ECDSA as r and s of equal width."""
        if self.scheme == "ec" and isinstance(key, ec.EllipticCurvePublicKey):
            width = (key.curve.key_size + 7) // 8
            r, s = decode_dss_signature(signature)
            return r.to_bytes(width, "big") + s.to_bytes(width, "big")
        return signature

    def _padding(self, hashing: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
        if self.scheme == "pss":
            return padding.PSS(padding.MGF1(hashing), hashing.digest_size)
        return padding.PKCS1v15()


_FORMS = {each.uri: each for each in CanonicalForm}
_DIGESTS = {each.uri: each for each in DigestMethod}
_METHODS = {each.uri: each for each in SignatureMethod}
_HASHES: dict[DigestMethod, type[hashes.HashAlgorithm]] = {
    DigestMethod.SHA1: hashes.SHA1,
    DigestMethod.SHA256: hashes.SHA256,
    DigestMethod.SHA384: hashes.SHA384,
    DigestMethod.SHA512: hashes.SHA512,
}


def _der_from_raw(value: bytes, bits: int) -> bytes:
    width = (bits + 7) // 8
    if len(value) != 2 * width:
        raise XmlSignatureError(
            Fault.MALFORMED, f"an ECDSA signature has {2 * width} bytes, not {len(value)}"
        )
    return encode_dss_signature(int.from_bytes(value[:width], "big"), int.from_bytes(value[width:], "big"))


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: `sign` makes a signature over data with the key of `certificate`, wherever that key is."""

    certificate: x509.Certificate
    sign: Callable[[bytes], bytes]
    """Data in, signature out (ECDSA in DER), hashing with the digest of `method`."""
    method: SignatureMethod
    chain: tuple[x509.Certificate, ...] = ()
    """Certificates above the signer's own, sent along."""
    digest: DigestMethod = DigestMethod.SHA256
    """By which the signed parts are digested."""

    def value(self, data: bytes) -> bytes:
        """The signature over `data` as XML writes it."""
        return self.method.written(self.certificate.public_key(), self.sign(data))


def method_for(certificate: x509.Certificate, digest: DigestMethod = DigestMethod.SHA256) -> SignatureMethod:
    """The method that fits the key of `certificate`: ECDSA, or RSA by PKCS #1 v1.5."""
    scheme = "ec" if isinstance(certificate.public_key(), ec.EllipticCurvePublicKey) else "rsa"
    return next(each for each in SignatureMethod if (each.scheme, each.digest) == (scheme, digest))


def signer_for(
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    *,
    chain: tuple[x509.Certificate, ...] = (),
    digest: DigestMethod = DigestMethod.SHA256,
    pss: bool = False,
) -> Signer:
    """A signer whose key is at hand. `pss` chooses RSA-PSS. Raises ValueError when SHA-1 is asked for."""
    if digest.weak:
        raise ValueError("SHA-1 is not written any more: choose SHA-256 or stronger")
    hashing = _HASHES[digest]()
    method = method_for(certificate, digest)
    if isinstance(key, rsa.RSAPrivateKey):
        if pss:
            method = SignatureMethod[f"PSS_{digest.name}"]
        filling = method._padding(hashing)
        return Signer(certificate, lambda data: key.sign(data, filling, hashing), method, chain, digest)
    return Signer(certificate, lambda data: key.sign(data, ec.ECDSA(hashing)), method, chain, digest)
