"""Reading one signed message: what holds arithmetically, what it claims, what proofs it keeps."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from motcua.engines.cades.names import (
    ARCHIVE_TIME_STAMP_V3,
    ATS_HASH_INDEX,
    ATS_HASH_INDEX_V3,
    SIGNATURE_TIME_STAMP,
    AnyAttribute,
    HashIndex,
)
from motcua.engines.trust_lists import Evidence, Reason, Stamp, StampError, read_stamp
from motcua.engines.trust_lists.signers import (
    HASHES,
    SignerError,
    attributes_of,
    check_signer,
    is_over,
)
from motcua.engines.trust_lists.stamps import kept_in

MOST_SIGNERS = 100


class BrokenMessage(ValueError):
    """A message that is not what it should be; `reason` in words for anyone."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Examined:
    """One signer whose signature holds arithmetically. Nothing here is trusted yet."""

    certificate: x509.Certificate
    file: str
    content: bytes | None
    digests: frozenset[str]
    claimed_at: dt.datetime | None
    binds_certificate: bool
    kept: Evidence
    stamps: tuple[Stamp, ...]
    archives: tuple[Stamp, ...]
    """Oldest first, each under the next."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """A signed message with its parts at hand."""

    signed: cms.SignedData
    certificates: tuple[x509.Certificate, ...] = field(default_factory=tuple)

    @property
    def signers(self) -> Sequence[cms.SignerInfo]:
        found: Sequence[cms.SignerInfo] = self.signed["signer_infos"]
        return found

    @property
    def enclosed(self) -> bytes | None:
        content = self.signed["encap_content_info"]["content"].native
        return None if content is None else bytes(content)

    @property
    def kept(self) -> Evidence:
        return kept_in(self.signed, self.certificates)


def read_message(message: bytes) -> Message:
    """From DER, BER or PEM. Raises BrokenMessage."""
    try:
        content = cms.ContentInfo.load(_der(message), strict=True)
        if content["content_type"].native != "signed_data":
            raise BrokenMessage(Reason.MALFORMED, "this CMS message is not a signed one")
        signed = content["content"]
        certificates = tuple(
            x509.load_der_x509_certificate(one.chosen.dump())
            for one in signed["certificates"] or ()
            if one.name == "certificate"
        )
        found = Message(signed, certificates)
        if not 0 < len(found.signers) <= MOST_SIGNERS:
            raise BrokenMessage(
                Reason.MALFORMED,
                f"{len(found.signers) or 'nobody'} signed this message: 1 to {MOST_SIGNERS} do",
            )
        return found
    except BrokenMessage:
        raise
    except Exception as error:  # bytes made by anyone fail in as many ways as there are broken messages
        raise BrokenMessage(Reason.MALFORMED, f"this is not a CMS signature: {error}") from error


def examine(
    message: Message,
    signer: cms.SignerInfo,
    contents: Mapping[str, bytes],
    candidates: Sequence[x509.Certificate] = (),
) -> Examined:
    """One signer over the enclosed content, or over one of `contents`. Raises BrokenMessage, StampError."""
    try:
        attributes = attributes_of(signer)
        certificate = _certificate_of(signer, attributes, (*message.certificates, *candidates))
        signed_by = check_signer(signer, certificate)
    except SignerError as error:
        raise BrokenMessage(Reason.FORGED if error.forged else Reason.MALFORMED, str(error)) from error
    enclosed = message.enclosed
    kind = message.signed["encap_content_info"]["content_type"].native
    files = dict(contents) if enclosed is None else {"": enclosed}
    name = next((name for name, one in files.items() if is_over(signer, attributes, kind, one)), None)
    if name is None:
        raise BrokenMessage(Reason.ALTERED, "none of the files is what was signed")
    stamps, archives, warnings = _stamps(message, signer, files[name])
    claimed = attributes["signing_time"][0].native if "signing_time" in attributes else None
    digest = signer["digest_algorithm"]["algorithm"].native
    return Examined(
        certificate,
        name,
        enclosed,
        frozenset({digest, signed_by}),
        claimed,
        "signing_certificate_v2" in attributes or "signing_certificate" in attributes,
        sum((one.kept for one in archives), message.kept),
        stamps,
        archives,
        warnings,
    )


def unsigned_attributes(signer: cms.SignerInfo) -> Iterator[AnyAttribute]:
    """Each as it stands, whatever its type."""
    for each in signer["unsigned_attrs"] or ():
        yield AnyAttribute.load(each.dump())


def archive_imprint(
    message: Message, signer: cms.SignerInfo, content: bytes, digest: str, index: bytes
) -> bytes:
    """What an archive-time-stamp-v3 is over (EN 319 122-1 section 5.5.3): type and digest of the content, the signer's
    fields as they stand, the index of everything else."""
    parts = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    return b"".join(
        (
            message.signed["encap_content_info"]["content_type"].dump(),
            hashlib.new(digest, content).digest(),
            *(signer[part].dump() for part in parts),
            index,
        )
    )


def attribute_digests(attribute: AnyAttribute, digest: str) -> Iterator[bytes]:
    """Of each value with its type, as the index of an archive time-stamp names them."""
    kind = attribute["type"].dump()
    for value in attribute["values"]:
        yield hashlib.new(digest, kind + value.dump()).digest()


def _certificate_of(
    signer: cms.SignerInfo, attributes: Mapping[str, Any], candidates: Sequence[x509.Certificate]
) -> x509.Certificate:
    """The certificate that the signer is bound to, else the one that the message names."""
    for kind in ("signing_certificate_v2", "signing_certificate"):
        if kind in attributes:
            reference = attributes[kind][0]["certs"][0]
            name = reference["hash_algorithm"]["algorithm"].native if kind.endswith("v2") else "sha1"
            # SHA-1 only finds the certificate here (ESSCertID of RFC 2634); what proves it is the signature.
            if name not in HASHES and name != "sha1":
                raise SignerError(f"the digest {name} is not accepted")
            hashing = hashes.SHA1() if name == "sha1" else HASHES[name]()
            wanted = reference["cert_hash"].native
            found = next((one for one in candidates if one.fingerprint(hashing) == wanted), None)
            if found is None:
                raise BrokenMessage(
                    Reason.WRONG_CERTIFICATE,
                    "the certificate that the signer named is not among those that came along",
                )
            return found
    named = next((one for one in candidates if _is_named(one, signer["sid"])), None)
    if named is None:
        raise BrokenMessage(Reason.WRONG_CERTIFICATE, "the message does not bring the signer's certificate")
    return named


def _is_named(certificate: x509.Certificate, sid: cms.SignerIdentifier) -> bool:
    if sid.name == "issuer_and_serial_number":
        serial, issuer = sid.chosen["serial_number"].native, sid.chosen["issuer"].dump()
        return bool(certificate.serial_number == serial and certificate.issuer.public_bytes() == issuer)
    try:
        held: bytes = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return False
    return bool(held == sid.chosen.native)


def _stamps(
    message: Message, signer: cms.SignerInfo, content: bytes
) -> tuple[tuple[Stamp, ...], tuple[Stamp, ...], tuple[str, ...]]:
    """Time-stamps over the signature, and those over everything. Where there are archive time-stamps, each counts only
    if the next one covers it, and those over the signature if the oldest does: anything else could have been added by
    anyone since."""
    attributes = list(unsigned_attributes(signer))
    archives = []
    for attribute in attributes:
        if attribute["type"].native == ARCHIVE_TIME_STAMP_V3:
            for value in attribute["values"]:
                archives.append(_read_archive(message, signer, content, attribute, value.dump()))
    archives.sort(key=lambda one: one.stamp.at)
    kept = archives[-1:]
    for older in reversed(archives[:-1]):
        if older.own & kept[0].covers:
            kept.insert(0, older)
    beneath = kept[0].covers if kept else None
    stamps = list[Stamp]()
    ignored = len(archives) - len(kept)
    for attribute in attributes:
        if attribute["type"].native != SIGNATURE_TIME_STAMP:
            continue
        for value in attribute["values"]:
            if beneath is not None and not _digests_of(attribute, value.dump()) & beneath:
                ignored += 1
                continue
            stamps.append(read_stamp(value.dump(), signer["signature"].native))
    warnings = ("a time-stamp that no archive time-stamp covers was left out",) if ignored else ()
    return tuple(stamps), tuple(one.stamp for one in kept), warnings


@dataclass(frozen=True, slots=True)
class _Archive:
    stamp: Stamp
    covers: frozenset[bytes]
    """Digests of the attributes that it is over."""
    own: frozenset[bytes]
    """Its own, as a later one would name it."""


def _read_archive(
    message: Message, signer: cms.SignerInfo, content: bytes, attribute: AnyAttribute, token: bytes
) -> _Archive:
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    index = _index_of(signed)
    digest = index["algorithm"]["algorithm"].native
    info: tsp.TSTInfo = signed["encap_content_info"]["content"].parsed
    if digest not in HASHES or info["message_imprint"]["hash_algorithm"]["algorithm"].native != digest:
        raise StampError("the archive time-stamp's index is by another digest than its imprint")
    _check_index(message, signer, index, digest)
    stamp = read_stamp(token, archive_imprint(message, signer, content, digest, index.dump()))
    covers = frozenset(each.native for each in index["unsigned_attributes"])
    return _Archive(stamp, covers, _digests_of(attribute, token))


def _index_of(signed: cms.SignedData) -> HashIndex:
    (signer,) = signed["signer_infos"]
    for each in unsigned_attributes(signer):
        if each["type"].native in (ATS_HASH_INDEX_V3, ATS_HASH_INDEX):
            (value,) = each["values"]
            index: HashIndex = HashIndex.load(value.dump(), strict=True)
            return index
    raise StampError("the archive time-stamp does not say what it is over")


def _check_index(message: Message, signer: cms.SignerInfo, index: HashIndex, digest: str) -> None:
    """All that the index names is there still, unchanged; more may have come since."""
    attributes = list(unsigned_attributes(signer))
    present = {
        "certificates": {_digest(one, digest) for one in message.signed["certificates"] or ()},
        "crls": {_digest(one, digest) for one in message.signed["crls"] or ()},
        "unsigned_attributes": {
            each for one in attributes for value in one["values"] for each in _both(one, value.dump(), digest)
        },
    }
    for part, known in present.items():
        if any(each.native not in known for each in index[part]):
            raise StampError(f"something among the {part.replace('_', ' ')} was taken away or changed")


def _digests_of(attribute: AnyAttribute, value: bytes) -> frozenset[bytes]:
    return frozenset(each for digest in HASHES for each in _both(attribute, value, digest))


def _both(attribute: AnyAttribute, value: bytes, digest: str) -> Iterator[bytes]:
    """By the present form (type and value) and the former one (the attribute whole)."""
    yield hashlib.new(digest, attribute["type"].dump() + value).digest()
    yield hashlib.new(digest, attribute.dump()).digest()


def _digest(value: core.Asn1Value, digest: str) -> bytes:
    return hashlib.new(digest, value.dump()).digest()


def _der(message: bytes) -> bytes:
    if message.lstrip().startswith(b"-----BEGIN"):
        lines = [line for line in message.strip().splitlines() if not line.startswith(b"-----")]
        return base64.b64decode(b"".join(lines), validate=True)
    return message
