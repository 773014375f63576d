"""The parts of each record by the name of their element, made once from the fields of the model."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

from motcua.engines.edxml.model import Kind, Part, Record

ALIASES = {
    "Business": "Bussiness",
    "BusinessDocType": "BussinessDocType",
    "BusinessDocReason": "BussinessDocReason",
    "BusinessDocumentInfo": "BussinessDocumentInfo",
}
"""Spellings met in files, and the standard's own."""
REVERSED = {
    "ContentTransferEncode": "ContentTransferEncoded",
    "StaffName": "Staff",
    "Attachmentname": "AttachmentName",
}


class Slot(NamedTuple):
    field: str
    part: Part
    place: int
    """Which child it is, counted from 0."""
    plain: bool
    """A single text, of which nothing is to be understood."""


_known: dict[object, dict[str, Slot]] = {}


def slots_of(record: type[Record]) -> dict[str, Slot]:
    """Element name → field, in the order of the standard."""
    known = _known.get(record)
    if known is None:
        known = _known[record] = _described(record)
    return known


def _described(record: type[Record]) -> dict[str, Slot]:
    described = [(each.name, each.metadata["part"]) for each in fields(record) if "part" in each.metadata]
    return {
        part.name: Slot(name, part, place, part.kind is Kind.TEXT and part.of is None and not part.many)
        for place, (name, part) in enumerate(described)
    }


def standard_name(name: str) -> str:
    return ALIASES.get(name) or REVERSED.get(name) or name
