"""Vietnam Social Security through an LGSP: `/apiBHXH/getMaSoBhxhTheoTieuChi`, `getTraCuuTtHgdByMaSoBhxh`.

People are known there by the ten digits of their insurance number, so a person is looked up in two steps: the number
by who they are, then the household in which they are insured.
"""

from __future__ import annotations

from typing import Any

from motcua.core.outbound.destinations import Source, destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.connector import Question, register_connectors
from motcua.core.registers.contrib.lgsp import calling

PATH = "/apiBHXH"


@register_connectors.register("social_insurance")
class SocialInsurance:
    """Asked for `person` by personal number, or for `household` by insurance number; option `path`."""

    def look(self, source: Source, question: Question) -> dict[str, Any] | None:
        if question.what == "household":
            return _household(source, question.key)
        if question.what != "person":
            raise Silent(source.destination, "wrong request", f"{question.what} is not asked here")
        insured = _insurance_number(source, question)
        if insured is None:
            return None
        household = _household(source, insured)
        return {"insurance_number": insured, **_benefits(household or {}, insured)}


def _insurance_number(source: Source, question: Question) -> str | None:
    place = destination(source.destination)
    asked = {
        "soCmnd": question.key,
        "hoTen": str(question.hints.get("name") or ""),
        "ngaySinh": str(question.hints.get("born") or "").replace("-", ""),
    }
    said = calling.post(
        place, f"{_path(source)}/getMaSoBhxhTheoTieuChi", asked, "getMaSoBhxhTheoTieuChi", repeatable=True
    )
    if said is None:
        return None
    rows = calling.a_list(place, calling.an_object(place, said).get("dsNhanKhau") or [])
    if len(rows) > 1:
        raise Silent(place.name, "wrong answer", "several people")
    return str(rows[0].get("maSoBhxh") or "") or None if rows else None


def _household(source: Source, insured: str) -> dict[str, Any] | None:
    place = destination(source.destination)
    asked = {"maSoBhxh": insured}
    said = calling.post(
        place, f"{_path(source)}/getTraCuuTtHgdByMaSoBhxh", asked, "getTraCuuTtHgdByMaSoBhxh", repeatable=True
    )
    if said is None:
        return None
    answer = calling.an_object(place, said)
    if str(answer.get("maLoi", "0")) not in {"0", "00", ""}:
        return None
    return {
        "household": str(answer.get("maHoGiaDinh") or ""),
        "members": [
            {
                "insurance_number": str(one.get("maSoBhxh") or ""),
                "name": str(one.get("hoTen") or ""),
                "card": str(one.get("soTheBhyt") or ""),
                "pension": _yes(one.get("huongLuongHuu")),
                "monthly_allowance": int(one.get("troCapHangThang") or 0),
            }
            for one in calling.a_list(place, answer.get("dsThanhVien") or [])
        ],
    }


def _benefits(household: dict[str, Any], insured: str) -> dict[str, Any]:
    """What the household's answer says of one of its members, in the names of our register of social protection."""
    for one in household.get("members", []):
        if one["insurance_number"] == insured:
            return {
                "household": household["household"],
                "pension": one["pension"],
                "monthly_allowance": one["monthly_allowance"],
                "health_card": one["card"],
            }
    return {}


def _yes(said: Any) -> bool:
    return str(said).lower() in {"1", "true", "x", "có"}


def _path(source: Source) -> str:
    return str(source.options.get("path", PATH))
