"""Reading tolerantly: any prefix, any order, both spellings, both ways of dates; what is odd is reported."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from motcua.engines.edxml.attachments import pack
from motcua.engines.edxml.findings import EdxmlError, Finding, Findings
from motcua.engines.edxml.model import (
    NAMESPACE,
    Attachment,
    Document,
    Header,
    Kind,
    Message,
    Record,
    Reference,
    Status,
    StatusHeader,
    Trace,
    moment_of,
    written_day,
    written_moment,
)
from motcua.engines.edxml.packages import Package, is_package, open_package
from motcua.engines.edxml.tables import ALIASES, Slot, slots_of, standard_name

_NS_UNDECLARED = 201
"""libxml2's XML_NS_ERR_UNDEFINED_NAMESPACE"""
_ENCODING = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii"}
_LANDMARKS = tuple(
    f"{{*}}{name}"
    for name in (
        "MessageHeader",
        "TraceHeaderList",
        "Signature",
        "edXMLManifest",
        "Manifest",
        "AttachmentEncoded",
    )
)
_kept = threading.local()
_COUNT = etree.XPath("count(//*)")


@dataclass(frozen=True, slots=True)
class Limits:
    size: int = 64 << 20
    """bytes of the whole file"""
    elements: int = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A message with what was odd about how it was written, and the tree it was read from."""

    message: Message
    findings: tuple[Finding, ...]
    root: etree._Element
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Files that came beside the envelope, by the names that its signature has for them."""


def read(document: bytes, limits: Limits | None = None) -> Reading:
    """Read a document or a status message. Raises EdxmlError for what cannot be read at all."""
    bounds, found = limits or Limits(), Findings()
    if len(document) > bounds.size:
        raise _error("too_large", limit=bounds.size >> 20)
    package = open_package(document) if is_package(document) else None
    root = _parse(document if package is None else package.envelope, bounds, found)
    parts = _landmarks(root, bounds)
    header = parts.get("MessageHeader")
    if header is None:
        raise _error("no_header")
    space = etree.QName(header).namespace or ""
    if space != NAMESPACE:
        found.add("namespace", "MessageHeader", line_of(header), detail=space or "—")
    if package is not None or _local(root.tag) == "Envelope":
        found.add("soap_form", _local(root.tag))
    if _is_status(header):
        return Reading(_status(header, parts, found), tuple(found.rows), root)
    message = _document(header, parts, found)
    if package is None:
        return Reading(message, tuple(found.rows), root)
    message = replace(message, attachments=(*message.attachments, *_beside(package, message)))
    return Reading(
        message, tuple(found.rows), root, {each.content_id: each.content for each in package.files}
    )


def _beside(package: Package, message: Document) -> list[Attachment]:
    """The files of a package as attachments of today's form, with the names that the manifest gives them."""
    listed = {each.content_id: each for each in message.manifest}
    found = []
    for at, part in enumerate(package.files, 1):
        known = listed.get(part.content_id, Reference())
        name = part.name or known.name or f"tep-{at}"
        made = pack(name, part.content, content_id=part.content_id, description=known.description)
        found.append(made)
    return found


def _parse(document: bytes, bounds: Limits, found: Findings) -> etree._Element:
    encoding = _ENCODING.match(document)
    if (
        b"\x00" in document[:4096]
        or b"<!DOCTYPE" in document
        or b"<!ENTITY" in document
        or (encoding is not None and encoding.group(1).lower() not in _ENCODINGS)
    ):
        raise _error("forbidden")
    try:
        return etree.fromstring(document, _strict_parser())
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", 0) == _NS_UNDECLARED:
            found.add("undeclared_prefix", "", error.lineno or 0, detail=error.msg)
            return _without_prefixes(document)
        line, detail = error.lineno or 0, (error.msg or "").split(", line")[0]
        raise EdxmlError([Finding("not_xml", "", line, (("detail", detail),))]) from None
    except ValueError as error:
        raise _error("not_xml", detail=str(error)) from None


def _without_prefixes(document: bytes) -> etree._Element:
    """Read on past prefixes that nobody declared; any other fault is one."""
    parser = _parser(recover=True)
    root = etree.fromstring(document, parser)
    others = [each for each in parser.error_log if each.type != _NS_UNDECLARED]
    if others or root is None:
        detail = others[0].message if others else "empty"
        raise EdxmlError([Finding("not_xml", "", others[0].line if others else 0, (("detail", detail),))])
    for element in root.iter(etree.Element):
        prefix, colon, local = str(element.tag).rpartition("}")[2].partition(":")
        if colon:
            element.tag = f"{{{NAMESPACE}}}{local}" if prefix == "edXML" else local
    return root


def _strict_parser() -> etree.XMLParser:
    """The parser of this thread: making one costs as much as reading a short message."""
    known = getattr(_kept, "parser", None)
    if known is None:
        known = _kept.parser = _parser()
    return known


def _parser(recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,  # an attachment is one text of many megabytes; the size was bounded before
        recover=recover,
        remove_comments=False,
    )


