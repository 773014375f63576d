"""Units of both trees, as rows: read from the shipped files, amended by the resolutions of 2026."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REFORM = dt.date(2025, 7, 1)
LAST_DAY_OF_DISTRICTS = dt.date(2025, 6, 30)
BEGINNING = dt.date(1900, 1, 1)
KINDS = ("Thành phố", "Đặc khu", "Thị trấn", "Thị xã", "Phường", "Tỉnh", "Huyện", "Quận", "Xã")
NEW_TREE = "Nghị quyết 202/2025/QH15 và các nghị quyết sắp xếp đơn vị hành chính cấp xã năm 2025"
OLD_TREE = "Danh mục đơn vị hành chính đến ngày 30-06-2025"


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    level: str
    kind: str
    name: str
    short_name: str
    parent_code: str
    province_code: str
    valid_from: dt.date
    valid_until: dt.date | None
    source: str
    latitude: float | None = None
    longitude: float | None = None
    area_km2: float | None = None


def all_units() -> Iterator[Unit]:
    """Every unit of both trees; a unit that changed its kind stands in two rows."""
    yield Unit("VN", "central", "Nước", "Việt Nam", "Việt Nam", "", "", BEGINNING, None, "Hiến pháp 2013")
    yield from _old_tree()
    amendments = json.loads((HERE / "admin_amendments_2026.json").read_text(encoding="utf-8"))
    changes = {("province", item["code"]): item for item in amendments["provinces"]}
    changes |= {("commune", item["ward_code"]): item for item in amendments["wards"]}
    for unit in _new_tree():
        yield from _amended(unit, changes.get((unit.level, unit.code)))


def successions() -> Iterator[tuple[str, str, str]]:
    """(old commune, new commune, merged|split|district) of 1 July 2025."""
    with (HERE / "unit_successions_20250701.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["old_code"], row["new_code"], row["kind"]


def _amended(unit: Unit, change: dict[str, Any] | None) -> Iterator[Unit]:
    if change is None:
        yield unit
        return
    effective = dt.date.fromisoformat(change["effective"])
    yield replace(unit, valid_until=effective - dt.timedelta(days=1))
    kind = change["to"]
    yield replace(
        unit, kind=kind, name=f"{kind} {unit.short_name}", valid_from=effective, source=str(change["by"])
    )


def _new_tree() -> Iterator[Unit]:
    seen: set[str] = set()
    for row in _rows("admin_units_20250701.csv"):
        province = row["province_code"]
        if province not in seen:
            seen.add(province)
            yield _unit(province, "province", row["province"], "VN", province, REFORM, None, NEW_TREE)
        commune = _unit(row["ward_code"], "commune", row["ward"], province, province, REFORM, None, NEW_TREE)
        yield replace(
            commune,
            latitude=_number(row["lat"]),
            longitude=_number(row["lon"]),
            area_km2=_number(row["area_km2"]),
        )


def _old_tree() -> Iterator[Unit]:
    seen: set[str] = set()
    for row in _rows("admin_units_until_20250630.csv"):
        province, district = row["province_code"], row["district_code"]
        dates = (BEGINNING, LAST_DAY_OF_DISTRICTS, OLD_TREE)
        if province not in seen:
            seen.add(province)
            yield _unit(province, "province", row["province"], "VN", province, *dates)
        if (key := f"{province}/{district}") not in seen:
            seen.add(key)
            yield _unit(district, "district", row["district"], province, province, *dates)
        if row["ward_code"]:
            yield _unit(row["ward_code"], "commune", row["ward"], district, province, *dates)


def _unit(
    code: str,
    level: str,
    name: str,
    parent: str,
    province: str,
    start: dt.date,
    end: dt.date | None,
    source: str,
) -> Unit:
    kind = next((kind for kind in KINDS if name.startswith(kind + " ")), "")
    return Unit(
        code, level, kind, name, name.removeprefix(kind).strip(), parent, province, start, end, source
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _number(text: str) -> float | None:
    return float(text) if text else None
