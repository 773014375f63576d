"""Whom one can be in the demonstration."""

from __future__ import annotations

from collections.abc import Iterator

WHO = (
    ("019195001234", "Nguyễn Thị Lan Anh, người mẹ · a mother"),
    ("019201006789", "Dương Quốc Khánh, người xin trích lục · buys an extract"),
    ("019149000123", "Ma Thị Sửu, 77 tuổi · aged 77"),
    ("h55.237.00.one-stop-clerk", "công chức một cửa · one-stop clerk"),
    ("h55.237.civil-status-officer", "công chức hộ tịch · civil-status officer"),
    ("h55.237.social-officer", "công chức văn hóa - xã hội · social officer"),
    ("h55.237.chair", "Chủ tịch phường · chair"),
    ("h55.01.service-editor", "người sửa dịch vụ · changes services"),
    ("h55.01.service-approver", "người duyệt · approves changes"),
)


def lines(address: str) -> Iterator[str]:
    """The accounts, how to sign in, and the way without an account; no line is wider than 80 columns.

    A key must be read whole, so nothing here is a table that a narrow terminal would cut.
    """
    from motcua.core.identity.demo import PASSWORD, demo_secret
    from motcua.systems.eid import holders

    yield f"Mật khẩu chung · password of all: {PASSWORD}"
    yield "Mã 6 số · six-digit code: thêm khóa TOTP vào ứng dụng xác thực bất kỳ"
    yield "  any authenticator app takes the TOTP key (base32) and shows the code"
    for username, who in WHO:
        yield f"{username}  {who}"
        yield f"  TOTP {demo_secret(username)}"
    yield "Người dân cũng vào được bằng định danh điện tử thử, không cần mã 6 số"
    yield "  citizens may use the sandbox eID instead, without a six-digit code:"
    yield f"  {address}/dang-nhap/ → VNeID, mã · passcode {holders.passcode()}"
