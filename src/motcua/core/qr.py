"""A QR code as a drawing in the page."""

from __future__ import annotations

import segno
from markupsafe import Markup

WIDTH, BORDER = 288, 4
"""Pixels, so that it fits the narrowest phone; modules of white around it (ISO/IEC 18004)."""
INK, PAPER = "#1B1B1F", "#FFFFFF"


def drawing(text: str, title: str) -> Markup:
    """An SVG that scales with the page; `title` is read aloud in its place."""
    code = segno.make(text, error="m", micro=False)
    modules = code.symbol_size(border=BORDER)[0]
    return Markup(
        code.svg_inline(scale=max(1, WIDTH // modules), border=BORDER, dark=INK, light=PAPER, title=title)
    )
