"""A citizen as the population database writes one, in the names of our own attributes.

Whatever is missing stays missing: a birth known by its year only gives `birth_year` and no `born`, and the form asks.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from motcua.core.organisations import queries as organisations
from motcua.core.outbound.faults import Silent
from motcua.core.registers.contrib.population_soap import codes
from motcua.core.registers.contrib.population_soap.envelope import Element, child, named, text

RELATIVES = {"Cha": "father", "Me": "mother", "VoChong": "spouse"}


def person(destination: str, answer: Element, number: str) -> dict[str, Any] | None:
    """The facts of the citizen of that number, None when the database knows none. Raises Silent.

    An answer about somebody else is no answer.
    """
    found = [one for one in named(answer, "CongDan") + named(answer, "Congdan") if len(one)]
    if not found:
        if not named(answer, "CongdanCollection"):
            raise Silent(destination, "wrong answer", "no CongdanCollection")
        return None
    citizen = found[0]
    told = text(citizen, "SoDinhDanh") or text(citizen, "SoCMND")
    if number not in (text(citizen, "SoDinhDanh"), text(citizen, "SoCMND")):
        raise Silent(destination, "wrong answer", "about another number" if told else "without a number")
    facts: dict[str, Any] = {
        "number": text(citizen, "SoDinhDanh"),
        "name": _name(citizen),
        "sex": codes.SEXES.get(text(citizen, "GioiTinh"), ""),
        "ethnicity": codes.ETHNIC_GROUPS.get(text(citizen, "DanToc"), text(citizen, "DanToc")),
        "nationality": codes.NATIONALITIES.get(text(citizen, "QuocTich"), text(citizen, "QuocTich")),
        "birth_place": _place(child(citizen, "NoiDangKyKhaiSinh")),
        "home_place": _place(child(citizen, "QueQuan")),
        "residence_unit": text(citizen, "ThuongTru", "MaPhuongXa"),
        "residence_text": _place(child(citizen, "ThuongTru")),
        "household": text(citizen, "SoSoHoKhau"),
        "household_role": text(citizen, "ChuHo", "QuanHe"),
        **_birth(destination, citizen),
    }
    for element, role in RELATIVES.items():
        relative = child(citizen, element)
        facts |= {f"{role}_number": text(relative, "SoDinhDanh"), f"{role}_name": _name(relative)}
    if text(citizen, "TrangThai") in codes.DEAD:
        facts["dead_on"] = _day(destination, text(citizen, "NgayChet"))
    return {name: value for name, value in facts.items() if value not in ("", None)}


def confirmed(destination: str, answer: Element) -> bool:
    """Whether the database says that what was claimed is so. Raises Silent when it says neither."""
    for one in named(answer, "KetQua"):
        if (said := text(one).lower()) in codes.YES | codes.NO:
            return said in codes.YES
    raise Silent(destination, "wrong answer", "neither yes nor no")


def _name(element: Element | None) -> str:
    """`HoVaTen` as one text, or in its parts."""
    whole = child(element, "HoVaTen")
    if whole is None:
        return ""
    parts = [text(whole, name) for name in ("Ho", "ChuDem", "Ten")]
    return " ".join(one for one in parts if one) if len(whole) else text(whole)


def _birth(destination: str, citizen: Element) -> dict[str, Any]:
    day = text(citizen, "NgayThangNamSinh", "NgayThangNam")
    if day:
        return {"born": _day(destination, day)}
    year = text(citizen, "NgayThangNamSinh", "Nam")
    return {"birth_year": int(year)} if year.isdecimal() and len(year) == 4 else {}


def _day(destination: str, written: str) -> str:
    """`yyyyMMdd` (or with dashes) as ISO 8601. Raises Silent for what is no day."""
    if not written:
        return ""
    try:
        return dt.date.fromisoformat(written).isoformat()
    except ValueError as wrong:
        raise Silent(destination, "wrong answer", "a day that is none") from wrong


def _place(element: Element | None) -> str:
    """Street, commune and province in words; of places abroad what is written."""
    if element is None:
        return ""
    said = [text(element, "ChiTiet")]
    for name, level in (("MaPhuongXa", "commune"), ("MaTinhThanh", "province")):
        code = text(element, name)
        unit = organisations.unit(code, level=level) if code else None
        if unit is not None and unit.name not in said[0]:
            said.append(unit.name)
    return ", ".join(one for one in said if one)
