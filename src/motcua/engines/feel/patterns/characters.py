"""Sets of characters: escapes, Unicode categories and blocks (XML Schema part 2, appendix F)."""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from motcua.engines.feel.values import Fault

Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class CharacterClass:
    """Characters in any of the ranges or of the other classes; all but those when negated; without those subtracted."""

    ranges: Ranges
    negated: bool = False
    others: tuple[CharacterClass, ...] = ()
    subtracted: CharacterClass | None = None

    @property
    def is_single(self) -> bool:
        return (
            len(self.ranges) == 1
            and self.ranges[0][0] == self.ranges[0][1]
            and not (self.negated or self.others)
        )


def single(character: str) -> CharacterClass:
    return CharacterClass(((ord(character), ord(character)),))


_SIGNS = {"n": "\n", "r": "\r", "t": "\t"}
_ESCAPED_SIGNS = "\\|.?*+(){}$-[]^"
_SPACES: Ranges = ((9, 10), (13, 13), (32, 32))
_NAME_START: Ranges = (
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF),
    (0x370, 0x37D), (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF),
    (0xF900, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
)  # fmt: skip
_NAME_MORE: Ranges = ((0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))


def escape_class(sign: str) -> CharacterClass:
    """The class of \\d, \\s, \\w, \\i, \\c, their opposites, or of an escaped sign."""
    if sign in _SIGNS:
        return single(_SIGNS[sign])
    if sign in _ESCAPED_SIGNS:
        return single(sign)
    lower = sign.lower()
    ranges: Ranges
    if lower == "d":
        ranges = _category_ranges("Nd")
    elif lower == "s":
        ranges = _SPACES
    elif lower == "w":
        return CharacterClass(
            _category_ranges("P") + _category_ranges("Z") + _category_ranges("C"), sign == "w"
        )
    elif lower == "i":
        ranges = _NAME_START
    elif lower == "c":
        ranges = _NAME_START + _NAME_MORE
    else:
        raise Fault(f"\\{sign} has no meaning in a pattern")
    return CharacterClass(ranges, negated=sign != lower)


def category(name: str, *, negated: bool) -> CharacterClass:
    """The class of \\p{Lu}, \\p{IsGreek} …"""
    if name.startswith("Is"):
        block = _BLOCKS.get(name[2:])
        if block is None:
            raise Fault(f"there is no block of characters named {name[2:]}")
        return CharacterClass((block,), negated)
    ranges = _category_ranges(name)
    if not ranges:
        raise Fault(f"there is no category of characters named {name}")
    return CharacterClass(ranges, negated)


@lru_cache(maxsize=1)
def _categories() -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category("\0")
    for code in range(1, sys.maxunicode + 2):
        now = unicodedata.category(chr(code)) if code <= sys.maxunicode else ""
        if now != current:
            found.setdefault(current, []).append((start, code - 1))
            start, current = code, now
    return found


@lru_cache(maxsize=64)
def _category_ranges(name: str) -> Ranges:
    if not name or len(name) > 2:
        return ()
    if name == "Nd":
        return tuple(_categories()["Nd"])
    return tuple(sorted(r for key, ranges in _categories().items() if key.startswith(name) for r in ranges))


_BLOCKS: dict[str, tuple[int, int]] = {
    name: (int(start, 16), int(end, 16))
    for name, start, end in (
        line.split()
        for line in """
BasicLatin 0000 007F
Latin-1Supplement 0080 00FF
LatinExtended-A 0100 017F
LatinExtended-B 0180 024F
IPAExtensions 0250 02AF
SpacingModifierLetters 02B0 02FF
CombiningDiacriticalMarks 0300 036F
Greek 0370 03FF
GreekandCoptic 0370 03FF
Cyrillic 0400 04FF
Armenian 0530 058F
Hebrew 0590 05FF
Arabic 0600 06FF
Syriac 0700 074F
Thaana 0780 07BF
Devanagari 0900 097F
Bengali 0980 09FF
Gurmukhi 0A00 0A7F
Gujarati 0A80 0AFF
Oriya 0B00 0B7F
Tamil 0B80 0BFF
Telugu 0C00 0C7F
Kannada 0C80 0CFF
Malayalam 0D00 0D7F
Sinhala 0D80 0DFF
Thai 0E00 0E7F
Lao 0E80 0EFF
Tibetan 0F00 0FFF
Myanmar 1000 109F
Georgian 10A0 10FF
HangulJamo 1100 11FF
Ethiopic 1200 137F
Cherokee 13A0 13FF
UnifiedCanadianAboriginalSyllabics 1400 167F
Ogham 1680 169F
Runic 16A0 16FF
Khmer 1780 17FF
Mongolian 1800 18AF
LatinExtendedAdditional 1E00 1EFF
GreekExtended 1F00 1FFF
GeneralPunctuation 2000 206F
SuperscriptsandSubscripts 2070 209F
CurrencySymbols 20A0 20CF
CombiningMarksforSymbols 20D0 20FF
CombiningDiacriticalMarksforSymbols 20D0 20FF
LetterlikeSymbols 2100 214F
NumberForms 2150 218F
Arrows 2190 21FF
MathematicalOperators 2200 22FF
MiscellaneousTechnical 2300 23FF
ControlPictures 2400 243F
OpticalCharacterRecognition 2440 245F
EnclosedAlphanumerics 2460 24FF
BoxDrawing 2500 257F
BlockElements 2580 259F
GeometricShapes 25A0 25FF
MiscellaneousSymbols 2600 26FF
Dingbats 2700 27BF
BraillePatterns 2800 28FF
CJKRadicalsSupplement 2E80 2EFF
KangxiRadicals 2F00 2FDF
IdeographicDescriptionCharacters 2FF0 2FFF
CJKSymbolsandPunctuation 3000 303F
Hiragana 3040 309F
Katakana 30A0 30FF
Bopomofo 3100 312F
HangulCompatibilityJamo 3130 318F
Kanbun 3190 319F
BopomofoExtended 31A0 31BF
EnclosedCJKLettersandMonths 3200 32FF
CJKCompatibility 3300 33FF
CJKUnifiedIdeographsExtensionA 3400 4DBF
CJKUnifiedIdeographs 4E00 9FFF
YiSyllables A000 A48F
YiRadicals A490 A4CF
HangulSyllables AC00 D7AF
PrivateUse E000 F8FF
PrivateUseArea E000 F8FF
CJKCompatibilityIdeographs F900 FAFF
AlphabeticPresentationForms FB00 FB4F
ArabicPresentationForms-A FB50 FDFF
CombiningHalfMarks FE20 FE2F
CJKCompatibilityForms FE30 FE4F
SmallFormVariants FE50 FE6F
ArabicPresentationForms-B FE70 FEFF
HalfwidthandFullwidthForms FF00 FFEF
Specials FFF0 FFFF
OldItalic 10300 1032F
Gothic 10330 1034F
Deseret 10400 1044F
ByzantineMusicalSymbols 1D000 1D0FF
MusicalSymbols 1D100 1D1FF
MathematicalAlphanumericSymbols 1D400 1D7FF
CJKUnifiedIdeographsExtensionB 20000 2A6DF
CJKCompatibilityIdeographsSupplement 2F800 2FA1F
Tags E0000 E007F
""".strip().splitlines()
    )
}
