"""Whether a message says all that the standard asks for, element by element."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from motcua.engines.edxml import signatures
from motcua.engines.edxml.attachments import Bounds, is_zipped, unpack
from motcua.engines.edxml.findings import EdxmlError, Finding, Findings
from motcua.engines.edxml.model import (
    BusinessType,
    Document,
    Message,
    Organ,
    Priority,
    Status,
    StatusCode,
    day_of,
    is_organ_id,
    moment_of,
)
from motcua.engines.edxml.reading import Limits, line_of, read

_STEERING = ("1", "2", "3")
_STATUSES, _PRIORITIES, _BUSINESS = tuple(StatusCode), tuple(Priority), tuple(BusinessType)


@dataclass(frozen=True, slots=True)
class Judged:
    """A file read, checked and, where it bears a signature, verified."""

    message: Message
    findings: tuple[Finding, ...]
    signature: signatures.Verdict

    @property
    def faults(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if not each.is_warning)

    @property
    def is_good(self) -> bool:
        return not self.faults


def judge(document: bytes, limits: Limits | None = None, bounds: Bounds | None = None) -> Judged:
    """Read a file and say all that is wrong with it. Raises EdxmlError for what cannot be read at all."""
    reading = read(document, limits)
    found = Findings(list(reading.findings))
    known = len(found.rows)
    _check(reading.message, found)
    if isinstance(reading.message, Document):
        _check_files(reading.message, found, bounds)
    _place(found, known, reading.root)
    verdict = signatures.verify(reading.root, reading.message.header.sender, found, reading.beside)
    return Judged(reading.message, tuple(found.rows), verdict)


def faults_of(message: Message) -> list[Finding]:
    """What keeps a message from being written."""
    found = Findings()
    _check(message, found)
    return found.faults


def _check(message: Message, found: Findings) -> None:
    _check_organ(message.header.sender, "MessageHeader/From", found)
    if isinstance(message, Status):
        _check_status(message, found)
    else:
        _check_document(message, found)


def _check_status(message: Status, found: Findings) -> None:
    header, place = message.header, "MessageHeader"
    for value, name in (
        (header.response_for.document_id or header.response_for.code, "ResponseFor/DocumentId"),
        (header.code, "StatusCode"),
        (header.at, "Timestamp"),
    ):
        _need(value, f"{place}/{name}", found)
    _choose(header.code, _STATUSES, f"{place}/StatusCode", found)
    if header.at and moment_of(header.at) is None:
        found.add("day", f"{place}/Timestamp", detail=header.at)


def _check_document(message: Document, found: Findings) -> None:
    header, place = message.header, "MessageHeader"
    if not header.receivers:
        found.add("missing", place, detail="To")
    for at, receiver in enumerate(header.receivers, 1):
        _check_organ(receiver, f"{place}/To[{at}]" if len(header.receivers) > 1 else f"{place}/To", found)
    for value, name in (
        (header.document_id, "DocumentId"),
        (header.code.number, "Code/CodeNumber"),
        (header.code.notation, "Code/CodeNotation"),
        (header.promulgation.place, "PromulgationInfo/Place"),
        (header.promulgation.day, "PromulgationInfo/PromulgationDate"),
        (header.document_type.name, "DocumentType/TypeName"),
        (header.subject, "Subject"),
        (header.signer.full_name, "SignerInfo/FullName"),
    ):
        _need(value, f"{place}/{name}", found)
    for value, name in (
        (header.promulgation.day, "PromulgationInfo/PromulgationDate"),
        (header.due, "DueDate"),
    ):
        if value and day_of(value) is None:
            found.add("day", f"{place}/{name}", detail=value)
    if header.code.number and not header.code.number.isdigit():
        found.add("number", f"{place}/Code/CodeNumber", detail=header.code.number)
    _choose(header.other.priority, _PRIORITIES, f"{place}/OtherInfo/Priority", found)
    _choose(header.steering, _STEERING, f"{place}/SteeringType", found)
    _check_business(message, found)


def _check_business(message: Document, found: Findings) -> None:
    business, place = message.trace.business, "TraceHeaderList/Bussiness"
    _choose(business.type, _BUSINESS, f"{place}/BussinessDocType", found)
    if business.type == BusinessType.UPDATE and not business.changed.receivers:
        found.add("receivers", place)
    for receiver in business.changed.receivers:
        _choose(receiver.change, ("0", "1"), f"{place}/BussinessDocumentInfo/ReceiverList", found)
    if business.type == BusinessType.REPLACE and not (business.replacements or message.header.responses):
        found.add("replacements", place)


def _check_files(message: Document, found: Findings, bounds: Bounds | None) -> None:
    held = {each.content_id for each in message.attachments}
    listed = {each.content_id for each in message.manifest}
    for reference in message.manifest:
        if reference.content_id not in held:
            found.add(
                "attachment_absent", "edXMLManifest/Reference", detail=reference.name or reference.content_id
            )
    for attachment in message.attachments:
        if attachment.content_id not in listed:
            found.add("attachment_unlisted", "AttachmentEncoded/Attachment", detail=attachment.name)
        try:
            unpack(attachment, bounds)
        except EdxmlError as error:
            found.rows.extend(error.findings)
            continue
        if not is_zipped(attachment):
            found.add("attachment_not_zip", "AttachmentEncoded/Attachment", detail=attachment.name)


def _check_organ(organ: Organ, path: str, found: Findings) -> None:
    _need(organ.organ_id, f"{path}/OrganId", found)
    if organ.organ_id and not is_organ_id(organ.organ_id):
        found.add("organ", f"{path}/OrganId", detail=organ.organ_id[:40])


def _need(value: str, path: str, found: Findings) -> None:
    if not value:
        found.add("missing", path.rpartition("/")[0], detail=path.rpartition("/")[2])


def _choose(value: str, choices: tuple[str, ...], path: str, found: Findings) -> None:
    if value and value not in choices:
        found.add("choice", path, detail=value[:20], choices=", ".join(str(each) for each in choices))


def _place(found: Findings, start: int, root: etree._Element) -> None:
    """Give the line of its element to each finding that has none, or of the nearest element above it."""
    for at in range(start, len(found.rows)):
        finding = found.rows[at]
        if finding.line == 0 and finding.path:
            line = _line_of(root, finding.path)
            found.rows[at] = Finding(finding.code, finding.path, line, finding.values)


def _line_of(root: etree._Element, path: str) -> int:
    line, here = 0, root
    for step in path.split("/"):
        name, _, index = step.rstrip("]").partition("[")
        rows = here.xpath(f"(.//*[local-name()='{name}'])[{index or 1}]")
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], etree._Element):
            break
        here = rows[0]
        line = line_of(here)
    return line
