"""What may be uploaded, told by the bytes and not by the name."""

from __future__ import annotations

from motcua.core.errors import UserError

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SIGNS = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
ACTIVE = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile")
"""Parts of a PDF that act by themselves."""


def media_type_of(content: bytes, name: str) -> str:
    """PDF, JPEG or PNG; UserError for anything else, for an empty file, and for a PDF with active content."""
    if not content:
        raise UserError(f"Tệp “{name}” trống. Chọn lại tệp.", f"{name!r} is empty. Choose the file again.")
    found = next((kind for sign, kind in SIGNS if content.startswith(sign)), None)
    if found is None:
        raise UserError(
            f"Tệp “{name}” không phải PDF, JPG hoặc PNG. Chụp ảnh giấy tờ hoặc lưu thành PDF rồi chọn lại.",
            f"{name!r} is no PDF, JPG or PNG. Take a picture or save it as PDF, then choose again.",
        )
    if found == PDF and any(part in content for part in ACTIVE):
        raise UserError(
            f"Tệp “{name}” chứa mã tự chạy nên không nhận. In ra PDF mới rồi chọn lại.",
            f"{name!r} holds active content and is refused. Print it to a new PDF and choose again.",
        )
    return found
