"""Reading the map of the state. Every question is asked for a day; without one, for today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.errors import NotFound
from motcua.core.organisations.models import (
    AdministrativeUnit,
    Agency,
    AgencyKind,
    Appointment,
    CalendarDay,
    DayKind,
    Delegation,
    SigningForm,
    UnitSuccession,
    WorkingHours,
)
from motcua.engines.text import fold
from motcua.engines.working_time import Calendar


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit as it was called on the day asked for. `label` always shows the province: names repeat."""

    code: str
    level: str
    kind: str
    name: str
    short_name: str
    province_code: str
    label: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What an officer does where, on the day asked for."""

    agency_id: int
    agency_code: str
    agency_name: str
    agency_kind: str
    position: str
    position_name: str
    title: str
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class SigningRight:
    """The right to sign for an agency, and the lines that stand above the name (Decree 30/2020 art. 13)."""

    form: str
    title_lines: tuple[str, ...]
    position_name: str
    source: str


def in_force(on: dt.date | None) -> Q:
    """The filter for rows in force on a day."""
    day = on or clock.today()
    return Q(valid_from__lte=day) & (Q(valid_until__isnull=True) | Q(valid_until__gte=day))


def unit(code: str, on: dt.date | None = None, level: str | None = None) -> UnitView | None:
    """The unit of that code on that day. A province, district and commune never share a code's length."""
    level = level or {2: "province", 3: "district", 5: "commune"}.get(len(code), "central")
    found = AdministrativeUnit.objects.filter(in_force(on), code=code, level=level).first()
    return _views([found], on)[0] if found else None


def unit_label(code: str, on: dt.date | None = None) -> str:
    """`Phường Phan Đình Phùng, Tỉnh Thái Nguyên`, or the bare code when nothing is known of it."""
    found = unit(code, on)
    return found.label if found else code


def units_of(parent_code: str, on: dt.date | None = None) -> list[UnitView]:
    """The units directly below one, in Vietnamese order."""
    rows = AdministrativeUnit.objects.filter(in_force(on), parent_code=parent_code).order_by("sort_key")
    return _views(list(rows), on)


def provinces(on: dt.date | None = None) -> list[UnitView]:
    return units_of("VN", on)


def find_units(
    text: str, on: dt.date | None = None, level: str = "commune", province: str | None = None, limit: int = 10
) -> list[UnitView]:
    """Units by name, with or without accents; words may name the province too ("tan an, can tho")."""
    words = fold(text).replace(",", " ").split()
    if not words:
        return []
    rows = AdministrativeUnit.objects.filter(in_force(on), level=level)
    if province:
        rows = rows.filter(province_code=province)
    if "," in text:
        name, _, rest = fold(text).partition(",")
        inside = AdministrativeUnit.objects.filter(
            in_force(on), level="province", folded__contains=rest.strip()
        )
        rows = rows.filter(folded__contains=name.strip(), province_code__in=inside.values("code"))
    else:
        for word in words:
            rows = rows.filter(folded__contains=word)
    exact = " ".join(words)
    found = sorted(rows[:200], key=lambda row: (fold(row.short_name) != exact, row.sort_key))
    return _views(found[:limit], on)


def resolve_old(code_or_text: str, on: dt.date | None = None) -> list[UnitView]:
    """What an old commune is today. Several units where it was split; none where nothing matches.

    Takes a 5-digit code or the words of an address as they used to be written,
    "Phường Phúc Xá, Quận Ba Đình, Hà Nội".
    """
    codes = [code_or_text] if code_or_text.isdecimal() else _old_codes(code_or_text)
    today: list[UnitView] = []
    for code in codes:
        followed = UnitSuccession.objects.filter(old_code=code, effective__lte=on or clock.today())
        for new in followed.order_by("new_code").values_list("new_code", flat=True) or [code]:
            found = unit(new, on)
            if found and found not in today:
                today.append(found)
    return today


def _old_codes(text: str) -> list[str]:
    """Codes of old communes whose name, district and province all stand in the text."""
    parts = [part.strip() for part in fold(text).split(",") if part.strip()]
    if not parts:
        return []
    reform_eve = dt.date(2025, 6, 30)
    rows = AdministrativeUnit.objects.filter(in_force(reform_eve), level="commune").filter(
        Q(folded=parts[0]) | Q(folded__endswith=" " + parts[0])
    )
    above = AdministrativeUnit.objects.filter(in_force(reform_eve))
    for part in parts[1:]:
        named = Q(folded=part) | Q(folded__endswith=" " + part)
        districts = above.filter(named, level="district").values("code")
        province = above.filter(named, level="province").values("code")
        rows = rows.filter(Q(parent_code__in=districts) | Q(province_code__in=province))
    return list(rows.order_by("code").values_list("code", flat=True)[:20])


def agency(id_or_code: int | str) -> Agency:
    """The agency; NotFound when there is none."""
    rows = Agency.objects.select_related("parent")
    found = (
        rows.filter(pk=id_or_code) if isinstance(id_or_code, int) else rows.filter(code=id_or_code)
    ).first()
    if found is None:
        raise NotFound(f"Không có cơ quan {id_or_code}.", f"There is no agency {id_or_code}.")
    return found


