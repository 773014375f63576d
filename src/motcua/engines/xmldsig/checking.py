"""Checking a signature strictly: what holds is returned as the very bytes and elements that were digested."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from cryptography import x509
from lxml import etree

from motcua.engines.xmldsig.algorithms import CanonicalForm, DigestMethod, SignatureMethod
from motcua.engines.xmldsig.canonical import canonical
from motcua.engines.xmldsig.faults import Fault, XmlSignatureError
from motcua.engines.xmldsig.reading import DS, identified, read_xml
from motcua.engines.xmldsig.writing import ENVELOPED

_MOST_REFERENCES = 2000
_MOST_TRANSFORMS = 2
_EXCLUSIVE = "{http://www.w3.org/2001/10/xml-exc-c14n#}"


@dataclass(frozen=True, slots=True)
class SignedPart:
    """One thing the signature covers."""

    uri: str
    id: str
    type: str
    content: bytes
    """The bytes that were digested: read these, never the document around them."""
    element: etree._Element | None
    """Where in the document they came from; None for content kept elsewhere."""
    digest: DigestMethod


@dataclass(frozen=True, slots=True)
class Checked:
    """A signature that holds arithmetically. Whether its certificate is to be trusted is another question."""

    signature: etree._Element
    method: SignatureMethod
    value: bytes
    certificate: x509.Certificate
    certificates: tuple[x509.Certificate, ...]
    """All that came along in KeyInfo."""
    parts: tuple[SignedPart, ...]
    warnings: tuple[str, ...]
    """Weak algorithms that were met."""
    root: etree._Element
    """Of the document in which the signature was found."""

    def covers_root(self) -> bool:
        """Whether the whole document is signed (all but the signature itself)."""
        return any(part.element is self.root for part in self.parts)


def find_signatures(root: etree._Element) -> list[etree._Element]:
    """Signatures in document order, without those that lie in objects of others."""
    found = list(root.iter(f"{{{DS}}}Signature"))
    return [each for each in found if not any(True for _ in each.iterancestors(f"{{{DS}}}Object"))]


def check(
    signature: etree._Element,
    *,
    certificate: x509.Certificate | None = None,
    contents: Mapping[str, bytes] | None = None,
    spends_tree: bool = False,
) -> Checked:
    """Verify every reference and the signature value; `contents` are the detached files by their names.

    Who needs the tree no more `spends` it: a lone enveloped signature is taken out of it, and no copy is made.
    The key is that of `certificate`, else of the first in KeyInfo. Transforms are enveloped-signature and
    canonical forms, nothing else. Raises XmlSignatureError.
    """
    info = only_child(signature, "SignedInfo")
    carried = certificates_in(signature)
    if certificate is None and not carried:
        raise XmlSignatureError(
            Fault.NO_CERTIFICATE, "the signature brings no certificate, and none was given"
        )
    signer = certificate or carried[0]
    form_element = only_child(info, "CanonicalizationMethod")
    form = CanonicalForm.named(form_element.get("Algorithm", ""))
    method = SignatureMethod.named(only_child(info, "SignatureMethod").get("Algorithm", ""))
    value = decoded(only_child(signature, "SignatureValue"))
    references = list(info.iterchildren(f"{{{DS}}}Reference"))
    if not 0 < len(references) <= _MOST_REFERENCES:
        raise XmlSignatureError(Fault.MALFORMED, f"a signature has 1 to {_MOST_REFERENCES} references")
    method.verify(signer.public_key(), value, canonical(info, form, _prefixes(form_element)))
    root = signature.getroottree().getroot()
    in_place = spends_tree and len(references) == 1
    parts = tuple(_checked_part(each, signature, contents or {}, in_place) for each in references)
    weak = [method.digest, *(part.digest for part in parts)]
    warnings = ("SHA-1 is broken; what it signs can be forged",) if any(each.weak for each in weak) else ()
    return Checked(signature, method, value, signer, carried, parts, warnings, root)


def check_enveloped(document: bytes, *, certificate: x509.Certificate | None = None) -> Checked:
    """The one signature over the whole document, as its root's child. Anything else is refused as ambiguous."""
    root = read_xml(document)
    found = find_signatures(root)
    if not found:
        raise XmlSignatureError(Fault.NO_SIGNATURE, "the document bears no signature")
    if len(found) > 1 or found[0].getparent() is not root:
        raise XmlSignatureError(Fault.AMBIGUOUS, "one signature directly below the root is expected")
    checked = check(found[0], certificate=certificate)
    if not checked.covers_root():
        raise XmlSignatureError(Fault.AMBIGUOUS, "the signature covers a part of the document only")
    return checked


def only_child(parent: etree._Element, name: str) -> etree._Element:
    """The one child of that name of XML Signature."""
    found = list(parent.iterchildren(f"{{{DS}}}{name}"))
    if len(found) != 1:
        raise XmlSignatureError(Fault.MALFORMED, f"{name} is there {len(found)} times instead of once")
    return found[0]


