"""The national portal's payment platform: its page takes the money, its callback or our question says how it went.

Destination `payment_platform` of the connections, with `authentication: {style: none, partner: …, secret_file: …}`: the
proof is `MaXacThuc` within each message, the platform's callback too.
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from motcua.core.errors import NotAllowed, Unavailable, UserError
from motcua.core.identity.models import Party
from motcua.core.outbound import client
from motcua.core.outbound.destinations import Destination, WrongConnections, destination
from motcua.core.outbound.faults import Silent
from motcua.core.payments.contrib.national_platform import codes
from motcua.core.payments.gateway import Line, Said, Start, gateways
from motcua.core.payments.models import Attempt, AttemptState

DESTINATION = "payment_platform"
VERSION = "1.0"
STATES = {
    "00": AttemptState.SUCCESS,
    "01": AttemptState.SUBMITTED,
    "24": AttemptState.CANCELLED,
}
"""MaLoi → state; anything else failed, and the code is its reason."""


@gateways.register("national_platform")
class NationalPlatform:
    name: ClassVar[Mapping[str, str]] = {
        "vi": "Nền tảng thanh toán trực tuyến – Cổng Dịch vụ công quốc gia",
        "en": "Payment platform of the National Public Service Portal",
    }

    def start(self, attempt: Attempt) -> Start:
        """Raises Unavailable when the platform is down or does not take the payment."""
        place = _place()
        said = {
            **_head(place, "INIT", attempt),
            "SoTien": str(attempt.amount),
            "LoaiHinhThanhToan": "VNDPT",
            "MaKenhThanhToan": "WEB",
            "MaThietBi": "",
            "NgonNgu": "vi",
            "MaTienTe": "VND",
            "MaNganHang": "",
            "ThongTinGiaoDich": f"Nop le phi {attempt.code}",
            "Ip": "",
            "ThongTinBienLai": _receipt_data(attempt),
        }
        said["MaXacThuc"] = codes.seal_of_start(said, place.secret())
        answer = _post(
            place, "/init", said, "InitUrl", repeatable=True
        )  # the reference makes a repeat the same one
        page = answer.get("UrlThanhToan") if isinstance(answer, dict) else None
        if not isinstance(page, str) or not page.startswith(("https://", "http://")):
            raise Silent(place.name, "wrong answer", "no UrlThanhToan")
        return Start(page, "")

    def read_notice(self, body: bytes, headers: Mapping[str, str]) -> Said:
        """Raises NotAllowed for what the platform did not seal, UserError for what cannot be read."""
        try:
            said = json.loads(body)
            given = str(said["MaXacThuc"])
            told = Said(
                event_id=f"{said['MaThamChieu']}/{said['MaGiaoDich']}/{said['MaLoi']}",
                code=str(said["MaThamChieu"]),
                state=_state(said["MaLoi"]),
                amount=int(said["SoTien"]),
                reason=_reason(said["MaLoi"]),
            )
        except (ValueError, KeyError, TypeError) as wrong:
            raise UserError("Thông báo không đọc được.", "The notice cannot be read.") from wrong
        if not hmac.compare_digest(given, codes.seal_of_notice(said, _place().secret())):
            raise NotAllowed(
                "Mã xác thực của thông báo không đúng. Thông báo bị từ chối.",
                "The notice's MaXacThuc is wrong. The notice is refused.",
            )
        return told

    def ask(self, attempt: Attempt) -> Said | None:
        """How the platform says that an attempt stands; None when it knows no such payment."""
        place = _place()
        said = _head(place, "QUERY", attempt)
        said["MaXacThuc"] = codes.seal_of_question(said, place.secret())
        answer = _post(place, "/status", said, "TrangThai", repeatable=True, unknown="09")
        if answer is None:
            return None
        try:
            return Said(
                event_id=f"{attempt.code}/{answer['MaGiaoDich']}/{answer['MaLoi']}",
                code=attempt.code,
                state=_state(answer["MaLoi"]),
                amount=int(answer["SoTien"]),
                reason=_reason(answer["MaLoi"]),
            )
        except (KeyError, ValueError, TypeError) as wrong:
            raise Silent(place.name, "wrong answer", "no MaLoi or SoTien") from wrong

    def receipt(self, attempt: Attempt) -> str | None:
        """The address of the platform's own receipt, None while there is none."""
        place = _place()
        said = _head(place, "RECEIPT", attempt)
        said["MaXacThuc"] = codes.seal_of_question(said, place.secret())
        answer = _post(place, "/receipt", said, "BienLai", repeatable=True, unknown="09")
        return None if answer is None else str(answer.get("UrlBienLai") or "") or None

    def statement(self, day: dt.date) -> list[Line]:
        """The platform gives none by its interface: the beneficiary bank's statement is the proof of money."""
        return []


