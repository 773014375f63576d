"""Our documents and statuses as edXML, signed with the agency's seal."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock
from motcua.core.documents import queries as documents
from motcua.core.documents import signing_keys
from motcua.core.documents.key_stores import key_stores
from motcua.core.documents.models import Document
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.engines import edxml, xmldsig
from motcua.systems.dispatch import rules
from motcua.systems.dispatch.models import Incoming, Outgoing, Sending, StatusNote

_REASONS = {
    edxml.BusinessType.NEW: "Văn bản điện tử mới",
    edxml.BusinessType.RECALL: "Thu hồi văn bản điện tử",
    edxml.BusinessType.UPDATE: "Cập nhật văn bản điện tử",
    edxml.BusinessType.REPLACE: "Thay thế văn bản điện tử",
}


def seal_of(agency: Agency) -> xmldsig.Signer:
    """The agency's seal as a signer of XML, wherever its key is."""
    key = signing_keys.agency_key(agency)
    certificate = signing_keys.certificate_of(key)
    return xmldsig.Signer(
        certificate,
        lambda data: key_stores.get(key.store).sign(key, data),
        xmldsig.method_for(certificate),
        tuple(signing_keys.chain_of(key)),
    )


def organ_of(agency: Agency) -> edxml.Organ:
    superior = agency.parent.name if agency.parent else ""
    return edxml.Organ(agency.code, superior, agency.name, agency.place, telephone=agency.phone)


def document_file(letter: Outgoing, receivers: list[Sending], business: edxml.BusinessType) -> bytes:
    """The edXML of one of our documents to some receivers; a recall carries no files."""
    agency = organisations.agency(letter.agency_id)
    issued = letter.issued_at or clock.now()
    day = issued.astimezone(clock.now().tzinfo).date()
    kind = rules.kinds()[letter.type_code]
    signed = Document.objects.prefetch_related("signatures").get(pk=letter.document_pk or 0)
    lines = next((list(each.title_lines) for each in signed.signatures.all() if each.title_lines), ["", ""])
    unit = organisations.unit(agency.unit_code) if agency.unit_code else None
    header = edxml.Header(
        organ_of(agency),
        tuple(edxml.Organ(each.organ_id, "", each.organ_name) for each in receivers),
        letter.edxml_id,
        edxml.Code(f"{letter.number:02}", letter.notation),
        edxml.Promulgation(unit.short_name if unit else agency.name, edxml.written_day(day)),
        edxml.DocumentType("1", "0", kind.name),
        letter.subject,
        letter.subject,
        edxml.SignerInfo(lines[0], lines[-1], letter.leader),
        edxml.written_day(letter.due) if letter.due else "",
        tuple(each.organ_name for each in receivers),
        edxml.OtherInfo(str(letter.priority), amount="1", pages="1"),
        _responses(letter),
        steering="1",
    )
    trace = edxml.Trace(
        (edxml.TraceHeader(agency.code, edxml.written_moment(clock.now())),),
        edxml.Business(
            letter.edxml_id,
            business.value,
            letter.reason or _REASONS[business],
            "0",
            edxml.Staff("Văn thư", letter.drafter),
            replacements=_replaced(letter, receivers) if business is edxml.BusinessType.REPLACE else (),
        ),
    )
    return edxml.write(
        edxml.Document(header, trace, attachments=_files(letter, signed, business)), seal_of(agency)
    )


def _files(letter: Outgoing, signed: Document, business: edxml.BusinessType) -> tuple[edxml.Attachment, ...]:
    if business is edxml.BusinessType.RECALL:
        return ()
    name = f"{letter.sign.replace('/', '-')}.pdf"
    return (
        edxml.pack(name, documents.content(signed), content_id="cid:1", description=letter.subject[:200]),
    )


def _responses(letter: Outgoing) -> tuple[edxml.ResponseFor, ...]:
    asked = letter.answers
    if asked is None:
        return ()
    day = edxml.written_day(asked.promulgated) if asked.promulgated else ""
    return (edxml.ResponseFor(asked.sender_id, asked.code, day, asked.edxml_id),)


def _replaced(letter: Outgoing, receivers: list[Sending]) -> tuple[edxml.Replacement, ...]:
    old = letter.concerns
    return (
        () if old is None else (edxml.Replacement(old.edxml_id, tuple(each.organ_id for each in receivers)),)
    )


def status_file(note: StatusNote, letter: Incoming) -> bytes:
    """The status message by which we answer for a document that came."""
    agency = organisations.agency(letter.agency_id)
    day = edxml.written_day(letter.promulgated) if letter.promulgated else ""
    header = edxml.StatusHeader(
        organ_of(agency),
        edxml.ResponseFor(letter.sender_id, letter.code, day, letter.edxml_id),
        edxml.Staff("Văn thư", note.by),
        note.code,
        note.description or edxml.StatusCode(note.code).text(),
        edxml.written_moment(_local(note.at)),
    )
    return edxml.write(edxml.Status(header), seal_of(agency))


def recall_status_file(letter: Outgoing, receiver: Sending) -> bytes:
    """The status message (13) by which one receiver is asked for a document of ours back."""
    agency = organisations.agency(letter.agency_id)
    issued = _local(letter.issued_at or clock.now()).date()
    header = edxml.StatusHeader(
        organ_of(agency),
        edxml.ResponseFor(receiver.organ_id, letter.sign, edxml.written_day(issued), letter.edxml_id),
        edxml.Staff("Văn thư", letter.drafter),
        edxml.StatusCode.RECALL_ASKED.value,
        letter.reason,
        edxml.written_moment(_local(clock.now())),
    )
    return edxml.write(edxml.Status(header), seal_of(agency))


def _local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(clock.now().tzinfo)
