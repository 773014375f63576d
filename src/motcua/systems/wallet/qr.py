"""A QR code as a drawing in the page."""

from __future__ import annotations

import segno
from markupsafe import Markup

INK, PAPER = "#1B1B1F", "#FFFFFF"


def drawing(text: str, title: str) -> Markup:
    """An SVG that scales with the page; `title` is read aloud in its place."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(scale=5, border=4, dark=INK, light=PAPER, title=title))
