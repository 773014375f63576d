"""The machine-readable zone: three sizes of document, one way of counting check digits (ICAO 9303 parts 3 to 6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motcua.engines.identity_documents.refusal import Disbelieved, Fault
from motcua.engines.text import fold

FILLER = "<"
WEIGHTS = (7, 3, 1)
ALLOWED = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<")
SIZES = {90: 30, 72: 36, 88: 44}
"""Letters of the zone: letters of a line. TD1 is a card, TD2 an older card, TD3 a passport."""
FULL_LIFE = 100
"""A two-digit year of birth lies within the last hundred years, one of expiry within fifty of today."""


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone says. `number` is the document's, without fillers; `sex` is M, F or X; codes are alpha-3."""

    code: str
    issuer: str
    number: str
    surname: str
    given_names: str
    nationality: str
    born: dt.date
    sex: str
    expires: dt.date
    optional: tuple[str, str]

    @property
    def name(self) -> str:
        """Surname first, as Vietnamese names are written; the letters have no accents here."""
        return f"{self.surname} {self.given_names}".strip()

    @property
    def is_passport(self) -> bool:
        return self.code.startswith("P")


def check_digit(text: str) -> str:
    """The digit for `text` (ICAO 9303-3 section 4.9): weights 7, 3, 1, modulo ten."""
    values = (0 if letter == FILLER else int(letter, 36) for letter in text)
    return str(sum(value * WEIGHTS[at % 3] for at, value in enumerate(values)) % 10)


def read_mrz(text: str, *, today: dt.date) -> Mrz:
    """Read a zone of 72, 88 or 90 letters, line ends forgiven. Raises Disbelieved naming the part that is wrong."""
    letters = "".join(text.split()).upper()
    if len(letters) not in SIZES or not ALLOWED.issuperset(letters):
        raise Disbelieved(
            Fault.NOT_A_DOCUMENT,
            f"Dòng máy đọc phải có 72, 88 hoặc 90 ký tự; ở đây có {len(letters)}. Đọc lại thẻ.",
            f"A machine-readable zone has 72, 88 or 90 letters; this has {len(letters)}. Read it again.",
        )
    size = SIZES[len(letters)]
    lines = [letters[at : at + size] for at in range(0, len(letters), size)]
    return _read_card(lines, today) if len(lines) == 3 else _read_two_lines(lines, today)


def write_card(one: Mrz) -> str:
    """The 90 letters of a card (TD1), with their check digits."""
    first = (
        _fit(one.code, 2) + _fit(one.issuer, 3) + _checked(_fit(one.number, 9)) + _fit(one.optional[0], 15)
    )
    second = (
        _checked(f"{one.born:%y%m%d}")
        + one.sex.replace("X", FILLER)
        + _checked(f"{one.expires:%y%m%d}")
        + _fit(one.nationality, 3)
        + _fit(one.optional[1], 11)
    )
    whole = check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    return first + second + whole + _names(one, 30)


def write_passport(one: Mrz) -> str:
    """The 88 letters of a passport (TD3), with their check digits."""
    optional = _fit(one.optional[0], 14)
    second = (
        _checked(_fit(one.number, 9))
        + _fit(one.nationality, 3)
        + _checked(f"{one.born:%y%m%d}")
        + one.sex.replace("X", FILLER)
        + _checked(f"{one.expires:%y%m%d}")
        + _checked(optional)
    )
    whole = check_digit(second[0:10] + second[13:20] + second[21:43])
    return _fit(one.code, 2) + _fit(one.issuer, 3) + _names(one, 39) + second + whole


