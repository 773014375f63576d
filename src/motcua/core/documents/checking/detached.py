"""Detached CMS signatures (.p7s): CAdES (ETSI EN 319 122-1) and the plain kind, over a file that comes beside."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from motcua.core.documents.checking.bundle import TrustBundle
from motcua.engines.trust_lists import (
    ChainError,
    Evidence,
    Failure,
    ServiceKind,
    StampError,
    read_stamp,
    revoked_at,
    shipped_policy,
    standing,
)

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class BrokenSignature(ValueError):
    """The signature does not hold; `altered` when it is the content that does not fit."""

    def __init__(self, message: str, *, altered: bool = False) -> None:
        super().__init__(message)
        self.altered = altered


@dataclass(frozen=True, slots=True)
class CmsReport:
    """One signer of a CMS message."""

    certificate: x509.Certificate
    file: str
    """The name of the file that was signed."""
    at: dt.datetime | None
    at_is_proven: bool
    failure: Failure | None
    finding: str
    revoked_at: dt.datetime | None
    known_until: dt.datetime | None


def verify_cms(
    message: bytes, contents: Mapping[str, bytes], bundle: TrustBundle, now: dt.datetime
) -> list[CmsReport]:
    """The signers of a message (DER or PEM) over one of `contents`, or over what it encloses.

    Raises BrokenSignature for anything that does not hold, whatever the bytes; a certificate that cannot be relied on
    is told in the report.
    """
    try:
        signed = cms.ContentInfo.load(_der(message), strict=True)["content"]
        certificates = tuple(
            x509.load_der_x509_certificate(one.chosen.dump())
            for one in signed["certificates"] or ()
            if one.name == "certificate"
        )
        enclosed = signed["encap_content_info"]["content"].native
        files = dict(contents) if enclosed is None else {"": bytes(enclosed)}
        reports = [_signer(one, certificates, files, bundle, now) for one in signed["signer_infos"]]
    except BrokenSignature:
        raise
    except Exception as error:  # bytes made by anyone fail in as many ways as there are broken messages
        raise BrokenSignature(f"this is not a CMS signature: {error}") from error
    if not reports:
        raise BrokenSignature("nobody has signed this message")
    return reports


def _signer(
    signer: cms.SignerInfo,
    certificates: tuple[x509.Certificate, ...],
    files: Mapping[str, bytes],
    bundle: TrustBundle,
    now: dt.datetime,
) -> CmsReport:
    attributes = {each["type"].native: each["values"] for each in signer["signed_attrs"]}
    digest = signer["digest_algorithm"]["algorithm"].native
    if digest not in _HASHES:
        raise BrokenSignature(f"the digest {digest} is not accepted")
    if "message_digest" not in attributes or len(attributes["message_digest"]) != 1:
        raise BrokenSignature("the signature does not say what was signed")
    wanted = attributes["message_digest"][0].native
    name = next((name for name, one in files.items() if hashlib.new(digest, one).digest() == wanted), None)
    certificate = _certificate_of(signer, attributes, certificates)
    _check_signature(signer, digest, certificate)
    if name is None:
        raise BrokenSignature("none of the files is what was signed", altered=bool(files))
    return _weigh(signer, attributes, certificate, certificates, name, digest, bundle, now)


def _certificate_of(
    signer: cms.SignerInfo, attributes: dict[str, Any], certificates: tuple[x509.Certificate, ...]
) -> x509.Certificate:
    sid = signer["sid"]
    if sid.name != "issuer_and_serial_number":
        raise BrokenSignature("the signer is not named by issuer and serial number")
    serial, issuer = sid.chosen["serial_number"].native, sid.chosen["issuer"].dump()
    found = [
        one for one in certificates if one.serial_number == serial and one.issuer.public_bytes() == issuer
    ]
    if not found:
        raise BrokenSignature("the message does not bring the signer's certificate")
    if "signing_certificate_v2" in attributes:
        reference = attributes["signing_certificate_v2"][0]["certs"][0]
        hashing = _HASHES[reference["hash_algorithm"]["algorithm"].native]()
        if found[0].fingerprint(hashing) != reference["cert_hash"].native:
            raise BrokenSignature("the certificate is not the one that the signer named")
    return found[0]


def _check_signature(signer: cms.SignerInfo, digest: str, certificate: x509.Certificate) -> None:
    data, value = signer["signed_attrs"].untag().dump(), signer["signature"].native
    key, hashing = certificate.public_key(), _HASHES[digest]()
    scheme = signer["signature_algorithm"]["algorithm"].native
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, data, ec.ECDSA(hashing))
        elif isinstance(key, rsa.RSAPublicKey) and scheme == "rsassa_pss":
            key.verify(value, data, padding.PSS(padding.MGF1(hashing), padding.PSS.AUTO), hashing)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), hashing)
        else:
            raise BrokenSignature(f"keys of {type(key).__name__} are not accepted")
    except InvalidSignature:
        raise BrokenSignature("the signature was not made by the key of its certificate") from None


def _weigh(
    signer: cms.SignerInfo,
    attributes: dict[str, Any],
    certificate: x509.Certificate,
    certificates: tuple[x509.Certificate, ...],
    name: str,
    digest: str,
    bundle: TrustBundle,
    now: dt.datetime,
) -> CmsReport:
    claimed = attributes["signing_time"][0].native if "signing_time" in attributes else None
    evidence = bundle.evidence + Evidence(certificates)
    policy, stamped, at = shipped_policy(), None, now
    failure: Failure | None = None
    finding, known_until = "", now
    try:
        for each in signer["unsigned_attrs"] or ():
            if each["type"].native == "signature_time_stamp_token":
                stamped = read_stamp(each["values"][0].dump(), signer["signature"].native)
        if stamped is not None:
            along = evidence + Evidence(stamped.certificates)
            standing(
                stamped.certificate,
                bundle,
                along,
                at=stamped.at,
                now=now,
                kind=ServiceKind.TIME_STAMPS,
                algorithms=policy,
            )
            at = stamped.at
        if not policy.allows(certificate.public_key(), digest, now):
            raise ChainError(Failure.WEAK_ALGORITHM, "the signature's algorithms are no longer acceptable")
        known_until = standing(certificate, bundle, evidence, at=at, now=now, algorithms=policy).known_until
    except ChainError as error:
        failure, finding = error.failure, str(error)
    except StampError as error:
        raise BrokenSignature(f"time-stamp: {error}") from error
    return CmsReport(
        certificate,
        name,
        stamped.at if stamped and failure is None else claimed,
        stamped is not None and failure is None,
        failure,
        finding,
        revoked_at(certificate, bundle, evidence, now),
        known_until if failure is None else None,
    )


def _der(message: bytes) -> bytes:
    if message.lstrip().startswith(b"-----BEGIN"):
        lines = [line for line in message.strip().splitlines() if not line.startswith(b"-----")]
        return base64.b64decode(b"".join(lines), validate=True)
    return message
