"""SOAP 1.1 around a question and an answer. What comes back is read without entities, schemas or network."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from lxml import etree

from motcua.core.outbound.faults import Silent

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NAMESPACE = "http://dancuquocgia.bca"
Element = etree._Element


def written(operation: str, parts: Mapping[str, Any]) -> bytes:
    """The envelope of a call; a mapping within becomes an element with elements. Order is kept."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "dan": NAMESPACE})
    etree.SubElement(root, f"{{{SOAP}}}Header")
    call = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{NAMESPACE}}}{operation}")
    _fill(call, parts)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def body(destination: str, content: bytes) -> Element:
    """The first element in the answer's body. Raises Silent for what is no SOAP, and for a fault."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise Silent(destination, "wrong answer", "not XML") from wrong
    held = root.find(f"{{{SOAP}}}Body")
    if root.getroottree().docinfo.internalDTD is not None or held is None or len(held) == 0:
        raise Silent(destination, "wrong answer", "not a SOAP envelope")
    first = held[0]
    if first.tag == f"{{{SOAP}}}Fault":
        raise Silent(destination, "wrong request", text(first, "faultcode")[:60])
    return first


def named(element: Element, name: str) -> list[Element]:
    """The elements below of that local name, whatever their namespace: forms differ in it."""
    return [one for one in element.iter() if isinstance(one.tag, str) and etree.QName(one).localname == name]


def child(element: Element | None, name: str) -> Element | None:
    if element is None:
        return None
    return next(
        (one for one in element if isinstance(one.tag, str) and etree.QName(one).localname == name), None
    )


def text(element: Element | None, *path: str) -> str:
    """The text of the element that the path of local names leads to, composed (NFC), or nothing."""
    for name in path:
        element = child(element, name)
    if element is None:
        return ""
    return unicodedata.normalize("NFC", " ".join("".join(str(one) for one in element.itertext()).split()))


def _fill(parent: Element, parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        part = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(value, Mapping):
            _fill(part, value)
        else:
            part.text = "".join(letter for letter in str(value) if letter.isprintable())
