"""The national portal's payment platform: `/init` gives a page to pay at, `/status` and `/receipt` say how it went.

A payment waits until `decide` is called: as the payer would, at the page.
"""

from __future__ import annotations

import json
from typing import Any

from motcua.core.payments.contrib.national_platform import codes
from motcua.systems.sandboxes import credentials
from motcua.systems.sandboxes.http import Answer, Call, told

payments: dict[str, dict[str, Any]] = {}
"""By MaThamChieu: what was asked, `MaLoi` once it was decided, `MaGiaoDich`."""


def answer(call: Call) -> Answer:
    said = call.json()
    if call.method != "POST" or not isinstance(said, dict):
        return Answer(400)
    if said.get("MaDoiTac") != credentials.PARTNER:
        return told({"error_code": "01", "message": "Mã đối tác không đúng"})
    if call.path == "/init":
        return _init(call, said)
    if call.path in ("/status", "/receipt"):
        if said.get("MaXacThuc") != codes.seal_of_question(said, credentials.SECRET):
            return told({"error_code": "03", "message": "Mã xác thực không đúng"})
        return _status(said) if call.path == "/status" else _receipt(said)
    return Answer(404)


def decide(reference: str, fault: str = "00") -> bytes:
    """The payer paid (00), gave up (24) or could not. Returns the body of the callback that is sent then."""
    payment = payments[reference]
    payment |= {"MaLoi": fault, "MaGiaoDich": f"GD{len(payments):06}"}
    notice = {
        "LoaiBanTin": "NOTIFY",
        "PhienBan": payment["PhienBan"],
        "MaDoiTac": payment["MaDoiTac"],
        "MaThamChieu": reference,
        "SoTien": payment["SoTien"],
        "MaLoi": fault,
        "MaGiaoDich": payment["MaGiaoDich"],
        "ThoiGianGD": payment["ThoiGianGD"],
    }
    return json.dumps({**notice, "MaXacThuc": codes.seal_of_notice(notice, credentials.SECRET)}).encode()


def forget() -> None:
    payments.clear()


def _init(call: Call, said: dict[str, Any]) -> Answer:
    if said.get("MaXacThuc") != codes.seal_of_start(said, credentials.SECRET):
        return told({"error_code": "03", "message": "Mã xác thực không đúng"})
    lines = said.get("ThongTinBienLai", {}).get("PhiLePhi") or []
    if not str(said.get("SoTien", "")).isdecimal() or sum(int(one["SoTien"]) for one in lines) != int(
        said["SoTien"]
    ):
        return told({"error_code": "05", "message": "Tổng phí, lệ phí khác số tiền"})
    payments.setdefault(str(said["MaThamChieu"]), dict(said))
    return told({"error_code": "0", "message": {"UrlThanhToan": f"{call.address}/tra/{said['MaThamChieu']}"}})


def _status(said: dict[str, Any]) -> Answer:
    payment = payments.get(str(said.get("MaThamChieu")))
    if payment is None:
        return told({"error_code": "09", "message": "Không có giao dịch"})
    state = {"MaLoi": "01", "MaGiaoDich": "", **payment}
    return told(
        {"error_code": "0", "message": {name: state[name] for name in ("MaLoi", "MaGiaoDich", "SoTien")}}
    )


def _receipt(said: dict[str, Any]) -> Answer:
    payment = payments.get(str(said.get("MaThamChieu")))
    if payment is None or payment.get("MaLoi") != "00":
        return told({"error_code": "09", "message": "Chưa có biên lai"})
    return told(
        {
            "error_code": "0",
            "message": {"UrlBienLai": f"https://example.gov.vn/bien-lai/{payment['MaGiaoDich']}"},
        }
    )