def _landmarks(root: etree._Element, bounds: Limits) -> dict[str, etree._Element]:
    """The first element of each name that carries a part of the message, wherever it stands."""
    count = _COUNT(root)
    if not isinstance(count, float) or count > bounds.elements:
        raise _error("too_many_elements", limit=bounds.elements)
    parts: dict[str, etree._Element] = {}
    for element in root.iter(*_LANDMARKS):
        parts.setdefault(_local(element.tag), element)
    return parts


def _is_status(header: etree._Element) -> bool:
    return any(_local(child.tag) == "StatusCode" for child in header.iterchildren(etree.Element))


def _status(header: etree._Element, parts: dict[str, etree._Element], found: Findings) -> Status:
    return Status(_record(header, StatusHeader, "MessageHeader", found), _signature(parts))


def _document(header: etree._Element, parts: dict[str, etree._Element], found: Findings) -> Document:
    trace, manifest = parts.get("TraceHeaderList"), parts.get("edXMLManifest", parts.get("Manifest"))
    files = parts.get("AttachmentEncoded")
    return Document(
        _record(header, Header, "MessageHeader", found),
        Trace() if trace is None else _record(trace, Trace, "TraceHeaderList", found),
        () if manifest is None else _references(manifest, found),
        () if files is None else _records(files, "Attachment", Attachment, found),
        _signature(parts),
    )


def _signature(parts: dict[str, etree._Element]) -> str:
    signature = parts.get("Signature")
    if signature is None:
        return ""
    return etree.tostring(signature, encoding="unicode", with_tail=False)


def _records(element: etree._Element, name: str, of: type[Any], found: Findings) -> tuple[Any, ...]:
    rows = [child for child in element.iterchildren(etree.Element) if _local(child.tag) == name]
    place = _local(element.tag)
    return tuple(_record(row, of, f"{place}/{name}[{at}]", found) for at, row in enumerate(rows, 1))


def _references(manifest: etree._Element, found: Findings) -> tuple[Reference, ...]:
    """What the manifest lists; the older form names a file by the attribute `xlink:href`."""
    rows = [child for child in manifest.iterchildren(etree.Element) if _local(child.tag) == "Reference"]
    read = _records(manifest, "Reference", Reference, found)
    return tuple(
        each if each.content_id else replace(each, content_id=_href(row))
        for row, each in zip(rows, read, strict=True)
    )


def _href(element: etree._Element) -> str:
    return next((str(value) for name, value in element.attrib.items() if _local(name) == "href"), "")


def _record(element: etree._Element, of: type[Any], path: str, found: Findings) -> Any:
    slots, values = slots_of(of), dict[str, Any]()
    order, last, disordered = [], -1, False
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):  # a comment or an instruction
            continue
        met = _names.get(tag) or _local(tag)
        slot = slots.get(met)
        name = met if slot is not None else standard_name(met)
        if slot is None and (slot := slots.get(name)) is None:
            found.add("unknown_element", path, line_of(child), detail=met)
            continue
        if met != name and met in ALIASES:
            found.add("spelling", path, line_of(child), detail=met)
        if slot.part.many and not slot.part.item:
            values[slot.field] = (*values.get(slot.field, ()), _value(child, slot, path, found))
        elif slot.field in values:
            found.add("repeated", path, line_of(child), detail=name)
            continue
        else:
            plain = slot.plain and len(child) == 0
            values[slot.field] = (child.text or "").strip() if plain else _value(child, slot, path, found)
        order.append(name)
        disordered, last = disordered or slot.place < last, slot.place
    if disordered:
        values["arranged"] = tuple(dict.fromkeys(order))
    return of(**values)


def _value(element: etree._Element, slot: Slot, path: str, found: Findings) -> Any:
    part, here = slot.part, f"{path}/{slot.part.name}"
    if part.item:
        rows = [child for child in element.iterchildren(etree.Element) if _local(child.tag) == part.item]
        if part.of is None:
            return tuple(_text(row) for row in rows)
        return tuple(
            _record(row, part.of, f"{here}/{part.item}[{at}]", found) for at, row in enumerate(rows, 1)
        )
    if part.of is not None:
        return _record(element, part.of, here, found)
    text = _text(element)
    if part.kind is not Kind.TEXT and text:
        return _time(text, part.kind, here, element, found)
    return text


def _time(text: str, kind: Kind, path: str, element: etree._Element, found: Findings) -> str:
    moment = moment_of(text)
    if moment is None:
        found.add("day", path, line_of(element), detail=text[:40])
        return text
    return written_day(moment.date()) if kind is Kind.DAY else written_moment(moment)


def _text(element: etree._Element) -> str:
    if len(element) == 0:
        return (element.text or "").strip()
    return "".join(str(each) for each in element.itertext()).strip()


_names: dict[Any, str] = {}


def _local(tag: Any) -> str:
    """A tag without its namespace."""
    name = _names.get(tag)
    if name is None:
        name = str(tag).rpartition("}")[2].rpartition(":")[2]
        if len(_names) < 5000:
            _names[tag] = name
    return name


def line_of(element: etree._Element) -> int:
    """The line of an element in its file, counted from 1; 0 when it has none."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def _error(code: str, **values: object) -> EdxmlError:
    return EdxmlError([Finding(code, "", 0, tuple(values.items()))])


__all__ = ["Limits", "Reading", "Record", "read"]
