"""`MaXacThuc`: SHA-256, hexadecimal, of fields joined by `|` with the partner's secret behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

START = (
    "LoaiBanTin PhienBan MaDoiTac MaThamChieu SoTien LoaiHinhThanhToan MaKenhThanhToan MaThietBi NgonNgu MaTienTe "
    "MaNganHang ThongTinGiaoDich ThoiGianGD Ip"
).split()
"""From LoaiBanTin to Ip, as they stand in the message; the receipt's data is not among them."""
QUESTION = "LoaiBanTin PhienBan MaDoiTac MaThamChieu ThoiGianGD".split()
NOTICE = "LoaiBanTin PhienBan MaDoiTac MaThamChieu SoTien MaLoi MaGiaoDich ThoiGianGD".split()


def seal_of_start(said: Mapping[str, Any], secret: str) -> str:
    return _seal(said, START, secret)


def seal_of_question(said: Mapping[str, Any], secret: str) -> str:
    """Of a receipt's or a state's request."""
    return _seal(said, QUESTION, secret)


def seal_of_notice(said: Mapping[str, Any], secret: str) -> str:
    """Of the platform's callback."""
    return _seal(said, NOTICE, secret)


def _seal(said: Mapping[str, Any], names: list[str], secret: str) -> str:
    parts = [*(str(said.get(name, "")) for name in names), secret]
    return hashlib.sha256("|".join(parts).encode("utf-8")).hexdigest()
