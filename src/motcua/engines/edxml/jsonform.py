"""Messages as JSON: the element names of the standard, lists as lists."""

from __future__ import annotations

from typing import Any

from motcua.engines.edxml.findings import EdxmlError, Finding
from motcua.engines.edxml.model import (
    Attachment,
    Document,
    Header,
    Message,
    Record,
    Reference,
    Status,
    StatusHeader,
    Trace,
)
from motcua.engines.edxml.tables import slots_of

_ORDER = "@order"


def as_json(message: Message) -> dict[str, Any]:
    """A mapping that `from_json` reads back to an equal message."""
    if isinstance(message, Status):
        return {"status": _given(message.header), "signature": message.signature}
    return {
        "document": _given(message.header),
        "trace": _given(message.trace),
        "manifest": [_given(each) for each in message.manifest],
        "attachments": [_given(each) for each in message.attachments],
        "signature": message.signature,
    }


def from_json(given: Any) -> Message:
    """The message. Raises EdxmlError that names what is not as it should be."""
    if not isinstance(given, dict) or not ("status" in given or "document" in given):
        raise _error("", "an object with “document” or “status”")
    signature = str(given.get("signature") or "")
    if "status" in given:
        return Status(_taken(given["status"], StatusHeader, "status"), signature)
    return Document(
        _taken(given["document"], Header, "document"),
        _taken(given.get("trace") or {}, Trace, "trace"),
        tuple(_taken(each, Reference, "manifest") for each in given.get("manifest") or ()),
        tuple(_taken(each, Attachment, "attachments") for each in given.get("attachments") or ()),
        signature,
    )


def _given(record: Record) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for name, slot in slots_of(type(record)).items():
        value = getattr(record, slot.field)
        if isinstance(value, Record):
            if not value.empty():
                rows[name] = _given(value)
        elif isinstance(value, tuple):
            if value:
                rows[name] = [_given(each) if isinstance(each, Record) else each for each in value]
        elif value:
            rows[name] = value
    if record.arranged:
        rows[_ORDER] = list(record.arranged)
    return rows


def _taken(given: Any, of: type[Any], path: str) -> Any:
    if not isinstance(given, dict):
        raise _error(path, "an object")
    slots, values = slots_of(of), dict[str, Any]()
    for name, value in given.items():
        if name == _ORDER:
            values["arranged"] = tuple(str(each) for each in value)
            continue
        slot = slots.get(name)
        if slot is None:
            raise EdxmlError([Finding("unknown_element", path, 0, (("detail", name),))])
        here = f"{path}/{name}"
        if slot.part.many:
            if not isinstance(value, list):
                raise _error(here, "a list")
            item = slot.part.of
            values[slot.field] = tuple(
                _taken(each, item, here) if item is not None else str(each) for each in value
            )
        elif slot.part.of is not None:
            values[slot.field] = _taken(value, slot.part.of, here)
        else:
            values[slot.field] = "" if value is None else str(value)
    return of(**values)


def _error(path: str, wanted: str) -> EdxmlError:
    return EdxmlError([Finding("missing", path, 0, (("detail", wanted),))])
