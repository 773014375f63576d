"""The files of a chip are BER-TLV (ISO/IEC 7816-4): a tag, a length, and what lies within."""

from __future__ import annotations

from collections.abc import Iterator

from motcua.engines.identity_documents.refusal import torn
from motcua.engines.pki import der

Element = tuple[int, bytes]
"""A tag as a number (0x5F1F) and its contents."""


def elements(data: bytes, what: str) -> Iterator[Element]:
    """The elements that `data` consists of, to the last byte. Raises Disbelieved (torn) naming `what`."""
    at = 0
    while at < len(data):
        tag, at = _tag(data, at, what)
        length, at = _length(data, at, what)
        if at + length > len(data):
            raise torn(what)
        yield tag, data[at : at + length]
        at += length


def only(data: bytes, tag: int, what: str) -> bytes:
    """What lies in the single element `tag` that `data` is. Raises Disbelieved (torn)."""
    found = list(elements(data, what))
    if len(found) != 1 or found[0][0] != tag:
        raise torn(what)
    return found[0][1]


def first(data: bytes, tag: int, what: str) -> bytes | None:
    """What lies in the first element `tag` directly within `data`."""
    return next((contents for each, contents in elements(data, what) if each == tag), None)


def element(tag: int, *contents: bytes) -> bytes:
    """An element with that tag, of one byte or two."""
    if tag <= 0xFF:
        return der.tlv(tag, *contents)
    return bytes((tag >> 8,)) + der.tlv(tag & 0xFF, *contents)


def _tag(data: bytes, at: int, what: str) -> tuple[int, int]:
    tag, at = data[at], at + 1
    if tag & 0x1F == 0x1F:
        if at >= len(data) or data[at] & 0x80:
            raise torn(what)
        tag, at = tag << 8 | data[at], at + 1
    return tag, at


def _length(data: bytes, at: int, what: str) -> tuple[int, int]:
    if at >= len(data):
        raise torn(what)
    size, at = data[at], at + 1
    if size < 0x80:
        return size, at
    count = size & 0x7F
    if not 1 <= count <= 3 or at + count > len(data):
        raise torn(what)
    return int.from_bytes(data[at : at + count], "big"), at + count
