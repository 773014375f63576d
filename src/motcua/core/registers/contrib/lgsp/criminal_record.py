"""Criminal records through an LGSP: applications are fetched by the ministry's system and come back by state.

`/apiLyLichTuPhap/LLTP-API-traDanhMuc`, `…-danhDauHsThanhCong`, `…-traDsTrangThaiHs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.contrib.lgsp import calling

PATH = "/apiLyLichTuPhap/LLTP-API"


class State(StrEnum):
    """Where the ministry's system says an application stands."""

    RECEIVED = "3"
    WORKED_ON = "4"
    DONE = "5"


@dataclass(frozen=True, slots=True)
class Standing:
    case_number: str
    state: State
    told_at: str


def standings(place: Destination, unit: str) -> list[Standing]:
    """The applications of a unit whose state changed and was not yet acknowledged. Raises Silent."""
    said = calling.post(
        place, f"{PATH}-traDsTrangThaiHs", {"maDonVi": unit}, "traDsTrangThaiHs", repeatable=True
    )
    rows = calling.a_list(place, calling.an_object(place, said or {}).get("dsHoSo") or [])
    try:
        return [
            Standing(str(one["maHoSo"]), State(str(one["trangThai"])), str(one.get("ngayCapNhat", "")))
            for one in rows
        ]
    except (KeyError, ValueError) as wrong:
        raise Silent(place.name, "wrong answer", "a state that is none of 3, 4, 5") from wrong


def acknowledge(place: Destination, unit: str, case_numbers: list[str]) -> None:
    """Say that these were taken in, so that they are not told again. Raises Silent."""
    said = calling.post(
        place, f"{PATH}-danhDauHsThanhCong", {"maDonVi": unit, "dsMaHoSo": case_numbers}, "danhDauHsThanhCong",
        repeatable=True,
    )  # fmt: skip
    if str(calling.an_object(place, said or {}).get("errorCode")) not in {"0", "00"}:
        raise Silent(place.name, "wrong answer", "not acknowledged")


def lists(place: Destination) -> list[dict[str, Any]]:
    """The code lists that applications use."""
    return calling.a_list(place, calling.get(place, f"{PATH}-traDanhMuc", {}, "traDanhMuc") or [])
