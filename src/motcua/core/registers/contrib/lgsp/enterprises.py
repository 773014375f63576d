"""The national business registration database as an LGSP passes it on.

`/apiCSDLDKDN/chiTietDoanhNghiep?msdn=`, `danhSachHoSo` (at most five days), `danhSachHoSoTrongNgay`, `tinhTrangHoSo`.
An answer's `Status` is "1" when it is one; `DataCount` says how many.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from motcua.core.errors import UserError
from motcua.core.outbound.destinations import Destination, Source, destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.connector import Question, register_connectors
from motcua.core.registers.contrib.lgsp import calling

PATH = "/apiCSDLDKDN"
MOST_DAYS = 5
STATES = {"1": "Đang hoạt động", "2": "Tạm ngừng", "3": "Đã giải thể"}


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing at a business registration office."""

    journal_number: str
    enterprise_code: str
    name: str
    state: str
    received_on: str


@register_connectors.register("business_registration")
class BusinessRegistration:
    """Asked for `enterprise` by its code; option `path` where the service hangs."""

    def look(self, source: Source, question: Question) -> dict[str, Any] | None:
        if question.what != "enterprise":
            raise Silent(source.destination, "wrong request", f"{question.what} is not asked here")
        place = destination(source.destination)
        said = calling.get(
            place, f"{_path(source)}/chiTietDoanhNghiep", {"msdn": question.key}, "chiTietDoanhNghiep"
        )
        answer = _good(place, said)
        if answer is None:
            return None
        return enterprise(place, answer, question.key)


def filings_of_today(source: Source) -> list[Filing]:
    """What was filed today."""
    place = destination(source.destination)
    answer = _good(
        place, calling.get(place, f"{_path(source)}/danhSachHoSoTrongNgay", {}, "danhSachHoSoTrongNgay")
    )
    return _filings(place, answer)


def filings(source: Source, since: dt.date, until: dt.date) -> list[Filing]:
    """What was filed in some days. Raises UserError for more than five."""
    if not 0 <= (until - since).days < MOST_DAYS:
        raise UserError(
            f"Chỉ hỏi được tối đa {MOST_DAYS} ngày mỗi lần.", f"At most {MOST_DAYS} days at a time.", "until"
        )
    place = destination(source.destination)
    query = {"from_date": f"{since:%d/%m/%Y}", "to_date": f"{until:%d/%m/%Y}"}
    return _filings(
        place, _good(place, calling.get(place, f"{_path(source)}/danhSachHoSo", query, "danhSachHoSo"))
    )


def filing(source: Source, journal_number: str) -> Filing | None:
    """Where a filing stands."""
    place = destination(source.destination)
    query = {"in_journal_no": journal_number}
    answer = _good(place, calling.get(place, f"{_path(source)}/tinhTrangHoSo", query, "tinhTrangHoSo"))
    found = _filings(place, answer)
    return found[0] if found else None


def enterprise(place: Destination, answer: dict[str, Any], code: str) -> dict[str, Any]:
    """The answer in the names of our register of enterprises. Raises Silent when it is about another."""
    main = answer.get("MainInformation")
    if not isinstance(main, dict):
        raise Silent(place.name, "wrong answer", "no MainInformation")
    if str(main.get("ENTERPRISE_GDT_CODE")) != code:
        raise Silent(place.name, "wrong answer", "about another enterprise")
    seat = calling.an_object(place, answer.get("HOAdress") or {})
    trades = calling.a_list(place, answer.get("BusinessActivity") or [])
    said = {
        "name": main.get("NAME"),
        "short_name": main.get("SHORT_NAME"),
        "kind": main.get("ENTERPRISE_TYPE_NAME"),
        "state": STATES.get(str(main.get("ENTERPRISE_STATUS")), main.get("ENTERPRISE_STATUS")),
        "unit": seat.get("WardID"),
        "address": seat.get("AddressFullText"),
        "founded_on": _day(place, main.get("FOUNDING_DATE")),
        "capital": _number(place, main.get("CAPITAL_AMOUNT")),
        "industry": next(
            (one.get("CODE") for one in trades if str(one.get("IS_MAIN")) in {"1", "True"}), None
        ),
        "industries": [one["CODE"] for one in trades if one.get("CODE")],
        "representatives": _people(main.get("LEGAL_NAMES")),
        "members": [
            {
                "name": one.get("MEMBER_NAME"),
                "amount": _number(place, one.get("AMOUNT")),
                "percent": one.get("RATIO_PERCENT"),
                "country": one.get("COUNTRY"),
            }
            for one in calling.a_list(place, answer.get("Member") or [])
        ],
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _path(source: Source) -> str:
    return str(source.options.get("path", PATH))


def _good(place: Destination, said: Any) -> dict[str, Any] | None:
    """The answer, None when nothing was found. `Status` "0" is both that and an error: `Message` tells."""
    if said is None:
        return None
    answer = calling.an_object(place, said)
    if str(answer.get("Status")) == "1":
        return answer if str(answer.get("DataCount", "1")) != "0" else None
    if str(answer.get("Status")) == "0" and str(answer.get("DataCount", "0")) == "0":
        return None
    raise Silent(place.name, "wrong answer", "Status is neither 1 nor 0")


def _filings(place: Destination, answer: dict[str, Any] | None) -> list[Filing]:
    rows = calling.a_list(place, (answer or {}).get("Data") or [])
    names = ("IN_JOURNAL_NO", "ENTERPRISE_GDT_CODE", "NAME", "STATUS", "RECEIPT_DATE")
    return [Filing(*(str(one.get(name) or "") for name in names)) for one in rows]


def _people(said: Any) -> list[str]:
    """Legal representatives, which come as a list or as one text with semicolons."""
    parts = said if isinstance(said, list) else str(said or "").split(";")
    names = [one.get("NAME", "") if isinstance(one, dict) else str(one) for one in parts]
    return [name.strip() for name in names if name.strip()]


def _day(place: Destination, said: Any) -> str | None:
    """`dd/MM/yyyy` or ISO 8601, with or without a time."""
    text = str(said or "").split("T")[0].split(" ")[0]
    if not text:
        return None
    try:
        day = dt.datetime.strptime(text, "%d/%m/%Y").date() if "/" in text else dt.date.fromisoformat(text)  # noqa: DTZ007
    except ValueError as wrong:
        raise Silent(place.name, "wrong answer", "a day that is none") from wrong
    return day.isoformat()


def _number(place: Destination, said: Any) -> int | None:
    """đồng; as a number, or as text with points or commas between thousands."""
    text = str(said if said is not None else "").replace(",", "").replace(".", "").strip()
    if isinstance(said, float):
        return int(said)
    if text and not text.isdecimal():
        raise Silent(place.name, "wrong answer", "an amount that is none")
    return int(text) if text else None
