"""Reading XML made by anyone: no document type, no entity, no network, bounded in size and depth."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from motcua.engines.xmldsig.faults import Fault, XmlSignatureError

DS = "http://www.w3.org/2000/09/xmldsig#"

_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_BEFORE_ROOT = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may be at most. Depth is bounded by libxml2 at 256."""

    size: int = 32 << 20
    """bytes"""
    elements: int = 200_000


def read_xml(document: bytes, limits: Limits | None = None) -> etree._Element:
    """The root element of `document`. Raises XmlSignatureError for anything that could harm the reader.

    Document types are refused outright (W3C XML Signature Best Practices, section 2.1.5): without them
    there are no entities to expand, none to fetch and no attributes out of the air.
    """
    bounds = limits or Limits()
    if len(document) > bounds.size:
        raise XmlSignatureError(
            Fault.TOO_LARGE, f"the XML has {len(document)} bytes, more than the {bounds.size} read here"
        )
    _refuse_tricks(document)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlSignatureError(Fault.NOT_XML, f"this is not well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlSignatureError(Fault.FORBIDDEN, "a document type declaration is not accepted: remove it")
    for count, _ in enumerate(root.iter(), 1):
        if count > bounds.elements:
            raise XmlSignatureError(Fault.TOO_LARGE, f"the XML has more than {bounds.elements} elements")
    return root


def _refuse_tricks(document: bytes) -> None:
    """Refuse what hides a document type from a look at the bytes, and the document type itself."""
    start = len(_BYTE_ORDER_MARK) if document.startswith(_BYTE_ORDER_MARK) else 0
    if b"\x00" in document[:4096]:
        raise XmlSignatureError(Fault.FORBIDDEN, "only UTF-8 is read here, not UTF-16 or UTF-32: convert it")
    declaration = _DECLARATION.match(document, start)
    named = _ENCODING.search(declaration.group()) if declaration else None
    if named and named.group(1).lower() not in _ENCODINGS:
        raise XmlSignatureError(
            Fault.FORBIDDEN, f"the encoding {named.group(1).decode()} is not read here: use UTF-8"
        )
    while match := _BEFORE_ROOT.match(document, start):
        start = match.end()
    if document.startswith(b"<!DOCTYPE", start):
        raise XmlSignatureError(Fault.FORBIDDEN, "a document type declaration is not accepted: remove it")


def identified(root: etree._Element, wanted: str) -> etree._Element:
    """The one element whose id is `wanted`. Two of that id, and none, are faults: wrapping lives on those."""
    found = [
        each for each in root.iter(etree.Element) if any(each.get(name) == wanted for name in _ID_ATTRIBUTES)
    ]
    if not found:
        raise XmlSignatureError(Fault.MISSING, f"the signature names #{wanted}, which is not in the document")
    if len(found) > 1:
        raise XmlSignatureError(
            Fault.AMBIGUOUS, f"{len(found)} elements bear the id {wanted!r}: ids are unique"
        )
    return found[0]


_ID_ATTRIBUTES = (
    *("Id", "ID", "id"),
    "{http://www.w3.org/XML/1998/namespace}id",
    "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id",
)
