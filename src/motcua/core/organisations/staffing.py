"""Who works where: officers, posts with their dates and papers, signing rights, offices.

Nothing is deleted: a post ends on a day, by a paper. Duties that check each other never meet in one person
(`data/duties.yaml`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import yaml
from django.db.models import Q

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.hooks import Hook
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations.data.units import HERE
from motcua.core.organisations.models import (
    Agency,
    AgencyKind,
    Appointment,
    Delegation,
    Officer,
    Position,
    SigningForm,
)
from motcua.core.organisations.queries import in_force
from motcua.core.words import legible
from motcua.engines.text import fold, sort_key

CODE = re.compile(r"[a-z0-9][a-z0-9.-]{1,38}[a-z0-9]")
post_ended = Hook("post_ended")
"""An officer's post ends: `officer`, `agency`, `last` (whether no other post is left)."""


def add_officer(actor: Actor, *, code: str, name: str, email: str = "") -> Officer:
    """A person begins to work for the state. Raises Conflict for a code that is taken, UserError for a wrong one."""
    code, name, email = officer_code(code), officer_name(name), address(email)
    if Officer.objects.filter(code=code).exists():
        raise code_taken(code)
    officer = Officer.objects.create(code=code, name=name, folded=fold(name), email=email)
    emit("staff.officer_added", actor, subject=("officer", officer.pk), data={"code": code})
    return officer


def correct_officer(actor: Actor, officer: Officer, *, name: str, email: str) -> None:
    """The name and address as they are; what was signed keeps the name it was signed under."""
    name = officer_name(name)
    officer.name, officer.folded, officer.email = name, fold(name), address(email)
    officer.save(update_fields=["name", "folded", "email"])
    emit("staff.officer_corrected", actor, subject=("officer", officer.pk), data={"code": officer.code})


def appoint(
    actor: Actor, officer: Officer, position: Position, agency: Agency, *, since: dt.date, source: str
) -> Appointment:
    """Give an officer a post by a paper. Raises Conflict for one they hold already or that another duty of theirs
    checks."""
    source = decision(source)
    stands_on(agency, since)
    held = list(_standing(officer).select_related("position"))
    if any(one.position_id == position.pk and one.agency_id == agency.pk for one in held):
        raise Conflict(
            f"{officer.name} đang giữ nhiệm vụ này rồi.",
            f"{officer.name} holds this post already.",
            "position",
        )
    _keep_apart(position, [one.position for one in held])
    if Appointment.objects.filter(
        officer=officer, position=position, agency=agency, valid_from=since
    ).exists():
        raise Conflict(
            "Nhiệm vụ này đã bắt đầu đúng ngày ấy một lần; chọn ngày khác.",
            "This post began on that very day before: choose another.",
            "since",
        )
    made = Appointment.objects.create(
        officer=officer, position=position, agency=agency, valid_from=since, source=source
    )
    emit("staff.appointed", actor, subject=("officer", officer.pk), data=_told(made))
    return made


def end_post(actor: Actor, appointment: Appointment, *, last_day: dt.date, source: str) -> None:
    """The post ends with that day, and the signing rights that rest on it."""
    source = decision(source)
    if last_day < appointment.valid_from:
        raise UserError(
            "Ngày cuối phải từ ngày bắt đầu trở đi.", "The last day lies before the first.", "last_day"
        )
    if appointment.valid_until is not None and appointment.valid_until <= last_day:
        raise Conflict("Nhiệm vụ này đã kết thúc.", "This post has ended already.")
    appointment.valid_until = last_day
    appointment.save(update_fields=["valid_until"])
    rests = Delegation.objects.filter(Q(grantor=appointment) | Q(delegate=appointment))
    for one in rests.filter(Q(valid_until=None) | Q(valid_until__gt=last_day)):
        one.valid_until = max(last_day, one.valid_from)
        one.save(update_fields=["valid_until"])
    told = {**_told(appointment), "until": last_day.isoformat(), "source": source}
    emit("staff.post_ended", actor, subject=("officer", appointment.officer_id), data=told)
    left = _standing(appointment.officer).exclude(pk=appointment.pk).exists()
    post_ended.send(officer=appointment.officer, agency=appointment.agency, last=not left)


