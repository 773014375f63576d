"""Reading one XAdES signature: what holds arithmetically, what it claims, what proofs it keeps."""

from __future__ import annotations

import binascii
import datetime as dt
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from motcua.engines.trust_lists import Evidence, Stamp, StampError, read_stamp
from motcua.engines.xades.imprints import (
    ARCHIVE,
    archive_imprint,
    qualifying_properties,
    unsigned_properties,
    value_imprint,
)
from motcua.engines.xades.names import SIGNED_PROPERTIES, XADES_141, xades
from motcua.engines.xmldsig import (
    DS,
    CanonicalForm,
    Checked,
    DigestMethod,
    Fault,
    SignedPart,
    XmlSignatureError,
    check,
    read_xml,
)
from motcua.engines.xmldsig.checking import certificates_in


class WrongCertificateError(XmlSignatureError):
    """The signer named another certificate than those that came along."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What the signed properties say."""

    at: dt.datetime | None
    roles: tuple[str, ...]
    place: str
    policy: str


@dataclass(frozen=True, slots=True)
class Examined:
    """A signature that holds arithmetically, with all that is in it. Nothing here is trusted yet."""

    checked: Checked
    parts: tuple[SignedPart, ...]
    """What is signed, without the properties."""
    claimed: Claimed | None
    """None for a plain XML signature."""
    kept: Evidence
    stamps: tuple[Stamp, ...]
    """Over the signature value."""
    archives: tuple[Stamp, ...]
    """Over everything before them, in their order."""

    @property
    def has_revocation_data(self) -> bool:
        return bool(self.kept.ocsps or self.kept.crls)


def examine(
    signature: etree._Element,
    contents: Mapping[str, bytes] | None = None,
    certificates: Sequence[x509.Certificate] = (),
) -> Examined:
    """Check digests, signature value, properties and time-stamps' imprints. `certificates` are further
    candidates for the signer's. Raises XmlSignatureError or StampError."""
    qualifying = qualifying_properties(signature)
    if qualifying is None:
        checked = check(signature, contents=contents)
        return Examined(checked, checked.parts, None, Evidence(checked.certificates), (), ())
    candidates = (*certificates_in(signature), *certificates)
    signed = qualifying.find(xades("SignedProperties"))
    if signed is None:
        raise XmlSignatureError(Fault.MALFORMED, "SignedProperties are missing")
    certificate = _named_certificate(signed, candidates)
    checked = check(signature, certificate=certificate, contents=contents)
    about = [part for part in checked.parts if part.type == SIGNED_PROPERTIES]
    if len(about) != 1 or about[0].element is not signed:
        raise XmlSignatureError(Fault.AMBIGUOUS, "the signature does not cover its own properties")
    if qualifying.get("Target", "") != f"#{signature.get('Id', '')}":
        raise XmlSignatureError(Fault.AMBIGUOUS, "the properties belong to another signature")
    parts = tuple(part for part in checked.parts if part is not about[0])
    stamps, archives = _stamps(signature, checked)
    return Examined(
        checked, parts, _claimed(read_xml(about[0].content)), _kept(signature, candidates), stamps, archives
    )


def _named_certificate(
    properties: etree._Element, candidates: Sequence[x509.Certificate]
) -> x509.Certificate:
    """The candidate whose digest the signer signed: no other certificate of the same key can slip in."""
    for kind in ("SigningCertificateV2", "SigningCertificate"):
        named = properties.find(f"{xades('SignedSignatureProperties')}/{xades(kind)}/{xades('Cert')}")
        if named is None:
            continue
        about = named.find(xades("CertDigest"))
        method = about.find(f"{{{DS}}}DigestMethod") if about is not None else None
        if about is None or method is None:
            raise XmlSignatureError(Fault.MALFORMED, f"{kind} has no digest")
        digest = DigestMethod.named(method.get("Algorithm", ""))
        wanted = _bytes(about.findtext(f"{{{DS}}}DigestValue"))
        for each in candidates:
            if digest.of(each.public_bytes(Encoding.DER)) == wanted:
                return each
        raise WrongCertificateError(
            Fault.NO_CERTIFICATE, "the certificate that the signer named is not among those that came along"
        )
    raise XmlSignatureError(Fault.MALFORMED, "the properties do not name the signer's certificate")


