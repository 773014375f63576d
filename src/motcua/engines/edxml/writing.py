"""Writing strictly: the standard's names, prefixes and dates; children in its order unless they came in another."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from motcua.engines import xmldsig
from motcua.engines.edxml.findings import EdxmlError, Finding
from motcua.engines.edxml.model import NAMESPACE, Attachment, Document, Message, Record, Reference, Status
from motcua.engines.edxml.tables import slots_of
from motcua.engines.edxml.validation import faults_of
from motcua.engines.xmldsig.writing import ENVELOPED

_END_OF_HEADER = "</edXML:edXMLHeader>"
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say, section 2.2."""
_UNPREFIXED = {"ContentId", "AttachmentName", "Description", "ContentType"}


def write(message: Message, signer: xmldsig.Signer | None = None) -> bytes:
    """The message as a file; signed by `signer`, else with the signature it came with, if any.

    Raises EdxmlError where something that the standard asks for is missing or wrong.
    """
    faults = faults_of(message)
    if faults:
        raise EdxmlError(faults)
    header = _record("MessageHeader", message.header, 3)
    carried = "" if signer is not None else _carried(message)
    if isinstance(message, Status):
        inner = _envelope(header, "", carried, None)
        return _finish(inner, "", signer)
    trace = "" if message.trace.empty() else _record("TraceHeaderList", message.trace, 3)
    return _finish(_envelope(header, trace, carried, _manifest(message)), _attachments(message), signer)


def _envelope(header: str, trace: str, signature: str, manifest: str | None) -> str:
    body = "" if manifest is None else f"    <edXML:edXMLBody>\n{manifest}    </edXML:edXMLBody>\n"
    signed = f"      {signature}\n" if signature else ""
    return (
        f'  <edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}">\n    <edXML:edXMLHeader>\n'
        f"{header}{trace}{signed}    {_END_OF_HEADER}\n{body}  </edXML:edXMLEnvelope>\n"
    )


def _finish(envelope: str, attachments: str, signer: xmldsig.Signer | None) -> bytes:
    _refuse_unwritable(envelope)
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n<edXML xmlns="{NAMESPACE}">\n{envelope}{attachments}</edXML>\n'
    return whole.encode() if signer is None else _signed(whole, signer)


def _refuse_unwritable(text: str) -> None:
    if (unwritable := _UNWRITABLE.search(text)) is not None:
        raise EdxmlError([Finding("character", "", 0, (("detail", f"U+{ord(unwritable.group()):04X}"),))])


def _signed(unsigned: str, signer: xmldsig.Signer) -> bytes:
    """An enveloped signature over the whole file (URI=""), as the last child of the header."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    tree = etree.fromstring(unsigned.encode(), parser).getroottree()
    form = xmldsig.CanonicalForm.EXCLUSIVE
    reference = xmldsig.Reference("", signer.digest.of(xmldsig.canonical(tree, form)), (ENVELOPED, form.uri))
    signature = xmldsig.compose([reference], signer).xml.decode()
    return unsigned.replace(_END_OF_HEADER, signature + _END_OF_HEADER, 1).encode()


def _carried(message: Message) -> str:
    """The signature it came with, without declarations that the envelope makes already."""
    return message.signature.replace(f' xmlns:edXML="{NAMESPACE}"', "").replace(f' xmlns="{NAMESPACE}"', "")


def _manifest(message: Document) -> str:
    rows = message.manifest or tuple(
        Reference(content_id=each.content_id, content_type=each.content_type, description=each.description,
                  name=each.name)
        for each in message.attachments
    )  # fmt: skip
    inner = "".join(_record("Reference", row, 4) for row in rows)
    return f'      <edXML:edXMLManifest version="1.0">\n{inner}      </edXML:edXMLManifest>\n'


def _attachments(message: Document) -> str:
    if not message.attachments:
        return ""
    inner = "".join(_attachment(each) for each in message.attachments)
    return f"  <AttachmentEncoded>\n{inner}  </AttachmentEncoded>\n"


def _attachment(attachment: Attachment) -> str:
    declared = f' xmlns:edXML="{NAMESPACE}"'
    rows = []
    for name, slot in slots_of(Attachment).items():
        value = getattr(attachment, slot.field)
        if name in _UNPREFIXED and value:
            _refuse_unwritable(value)
            rows.append((name, f"      <{name}>{escape(value)}</{name}>\n"))
        elif value:
            if not (value.isascii() and _in_one_piece(value).isprintable()):
                raise EdxmlError([Finding("attachment_base64", "", 0, (("detail", attachment.name),))])
            rows.append((name, f"      <edXML:{name}{declared}>{escape(value)}</edXML:{name}>\n"))
    return f"    <Attachment>\n{_arranged(rows, attachment)}    </Attachment>\n"


def _in_one_piece(encoded: str) -> str:
    return encoded if encoded.isprintable() else "".join(encoded.split())


def _record(name: str, record: Record, depth: int) -> str:
    rows: list[tuple[str, str]] = []
    for part_name, slot in slots_of(type(record)).items():
        value = getattr(record, slot.field)
        rows.extend((part_name, text) for text in _part(part_name, slot.part.item, value, depth + 1))
    margin = "  " * depth
    return f"{margin}<edXML:{name}>\n{_arranged(rows, record)}{margin}</edXML:{name}>\n"


def _part(name: str, item: str, value: Any, depth: int) -> list[str]:
    margin = "  " * depth
    if isinstance(value, Record):
        return [] if value.empty() else [_record(name, value, depth)]
    if isinstance(value, str):
        return [f"{margin}<edXML:{name}>{escape(value)}</edXML:{name}>\n"] if value else []
    if not item:
        return [text for each in value for text in _part(name, "", each, depth)]
    inner = "".join(text for each in value for text in _part(item, "", each, depth + 1))
    return [f"{margin}<edXML:{name}>\n{inner}{margin}</edXML:{name}>\n"] if value else []


def _arranged(rows: list[tuple[str, str]], record: Record) -> str:
    place = {name: at for at, name in enumerate(record.arranged)}
    return "".join(text for _, text in sorted(rows, key=lambda row: place.get(row[0], -1)) if text)


def equal_in_substance(one: bytes, other: bytes) -> bool:
    """Whether two files are the same after canonicalisation (Exclusive C14N), white space between elements aside."""
    return _substance(one) == _substance(other)


def _substance(document: bytes) -> bytes:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_blank_text=True)
    root = etree.fromstring(document, parser)
    for element in root.iter(etree.Element):
        if len(element) == 0 and element.text:
            element.text = element.text.strip()
        element.tail = None
    return xmldsig.canonical(root.getroottree(), xmldsig.CanonicalForm.EXCLUSIVE)
