"""The signature of a message: does it hold, and is the signer who the message says it is from?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from lxml import etree

from motcua.engines import text, xmldsig
from motcua.engines.edxml.findings import Findings
from motcua.engines.edxml.model import Organ, same_organ
from motcua.engines.edxml.reading import line_of

_IDENTIFIERS = (NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER, NameOID.USER_ID)
_NAMES = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)


class State(StrEnum):
    NONE = "none"
    UNREADABLE = "unreadable"
    """there is something called a signature that nobody can check"""
    BROKEN = "broken"
    STRANGER = "stranger"
    """it holds, but the certificate is of somebody else than the sender"""
    VALID = "valid"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Arithmetic only: whether the certificate is to be trusted is its authority's question."""

    state: State
    certificate: x509.Certificate | None = None
    weak: bool = False

    @property
    def signer(self) -> str:
        return "" if self.certificate is None else subject_of(self.certificate)


def verify(
    root: etree._Element, sender: Organ, found: Findings, beside: Mapping[str, bytes] | None = None
) -> Verdict:
    """Check the one signature over the whole message, and its signer against the sender. The tree is spent by it.

    Of a package the signature covers the files `beside` the envelope too, each by its `cid:`.
    """
    signatures = xmldsig.find_signatures(root)
    if len(signatures) != 1:
        return _absent(root, len(signatures), found)
    line = line_of(signatures[0])
    try:
        checked = xmldsig.check(signatures[0], contents=beside, spends_tree=True)
        _refuse_unreadable(checked.certificate)
    except xmldsig.XmlSignatureError as error:
        readable = error.fault in (xmldsig.Fault.ALTERED, xmldsig.Fault.FORGED)
        found.add(
            "signature_broken" if readable else "signature_unreadable", "Signature", line, detail=str(error)
        )
        return Verdict(State.BROKEN if readable else State.UNREADABLE)
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
    ) as error:  # a certificate or key that nobody can read
        found.add("signature_unreadable", "Signature", line, detail=str(error)[:120])
        return Verdict(State.UNREADABLE)
    covered = {unquote(part.uri) for part in checked.parts}
    if not checked.covers_root() or not set(beside or ()) <= covered:
        found.add("signature_broken", "Signature", line, detail="it covers a part of the message only")
        return Verdict(State.BROKEN, checked.certificate)
    if checked.warnings:
        found.add("signature_weak", "Signature", line)
    if not is_of(checked.certificate, sender):
        found.add("signer_other", "Signature", line, detail=subject_of(checked.certificate))
        return Verdict(State.STRANGER, checked.certificate, bool(checked.warnings))
    return Verdict(State.VALID, checked.certificate, bool(checked.warnings))


@lru_cache(maxsize=2048)
def _refuse_unreadable(certificate: x509.Certificate) -> None:
    """Raise ValueError for a certificate whose parts, which are read at need only, are none."""
    for part in (certificate.subject, certificate.issuer):
        part.rfc4514_string()
    if certificate.not_valid_before_utc > certificate.not_valid_after_utc:
        raise ValueError("the certificate ends before it begins")


def _absent(root: etree._Element, count: int, found: Findings) -> Verdict:
    if count > 1:
        found.add("signature_broken", "Signature", 0, detail=f"{count} signatures instead of one")
        return Verdict(State.BROKEN)
    named = next((each for each in root.iter("{*}Signature")), None)
    if named is None:
        found.add("unsigned")
        return Verdict(State.NONE)
    space = etree.QName(named).namespace or "—"
    found.add("signature_unreadable", "Signature", line_of(named), detail=f"namespace {space}")
    return Verdict(State.UNREADABLE)


@lru_cache(maxsize=2048)  # an axis has some hundred senders, each with a certificate or two
def is_of(certificate: x509.Certificate, organ: Organ) -> bool:
    """Whether the certificate names the agency: by an identifier, else by its name."""
    subject = certificate.subject
    for each in (_value(one) for oid in _IDENTIFIERS for one in subject.get_attributes_for_oid(oid)):
        if same_organ(each.rpartition("-")[2], organ.organ_id) or same_organ(each, organ.organ_id):
            return True
    names = {text.fold(_value(each)) for oid in _NAMES for each in subject.get_attributes_for_oid(oid)}
    return any(name and text.fold(name) in names for name in (organ.name, organ.in_charge))


def subject_of(certificate: x509.Certificate) -> str:
    """The name by which a certificate calls its holder."""
    named = [_value(each) for oid in _NAMES for each in certificate.subject.get_attributes_for_oid(oid)]
    return named[0] if named else certificate.subject.rfc4514_string()


def _value(attribute: x509.NameAttribute[str | bytes]) -> str:
    value = attribute.value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
