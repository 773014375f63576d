"""QR codes as SVG: sharp on paper and screen, and named for those who cannot see them."""

from __future__ import annotations

from io import BytesIO
from typing import Literal
from xml.sax.saxutils import escape

import segno


def svg(
    payload: str,
    *,
    title: str = "Mã QR",
    description: str = "",
    error: Literal["l", "m", "q", "h"] = "m",
    quiet_zone: int = 4,
) -> str:
    """The QR code of `payload` as an SVG element, without size: the page or the document gives it one.

    It is an image with the accessible name `title`; `description` may say the content in words.
    `quiet_zone` is the blank border in modules, which scanners need (ISO/IEC 18004: 4).
    """
    code = segno.make(payload, error=error, micro=False, boost_error=False)
    output = BytesIO()
    code.save(output, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=quiet_zone, light="#fff")
    drawn = output.getvalue().decode().strip()
    about = f"<title>{escape(title)}</title>" + (f"<desc>{escape(description)}</desc>" if description else "")
    opening, rest = drawn.split(">", 1)
    return f'{opening} role="img">{about}{rest}'
