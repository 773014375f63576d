"""Whom one can be in the demonstration."""

from __future__ import annotations

from rich.table import Table

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


def table() -> Table:
    """The accounts, with the password and today's second factor by command."""
    from motcua.core.identity.demo import PASSWORD, demo_secret

    made = Table(title=f"Mật khẩu · password: {PASSWORD}", title_justify="left")
    made.add_column("Tên đăng nhập · sign in as")
    made.add_column("Là ai · who")
    made.add_column("Khóa TOTP · second factor (base32)")
    for username, who in WHO:
        made.add_row(username, who, demo_secret(username))
    return made
