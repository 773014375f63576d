"""Numbers and money as Vietnamese documents write them, in figures and in words."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_BILLION = 10**9


def number(value: int | Decimal, decimals: int | None = None) -> str:
    """`1.250.000,5`: dots between thousands, comma before decimals; `decimals` fixes how many."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"a number is an int or a Decimal, not {type(value).__name__}: floats lose digits")
    places = "" if decimals is None else f".{decimals}"
    english = f"{Decimal(value):,{places}f}"
    return english.translate(str.maketrans(",.", ".,"))


def money(amount: int) -> str:
    """`1.250.000 đ`; the đồng has no smaller unit in use, so amounts are integers."""
    return f"{number(_whole(amount))} đ"


def money_in_words(amount: int, lang: str = "vi") -> str:
    """`một triệu hai trăm năm mươi nghìn đồng`; with `lang="en"` `one million ... dong`."""
    currency = {"vi": "đồng", "en": "dong"}
    if lang not in currency:
        raise ValueError(f"money is written in words in 'vi' or 'en', not {lang!r}")
    return f"{number_in_words(_whole(amount), lang)} {currency[lang]}"


def number_in_words(value: int, lang: str = "vi") -> str:
    """An integer in words; Vietnamese in the northern written norm (nghìn, linh, mốt, tư, lăm)."""
    if lang not in ("vi", "en"):
        raise ValueError(f"numbers are written in words in 'vi' or 'en', not {lang!r}")
    speak = _vietnamese if lang == "vi" else _english
    if value < 0:
        return f"{'âm' if lang == 'vi' else 'minus'} {speak(-value)}"
    return speak(value)


def _whole(amount: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"money is an integer of đồng, not {type(amount).__name__}")
    return amount


def _vietnamese(value: int) -> str:
    if value == 0:
        return _DIGITS[0]
    return " ".join(_vietnamese_groups(value, leading=True))


def _vietnamese_groups(value: int, *, leading: bool) -> list[str]:
    """Words of `value`; when it follows a higher group its hundreds are spoken even if zero."""
    words: list[str] = []
    billions, rest = divmod(value, _BILLION)
    if billions:
        words += [*_vietnamese_groups(billions, leading=leading), "tỷ"]
        leading = False
    for scale, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group, rest = divmod(rest, scale)
        if not group:
            continue
        words += _vietnamese_hundreds(group, leading=leading)
        words += [name] if name else []
        leading = False
    return words


def _vietnamese_hundreds(group: int, *, leading: bool) -> list[str]:
    hundreds, rest = divmod(group, 100)
    words = [] if leading and not hundreds else [_DIGITS[hundreds], "trăm"]
    tens, ones = divmod(rest, 10)
    if tens == 0:
        if not ones:
            return words
        return [*words, "linh", _DIGITS[ones]] if words else [_DIGITS[ones]]
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 0:
        return words
    if ones == 5:
        return [*words, "lăm"]
    if tens > 1 and ones in (1, 4):
        return [*words, "mốt" if ones == 1 else "tư"]
    return [*words, _DIGITS[ones]]


def _english(value: int) -> str:
    if value < 20:
        return _ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
    if value < 1000:
        hundreds, rest = divmod(value, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {_english(rest)}" if rest else "")
    scale, name = next((scale, name) for scale, name in _SCALES if value >= scale)
    higher, rest = divmod(value, scale)
    joint = " and " if 0 < rest < 100 else " "
    return f"{_english(higher)} {name}" + (f"{joint}{_english(rest)}" if rest else "")
