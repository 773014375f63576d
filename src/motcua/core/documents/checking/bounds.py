"""Keeping files made by anyone from harming their reader: what a PDF may unfold to."""

from __future__ import annotations

import re
import zlib

UNFOLDED = 256 << 20
"""Bytes that all compressed streams of a PDF but its pictures may unfold to together."""
MOST_SIGNATURES = 100
"""Of one file: each costs its reader some hundredths of a second."""
_LAYERS = 3
_STREAM = re.compile(rb"stream\r?\n")
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_DICTIONARY = 4096
_CHUNK = 1 << 20


class TooMuch(ValueError):
    """A file that unfolds to more than is read here."""


def bound_signatures(content: bytes, mark: bytes, times: int = 1) -> None:
    """Refuse a file that bears more signatures than anybody signs; `mark` is what each of them holds, so many times.
    Raises TooMuch."""
    if content.count(mark) > MOST_SIGNATURES * times:
        raise TooMuch(f"it bears more than {MOST_SIGNATURES} signatures")


def bound_pdf(pdf: bytes) -> None:
    """Refuse a PDF whose streams unfold beyond all measure: its reader would hold them in memory at once.

    Pictures are left out: nobody unfolds them here. Raises TooMuch.
    """
    left = UNFOLDED
    for found in _STREAM.finditer(pdf):
        before = pdf[max(0, found.start() - _DICTIONARY) : found.start()]
        dictionary = before[before.rfind(b"obj") :]
        if _PICTURE.search(dictionary) and b"ObjStm" not in dictionary and b"#" not in dictionary:
            continue
        left -= _unfolds_to(memoryview(pdf)[found.end() :], left, _LAYERS)


def _unfolds_to(data: memoryview | bytes, limit: int, layers: int) -> int:
    """How many bytes come out of a zlib stream at the beginning of `data`, and out of what lies folded in it."""
    if bytes(data[:1]) not in (b"\x78", b"\x58", b"\x48", b"\x38", b"\x28", b"\x18", b"\x08"):
        return 0
    inflate = zlib.decompressobj()
    total, kept, rest = 0, b"", bytes(data[: 1 << 16])
    place = len(rest)
    try:
        while not inflate.eof and (rest or place < len(data)):
            if not rest:
                rest, place = bytes(data[place : place + _CHUNK]), place + _CHUNK
            piece = inflate.decompress(rest, _CHUNK)
            rest = inflate.unconsumed_tail
            total += len(piece)
            if total > limit:
                raise TooMuch(f"its streams unfold to more than {UNFOLDED >> 20} MB")
            if layers > 1 and len(kept) < _CHUNK * 8:
                kept += piece
    except zlib.error:
        return total
    return total + (_unfolds_to(kept, limit - total, layers - 1) if layers > 1 and kept else 0)
