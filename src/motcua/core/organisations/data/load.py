"""Fill the map of the state. Safe to repeat: what stands is left as it is."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import yaml

from motcua.core import bulk
from motcua.core.organisations.data import staff, units
from motcua.core.organisations.models import (
    AdministrativeUnit,
    Agency,
    AgencyKind,
    CalendarDay,
    DayKind,
    Position,
    UnitSuccession,
    WorkingHours,
)
from motcua.engines.text import fold, sort_key

Progress = Callable[[str], None]


def load(progress: Progress = lambda _: None, *, officers: bool = True) -> None:
    """Load the map, agencies of the demonstration's provinces and (unless told otherwise) officers."""
    shape = load_map(progress)
    if not Agency.objects.exists():
        progress("cơ quan")
        _load_ministries(shape)
        for province in shape["provinces"]:
            _load_province(province, shape)
        if officers:
            progress("cán bộ, công chức")
            staff.appoint()


def load_map(progress: Progress = lambda _: None) -> dict[str, Any]:
    """What every installation has: units and successions, the calendar, positions. Returns the shape of the state."""
    shape: dict[str, Any] = yaml.safe_load((units.HERE / "agencies.yaml").read_text(encoding="utf-8"))
    if not AdministrativeUnit.objects.exists():
        progress("đơn vị hành chính")
        _load_units()
    if not CalendarDay.objects.exists():
        progress("lịch làm việc")
        _load_calendar(shape)
    Position.objects.bulk_create((Position(**one) for one in shape["positions"]), ignore_conflicts=True)
    return shape


def load_province(code: str, unit: str, *, name: str, name_en: str, place: str, source: str) -> Agency:
    """The agencies of a province under its national identifier: committee, departments, centre, every commune with its
    one-stop unit and police; the ministries too. Returns the province's committee."""
    shape = load_map()
    if not Agency.objects.filter(kind=AgencyKind.MINISTRY).exists():
        _load_ministries(shape)
    given = {"code": code, "unit": unit, "name": name, "name_en": name_en, "place": place, "source": source}
    return _load_province(given, shape)


def _load_units() -> None:
    bulk.insert(
        AdministrativeUnit(
            code=unit.code,
            level=unit.level,
            kind=unit.kind,
            name=unit.name,
            short_name=unit.short_name,
            folded=fold(unit.name),
            sort_key=sort_key(unit.short_name),
            parent_code=unit.parent_code,
            province_code=unit.province_code,
            valid_from=unit.valid_from,
            valid_until=unit.valid_until,
            latitude=unit.latitude,
            longitude=unit.longitude,
            area_km2=unit.area_km2,
            source=unit.source,
        )
        for unit in units.all_units()
    )
    bulk.insert(
        UnitSuccession(
            level="commune" if len(old) == 5 else "district",
            old_code=old,
            new_code=new,
            kind=kind,
            effective=units.REFORM,
            source=units.NEW_TREE,
        )
        for old, new, kind in units.successions()
    )


def _load_calendar(shape: dict[str, Any]) -> None:
    calendar = json.loads((units.HERE / "holidays_vn_2021_2030.json").read_text(encoding="utf-8"))
    source = calendar["source"]
    rows = [
        CalendarDay(date=day, kind=DayKind.HOLIDAY, name=name, source=source)
        for day, name in calendar["days"].items()
    ]
    rows += [
        CalendarDay(date=day, kind=DayKind.MAKE_UP, name="Ngày làm bù", source=source)
        for day in calendar["make_up_working_saturdays"]
    ]
    CalendarDay.objects.bulk_create(rows)
    WorkingHours.objects.bulk_create(
        WorkingHours(
            agency_kind=hours.get("agency_kind", ""),
            weekday=weekday,
            opens=dt.time.fromisoformat(hours["opens"]),
            closes=dt.time.fromisoformat(hours["closes"]),
            source=hours["source"],
        )
        for hours in shape["working_hours"]
        for weekday in hours["weekdays"]
    )


def _load_ministries(shape: dict[str, Any]) -> None:
    for ministry in shape["ministries"]:
        _agency(ministry, AgencyKind.MINISTRY, source_code=ministry["code"])


def _load_province(province: dict[str, Any], shape: dict[str, Any]) -> Agency:
    root = province["code"]
    where = {"unit_code": province["unit"], "province_code": province["unit"]}
    committee = _agency(province, AgencyKind.PROVINCE_COMMITTEE, source_code=root, **where)
    committee.place = province["place"]
    committee.save(update_fields=["place"])
    for department in shape["departments"]:
        code = f"{root}.{department['code']}"
        _agency(department, AgencyKind.DEPARTMENT, source_code=code, parent=committee, **where)
    centre = f"{root}.{shape['centre']['code']}"
    _agency(shape["centre"], AgencyKind.PROVINCE_CENTRE, source_code=centre, parent=committee, **where)
    communes = AdministrativeUnit.objects.filter(
        level="commune", parent_code=province["unit"], valid_from__gte=units.REFORM, valid_until=None
    ).order_by("code")
    for place, commune in enumerate(communes):
        _load_commune(f"{root}.{200 + place}", commune, committee, shape["commune"])
    return committee


def _load_commune(code: str, commune: AdministrativeUnit, parent: Agency, names: dict[str, Any]) -> None:
    where = {"unit_code": commune.code, "province_code": commune.province_code}
    called = f"{commune.kind.lower()} {commune.short_name}"

    def named(kind: str) -> dict[str, Any]:
        return {
            "name": f"{names[kind]['name']} {called}",
            "name_en": f"{names[kind]['name_en']} {commune.name}",
        }

    committee = _agency(
        named("committee"), AgencyKind.COMMUNE_COMMITTEE, source_code=code, parent=parent, **where
    )
    for kind, agency_kind in (("one_stop", AgencyKind.ONE_STOP), ("police", AgencyKind.COMMUNE_POLICE)):
        own = f"{code}.{names[kind]['code']}"
        _agency(named(kind), agency_kind, source_code=own, parent=committee, **where)


def _agency(
    names: dict[str, Any], kind: AgencyKind, *, source_code: str, parent: Agency | None = None, **where: str
) -> Agency:
    return Agency.objects.create(
        code=source_code,
        former_code=former_code(source_code),
        name=names["name"],
        name_en=names["name_en"],
        folded=fold(names["name"]),
        sort_key=sort_key(names["name"]),
        kind=kind,
        parent=parent,
        valid_from=units.REFORM,
        **where,
    )


def former_code(code: str) -> str:
    """The reversed four-group form of QCVN 102 that older systems send: H55.242 → 000.00.242.H55."""
    groups = code.split(".")
    padded = [*groups, *["000"] * (4 - len(groups))][:4]
    widths = (3, 2, 2, 3)
    blank = [("0" * width) for width in widths[::-1]]
    filled = [group if place < len(groups) else blank[place] for place, group in enumerate(padded)]
    return ".".join(reversed(filled))