def agencies(
    kind: str | None = None,
    unit_code: str | None = None,
    on: dt.date | None = None,
    province_code: str | None = None,
) -> QuerySet[Agency]:
    rows = Agency.objects.filter(in_force(on))
    if kind:
        rows = rows.filter(kind=kind)
    if unit_code:
        rows = rows.filter(unit_code=unit_code)
    if province_code:
        rows = rows.filter(province_code=province_code)
    return rows.order_by("sort_key")


def competent_agency(kind: str, unit_code: str, on: dt.date | None = None) -> Agency:
    """The agency of that kind in charge of the unit; where the unit has none, the one of the unit above."""
    for code in _upwards(unit_code, on):
        found = agencies(kind, code, on).first()
        if found:
            return found
    raise NotFound(
        f"Chưa có cơ quan loại {kind} cho {unit_label(unit_code, on)}. Báo quản trị viên bổ sung cơ quan này.",
        f"No agency of kind {kind} serves {unit_label(unit_code, on)}. Ask the administrator to add it.",
    )


def one_stop_of(committee: Agency, on: dt.date | None = None) -> Agency:
    """The desk that receives and returns for an agency."""
    kind = {AgencyKind.COMMUNE_COMMITTEE: AgencyKind.ONE_STOP, AgencyKind.COMMUNE_POLICE: AgencyKind.ONE_STOP}
    return competent_agency(
        kind.get(AgencyKind(committee.kind), AgencyKind.PROVINCE_CENTRE), committee.unit_code, on
    )


def duties(officer_id: int, on: dt.date | None = None) -> list[Duty]:
    """Every post the officer holds on that day, the highest first."""
    rows = (
        Appointment.objects.filter(in_force(on), officer_id=officer_id)
        .select_related("position", "agency")
        .order_by("position__rank", "id")
    )
    return [
        Duty(
            row.agency_id,
            row.agency.code,
            row.agency.name,
            row.agency.kind,
            row.position.code,
            row.position.name,
            row.position.title,
            frozenset(row.position.groups),
        )
        for row in rows
    ]


def signing_right(
    officer_id: int, agency_id: int, service_code: str, on: dt.date | None = None
) -> SigningRight | None:
    """Whether and in which form the officer may sign for the agency in this service on that day."""
    rows = (
        Delegation.objects.filter(in_force(on), agency_id=agency_id, delegate__officer_id=officer_id)
        .filter(Q(service_codes=[]) | Q(service_codes__contains=[service_code]))
        .select_related("agency", "grantor__position", "delegate__position")
        .order_by("delegate__position__rank", "id")
    )
    row = rows.first()
    if row is None:
        return None
    own, head = row.delegate.position, row.grantor.position
    body = row.agency.name.upper()
    lines = {
        SigningForm.TM: (f"TM. {body}", own.title),
        SigningForm.KT: (f"KT. {head.title}", own.title),
        SigningForm.TL: (f"TL. {head.title}", own.title),
        SigningForm.TUQ: (f"TUQ. {head.title}", own.title),
    }
    return SigningRight(row.form, lines[SigningForm(row.form)], own.name, row.source)


def calendar(agency_id: int | None = None) -> Calendar:
    """The working calendar of an agency, or the general one."""
    kind = Agency.objects.values_list("kind", flat=True).filter(pk=agency_id).first() if agency_id else ""
    return _calendar(kind or "", _calendar_version())


def _calendar_version() -> str:
    """Another one with every day added, removed or exchanged, so that no process counts by an old calendar."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select md5(string_agg(date || kind, ',' order by date)), "
            "(select count(*) from organisations_workinghours) from organisations_calendarday"
        )
        days, hours = cursor.fetchone()
    return f"{hours}/{days}"


@lru_cache(maxsize=32)
def _calendar(kind: str, version: str) -> Calendar:
    days = list(CalendarDay.objects.values_list("date", "kind"))
    hours = list(WorkingHours.objects.filter(agency_kind__in=["", kind]).order_by("weekday", "opens"))
    usual = tuple((row.opens, row.closes) for row in hours if row.weekday == 0 and not row.agency_kind)
    extra = {
        weekday: tuple((row.opens, row.closes) for row in hours if row.agency_kind and row.weekday == weekday)
        for weekday in {row.weekday for row in hours if row.agency_kind}
    }
    return Calendar(
        holidays=frozenset(day for day, what in days if what == DayKind.HOLIDAY),
        make_up_days=frozenset(day for day, what in days if what == DayKind.MAKE_UP),
        sessions=usual,
        extra_sessions=extra,
    )


def _upwards(unit_code: str, on: dt.date | None) -> list[str]:
    """The unit's code and those above it, nearest first."""
    codes: list[str] = []
    while unit_code and unit_code not in codes:
        codes.append(unit_code)
        above = AdministrativeUnit.objects.filter(in_force(on), code=unit_code)
        unit_code = above.values_list("parent_code", flat=True).first() or ""
    return codes


def _views(rows: list[AdministrativeUnit], on: dt.date | None) -> list[UnitView]:
    codes = {row.province_code for row in rows}
    names = dict(
        AdministrativeUnit.objects.filter(in_force(on), level="province", code__in=codes).values_list(
            "code", "name"
        )
    )
    return [
        UnitView(
            row.code,
            row.level,
            row.kind,
            row.name,
            row.short_name,
            row.province_code,
            f"{row.name}, {names[row.province_code]}"
            if row.level in {"commune", "district"} and row.province_code in names
            else row.name,
        )
        for row in rows
    ]
