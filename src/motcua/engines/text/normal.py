"""Text as it is stored (`normalise`) and as it is searched (`fold`)."""

from __future__ import annotations

import re
import unicodedata

from motcua.engines.text.refusal import Refused

APOSTROPHES = "'’‘ʼ′`´ʹ＇"
DASHES = "-‐‑‒–—―−"
_JOINERS = "\u200c\u200d"  # shape letters of several scripts and emoji: not ours to drop
_WHITESPACE = re.compile(r"\s+")
_LINE_ENDS = re.compile(r"\r\n|[\r\x85\u2028\u2029\x0b\x0c]")
_BLANKS = re.compile(r"[^\S\n]+")
_Y_AFTER_CONSONANT = re.compile(r"(?<![a-z])(qu|[bcdfghjklmnpqrstvwxz]+)y")
_FOLDED_AWAY = str.maketrans(
    {**dict.fromkeys(APOSTROPHES, ""), **dict.fromkeys(DASHES, " "), "đ": "d", "ð": "d", "ɖ": "d"}
)


def normalise(text: str, *, multiline: bool = False) -> str:
    """Text fit to be stored: NFC, without control characters or bidi overrides, whitespace folded.

    With `multiline` line breaks stay (as `\\n`) and only blanks within a line fold. Fonts place a
    decomposed Vietnamese letter badly, and two spellings of one name must be equal: hence NFC.
    Raises Refused for NUL, lone surrogates, non-characters and U+FFFD (the mark of a broken decoding).
    """
    for position, character in enumerate(text, start=1):
        if _is_broken(character):
            raise Refused(
                "character-refused",
                f"Ký tự thứ {position} (U+{ord(character):04X}) không phải là chữ. "
                "Hãy xóa ký tự đó hoặc gõ lại đoạn này.",
                f"Character {position} (U+{ord(character):04X}) is not text. Delete it or type it again.",
            )
    text = unicodedata.normalize("NFC", text)
    text = _LINE_ENDS.sub("\n", text)
    text = "".join(character for character in text if character.isspace() or not _is_invisible(character))
    if not multiline:
        return _WHITESPACE.sub(" ", text).strip()
    return "\n".join(line.strip() for line in _BLANKS.sub(" ", text).split("\n")).strip()


def fold(text: str) -> str:
    """Search key: lower case without accents, đ as d, "Lí" as "Lý", apostrophes gone, dashes as spaces.

    Hoà and Hòa fold alike because every mark goes. After a consonant or "qu" y becomes i whatever
    follows, so that the key of a beginning is always the beginning of the key.
    """
    decomposed = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c) and not _is_invisible(c))
    bare = _WHITESPACE.sub(" ", bare.translate(_FOLDED_AWAY)).strip()
    return _Y_AFTER_CONSONANT.sub(r"\1i", bare)


def _is_broken(character: str) -> bool:
    code = ord(character)
    return (
        code in (0x0000, 0xFFFD)
        or 0xD800 <= code <= 0xDFFF
        or 0xFDD0 <= code <= 0xFDEF
        or code & 0xFFFE == 0xFFFE
    )


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return (category == "Cc" and not character.isspace()) or (category == "Cf" and character not in _JOINERS)
