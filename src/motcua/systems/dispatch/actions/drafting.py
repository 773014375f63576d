"""From the first draft to the leader's desk: drafter, head of unit, leader. Signing is its own matter."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Appointment
from motcua.core.words import legible
from motcua.engines.text import fold
from motcua.systems.dispatch import policies, rules
from motcua.systems.dispatch.actions import numbering
from motcua.systems.dispatch.models import Direction, Incoming, Outgoing, Stage

MOST_RECEIVERS = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """What a drafter writes. `receivers` are (organ id, name)."""

    type_code: str
    subject: str
    body: str
    receivers: Sequence[tuple[str, str]] = ()
    priority: int = 0
    secrecy: str = ""
    due: dt.date | None = None
    head_id: int | None = None
    leader_id: int | None = None
    unit: str = ""
    appendix: str = ""
    answers: Incoming | None = None
    concerns: Outgoing | None = None
    business: str = "0"
    case_id: int | None = None
    case_number: str = ""
    case_waits: bool = False
    problems: list[str] = field(default_factory=list)


def draft(actor: Actor, agency_id: int, given: Draft) -> Outgoing:
    """Begin a document. Raises UserError at the field that is to be mended; a secret one is refused outright."""
    letter = Outgoing(
        agency_id=agency_id, drafter_id=_officer(actor), drafter=actor.label, created_at=clock.now()
    )
    _take(letter, given)
    letter.save()
    emit(
        "dispatch.drafted",
        actor,
        case_id=letter.case_id,
        subject=("outgoing", letter.pk),
        data={"type": letter.type_code},
    )
    return letter


def redraft(actor: Actor, letter_uuid: uuid.UUID, given: Draft) -> Outgoing:
    """Write a draft anew."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "edit")
    _take(letter, given)
    letter.save()
    emit("dispatch.redrafted", actor, case_id=letter.case_id, subject=("outgoing", letter.pk))
    return letter


def submit(actor: Actor, letter_uuid: uuid.UUID) -> Outgoing:
    """Hand a draft to the head of the unit, or to the leader where no head was chosen."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "submit")
    if letter.leader_id is None:
        raise UserError("Chọn người ký.", "Choose who signs.", "leader")
    place = rules.left_to_fill(letter.subject, *letter.paragraphs)
    if place:
        raise UserError(
            f"Còn chỗ của mẫu chưa điền: {place}.",
            f"A place of the template is not filled in yet: {place}.",
            "subject" if place in letter.subject else "body",
        )
    letter.stage = (
        Stage.AT_HEAD if letter.head_id and letter.head_id != letter.drafter_id else Stage.AT_LEADER
    )
    letter.returned = ""
    letter.save(update_fields=["stage", "returned"])
    emit(
        "dispatch.submitted",
        actor,
        case_id=letter.case_id,
        subject=("outgoing", letter.pk),
        data={"stage": letter.stage},
    )
    return letter


def approve(actor: Actor, letter_uuid: uuid.UUID) -> Outgoing:
    """The head of the unit agrees; the leader's turn."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "approve")
    letter.stage = Stage.AT_LEADER
    letter.save(update_fields=["stage"])
    emit("dispatch.approved", actor, case_id=letter.case_id, subject=("outgoing", letter.pk))
    return letter


def send_back(actor: Actor, letter_uuid: uuid.UUID, reason: str) -> Outgoing:
    """The head or the leader gives a draft back, and says why."""
    letter = _locked(letter_uuid)
    _allow(actor, letter, "send_back")
    letter.returned = _reason(reason)
    letter.stage = Stage.DRAFT
    letter.save(update_fields=["stage", "returned"])
    emit(
        "dispatch.sent_back",
        actor,
        case_id=letter.case_id,
        subject=("outgoing", letter.pk),
        data={"reason": letter.returned},
    )
    return letter


def enter_secret(actor: Actor, agency_id: int, *, type_code: str, secrecy: str, receiver: str) -> Outgoing:
    """A line in the book for a secret document that goes by another way: its number, degree and receiver, nothing of
    what it says."""
    if secrecy not in rules.secrecies():
        raise UserError("Chọn độ mật.", "Choose the degree of secrecy.", "secrecy")
    kind = _kind(type_code)
    agency = organisations.agency(agency_id)
    now = clock.now()
    letter = Outgoing.objects.create(
        agency_id=agency_id,
        type_code=kind.code,
        stage=Stage.PAPER,
        number=numbering.take(agency_id, Direction.OUT, kind.code, now.year),
        notation=rules.notation(kind, agency),
        year=now.year,
        subject=f"(văn bản {rules.secrecies()[secrecy]}: không ghi trích yếu trên mạng)",
        receivers=[["", legible(receiver, "receiver")[:200]]],
        secrecy=secrecy,
        drafter_id=_officer(actor),
        drafter=actor.label,
        created_at=now,
        issued_at=now,
    )
    emit(
        "dispatch.secret_entered",
        actor,
        subject=("outgoing", letter.pk),
        data={"number": letter.sign, "degree": secrecy},
    )
    return letter