def delegate(
    actor: Actor,
    *,
    form: str,
    grantor: Appointment,
    to: Appointment,
    services: Sequence[str] = (),
    since: dt.date,
    until: dt.date | None = None,
    source: str,
) -> Delegation:
    """Let an officer sign for an agency (Decree 30/2020 art. 13): TM only by its head, for themself; the others by the
    head, for another."""
    source = decision(source)
    if form not in SigningForm.values:
        raise UserError("Chọn hình thức ký.", f"Choose one of {', '.join(SigningForm.values)}.", "form")
    if grantor.agency_id != to.agency_id:
        raise UserError(
            "Người giao và người được giao phải cùng cơ quan.", "Both must hold posts in one agency.", "to"
        )
    if "chair" not in grantor.position.groups or grantor.position.rank > to.position.rank:
        raise UserError(
            "Chỉ người đứng đầu hoặc cấp trên giao quyền ký.",
            "Only the head gives the right to sign.",
            "grantor",
        )
    own = grantor.pk == to.pk
    if own != (form == SigningForm.TM):
        raise UserError(
            "“TM.” là của chính người đứng đầu; “KT.”, “TL.”, “TUQ.” là của người khác.",
            "TM is the head's own; KT, TL and TUQ are another's.",
            "form",
        )
    if until is not None and until < since:
        raise UserError("Ngày cuối trước ngày đầu.", "The last day lies before the first.", "until")
    made = Delegation.objects.create(
        agency=grantor.agency, form=form, grantor=grantor, delegate=to, service_codes=list(services),
        valid_from=since, valid_until=until, source=source,
    )  # fmt: skip
    data = {"form": form, "agency": grantor.agency.code, "services": list(services), "source": source}
    emit("staff.signing_given", actor, subject=("officer", to.officer_id), data=data)
    return made


def end_delegation(actor: Actor, row: Delegation, *, last_day: dt.date, source: str) -> None:
    """The right to sign ends with that day."""
    source = decision(source)
    if row.valid_until is not None and row.valid_until <= last_day:
        raise Conflict("Quyền ký này đã kết thúc.", "This right has ended already.")
    row.valid_until = max(last_day, row.valid_from)
    row.save(update_fields=["valid_until"])
    data = {
        "form": row.form,
        "agency": row.agency.code,
        "source": source,
        "until": row.valid_until.isoformat(),
    }
    emit("staff.signing_ended", actor, subject=("officer", row.delegate.officer_id), data=data)


def found_office(actor: Actor, parent: Agency, *, name: str, name_en: str, place: str, phone: str) -> Agency:
    """An office below an agency. Its identifier continues the agency's (Decision 20/2020/QĐ-TTg art. 4)."""
    name = legible(name, "name")
    if not name:
        raise UserError("Ghi tên đơn vị.", "Give the office's name.", "name")
    if Agency.objects.filter(in_force(None), parent=parent, folded=fold(name)).exists():
        raise Conflict(f"{parent.name} đã có {name}.", f"{parent.name} has {name} already.", "name")
    kind = AgencyKind.COMMUNE_OFFICE if parent.kind == AgencyKind.COMMUNE_COMMITTEE else AgencyKind.DEPARTMENT
    office = Agency.objects.create(
        code=_next_code(parent), name=name, name_en=legible(name_en) or name, folded=fold(name),
        sort_key=sort_key(name), kind=kind, parent=parent, unit_code=parent.unit_code,
        province_code=parent.province_code, place=legible(place), phone=legible(phone), valid_from=clock.today(),
    )  # fmt: skip
    emit("staff.office_founded", actor, subject=("agency", office.pk), data={"code": office.code})
    return office


def correct_agency(actor: Actor, agency: Agency, *, place: str, phone: str) -> None:
    """Where the agency is found and called: printed on slips and letters from now on."""
    agency.place, agency.phone = legible(place, "place"), legible(phone, "phone")
    agency.save(update_fields=["place", "phone"])
    emit("staff.agency_corrected", actor, subject=("agency", agency.pk), data={"code": agency.code})