def _place() -> Destination:
    try:
        return destination(DESTINATION)
    except WrongConnections as wrong:
        raise Unavailable(
            "Nền tảng thanh toán chưa được cấu hình. Báo quản trị viên.",
            "The payment platform is not set up. Tell the administrator.",
        ) from wrong


def _head(place: Destination, kind: str, attempt: Attempt) -> dict[str, Any]:
    return {
        "LoaiBanTin": kind,
        "PhienBan": VERSION,
        "MaDoiTac": place.setting("partner"),
        "MaThamChieu": attempt.code,
        "ThoiGianGD": f"{attempt.created_at.astimezone():%Y%m%d%H%M%S}",
    }


def _receipt_data(attempt: Attempt) -> dict[str, Any]:
    """What the platform prints on its receipt: what is paid, to whom, by whom."""
    owed = list(attempt.obligations.select_related("account__bank", "agency").order_by("id"))
    payer = Party.objects.filter(pk=attempt.payer_party_id).first() if attempt.payer_party_id else None
    account, agency = owed[0].account, owed[0].agency
    return {
        "MaTTHC": owed[0].line,
        "TenTTHC": owed[0].title,
        "MaDVC": owed[0].line,
        "TenDVC": owed[0].title,
        "MaDonVi": agency.code,
        "TenDonVi": agency.name,
        "MaHoSo": attempt.reference,
        "TKThuHuong": account.number,
        "TenTKThuHuong": account.holder,
        "MaNHThuHuong": account.bank_id,
        "HoTenNguoiNop": payer.name if payer else "",
        "SoCMNDNguoiNop": payer.number if payer else "",
        "DiaChiNguoiNop": payer.address_text if payer else "",
        "NoiDungThanhToan": f"Nop le phi {attempt.code}",
        "PhiLePhi": [
            {
                "LoaiPhiLePhi": "Phi",
                "MaPhiLePhi": one.line,
                "TenPhiLePhi": one.title,
                "SoTien": str(one.amount),
            }
            for one in owed
        ],
        "DSKhoanNop": [{"NoiDung": one.title, "SoTien": str(one.amount)} for one in owed],
    }


def _post(
    place: Destination, path: str, said: Any, operation: str, *, repeatable: bool, unknown: str = ""
) -> Any:
    """The platform's `message`; None for the code that means that it knows nothing of it. Raises Silent."""
    body = json.dumps(said, ensure_ascii=False).encode("utf-8")
    reply = client.call(
        place, client.Request("POST", path, operation, {"Content-Type": "application/json"}, body, repeatable)
    )
    try:
        answer = json.loads(reply.body)
        code = str(answer["error_code"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise Silent(place.name, "wrong answer") from wrong
    if unknown and code == unknown:
        return None
    if code not in {"0", "00"}:
        raise Silent(place.name, "wrong request", code)
    return answer.get("message")


def _state(fault: Any) -> str:
    return str(STATES.get(str(fault), AttemptState.FAILED))


def _reason(fault: Any) -> str:
    return "" if str(fault) in {"00", "01"} else f"Mã lỗi {fault}"
