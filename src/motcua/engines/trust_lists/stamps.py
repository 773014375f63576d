"""Reading RFC 3161 time-stamps: what they say, and whether the token itself is sound."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from asn1crypto import cms, tsp
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class StampError(ValueError):
    """A time-stamp proves nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A sound token. Whether its authority is to be trusted is another question."""

    at: dt.datetime
    digest: str
    """Digest algorithm of the imprint, e.g. "sha256"."""
    signed_digest: str
    """Digest algorithm under the authority's signature."""
    certificate: x509.Certificate
    certificates: tuple[x509.Certificate, ...]


def read_stamp(token: bytes, stamped: bytes) -> Stamp:
    """Check a token (DER) over the bytes `stamped`: imprint, signature, the certificate's purpose. Raises
    StampError."""
    try:
        return _read(token, stamped)
    except StampError:
        raise
    except Exception as error:  # bytes made by anyone fail in as many ways as there are broken tokens
        raise StampError(f"this is not a time-stamp of RFC 3161: {error}") from error


def _read(token: bytes, stamped: bytes) -> Stamp:
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    info_bytes = signed["encap_content_info"]["content"].parsed.dump()
    info = tsp.TSTInfo.load(info_bytes, strict=True)
    (signer,) = signed["signer_infos"]
    certificates = tuple(
        x509.load_der_x509_certificate(each.chosen.dump())
        for each in signed["certificates"] or ()
        if each.name == "certificate"
    )
    attributes = {each["type"].native: each["values"] for each in signer["signed_attrs"]}
    imprint = info["message_imprint"]
    digest = imprint["hash_algorithm"]["algorithm"].native
    if digest not in _HASHES or hashlib.new(digest, stamped).digest() != imprint["hashed_message"].native:
        raise StampError("the time-stamp is over something else")
    certificate = _signer(signer, attributes, certificates)
    _check_purpose(certificate)
    used = _check_signature(signer, attributes, info_bytes, certificate)
    return Stamp(info["gen_time"].native, digest, used, certificate, certificates)


def _signer(
    signer: cms.SignerInfo, attributes: dict[str, cms.SetOf], certificates: tuple[x509.Certificate, ...]
) -> x509.Certificate:
    """The certificate that the token is bound to (RFC 3161 section 2.4.2, RFC 5816)."""
    for kind in ("signing_certificate_v2", "signing_certificate"):
        if kind in attributes:
            reference = attributes[kind][0]["certs"][0]
            algorithm = reference["hash_algorithm"]["algorithm"].native if kind.endswith("v2") else "sha1"
            wanted = reference["cert_hash"].native
            for each in certificates:
                if each.fingerprint(_hash(algorithm)) == wanted:
                    return each
            raise StampError("the time-stamp does not bring the certificate that it names")
    raise StampError("the time-stamp does not say which certificate signed it")


def _hash(name: str) -> hashes.HashAlgorithm:
    if name == "sha1":  # only to find a certificate, by ESSCertID of RFC 2634
        return hashes.SHA1()
    if name not in _HASHES:
        raise StampError(f"the digest {name} is not accepted in time-stamps")
    return _HASHES[name]()


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise StampError("the certificate under the time-stamp is not one for time-stamping") from None
    if not extension.critical or list(extension.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise StampError("a time-stamping certificate serves that purpose only (RFC 3161 section 2.3)")


def _check_signature(
    signer: cms.SignerInfo, attributes: dict[str, cms.SetOf], content: bytes, certificate: x509.Certificate
) -> str:
    digest: str = signer["digest_algorithm"]["algorithm"].native
    algorithm: SignedDigestAlgorithm = signer["signature_algorithm"]
    name = algorithm["algorithm"].native
    signed_by = name.split("_")[0] if name.startswith("sha") else digest
    if digest not in _HASHES or signed_by not in _HASHES:
        raise StampError(f"the digest {digest} is not accepted in time-stamps")
    if (
        "content_type" not in attributes
        or attributes["content_type"][0].native != "tst_info"
        or "message_digest" not in attributes
        or attributes["message_digest"][0].native != hashlib.new(digest, content).digest()
    ):
        raise StampError("the content of the time-stamp was changed")
    data, value = signer["signed_attrs"].untag().dump(), signer["signature"].native
    key, hashing = certificate.public_key(), _HASHES[signed_by]()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(hashing))
        elif isinstance(key, rsa.RSAPublicKey) and name == "rsassa_pss":
            key.verify(value, data, padding.PSS(padding.MGF1(hashing), padding.PSS.AUTO), hashing)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashing)
        else:
            raise StampError(f"keys of {type(key).__name__} are not accepted in time-stamps")
    except InvalidSignature:
        raise StampError("the signature of the time-stamp does not fit its certificate") from None
    return signed_by
