"""Raising signatures: time-stamp, evidence, archive time-stamp, and its renewal through the decades."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from motcua.engines.trust_lists import Evidence
from motcua.engines.xades.imprints import (
    ARCHIVE,
    archive_imprint,
    qualifying_properties,
    unsigned_properties,
    value_imprint,
)
from motcua.engines.xades.names import XADES_141, xades
from motcua.engines.xades.signing import Timestamp
from motcua.engines.xmldsig import (
    DS,
    CanonicalForm,
    Fault,
    XmlSignatureError,
    check,
    find_signatures,
    read_xml,
)
from motcua.engines.xmldsig.writing import base64_of


def add_time_stamp(document: bytes, timestamp: Timestamp) -> bytes:
    """Raise every signature in `document` from B-B to B-T."""

    def stamp(signature: etree._Element) -> None:
        imprint = value_imprint(signature, CanonicalForm.EXCLUSIVE)
        _append_stamp(_unsigned(signature), xades("SignatureTimeStamp"), timestamp, imprint)

    return _each_signature(document, stamp)


def embed_evidence(document: bytes, evidence: Evidence) -> bytes:
    """Raise every signature from B-T to B-LT: keep what proves signers' and time-stamps' certificates.

    Raises XmlSignatureError when there is no revocation data in `evidence`.
    """
    if not evidence.ocsps and not evidence.crls:
        raise XmlSignatureError(
            Fault.MISSING, "evidence is OCSP responses or revocation lists; none was given"
        )
    return _each_signature(document, lambda signature: _append_evidence(signature, evidence))


def archive(document: bytes, timestamp: Timestamp, contents: Mapping[str, bytes] | None = None) -> bytes:
    """Raise every signature to B-LTA: a time-stamp over all that is signed and all that proves it.

    `contents` are the detached files. Each signature is checked first: what does not hold is not archived.
    """

    def stamp(signature: etree._Element) -> None:
        parts = check(signature, contents=contents).parts
        imprint = archive_imprint(signature, parts, CanonicalForm.EXCLUSIVE)
        _append_stamp(_unsigned(signature), ARCHIVE, timestamp, imprint)

    return _each_signature(document, stamp)


def renew(
    document: bytes, timestamp: Timestamp, evidence: Evidence, contents: Mapping[str, bytes] | None = None
) -> bytes:
    """Prolong B-LTA: fresh `evidence` about the last time-stamp's certificates, then a new archive time-stamp.

    Do it before that certificate ends or an algorithm below it is retired.
    """
    return archive(embed_evidence(document, evidence), timestamp, contents)


def _each_signature(document: bytes, change: Callable[[etree._Element], None]) -> bytes:
    root = read_xml(document)
    signatures = find_signatures(root)
    if not signatures:
        raise XmlSignatureError(Fault.NO_SIGNATURE, "the document bears no signature")
    for signature in signatures:
        change(signature)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def _append_stamp(properties: etree._Element, name: str, timestamp: Timestamp, imprint: bytes) -> None:
    stamp = etree.SubElement(properties, name, nsmap={"xades141": XADES_141} if name == ARCHIVE else None)
    etree.SubElement(stamp, f"{{{DS}}}CanonicalizationMethod", Algorithm=CanonicalForm.EXCLUSIVE.uri)
    token = etree.SubElement(stamp, xades("EncapsulatedTimeStamp"))
    token.text = base64_of(timestamp(sha256(imprint).digest()))


def _append_evidence(signature: etree._Element, evidence: Evidence) -> None:
    """CertificateValues and RevocationValues for the first time; what comes later goes into
    TimeStampValidationData, since each of the former occurs once (EN 319 132-1 section 5.5.1)."""
    properties = _unsigned(signature)
    if properties.find(xades("RevocationValues")) is not None:
        nsmap = {"xades141": XADES_141}
        properties = etree.SubElement(properties, f"{{{XADES_141}}}TimeStampValidationData", nsmap=nsmap)
    if evidence.certificates:
        certificates = [each.public_bytes(Encoding.DER) for each in evidence.certificates]
        holder = etree.SubElement(properties, xades("CertificateValues"))
        _append_values(holder, "EncapsulatedX509Certificate", certificates)
    revocation = etree.SubElement(properties, xades("RevocationValues"))
    for name, kind, values in (
        ("CRLValues", "EncapsulatedCRLValue", evidence.crls),
        ("OCSPValues", "EncapsulatedOCSPValue", evidence.ocsps),
    ):
        if values:
            _append_values(etree.SubElement(revocation, xades(name)), kind, values)


def _append_values(holder: etree._Element, kind: str, values: Sequence[bytes]) -> None:
    for value in dict.fromkeys(values):
        etree.SubElement(holder, xades(kind)).text = base64_of(value)


def _unsigned(signature: etree._Element) -> etree._Element:
    """UnsignedSignatureProperties, made when there are none yet."""
    found = unsigned_properties(signature)
    if found is not None:
        return found
    qualifying = qualifying_properties(signature)
    if qualifying is None:
        raise XmlSignatureError(
            Fault.MALFORMED, "a plain XML signature has no place for proofs: sign it by XAdES"
        )
    outer = etree.SubElement(qualifying, xades("UnsignedProperties"))
    return etree.SubElement(outer, xades("UnsignedSignatureProperties"))
