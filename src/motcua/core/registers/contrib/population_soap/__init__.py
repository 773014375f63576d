"""The national population database by SOAP: a person looked up, and what is claimed of one confirmed.

`TraCuuThongTinCongDan` and `XacThucThongTinCongDan`, namespace `http://dancuquocgia.bca`. Options of the source:
`service` (MaDVC), `integration` (MaTichHop: 037 by default; 003 is the older form, without unit and account), `officer`
(MaCanBo), `unit` (MaDonVi), `account` (TaiKhoan), `path` (where the service hangs, by default at the destination).
The database answers nobody who does not know the person's name and day or year of birth.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from motcua.core.outbound import client
from motcua.core.outbound.destinations import Destination, Source, destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.connector import Question, register_connectors
from motcua.core.registers.contrib.population_soap import envelope, reading

OLD = "003"


@register_connectors.register("population_soap")
class PopulationSoap:
    def look(self, source: Source, question: Question) -> dict[str, Any] | None:
        if question.what == "person":
            answer = _call(source, "TraCuuThongTinCongDan", _asked(question.key, question.hints))
            return reading.person(source.destination, answer, question.key)
        if question.what == "confirm":
            answer = _call(source, "XacThucThongTinCongDan", _asked(question.key, question.hints))
            return {"confirmed": reading.confirmed(source.destination, answer)}
        raise Silent(source.destination, "wrong request", f"{question.what} is not asked here")


def _call(source: Source, operation: str, asked: dict[str, Any]) -> envelope.Element:
    place: Destination = destination(source.destination)
    options = source.options
    head = {
        "MaYeuCau": str(uuid4()),
        "MaDVC": str(options.get("service", "")),
        "MaTichHop": str(options.get("integration", "037")),
        "MaCanBo": str(options.get("officer", "")),
    }
    if head["MaTichHop"] != OLD:
        head |= {"MaDonVi": str(options.get("unit", "")), "TaiKhoan": str(options.get("account", ""))}
    request = client.Request(
        "POST",
        str(options.get("path", "")),
        operation,
        {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "Accept": "text/xml"},
        envelope.written(operation, {**head, **asked}),
        repeatable=True,  # a look changes nothing there
    )
    reply = client.call(place, request)
    if reply.status != 200 and not reply.body.lstrip().startswith(b"<"):
        raise Silent(place.name, "wrong request", str(reply.status))
    return envelope.body(place.name, reply.body)


def _asked(number: str, hints: Any) -> dict[str, Any]:
    """What names a person there: the number (of nine digits: the old identity card's), the name, the birth."""
    said: dict[str, Any] = {"SoCMND" if len(number) == 9 else "SoDinhDanh": number}
    if hints.get("name"):
        said["HoVaTen"] = str(hints["name"])
    if hints.get("born"):
        said["NgayThangNamSinh"] = {"NgayThangNam": str(hints["born"]).replace("-", "")[:8]}
    elif hints.get("birth_year"):
        said["NgayThangNamSinh"] = {"Nam": str(hints["birth_year"])}
    return said