def _claimed(properties: etree._Element) -> Claimed:
    """From the bytes that were digested."""
    about = properties.find(xades("SignedSignatureProperties"))
    if about is None:
        return Claimed(None, (), "", "")
    at = None
    if text := about.findtext(xades("SigningTime")):
        try:
            at = dt.datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise XmlSignatureError(Fault.MALFORMED, f"{text!r} is no time of signing") from error
        at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    roles = [*about.iter(xades("ClaimedRole"))]
    place = about.find(xades("SignatureProductionPlaceV2"))
    if place is None:
        place = about.find(xades("SignatureProductionPlace"))
    told = [(each.text or "").strip() for each in place] if place is not None else []
    identifier = next(about.iter(xades("Identifier")), None)
    policy = (identifier.text or "").strip() if identifier is not None else ""
    return Claimed(
        at, tuple((each.text or "").strip() for each in roles), ", ".join(filter(None, told)), policy
    )


def _stamps(signature: etree._Element, checked: Checked) -> tuple[tuple[Stamp, ...], tuple[Stamp, ...]]:
    stamps, archives = list[Stamp](), list[Stamp]()
    properties = unsigned_properties(signature)
    for each in properties if properties is not None else ():
        if each.tag == xades("SignatureTimeStamp"):
            imprint = value_imprint(signature, _form(each))
            stamps += [_stamp_over_value(token, imprint, checked.value) for token in _tokens(each)]
        elif each.tag == ARCHIVE:
            imprint = archive_imprint(signature, checked.parts, _form(each), before=each)
            archives += [read_stamp(token, imprint) for token in _tokens(each)]
    return tuple(stamps), tuple(archives)


def _stamp_over_value(token: bytes, element: bytes, value: bytes) -> Stamp:
    """X-Road stamps the signature value's bytes where XAdES says its element; that proves no less."""
    try:
        return read_stamp(token, value)
    except StampError:
        return read_stamp(token, element)


def _tokens(stamp: etree._Element) -> Iterator[bytes]:
    found = stamp.findall(xades("EncapsulatedTimeStamp"))
    if not found:
        raise StampError("a time-stamp without its token")
    for each in found:
        yield _bytes(each.text)


def _form(stamp: etree._Element) -> CanonicalForm:
    method = stamp.find(f"{{{DS}}}CanonicalizationMethod")
    return CanonicalForm.INCLUSIVE if method is None else CanonicalForm.named(method.get("Algorithm", ""))


def _kept(signature: etree._Element, candidates: Sequence[x509.Certificate]) -> Evidence:
    properties = unsigned_properties(signature)
    kept = Evidence(tuple(candidates))
    if properties is None:
        return kept
    holders = [properties, *properties.findall(f"{{{XADES_141}}}TimeStampValidationData")]
    for holder in holders:
        values, revocation = holder.find(xades("CertificateValues")), holder.find(xades("RevocationValues"))
        if values is not None:
            kept += Evidence(tuple(_certificates(values)))
        if revocation is not None:
            kept += Evidence(
                (),
                tuple(_bytes(each.text) for each in revocation.iter(xades("EncapsulatedOCSPValue"))),
                tuple(_bytes(each.text) for each in revocation.iter(xades("EncapsulatedCRLValue"))),
            )
    return replace(kept, certificates=tuple(dict.fromkeys(kept.certificates)))


def _certificates(values: etree._Element) -> Iterator[x509.Certificate]:
    for each in values.iter(xades("EncapsulatedX509Certificate")):
        try:
            yield x509.load_der_x509_certificate(_bytes(each.text))
        except (ValueError, x509.InvalidVersion) as error:
            raise XmlSignatureError(Fault.MALFORMED, f"a certificate cannot be read: {error}") from error


def _bytes(text: str | None) -> bytes:
    try:
        return b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise XmlSignatureError(Fault.MALFORMED, "a value in the properties is not base64") from None
