"""The population database as C06 serves it: SOAP, guarded by X-Road-Client and a digest in `Authorization`.

What it knows is this installation's own population register, read as another party would hold it.
"""

from __future__ import annotations

import base64
import time
from typing import Any

from lxml import etree

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.outbound.contrib.c06 import digest
from motcua.core.outbound.faults import Silent
from motcua.core.registers.contrib.population_soap import codes
from motcua.core.registers.contrib.population_soap.envelope import NAMESPACE, SOAP, Element, body, text
from motcua.core.registers.models import Record
from motcua.engines.text import fold
from motcua.systems.sandboxes import credentials
from motcua.systems.sandboxes.http import Answer, Call
from motcua.systems.sandboxes.moods import mood_of

PATIENCE = 5 * 60 * 1000
"""Milliseconds that a call's moment may be off."""
DENIED = "Server.ServerProxy.AccessDenied"
NEEDED = ("MaYeuCau", "MaDVC", "MaTichHop", "MaCanBo")
NEEDED_037 = ("MaDonVi", "TaiKhoan")
OPERATIONS = ("TraCuuThongTinCongDan", "XacThucThongTinCongDan")


def answer(call: Call) -> Answer:
    refused = _refusal(call)
    if refused is not None:
        return refused
    try:
        asked = body("", call.body)
    except Silent:
        return _fault("soapenv:Client", "Không đọc được bản tin")
    operation = etree.QName(asked).localname
    if operation not in OPERATIONS or etree.QName(asked).namespace != NAMESPACE:
        return _fault("soapenv:Client", f"Không có thao tác {operation}")
    needed = NEEDED + (NEEDED_037 if text(asked, "MaTichHop") == "037" else ())
    for name in needed:
        if not text(asked, name):
            return _fault("soapenv:Client", f"Thiếu {name}")
    if not text(asked, "HoVaTen"):
        return _fault("soapenv:Client", "Thiếu HoVaTen")
    citizen = _find(text(asked, "SoDinhDanh"), text(asked, "HoVaTen"), _born(asked))
    if operation == OPERATIONS[1]:
        return _envelope(operation, _part("KetQua", "true" if citizen else "false"))
    collection = _part("CongdanCollection")
    if citizen is not None:
        collection.append(written(citizen, partial=mood_of("population") == "partial"))
    return _envelope(operation, collection)


def written(facts: dict[str, Any], *, partial: bool = False) -> Element:
    """A citizen as the database writes one; `partial`: only what an old paper file had, the birth by its year."""
    citizen = _part("CongDan")
    _add(citizen, "SoDinhDanh", facts["number"])
    _add(citizen, "HoVaTen", facts["name"])
    _add(citizen, "GioiTinh", _code(codes.SEXES, facts.get("sex")))
    birth = _add(citizen, "NgayThangNamSinh")
    if partial:
        _add(birth, "Nam", str(facts["born"])[:4])
        return citizen
    _add(birth, "NgayThangNam", str(facts["born"]).replace("-", ""))
    _add(citizen, "DanToc", _code(codes.ETHNIC_GROUPS, facts.get("ethnicity")))
    _add(citizen, "QuocTich", _code(codes.NATIONALITIES, facts.get("nationality") or "Việt Nam"))
    _add(_add(citizen, "QueQuan"), "ChiTiet", facts.get("home_place"))
    home = _add(citizen, "ThuongTru")
    _add(home, "MaPhuongXa", facts.get("residence_unit"))
    _add(home, "ChiTiet", facts.get("residence_text"))
    _add(citizen, "SoSoHoKhau", facts.get("household"))
    for element, role in (("Cha", "father"), ("Me", "mother"), ("VoChong", "spouse")):
        relative = _facts(str(facts.get(f"{role}_number") or ""))
        if relative is not None:
            part = _add(citizen, element)
            _add(part, "SoDinhDanh", relative["number"])
            _add(part, "HoVaTen", relative["name"])
    if facts.get("dead_on"):
        _add(citizen, "TrangThai", "0")
        _add(citizen, "NgayChet", str(facts["dead_on"]).replace("-", ""))
    return citizen


def _refusal(call: Call) -> Answer | None:
    if call.method != "POST":
        return Answer(405)
    if call.headers.get("x-road-client") != credentials.CLIENT:
        return Answer(500, _json(DENIED), headers={"X-Road-Error": DENIED})
    moment = call.headers.get("timestamp", "")
    proof = digest(call.address, credentials.USER, moment, credentials.SECRET)
    basic = base64.b64encode(f"{credentials.USER}:{proof}".encode()).decode("ascii")
    late = not moment.isdecimal() or abs(time.time() * 1000 - int(moment)) > PATIENCE
    good = (f"Basic {basic}", credentials.API_KEY)
    given = (call.headers.get("authorization"), call.headers.get("apikey"))
    return Answer(401) if late or given != good else None


def _find(number: str, name: str, born: str) -> dict[str, Any] | None:
    """The citizen, if name and what is said of the birth agree: nobody is shown for a number alone."""
    facts = _facts(number)
    if facts is None or fold(facts["name"]) != fold(name):
        return None
    return facts if str(facts["born"]).replace("-", "").startswith(born) else None


def _facts(number: str) -> dict[str, Any] | None:
    with acting(SYSTEM):
        row = (
            Record.objects.filter(register_id="population", key=number, superseded_at=None).last()
            if number
            else None
        )
    return None if row is None else {**row.facts, "number": row.key}


def _born(asked: Element) -> str:
    return text(asked, "NgayThangNamSinh", "NgayThangNam") or text(asked, "NgayThangNamSinh", "Nam")


def _code(names: dict[str, str], name: Any) -> str:
    return next((code for code, known in names.items() if known == name), str(name or ""))


def _part(name: str, said: str = "") -> Element:
    part = etree.Element(f"{{{NAMESPACE}}}{name}")
    part.text = said or None
    return part


def _add(parent: Element, name: str, said: Any = "") -> Element:
    part = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    part.text = str(said or "") or None
    return part


def _envelope(operation: str, held: Element) -> Answer:
    response = _part(f"{operation}Response")
    response.append(held)
    return _soap(response)


def _fault(code: str, why: str) -> Answer:
    fault = etree.Element(f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = code
    etree.SubElement(fault, "faultstring").text = why
    return _soap(fault, status=200)


def _soap(held: Element, status: int = 200) -> Answer:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP, "ns2": NAMESPACE})
    etree.SubElement(root, f"{{{SOAP}}}Body").append(held)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return Answer(status, content, "text/xml; charset=utf-8")


def _json(kind: str) -> bytes:
    return f'{{"type":"{kind}","message":"Request is not allowed","detail":""}}'.encode()