def decoded(element: etree._Element) -> bytes:
    """The bytes that an element holds in base64."""
    if len(element):
        raise XmlSignatureError(Fault.MALFORMED, f"{etree.QName(element).localname} holds more than base64")
    try:
        return b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        name = etree.QName(element).localname
        raise XmlSignatureError(Fault.MALFORMED, f"{name} is not base64") from None


def certificates_in(signature: etree._Element) -> tuple[x509.Certificate, ...]:
    """The certificates in KeyInfo."""
    path = f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate"
    try:
        return tuple(_certificate(decoded(each)) for each in signature.findall(path))
    except (ValueError, x509.InvalidVersion) as error:
        raise XmlSignatureError(Fault.MALFORMED, f"a certificate cannot be read: {error}") from error


@lru_cache(maxsize=2048)
def _certificate(encoded: bytes) -> x509.Certificate:
    """Parsed once for all signatures that carry it: loading its key is as slow as verifying with it."""
    return x509.load_der_x509_certificate(encoded)


def _checked_part(
    reference: etree._Element, signature: etree._Element, contents: Mapping[str, bytes], in_place: bool
) -> SignedPart:
    uri = reference.get("URI")
    if uri is None:
        raise XmlSignatureError(Fault.MALFORMED, "a reference without URI says nothing")
    digest = DigestMethod.named(only_child(reference, "DigestMethod").get("Algorithm", ""))
    steps = reference.findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    if len(steps) > _MOST_TRANSFORMS:
        raise XmlSignatureError(Fault.FORBIDDEN, f"at most {_MOST_TRANSFORMS} transforms are followed")
    element = None
    if uri and not uri.startswith("#"):
        content = _content(unquote(uri), steps, contents)
    else:
        root = signature.getroottree().getroot()
        element = identified(root, uri[1:]) if uri else root
        content = _transformed(element, steps, signature, whole=not uri, in_place=in_place)
    if digest.of(content) != decoded(only_child(reference, "DigestValue")):
        raise XmlSignatureError(Fault.ALTERED, f"{uri or 'the document'} was changed after it was signed")
    return SignedPart(uri, reference.get("Id", ""), reference.get("Type", ""), content, element, digest)


def _content(name: str, steps: list[etree._Element], contents: Mapping[str, bytes]) -> bytes:
    found = contents.get(name, contents.get(name.removeprefix("/")))
    if found is None:
        raise XmlSignatureError(Fault.MISSING, f"the signature names {name}, which is not there")
    if not steps:
        return found
    form = CanonicalForm.named(steps[0].get("Algorithm", ""))
    if len(steps) > 1:
        raise XmlSignatureError(Fault.FORBIDDEN, "files are canonicalised once at most")
    return canonical(read_xml(found).getroottree(), form, _prefixes(steps[0]))


def _transformed(
    element: etree._Element,
    steps: list[etree._Element],
    signature: etree._Element,
    *,
    whole: bool,
    in_place: bool,
) -> bytes:
    form, prefixes = CanonicalForm.INCLUSIVE, list[str]()
    pending = list(steps)
    if pending and pending[0].get("Algorithm") == ENVELOPED:
        pending.pop(0)
        if element not in signature.iterancestors():
            raise XmlSignatureError(Fault.FORBIDDEN, "an enveloped signature lies within what it signs")
        element = _without(element, signature, in_place)
    if pending:
        form = CanonicalForm.named(pending[0].get("Algorithm", ""))
        prefixes = _prefixes(pending.pop(0))
    if pending:
        raise XmlSignatureError(Fault.FORBIDDEN, "canonicalisation is the last transform")
    return canonical(element.getroottree() if whole else element, form, prefixes)


def _without(element: etree._Element, signature: etree._Element, in_place: bool) -> etree._Element:
    """The same element in a document from which the signature is gone, a copy unless `in_place`; texts stay."""
    gone, target = signature, element
    if not in_place:
        copy = deepcopy(signature.getroottree()).getroot()
        gone, target = _at(copy, _path(signature)), _at(copy, _path(element))
    parent, before = gone.getparent(), gone.getprevious()
    if parent is None:
        raise XmlSignatureError(Fault.MALFORMED, "a signature cannot envelop itself")
    tail, gone.tail = gone.tail or "", None
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(gone)
    return target


def _path(element: etree._Element) -> list[int]:
    """Which child of which child, from the root down."""
    steps = []
    while (parent := element.getparent()) is not None:
        steps.append(parent.index(element))
        element = parent
    return steps[::-1]


def _at(root: etree._Element, path: list[int]) -> etree._Element:
    for step in path:
        root = root[step]
    return root


def _prefixes(method: etree._Element) -> list[str]:
    named = method.find(f"{_EXCLUSIVE}InclusiveNamespaces")
    return named.get("PrefixList", "").split() if named is not None else []
