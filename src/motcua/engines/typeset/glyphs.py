"""Which letters a font cannot show. A certificate with a hole in a name is worth nothing."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

_VOWELS = "aăâeêioôơuưy"
_CONSONANTS = "bcdđghklmnpqrstvx"
_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")


def _letters() -> tuple[str, ...]:
    vowels = (unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES)
    lower = [*vowels, *_CONSONANTS]
    return (*lower, *(letter.upper() for letter in lower))


VIETNAMESE_LETTERS = _letters()
"""All 178 letters of the Vietnamese alphabet: 12 vowels in 6 tones and 17 consonants, in both cases."""


def missing_glyphs(font_path: Path | str, text: str) -> list[str]:
    """Characters of `text` that the font has no glyph for, each once, in order of code point.

    Line breaks and other control characters need none. Reads the font file with fontTools, which is a
    tool of tests and builds, not of the running product.
    """
    known = _covered(str(font_path))
    return sorted({c for c in text if unicodedata.category(c) != "Cc" and ord(c) not in known})


@lru_cache(maxsize=16)
def _covered(font_path: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_path, lazy=True) as font:
        return frozenset(font.getBestCmap())
