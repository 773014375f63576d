"""What an edXML message says (QCVN 102:2016/BTTTT, with the children that newer software adds).

Every value is text as it stands on the wire, days and moments brought to `yyyy/MM/dd` and `yyyy/MM/dd HH:mm:ss`;
`day_of` and `moment_of` read them. The fields name their elements, so that one table serves reading, writing and JSON.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, NamedTuple

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"


class Kind(Enum):
    TEXT = "text"
    DAY = "day"
    MOMENT = "moment"


class Part(NamedTuple):
    """How a field stands in XML: its element, what it holds, whether it repeats, and the element of its items."""

    name: str
    kind: Kind = Kind.TEXT
    of: type[Any] | None = None
    many: bool = False
    item: str = ""
    """With a name, the field is a list `name` of `item` elements."""


def _text(name: str, kind: Kind = Kind.TEXT) -> Any:
    return field(default="", metadata={"part": Part(name, kind)})


def _of(name: str, of: type[Any]) -> dict[str, Part]:
    return {"part": Part(name, of=of)}


def _many(name: str, of: type[Any] | None = None, item: str = "") -> Any:
    return field(default=(), metadata={"part": Part(name, of=of, many=True, item=item)})


@dataclass(frozen=True, slots=True)
class Record:
    """An element with children. `arranged` is the order in which they stood where it is not ours."""

    arranged: tuple[str, ...] = field(default=(), compare=False, kw_only=True)

    def empty(self) -> bool:
        return self == type(self)()


@dataclass(frozen=True, slots=True)
class Organ(Record):
    organ_id: str = _text("OrganId")
    in_charge: str = _text("OrganizationInCharge")
    name: str = _text("OrganName")
    address: str = _text("OrganAdd")
    email: str = _text("Email")
    telephone: str = _text("Telephone")
    fax: str = _text("Fax")
    website: str = _text("Website")


@dataclass(frozen=True, slots=True)
class Code(Record):
    number: str = _text("CodeNumber")
    notation: str = _text("CodeNotation")

    def __str__(self) -> str:
        return f"{self.number}/{self.notation}" if self.notation else self.number


@dataclass(frozen=True, slots=True)
class Promulgation(Record):
    place: str = _text("Place")
    day: str = _text("PromulgationDate", Kind.DAY)


@dataclass(frozen=True, slots=True)
class DocumentType(Record):
    type: str = _text("Type")
    detail: str = _text("TypeDetail")
    name: str = _text("TypeName")


@dataclass(frozen=True, slots=True)
class SignerInfo(Record):
    competence: str = _text("Competence")
    position: str = _text("Position")
    full_name: str = _text("FullName")


@dataclass(frozen=True, slots=True)
class OtherInfo(Record):
    priority: str = _text("Priority")
    sphere: str = _text("SphereOfPromulgation")
    typer: str = _text("TyperNotation")
    amount: str = _text("PromulgationAmount")
    pages: str = _text("PageAmount")
    direction: str = _text("Direction")
    appendixes: tuple[str, ...] = _many("Appendixes", item="Appendix")
    reply_for: tuple[str, ...] = _many("ReplyFors", item="ReplyFor")
    references: tuple[str, ...] = _many("ReferenceCodes", item="ReferenceCode")


@dataclass(frozen=True, slots=True)
class ResponseFor(Record):
    organ_id: str = _text("OrganId")
    code: str = _text("Code")
    day: str = _text("PromulgationDate", Kind.DAY)
    document_id: str = _text("DocumentId")


@dataclass(frozen=True, slots=True)
class Staff(Record):
    department: str = _text("Department")
    name: str = _text("Staff")
    mobile: str = _text("Mobile")
    email: str = _text("Email")


@dataclass(frozen=True, slots=True)
class TraceHeader(Record):
    organ_id: str = _text("OrganId")
    at: str = _text("Timestamp", Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Receiver(Record):
    organ_id: str = _text("OrganId")
    change: str = _text("ReceiverType")
    """0 removed, 1 added"""


@dataclass(frozen=True, slots=True)
class ChangedDocument(Record):
    information: str = _text("DocumentInfo")
    receiver: str = _text("DocumentReceiver")
    receivers: tuple[Receiver, ...] = _many("ReceiverList", Receiver, "Receiver")


@dataclass(frozen=True, slots=True)
class Replacement(Record):
    document_id: str = _text("DocumentId")
    organs: tuple[str, ...] = _many("OrganIdList", item="OrganId")


@dataclass(frozen=True, slots=True)
class Business(Record):
    document_id: str = _text("DocumentId")
    type: str = _text("BussinessDocType")
    reason: str = _text("BussinessDocReason")
    paper: str = _text("Paper")
    staff: Staff = field(default_factory=Staff, metadata=_of("StaffInfo", Staff))
    changed: ChangedDocument = field(
        default_factory=ChangedDocument, metadata=_of("BussinessDocumentInfo", ChangedDocument)
    )
    replacements: tuple[Replacement, ...] = _many("ReplacementInfoList", Replacement, "ReplacementInfo")


@dataclass(frozen=True, slots=True)
class Trace(Record):
    headers: tuple[TraceHeader, ...] = _many("TraceHeader", TraceHeader)
    business: Business = field(default_factory=Business, metadata=_of("Bussiness", Business))


@dataclass(frozen=True, slots=True)
class Header(Record):
    """MessageHeader of a document."""

    sender: Organ = field(default_factory=Organ, metadata=_of("From", Organ))
    receivers: tuple[Organ, ...] = _many("To", Organ)
    document_id: str = _text("DocumentId")
    code: Code = field(default_factory=Code, metadata=_of("Code", Code))
    promulgation: Promulgation = field(
        default_factory=Promulgation, metadata=_of("PromulgationInfo", Promulgation)
    )
    document_type: DocumentType = field(
        default_factory=DocumentType, metadata=_of("DocumentType", DocumentType)
    )
    subject: str = _text("Subject")
    content: str = _text("Content")
    signer: SignerInfo = field(default_factory=SignerInfo, metadata=_of("SignerInfo", SignerInfo))
    due: str = _text("DueDate", Kind.DAY)
    to_places: tuple[str, ...] = _many("ToPlaces", item="Place")
    other: OtherInfo = field(default_factory=OtherInfo, metadata=_of("OtherInfo", OtherInfo))
    responses: tuple[ResponseFor, ...] = _many("ResponseFor", ResponseFor)
    response_for_tasks: tuple[str, ...] = _many("ResponseForTask", item="TaskCode")
    application: str = _text("ApplicationType")
    steering: str = _text("SteeringType")


@dataclass(frozen=True, slots=True)
class StatusHeader(Record):
    """MessageHeader of a status message."""

    sender: Organ = field(default_factory=Organ, metadata=_of("From", Organ))
    response_for: ResponseFor = field(default_factory=ResponseFor, metadata=_of("ResponseFor", ResponseFor))
    staff: Staff = field(default_factory=Staff, metadata=_of("StaffInfo", Staff))
    code: str = _text("StatusCode")
    description: str = _text("Description")
    at: str = _text("Timestamp", Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Reference(Record):
    """An attachment as the manifest names it."""

    content_id: str = _text("ContentId")
    content_type: str = _text("ContentType")
    description: str = _text("Description")
    name: str = _text("AttachmentName")


@dataclass(frozen=True, slots=True)
class Attachment(Record):
    """A file that came along; `encoded` is base64 of a ZIP archive of one entry."""

    content_id: str = _text("ContentId")
    name: str = _text("AttachmentName")
    description: str = _text("Description")
    content_type: str = _text("ContentType")
    encoded: str = _text("ContentTransferEncoded")


@dataclass(frozen=True, slots=True)
class Document:
    """An official document on the axis."""

    header: Header
    trace: Trace = field(default_factory=Trace)
    manifest: tuple[Reference, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    signature: str = ""
    """The Signature element as it came: it is kept, never made anew for somebody else."""

    @property
    def business(self) -> BusinessType:
        return BusinessType(self.trace.business.type or "0")

    @property
    def concerns(self) -> str:
        """The id of the document that a recall, update or replacement is about."""
        named = [each.document_id for each in self.trace.business.replacements if each.document_id]
        answered = [each.document_id for each in self.header.responses if each.document_id]
        return (named or answered or [self.trace.business.document_id or self.header.document_id])[0]


@dataclass(frozen=True, slots=True)
class Status:
    """What a receiver says about a document, or a sender about its own."""

    header: StatusHeader
    signature: str = ""


Message = Document | Status


class BusinessType(StrEnum):
    NEW = "0"
    RECALL = "1"
    UPDATE = "2"
    REPLACE = "3"


class StatusCode(StrEnum):
    """The nine statuses of a document on the axis."""

    ARRIVED = "01"
    REFUSED = "02"
    RECEIVED = "03"
    ASSIGNED = "04"
    PROCESSING = "05"
    FINISHED = "06"
    RECALL_ASKED = "13"
    """the sender asks to take back or change it"""
    RECALL_AGREED = "15"
    RECALL_REFUSED = "16"

    def text(self, lang: str = "vi") -> str:
        return _STATUS_WORDS[self][lang == "en"]


_STATUS_WORDS = {
    StatusCode.ARRIVED: ("Đã đến", "Arrived"),
    StatusCode.REFUSED: ("Từ chối nhận", "Refused"),
    StatusCode.RECEIVED: ("Đã tiếp nhận", "Received"),
    StatusCode.ASSIGNED: ("Đã phân công", "Assigned"),
    StatusCode.PROCESSING: ("Đang xử lý", "In progress"),
    StatusCode.FINISHED: ("Đã hoàn thành", "Finished"),
    StatusCode.RECALL_ASKED: ("Bên gửi yêu cầu lấy lại", "The sender asks for it back"),
    StatusCode.RECALL_AGREED: ("Bên nhận đồng ý trả lại", "The receiver agrees"),
    StatusCode.RECALL_REFUSED: ("Bên nhận từ chối trả lại", "The receiver does not agree"),
}


class Priority(StrEnum):
    NORMAL = "0"
    URGENT = "1"
    VERY_URGENT = "2"
    IMMEDIATE = "3"
    IMMEDIATE_TIMED = "4"

    def text(self, lang: str = "vi") -> str:
        return _PRIORITY_WORDS[self][lang == "en"]


_PRIORITY_WORDS = {
    Priority.NORMAL: ("Thường", "Normal"),
    Priority.URGENT: ("Khẩn", "Urgent"),
    Priority.VERY_URGENT: ("Thượng khẩn", "Very urgent"),
    Priority.IMMEDIATE: ("Hỏa tốc", "Immediate"),
    Priority.IMMEDIATE_TIMED: ("Hỏa tốc hẹn giờ", "Immediate, by the hour"),
}

_VIETNAM = dt.timedelta(hours=7)
_DAYS = re.compile(r"(?:(\d{4})[/-](\d{1,2})[/-](\d{1,2})|(\d{1,2})[/-](\d{1,2})[/-](\d{4}))")
_MOMENTS = re.compile(
    _DAYS.pattern + r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?"
)
_ORGAN = re.compile(r"(?:\d{2,3}\.){1,4}[A-Z]\d{2,3}|[A-Z]\d{2,3}(?:\.[A-Z0-9]{1,8}){0,5}")


def day_of(text: str) -> dt.date | None:
    """The day that `yyyy/MM/dd` or `dd/MM/yyyy` names, None when it is no day."""
    moment = moment_of(text) if _DAYS.match(text) else None
    return None if moment is None else moment.date()


def moment_of(text: str) -> dt.datetime | None:
    """The moment (local, naive) that the text names; a bare day is its midnight. What has a zone is brought to ours."""
    match = _MOMENTS.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, day_first, month_first, year_last, hour, minute, second, zone = match.groups()
    try:
        moment = dt.datetime(  # noqa: DTZ001 - the wire carries local time without a zone
            int(year or year_last),
            int(month or month_first),
            int(day or day_first),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
        )
        return moment if zone is None else _brought_here(moment, zone)
    except (ValueError, OverflowError):
        return None


def _brought_here(moment: dt.datetime, zone: str) -> dt.datetime:
    behind = dt.datetime.strptime(zone.replace("Z", "+0000"), "%z").utcoffset() or dt.timedelta()
    return moment - behind + _VIETNAM


def written_day(day: dt.date) -> str:
    return f"{day:%Y/%m/%d}"


def written_moment(moment: dt.datetime) -> str:
    return f"{moment:%Y/%m/%d %H:%M:%S}"


def is_organ_id(text: str) -> bool:
    """Whether it has the form of QCVN 102 (000.00.00.G22) or of Decision 20/2020/QĐ-TTg (H55.237)."""
    return _ORGAN.fullmatch(text) is not None


def same_organ(one: str, other: str) -> bool:
    """Whether two ids name one agency: the reversed form with its zeros, and today's, are equal."""
    return _groups(one) == _groups(other)


def _groups(organ_id: str) -> tuple[str, ...]:
    groups = organ_id.upper().split(".")
    if groups and groups[0][:1].isdigit():
        groups.reverse()
    while len(groups) > 1 and not groups[-1].strip("0"):
        groups.pop()
    return tuple(groups)
