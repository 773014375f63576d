"""A province's LGSP: a token by client credentials, and behind it the ministries' services.

Of the ministries' data it holds a little of its own, in the shapes that they give; a token lasts five minutes, so that
renewing is met in an afternoon.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

from lxml import etree

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.models import Record
from motcua.systems.sandboxes import credentials
from motcua.systems.sandboxes.http import Answer, Call, told
from motcua.systems.sandboxes.moods import mood_of

LASTS = 300
SERVICES: dict[tuple[str, str], Callable[[Call], Answer]] = {}
CATALOGUES: dict[str, tuple[list[dict[str, str]], list[dict[str, Any]]]] = {
    "madantoc": (
        [
            {"PropertyCode": "Ma", "PropertyName": "Mã", "PropertyType": "string"},
            {"PropertyCode": "Ten", "PropertyName": "Tên dân tộc", "PropertyType": "string"},
        ],
        [{"Ma": "01", "Ten": "Kinh"}, {"Ma": "02", "Ten": "Tày"}, {"Ma": "07", "Ten": "Nùng"}],
    ),
    "magioitinh": (
        [
            {"PropertyCode": "Ma", "PropertyName": "Mã", "PropertyType": "string"},
            {"PropertyCode": "Ten", "PropertyName": "Giới tính", "PropertyType": "string"},
        ],
        [{"Ma": "1", "Ten": "Nam"}, {"Ma": "2", "Ten": "Nữ"}],
    ),
}
CODE = "4600312345"
ENTERPRISE: dict[str, Any] = {
    "MainInformation": {
        "ENTERPRISE_ID": "4501239",
        "ENTERPRISE_GDT_CODE": CODE,
        "IMP_BUSINESS_CODE": "",
        "ENTERPRISE_TYPE_ID": "1",
        "ENTERPRISE_TYPE_NAME": "Công ty trách nhiệm hữu hạn một thành viên",
        "NAME": "CÔNG TY TNHH CHÈ TÂN CƯƠNG XANH",
        "SHORT_NAME": "TANCUONG GREEN",
        "NAME_F": "TAN CUONG GREEN TEA COMPANY LIMITED",
        "FOUNDING_DATE": "15/03/2018",
        "LAST_AMEND_DATE": "02/07/2025",
        "NUMBER_CHANGES": "3",
        "ENTERPRISE_STATUS": "1",
        "LEGAL_NAMES": "Dương Thu Hương",
        "CAPITAL_AMOUNT": "2.000.000.000",
    },
    "HOAdress": {
        "CityID": "19",
        "CityName": "Thái Nguyên",
        "WardID": "05443",
        "AddressFullText": "Số 40, đường Cách mạng tháng Tám, Phường Phan Đình Phùng, Tỉnh Thái Nguyên",
    },
    "BusinessActivity": [
        {"CODE": "4632", "NAME": "Bán buôn thực phẩm", "IS_MAIN": "0"},
        {"CODE": "1076", "NAME": "Sản xuất chè", "IS_MAIN": "1"},
    ],
    "Member": [
        {
            "MEMBER_NAME": "Dương Thu Hương",
            "AMOUNT": "2000000000",
            "RATIO_PERCENT": 100,
            "COUNTRY": "Việt Nam",
        }
    ],
}
FILINGS = [
    {
        "IN_JOURNAL_NO": "26.11.0001",
        "ENTERPRISE_GDT_CODE": "4600312345",
        "NAME": "CÔNG TY TNHH CHÈ TÂN CƯƠNG XANH",
        "STATUS": "Đã cấp đăng ký",
        "RECEIPT_DATE": "20/11/2026",
    }
]
INSURED = {"019149000123": ("1920000001", False, 0), "019049000456": ("1920000002", True, 4_200_000)}
"""Personal number → insurance number, whether a pension is drawn, monthly allowance in đồng."""
_handed_in: dict[str, str] = {}
_told_of: set[str] = set()


def service(method: str, path: str) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    def remember(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        SERVICES[method, path] = function
        return function

    return remember


def answer(call: Call) -> Answer:
    if call.path == "/token":
        return _token(call)
    if not _holds(call.headers.get("authorization", "").removeprefix("Bearer ")):
        return Answer(401, b'{"fault":{"code":900901,"message":"Invalid Credentials"}}')
    if call.path.startswith("/dmdc/"):
        return _catalogue(call)
    served = SERVICES.get((call.method, call.path))
    return (
        served(call)
        if served
        else Answer(404, b'{"fault":{"code":404,"message":"No matching resource found"}}')
    )


def forget() -> None:
    """Begin anew: nothing was handed in."""
    _handed_in.clear()
    _told_of.clear()


def _token(call: Call) -> Answer:
    pair = base64.b64encode(f"{credentials.USER}:{credentials.SECRET}".encode()).decode("ascii")
    if (
        call.headers.get("authorization") != f"Basic {pair}"
        or call.form().get("grant_type") != "client_credentials"
    ):
        return Answer(401, b'{"error":"invalid_client"}')
    until = int(time.time()) + LASTS
    return told({"access_token": f"{until}.{_seal(until)}", "token_type": "Bearer", "expires_in": LASTS})


def _holds(token: str) -> bool:
    until, _, seal = token.partition(".")
    return until.isdecimal() and int(until) > time.time() and hmac.compare_digest(seal, _seal(int(until)))


def _seal(until: int) -> str:
    return hmac.new(credentials.SECRET.encode(), str(until).encode(), hashlib.sha256).hexdigest()


def _catalogue(call: Call) -> Answer:
    _, _, kind, code = call.path.split("/", 3)
    if code not in CATALOGUES:
        return Answer(404, b"{}")
    columns, rows = CATALOGUES[code]
    if kind == "Metadata" and call.method == "GET":
        return told(columns)
    if kind == "Category" and call.method == "GET":
        return told(rows)
    given = call.json()
    if kind != "Category" or not isinstance(given, list):
        return Answer(400, b'{"MSG":"Sai cau truc","Count":0}')
    known = {one["PropertyCode"] for one in columns}
    good = [one for one in given if isinstance(one, dict) and set(one) == known]
    return told(
        {"MSG": "Thành công" if len(good) == len(given) else "Có dòng sai cấu trúc", "Count": len(good)}
    )


@service("GET", "/apiCSDLDKDN/chiTietDoanhNghiep")
def _enterprise(call: Call) -> Answer:
    if call.query.get("msdn") != CODE:
        return told({"DataCount": 0, "Status": "0", "Message": "Không tìm thấy doanh nghiệp"})
    said: dict[str, Any] = {**ENTERPRISE, "DataCount": 1, "Status": "1", "Message": ""}
    if mood_of("lgsp") == "partial":
        said = {
            name: value
            for name, value in said.items()
            if name not in {"HOAdress", "BusinessActivity", "Member"}
        }
    return told(said)


@service("GET", "/apiCSDLDKDN/danhSachHoSoTrongNgay")
@service("GET", "/apiCSDLDKDN/danhSachHoSo")
def _filings(call: Call) -> Answer:
    return told({"Data": FILINGS, "DataCount": len(FILINGS), "Status": "1", "Message": ""})


@service("GET", "/apiCSDLDKDN/tinhTrangHoSo")
def _filing(call: Call) -> Answer:
    found = [one for one in FILINGS if one["IN_JOURNAL_NO"] == call.query.get("in_journal_no")]
    return told({"Data": found, "DataCount": len(found), "Status": "1" if found else "0", "Message": ""})


@service("POST", "/apiBHXH/getMaSoBhxhTheoTieuChi")
def _insurance_number(call: Call) -> Answer:
    asked = call.json() or {}
    found = INSURED.get(str(asked.get("soCmnd")))
    return told({"dsNhanKhau": [{"maSoBhxh": found[0], "hoTen": asked.get("hoTen", "")}] if found else []})


@service("POST", "/apiBHXH/getTraCuuTtHgdByMaSoBhxh")
def _insured_household(call: Call) -> Answer:
    asked = str((call.json() or {}).get("maSoBhxh"))
    for number, (insured, pension, allowance) in INSURED.items():
        if insured == asked:
            with acting(SYSTEM):
                row = Record.objects.filter(register_id="population", key=number, superseded_at=None).last()
            name = row.facts["name"] if row else ""
            member = {"maSoBhxh": insured, "hoTen": name, "soTheBhyt": f"HT319{insured}"}
            if mood_of("lgsp") != "partial":
                member |= {"huongLuongHuu": "1" if pension else "0", "troCapHangThang": str(allowance)}
            return told({"maLoi": "0", "maHoGiaDinh": f"19{insured}", "dsThanhVien": [member]})
    return told({"maLoi": "01", "moTa": "Không tìm thấy"})


@service("POST", "/apiHoTichTuPhap/dangKyHoTich")
def _civil_entry(call: Call) -> Answer:
    said = call.json() or {}
    number = str(said.get("maHoSo") or "")
    if not said.get("maDonVi"):
        return told({"errorCode": "106", "errorDescription": "Mã đơn vị không tồn tại"})
    try:
        entry = etree.fromstring(str(said.get("data") or "").encode())
    except (etree.XMLSyntaxError, ValueError):
        return told({"errorCode": "100", "errorDescription": "Dữ liệu XML không đúng"})
    if not number or entry.find("person") is None:
        return told({"errorCode": "100", "errorDescription": "Thiếu thông tin người được đăng ký"})
    if number in _handed_in:
        return told({"errorCode": "101", "errorDescription": "Hồ sơ đã tồn tại"})
    _handed_in[number] = str(said["data"])
    return told({"errorCode": "0", "errorDescription": ""})


@service("GET", "/apiHoTichTuPhap/danhMuc")
def _civil_lists(call: Call) -> Answer:
    return told(
        [{"ma": "KS", "ten": "Khai sinh"}, {"ma": "KH", "ten": "Kết hôn"}, {"ma": "KT", "ten": "Khai tử"}]
    )


@service("POST", "/apiLyLichTuPhap/LLTP-API-traDsTrangThaiHs")
def _record_states(call: Call) -> Answer:
    rows = [
        {"maHoSo": f"H55.19-261120-000{state}", "trangThai": state, "ngayCapNhat": "20/11/2026 09:00"}
        for state in (3, 4, 5)
    ]
    return told({"errorCode": "0", "dsHoSo": [one for one in rows if one["maHoSo"] not in _told_of]})


@service("POST", "/apiLyLichTuPhap/LLTP-API-danhDauHsThanhCong")
def _records_taken(call: Call) -> Answer:
    numbers = (call.json() or {}).get("dsMaHoSo")
    if not isinstance(numbers, list):
        return told({"errorCode": "100"})
    _told_of.update(map(str, numbers))
    return told({"errorCode": "0"})


@service("GET", "/apiLyLichTuPhap/LLTP-API-traDanhMuc")
def _record_lists(call: Call) -> Answer:
    return told(
        [{"ma": "1", "ten": "Phiếu lý lịch tư pháp số 1"}, {"ma": "2", "ten": "Phiếu lý lịch tư pháp số 2"}]
    )
