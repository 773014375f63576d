"""TCVN3 (ABC), the one-byte Vietnamese of the nineties that old spreadsheets still hold: recognised and converted.

Table of TCVN 5712:1993 VN3. Capitals with marks are the small letters' codes in a second font (".VnTimeH"), which a
text file cannot say: a converted name is therefore written in small letters where it had such capitals.
"""

from __future__ import annotations

import re
import unicodedata

CODES = bytes(
    code
    for first, last in (
        (0xA1, 0xAE), (0xB5, 0xB9), (0xBB, 0xBE), (0xC6, 0xCC), (0xCE, 0xD8), (0xDC, 0xDF), (0xE1, 0xEF), (0xF1, 0xFE),
    )
    for code in range(first, last + 1)
)  # fmt: skip
LETTERS = "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
TO_UNICODE = {chr(code): letter for code, letter in zip(CODES, LETTERS, strict=True)}
FROM_UNICODE = {letter: chr(code) for code, letter in zip(CODES, LETTERS, strict=True)}
SYLLABLE = re.compile(r"[^\W\d_]+")
SURE = 0.9
_ONSETS = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx]"
_RHYME = "[aeiouyăâêôơư]{1,3}(?:ng|nh|ch|[cmnpt])?"
PLAUSIBLE = re.compile(f"(?:{_ONSETS})?{_RHYME}")


def decode(content: bytes) -> str:
    """The text of bytes in TCVN3."""
    return "".join(TO_UNICODE.get(letter, letter) for letter in content.decode("latin-1"))


def encode(text: str) -> bytes:
    """`text` in TCVN3; capitals with marks become small letters. Raises UnicodeEncodeError for others' letters."""

    def letter(one: str) -> str:
        return FROM_UNICODE.get(one) or FROM_UNICODE.get(one.lower()) or one

    return "".join(letter(one) for one in unicodedata.normalize("NFC", text)).encode("latin-1")


def looks_so(content: bytes) -> bool:
    """Whether bytes that are no UTF-8 read as Vietnamese when they are taken for TCVN3: nine words in ten do."""
    words = [word for word in SYLLABLE.findall(decode(content)) if not word.isascii()]
    return bool(words) and sum(map(_plausible, words)) / len(words) >= SURE


def _plausible(word: str) -> bool:
    """Whether a word has the build of a Vietnamese syllable, with at most one tone."""
    tones = 0
    plain = []
    for letter in unicodedata.normalize("NFD", word.lower()):
        if letter in "\u0300\u0301\u0303\u0309\u0323":
            tones += 1
        else:
            plain.append(letter)
    return tones <= 1 and PLAUSIBLE.fullmatch(unicodedata.normalize("NFC", "".join(plain))) is not None