def _read_card(lines: list[str], today: dt.date) -> Mrz:
    first, second, third = lines
    number, optional = first[5:14], first[15:30]
    if (
        first[14] == FILLER
    ):  # a number longer than nine letters goes on in the optional part, its digit at the end
        rest = optional.split(FILLER, 1)[0]
        number, optional = number + rest[:-1], optional[len(rest) :]
        _agree(number, rest[-1:], "số giấy tờ", "the document number")
    else:
        _agree(number, first[14], "số giấy tờ", "the document number")
    _agree(second[0:6], second[6], "ngày sinh", "the date of birth")
    _agree(second[8:14], second[14], "ngày hết hạn", "the date of expiry")
    _agree(
        first[5:30] + second[0:7] + second[8:15] + second[18:29], second[29], "toàn dòng", "the whole zone"
    )
    surname, given = _split(third)
    return Mrz(
        _bare(first[0:2]), _bare(first[2:5]), _bare(number), surname, given, _bare(second[15:18]),
        _birth(second[0:6], today), _sex(second[7]), _expiry(second[8:14], today),
        (_bare(optional), _bare(second[18:29])),
    )  # fmt: skip


def _read_two_lines(lines: list[str], today: dt.date) -> Mrz:
    first, second = lines
    _agree(second[0:9], second[9], "số giấy tờ", "the document number")
    _agree(second[13:19], second[19], "ngày sinh", "the date of birth")
    _agree(second[21:27], second[27], "ngày hết hạn", "the date of expiry")
    passport = len(second) == 44
    optional = second[28:42] if passport else second[28:35]
    if passport and not (second[42] == FILLER and not _bare(optional)):
        _agree(optional, second[42], "dữ liệu bổ sung", "the optional data")
    _agree(
        second[0:10] + second[13:20] + second[21 : len(second) - 1], second[-1], "toàn dòng", "the whole zone"
    )
    surname, given = _split(first[5:])
    return Mrz(
        _bare(first[0:2]), _bare(first[2:5]), _bare(second[0:9]), surname, given, _bare(second[10:13]),
        _birth(second[13:19], today), _sex(second[20]), _expiry(second[21:27], today), (_bare(optional), ""),
    )  # fmt: skip


def _agree(text: str, digit: str, vi: str, en: str) -> None:
    if digit != check_digit(text):
        raise Disbelieved(
            Fault.WRONG_CHECK_DIGIT,
            f"Chữ số kiểm tra của {vi} không khớp. Đọc lại; vẫn sai thì giấy tờ này không dùng được.",
            f"The check digit of {en} is wrong. Read it again; if it stays wrong the document is not good.",
        )


def _birth(digits: str, today: dt.date) -> dt.date:
    """Not after today: `30` is 1930 until the day in 2030 has come."""
    day = _day(today.year // 100, digits)
    return day if day <= today else _day(today.year // 100 - 1, digits)


def _expiry(digits: str, today: dt.date) -> dt.date:
    """Nearest to today: cards without an end are written with 99 years ahead of their issue."""
    day = _day(today.year // 100, digits)
    if (today - day).days > 365 * FULL_LIFE // 2:
        return _day(today.year // 100 + 1, digits)
    return day


def _day(century: int, digits: str) -> dt.date:
    try:
        return dt.date(century * 100 + int(digits[0:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        raise Disbelieved(
            Fault.NOT_A_DOCUMENT,
            f"“{digits}” trong dòng máy đọc không phải một ngày. Đọc lại giấy tờ.",
            f"{digits!r} in the machine-readable zone is no date. Read the document again.",
        ) from None


def _sex(letter: str) -> str:
    return letter if letter in "MF" else "X"


def _split(names: str) -> tuple[str, str]:
    surname, _, given = names.partition(FILLER * 2)
    return _words(surname), _words(given)


def _words(text: str) -> str:
    return " ".join(part for part in text.split(FILLER) if part)


def _bare(text: str) -> str:
    return text.replace(FILLER, "")


def _checked(text: str) -> str:
    return text + check_digit(text)


def _fit(text: str, length: int) -> str:
    return text[:length].ljust(length, FILLER)


def _names(one: Mrz, length: int) -> str:
    surname, given = (fold(part).upper().replace(" ", FILLER) for part in (one.surname, one.given_names))
    return _fit(f"{surname}{FILLER * 2}{given}", length)
