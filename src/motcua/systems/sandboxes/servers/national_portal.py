"""The national portal's adapter: a session by POST `/login`, then everything by POST with the session in the body."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Any

from motcua.systems.sandboxes import credentials
from motcua.systems.sandboxes.http import Answer, Call, told

LASTS = 300
MOMENT = re.compile(r"\d{14}")
NEEDED = {
    "DongBoHoSoMC": ("MaHoSo", "MaTTHC", "TenTTHC", "ChuHoSo", "NgayTiepNhan", "TrangThaiHoSo", "DonViXuLy"),
    "CapNhatTienDoHoSoMC": (
        "MaHoSo",
        "NguoiXuLy",
        "ThoiDiemXuLy",
        "PhongBanXuLy",
        "NoiDungXuLy",
        "TrangThai",
    ),
}
MOMENTS = ("NgayTiepNhan", "NgayHenTra", "NgayTra", "NgayKetThucXuLy", "ThoiDiemXuLy", "NgayBatDau")
cases: dict[str, dict[str, Any]] = {}
"""Cases as they were told, by number."""
progress: list[dict[str, Any]] = []


def answer(call: Call) -> Answer:
    said = call.json()
    if call.method != "POST" or not isinstance(said, dict):
        return Answer(400, b'{"error_code":"400"}')
    if call.path == "/login":
        if (said.get("username"), said.get("password")) != (credentials.USER, credentials.SECRET):
            return told({"session": "", "error_code": "INVALID_USER"})
        until = int(time.time()) + LASTS
        return told({"session": f"{until}.{_seal(until)}", "error_code": "0"})
    if not _holds(str(said.get("session", ""))):
        return told({"error_code": "SESSION_EXPIRED"})
    return _serve(said)


def forget() -> None:
    cases.clear()
    progress.clear()


def _serve(said: dict[str, Any]) -> Answer:
    what = str(said.get("service"))
    if what == "TraCuuHoSo":
        found = cases.get(str(said.get("mahoso")))
        return told({"error_code": "00", "result": [found] if found else []})
    rows = said.get("data")
    if what not in NEEDED or not said.get("madonvi") or not isinstance(rows, list) or not rows:
        return told({"error_code": "02", "error_message": "Thiếu service, madonvi hoặc data"})
    for row in rows:
        wrong = _wrong(what, row)
        if wrong:
            return told({"error_code": "03", "error_message": wrong})
    for row in rows:
        if what == "DongBoHoSoMC":
            cases[row["MaHoSo"]] = row
        elif row["MaHoSo"] not in cases:
            return told({"error_code": "04", "error_message": f"Hồ sơ {row['MaHoSo']} chưa được đồng bộ"})
        else:
            progress.append(row)
    return told({"error_code": "00", "error_message": ""})


def _wrong(what: str, row: Any) -> str:
    if not isinstance(row, dict):
        return "data"
    missing = [name for name in NEEDED[what] if not row.get(name)]
    if missing:
        return f"Thiếu {', '.join(missing)}"
    state = str(row.get("TrangThai") or row.get("TrangThaiHoSo"))
    if not state.isdecimal() or not 1 <= int(state) <= 10:
        return "Trạng thái phải từ 1 đến 10"
    odd = [name for name in MOMENTS if row.get(name) and not MOMENT.fullmatch(str(row[name]))]
    return f"{', '.join(odd)} phải có dạng yyyyMMddHHmmss" if odd else ""


def _holds(session: str) -> bool:
    until, _, seal = session.partition(".")
    return until.isdecimal() and int(until) > time.time() and hmac.compare_digest(seal, _seal(int(until)))


def _seal(until: int) -> str:
    return hmac.new(credentials.SECRET.encode(), f"portal/{until}".encode(), hashlib.sha256).hexdigest()