# ---- reading


def below(agency_id: int) -> list[Agency]:
    """The agency and all below it that stand today, each after the one it belongs to."""
    rows = Agency.objects.filter(in_force(None)).order_by("sort_key")
    children: dict[int | None, list[Agency]] = {}
    root = None
    for one in rows:
        children.setdefault(one.parent_id, []).append(one)
        root = one if one.pk == agency_id else root
    found: list[Agency] = []
    ahead = [root] if root else []
    while ahead:
        one = ahead.pop()
        found.append(one)
        ahead.extend(reversed(children.get(one.pk, ())))
    return found


def within(agency_id: int, code: str) -> Agency:
    """The agency of this code, if it is this one or below it. Raises NotFound."""
    found = one = Agency.objects.filter(in_force(None), code=code).first()
    while one is not None and one.pk != agency_id:
        one = one.parent
    if one is None or found is None:
        raise NotFound()
    return found


def needs_second_person(position: Position) -> bool:
    """Whether a second person must agree before somebody gets this post: it decides, signs or appoints."""
    return not set(position.groups).isdisjoint(rules()["second_person"])


@cache
def rules() -> dict[str, Any]:
    """The duties of `data/duties.yaml`: `second_person` and `apart`."""
    loaded: dict[str, Any] = yaml.safe_load((HERE / "duties.yaml").read_text(encoding="utf-8"))
    return loaded


def _standing(officer: Officer) -> Any:
    return officer.appointments.filter(Q(valid_until=None) | Q(valid_until__gte=clock.today()))


def _keep_apart(position: Position, held: list[Position]) -> None:
    for pair in rules()["apart"]:
        for mine, other in (pair, pair[::-1]):
            clash = next((one for one in held if other in one.groups), None)
            if mine in position.groups and clash is not None:
                raise Conflict(
                    f"“{position.name}” và “{clash.name}” kiểm soát lẫn nhau, không giao cho một người.",
                    f"{position.name_en!r} and {clash.name_en!r} check each other: not in one person.",
                    "position",
                )


def _next_code(parent: Agency) -> str:
    taken = set(Agency.objects.filter(code__startswith=f"{parent.code}.").values_list("code", flat=True))
    return next(code for number in range(10, 1000) if (code := f"{parent.code}.{number:02d}") not in taken)


# ---- what is said of an officer or a post: as it is kept, or why it is not


def officer_code(code: str) -> str:
    """The name an officer signs in by. Raises UserError."""
    code = code.strip().casefold()
    if not CODE.fullmatch(code):
        raise UserError(
            "Mã cán bộ gồm 3–40 chữ thường không dấu, chữ số, dấu chấm, gạch nối.",
            "An officer's code: 3 to 40 small letters, digits, dots and hyphens.",
            "code",
        )
    return code


def code_taken(code: str) -> Conflict:
    return Conflict(f"Mã {code} đã có người mang.", f"The code {code} is taken.", "code")


def officer_name(name: str) -> str:
    """Raises UserError where none is given, or one that nobody can read."""
    name = legible(name, "name")
    if not name:
        raise UserError("Ghi họ, chữ đệm và tên.", "Give the full name.", "name")
    return name


def address(email: str) -> str:
    """An e-mail address, or none. Raises UserError for what is no address."""
    email = email.strip()
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise UserError("Địa chỉ thư không đúng.", "This is no e-mail address.", "email")
    return email


def stands_on(agency: Agency, since: dt.date) -> None:
    """Raises UserError for an agency that has ended by that day."""
    if agency.valid_until is not None and agency.valid_until < since:
        raise UserError(f"{agency.name} đã chấm dứt.", f"{agency.name} has ended.", "agency")


def decision(source: str) -> str:
    """The paper by which something is done. Raises UserError where none is named."""
    source = legible(source, "source")
    if not source:
        raise UserError("Ghi số và ngày của quyết định.", "Name the decision: its number and date.", "source")
    return source


def _told(row: Appointment) -> dict[str, Any]:
    return {
        "position": row.position.code,
        "agency": row.agency.code,
        "since": row.valid_from.isoformat(),
        "source": row.source,
    }
