"""The national portal by its adapter: a case is synchronised first (`DongBoHoSoMC`), then each step
(`CapNhatTienDoHoSoMC`).

Destination `national_portal` of the connections, style `session_in_body`, with `unit` (madonvi) and `path` in its
authentication. `TrangThai` is the number of the national list of statuses, 1 to 10, which is also ours. Told twice, the
portal keeps one.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from motcua.core.cases.models import Case
from motcua.core.documents import queries as documents
from motcua.core.documents.models import DocumentKind, DocumentState, File
from motcua.core.documents.paper import check_url
from motcua.core.errors import Unavailable
from motcua.core.outbound import client
from motcua.core.outbound.destinations import Destination, WrongConnections, destination
from motcua.core.outbound.faults import Silent
from motcua.core.payments import queries as payments
from motcua.core.payments.models import ObligationState
from motcua.core.services import queries as services
from motcua.systems.intake.telling import portals

DESTINATION = "national_portal"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
GOOD = {"0", "00"}
CHANNELS = {"counter": "1", "portal": "2", "api": "2", "post": "3"}
"""KenhThucHien: directly, online, by post."""


@portals.register("national_portal_adapter")
class NationalPortalAdapter:
    def tell(self, progress: dict[str, Any]) -> None:
        """Raises Unavailable when the portal does not take it: it is told again later."""
        case = Case.objects.get(number=progress["number"])
        send("DongBoHoSoMC", [case_row(case, progress)], isUpdating="True")
        send("CapNhatTienDoHoSoMC", [step_row(progress)])


def send(service: str, rows: list[dict[str, Any]], **more: str) -> None:
    """Hand rows to a service of the adapter. Raises Unavailable."""
    place = _place()
    said = {"madonvi": place.setting("unit"), "service": service, **more, "data": rows}
    path = place.setting("path", "/mapi")
    headers = {"Content-Type": "application/json"}
    body = json.dumps(said, ensure_ascii=False).encode("utf-8")
    reply = client.call(place, client.Request("POST", path, service, headers, body, repeatable=True))
    try:
        answer = json.loads(reply.body)
        code = str(answer["error_code"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise Silent(place.name, "wrong answer", service) from wrong
    if code not in GOOD:
        raise Silent(
            place.name, "wrong request", f"{service}: {code} {answer.get('error_message', '')}"[:120]
        )


def case_row(case: Case, progress: dict[str, Any]) -> dict[str, Any]:
    """A case as `DongBoHoSoMC` wants it. What the portal asks and a case has not is left empty."""
    pack = services.pack(case.service_version_id)
    applicant = case.data.get("applicant", {})
    return {
        "MaHoSo": case.number,
        "MaTTHC": case.service_code,
        "TenTTHC": pack.name("vi"),
        "MaLinhVuc": pack.field,
        "TenLinhVuc": "",
        "KenhThucHien": CHANNELS.get(str(case.channel), "1"),
        "ChuHoSo": case.applicant_name,
        "LoaiDoiTuong": "1",
        "MaDoiTuong": applicant.get("number") or "",
        "Email": applicant.get("email") or "",
        "SoDienThoai": applicant.get("phone") or "",
        "TrichYeuHoSo": pack.name("vi"),
        "NgayTiepNhan": moment(case.received_at),
        "NgayHenTra": moment(case.due_at),
        "TrangThaiHoSo": str(progress["status"]),
        "NgayKetThucXuLy": moment(case.finished_at),
        "DonViXuLy": progress["agency"],
        "TaiLieuNop": papers_of(case),
        "DanhSachLePhi": fees_of(case),
        "DanhSachTepDinhKemKhac": [],
        "DanhSachHoSoBoSung": supplements_of(case),
        "DanhSachGiayToKetQua": results_of(case),
    }


def papers_of(case: Case) -> list[dict[str, Any]]:
    """The papers handed in, each file under the paper it was given for. The files themselves stay here: no address."""
    given = {str(one): paper for paper, ids in case.data.get("papers", {}).items() for one in ids}
    files = File.objects.filter(uuid__in=list(given)).order_by("id")
    return [
        {
            "TepDinhKemId": str(file.uuid),
            "TenTepDinhKem": file.name,
            "IsDeleted": "False",
            "MaThanhPhanHoSo": given[str(file.uuid)],
            "DuongDanTaiTepTin": "",
        }
        for file in files
    ]


def fees_of(case: Case) -> list[dict[str, Any]]:
    """What is owed, line by line, in đồng. Which number means which way of collecting is not published: left empty."""
    lines = payments.balance(str(case.uuid)).lines
    return [
        {
            "TenPhiLePhi": line.title,
            "MaPhiLePhi": line.line,
            "HinhThucThu": "",
            "Gia": str(line.amount),
            "LoaiPhiLePhi": "",
        }
        for line in lines
        if line.state != ObligationState.CANCELLED
    ]


def supplements_of(case: Case) -> list[dict[str, Any]]:
    """What more was asked for, by whom and when."""
    return [
        {
            "HoSoBoSungId": str(one.pk),
            "NguoiYeuCauBoSung": one.asked_by,
            "NoiDungBoSung": "; ".join([*(str(item["text"]) for item in one.items), one.reason]),
            "NgayBoSung": moment(one.asked_at),
        }
        for one in case.supplements.order_by("asked_at")
    ]


def results_of(case: Case) -> list[dict[str, Any]]:
    """The results in force, each with the public address at which anybody may check it."""
    return [
        {
            "TenGiayTo": one.title,
            "MaThanhPhanHoSo": "",
            "GiayToId": one.number,
            "DuongDanTepTinKetQua": check_url(one.code),
        }
        for one in documents.of_case(case.pk)
        if one.kind == DocumentKind.RESULT and one.state == DocumentState.ISSUED
    ]


def step_row(progress: dict[str, Any]) -> dict[str, Any]:
    """A step as `CapNhatTienDoHoSoMC` wants it."""
    at = dt.datetime.fromisoformat(progress["at"])
    return {
        "MaHoSo": progress["number"],
        "NguoiXuLy": progress["agency"],
        "ChucDanh": "",
        "ThoiDiemXuLy": moment(at),
        "PhongBanXuLy": progress["agency"],
        "NoiDungXuLy": progress["status_name"],
        "TrangThai": str(progress["status"]),
        "NgayBatDau": moment(at),
        "NgayKetThucTheoQuyDinh": moment(dt.datetime.fromisoformat(progress["due_at"]))
        if progress["due_at"]
        else "",
    }


def moment(at: dt.datetime | None) -> str:
    """`yyyyMMddHHmmss` in Hanoi."""
    return "" if at is None else f"{at.astimezone(HANOI):%Y%m%d%H%M%S}"


def _place() -> Destination:
    try:
        return destination(DESTINATION)
    except WrongConnections as wrong:
        raise Unavailable(
            "Kết nối Cổng quốc gia chưa được cấu hình.", "The national portal's connection is not set up."
        ) from wrong


__all__ = ["NationalPortalAdapter", "case_row", "moment", "send", "step_row"]