def refuse_secret(secrecy: str) -> None:
    """A secret document never comes near this network."""
    if secrecy:
        name = rules.secrecies().get(secrecy, "mật")
        raise UserError(
            f"Văn bản {name} không được soạn, lưu hay gửi trên mạng này (Luật Bảo vệ bí mật nhà nước). Soạn và gửi "
            "bằng phương tiện cơ yếu; ở đây chỉ ghi một dòng vào sổ.",
            "A secret document may not be written, kept or sent on this network (Law on Protection of State Secrets). "
            "Use the cipher service; here only a line goes into the book.",
            "secrecy",
        )


def _take(letter: Outgoing, given: Draft) -> None:
    refuse_secret(given.secrecy)
    kind = _kind(given.type_code)
    if given.priority not in range(5):
        raise UserError("Chọn độ khẩn.", "Choose the urgency.", "priority")
    subject = legible(given.subject, "subject")
    if not subject:
        raise UserError("Ghi trích yếu nội dung.", "Say what the document is about.", "subject")
    paragraphs = [line for line in legible(given.body, "body", multiline=True).splitlines() if line.strip()]
    if not paragraphs:
        raise UserError("Ghi nội dung văn bản.", "Write what the document says.", "body")
    if given.due is not None and given.due < clock.today():
        raise UserError("Hạn trả lời đã qua.", "The day to answer by is past.", "due")
    if not given.receivers:
        raise UserError("Chọn ít nhất một nơi nhận.", "Choose at least one receiver.", "receivers")
    if len(given.receivers) > MOST_RECEIVERS:
        raise UserError(
            f"Tối đa {MOST_RECEIVERS} nơi nhận.", f"At most {MOST_RECEIVERS} receivers.", "receivers"
        )
    if letter.number is not None and letter.type_code != kind.code:
        raise UserError(
            f"Văn bản đã có số {letter.sign} trong sổ của loại này, không đổi loại được nữa.",
            f"The document has number {letter.sign} in the book of its kind, which can no longer be changed.",
            "type_code",
        )
    agency = organisations.agency(letter.agency_id)
    letter.type_code, letter.subject, letter.paragraphs = kind.code, subject[:500], paragraphs
    letter.notation = rules.notation(kind, agency, given.unit)
    letter.appendix = legible(given.appendix, "appendix", multiline=True)
    letter.receivers = [list(each) for each in dict(given.receivers).items()]
    letter.priority, letter.due = given.priority, given.due
    letter.head_id, letter.head = given.head_id, _colleague(given.head_id, agency.pk, "head")
    letter.leader_id, letter.leader = given.leader_id, _colleague(given.leader_id, agency.pk, "leader")
    if given.leader_id is not None and not policies.signs_for(given.leader_id, agency.pk):
        raise UserError(
            "Người này không có quyền ký cho cơ quan.", "This officer may not sign for the agency.", "leader"
        )
    letter.answers, letter.concerns, letter.business = given.answers, given.concerns, given.business
    letter.case_id, letter.case_number = given.case_id, given.case_number
    letter.case_waits = given.case_waits and given.case_id is not None
    if letter.case_waits and letter.due is None:
        letter.due = rules.answer_by(clock.today(), agency.pk)
    letter.folded = _folded(letter)


def _folded(letter: Outgoing) -> str:
    names = " ".join(name for _, name in letter.receivers)
    return fold(f"{letter.sign} {letter.subject} {names} {letter.drafter} {letter.case_number}")


def _colleague(officer_id: int | None, agency_id: int, where: str) -> str:
    if officer_id is None:
        return ""
    row = (
        Appointment.objects.select_related("officer")
        .filter(organisations.in_force(None), agency_id=agency_id, officer_id=officer_id)
        .first()
    )
    if row is None:
        raise UserError(
            "Người này không giữ chức vụ ở cơ quan hôm nay.", "They hold no post here today.", where
        )
    return row.officer.name


def _kind(code: str) -> rules.DocumentKind:
    kind = rules.kinds().get(code)
    if kind is None:
        raise UserError("Chọn loại văn bản.", "Choose the kind of document.", "type_code")
    return kind


def _officer(actor: Actor) -> int:
    if actor.officer_id is None:
        raise NotAllowed("Việc này của cán bộ.", "This is for officers.")
    return actor.officer_id


def _reason(text: str) -> str:
    reason = legible(text, "reason", multiline=True)
    if not reason:
        raise UserError("Ghi lý do.", "Give the reason.", "reason")
    return reason[:1000]


def _locked(letter_uuid: uuid.UUID) -> Outgoing:
    letter = Outgoing.objects.select_for_update(of=("self",)).filter(uuid=letter_uuid).first()
    if letter is None:
        raise NotFound()
    return letter


def _allow(actor: Actor, letter: Outgoing, act: str) -> None:
    if not policies.of_outgoing(actor, letter)[act]:
        raise Conflict(
            "Văn bản đã sang bước khác, hoặc đến lượt người khác xử lý.",
            "The document has moved on, or it is somebody else's turn.",
        )
