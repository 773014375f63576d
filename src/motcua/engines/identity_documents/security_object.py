"""EF.SOD: the issuer's signature over the digest of every data group (ICAO 9303-10 section 4.6.2, RFC 5652)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms
from asn1crypto.core import Integer, OctetString, Sequence, SequenceOf
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from motcua.engines.identity_documents.data_groups import TAGS
from motcua.engines.identity_documents.refusal import Disbelieved, Fault, torn
from motcua.engines.identity_documents.tlv import only

SECURITY_OBJECT = "2.23.136.1.1.1"
"""id-icao-mrtd-security-ldsSecurityObject"""
HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
"""SHA-1 is not among them: what it signs can be forged."""


class _GroupHash(Sequence):  # type: ignore[misc]
    _fields = [("number", Integer), ("value", OctetString)]


class _GroupHashes(SequenceOf):  # type: ignore[misc]
    _child_spec = _GroupHash


class _VersionInfo(Sequence):  # type: ignore[misc]
    _fields = [("lds", cms.Any), ("unicode", cms.Any)]


class _SecurityObject(Sequence):  # type: ignore[misc]
    _fields = [
        ("version", Integer),
        ("algorithm", cms.DigestAlgorithm),
        ("hashes", _GroupHashes),
        ("versions", _VersionInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """What the issuer signed: `digests` {1: …, 2: …} by `algorithm`; who signed, with which digest."""

    algorithm: str
    digests: Mapping[int, bytes]
    signer: x509.Certificate
    signed_with: str

    def check(self, name: str, content: bytes) -> None:
        """Raises Disbelieved when that data group is not the one that was signed."""
        signed = self.digests.get(int(name.removeprefix("DG")))
        if signed is None or hashlib.new(self.algorithm, content).digest() != signed:
            raise Disbelieved(
                Fault.CHANGED,
                f"Dữ liệu {name} trên chip không phải dữ liệu cơ quan cấp đã ký: thẻ bị sửa. "
                "Giữ lại thẻ và báo công an.",
                f"{name} of the chip is not what the issuer signed: the document was altered. Keep it and report it.",
            )


def read_security_object(sod: bytes) -> SecurityObject:
    """Read EF.SOD and check the signature on it, not yet whom to trust. Raises Disbelieved."""
    try:
        signed = cms.ContentInfo.load(only(sod, TAGS["SOD"], "SOD"), strict=True)["content"]
        enclosed = signed["encap_content_info"]
        content = bytes(enclosed["content"].native or b"")
        if enclosed["content_type"].dotted != SECURITY_OBJECT or len(signed["signer_infos"]) != 1:
            raise torn("SOD")
        told = _SecurityObject.load(content, strict=True)
        algorithm = str(told["algorithm"]["algorithm"].native)
        digests = {int(one["number"].native): bytes(one["value"].native) for one in told["hashes"]}
        signer = signed["signer_infos"][0]
        certificate = _certificate(signer, signed["certificates"] or ())
        digest = str(signer["digest_algorithm"]["algorithm"].native)
        attributes = {each["type"].native: each["values"] for each in signer["signed_attrs"]}
        said = bytes(attributes["message_digest"][0].native)
        kind = attributes["content_type"][0].dotted
        for used in (algorithm, digest):
            if used not in HASHES:
                raise _weak(used)
        if kind != SECURITY_OBJECT or hashlib.new(digest, content).digest() != said:
            raise _not_signed()
        _check_signature(signer, digest, certificate)
    except Disbelieved:
        raise
    except Exception as broken:  # bytes made by anyone fail in as many ways as there are broken files
        raise torn("SOD") from broken
    return SecurityObject(algorithm, digests, certificate, digest)


def _certificate(signer: Any, certificates: Any) -> x509.Certificate:
    """The document signer's, which the file brings along (ICAO 9303-12 since 2014 requires it)."""
    every = [
        x509.load_der_x509_certificate(one.chosen.dump()) for one in certificates if one.name == "certificate"
    ]
    sid = signer["sid"]
    if sid.name == "issuer_and_serial_number":
        serial, issuer = sid.chosen["serial_number"].native, sid.chosen["issuer"].dump()
        found = [one for one in every if one.serial_number == serial and one.issuer.public_bytes() == issuer]
    else:
        found = [one for one in every if _key_id(one) == bytes(sid.chosen.native)]
    if not found:
        raise torn("SOD")
    return found[0]


def _key_id(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return b""


def _check_signature(signer: Any, digest: str, certificate: x509.Certificate) -> None:
    data, value = signer["signed_attrs"].untag().dump(), bytes(signer["signature"].native)
    key, hashing = certificate.public_key(), HASHES[digest]()
    scheme = str(signer["signature_algorithm"]["algorithm"].native)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(hashing))
        elif isinstance(key, rsa.RSAPublicKey) and scheme == "rsassa_pss":
            key.verify(value, data, padding.PSS(padding.MGF1(hashing), padding.PSS.AUTO), hashing)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashing)
        else:
            raise _weak(type(key).__name__)
    except InvalidSignature:
        raise _not_signed() from None


def _not_signed() -> Disbelieved:
    return Disbelieved(
        Fault.NOT_SIGNED,
        "Chữ ký trên chip không đúng: dữ liệu không do cơ quan cấp thẻ ký. Giữ lại thẻ và báo công an.",
        "The signature on the chip is wrong: the issuer did not sign this. Keep the document and report it.",
    )


def _weak(what: str) -> Disbelieved:
    return Disbelieved(
        Fault.WEAK,
        f"Chip được ký bằng thuật toán không còn được chấp nhận ({what}). Nhận biết bằng bản chính giấy tờ.",
        f"The chip is signed by an algorithm that is no longer accepted ({what}). Look at the document itself.",
    )
