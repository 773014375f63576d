"""The ministry's civil-status system through an LGSP: `/apiHoTichTuPhap/dangKyHoTich` and its `danhMuc`.

What is handed in is XML in a JSON envelope. Handing the same case in twice is answered by 101, which is as good as 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from motcua.core.errors import UserError
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.contrib.lgsp import calling

PATH = "/apiHoTichTuPhap"
GOOD, NOT_COMPLETE, THERE_ALREADY, UNKNOWN_UNIT, BROKEN = "0", "100", "101", "106", "500"
MODULES = {"births": "KS", "marriages": "KH", "deaths": "KT"}


@dataclass(frozen=True, slots=True)
class Taken:
    """How an entry was taken. `repeated`: it was there already."""

    case_number: str
    repeated: bool


def hand_in(
    place: Destination,
    *,
    unit: str,
    book: str,
    case_number: str,
    received_at: dt.datetime,
    entry: Mapping[str, Any],
) -> Taken:
    """Hand an entry of a book in. Raises UserError for what the ministry finds incomplete, Silent for anything else."""
    said = calling.post(
        place,
        f"{PATH}/dangKyHoTich",
        {
            "maDonVi": unit,
            "module": MODULES[book],
            "maHoSo": case_number,
            "ngayTiepNhan": f"{received_at:%d/%m/%Y}",
            "data": written(entry),
        },
        "dangKyHoTich",
        repeatable=True,  # a repeat is answered by 101
    )
    code = str(calling.an_object(place, said or {}).get("errorCode", ""))
    if code in (GOOD, "", THERE_ALREADY) and said:
        return Taken(case_number, code == THERE_ALREADY)
    if code in (NOT_COMPLETE, UNKNOWN_UNIT):
        why = str(said.get("errorDescription") or code)
        raise UserError(f"Hệ thống hộ tịch chưa nhận hồ sơ: {why}.", f"The entry was not taken: {why}.")
    raise Silent(place.name, "server error" if code == BROKEN else "wrong answer", code)


def lists(place: Destination) -> list[dict[str, Any]]:
    """The code lists that entries use."""
    return calling.a_list(place, calling.get(place, f"{PATH}/danhMuc", {}, "danhMuc") or [])


def written(entry: Mapping[str, Any]) -> str:
    """An entry as XML: `<hoTich>` with an element for each fact, elements within for objects."""
    root = etree.Element("hoTich")
    _fill(root, entry)
    return etree.tostring(root, encoding="unicode")


def _fill(parent: etree._Element, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        if value in (None, ""):
            continue
        part = etree.SubElement(parent, name)
        if isinstance(value, Mapping):
            _fill(part, value)
        else:
            part.text = str(value)
