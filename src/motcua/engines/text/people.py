"""People: how they are addressed, the 12-digit personal number, and the QR code of the identity card."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from motcua.engines.text.normal import fold, normalise
from motcua.engines.text.refusal import Refused

Sex = Literal["male", "female"]

BIRTH_PROVINCES = frozenset(
    f"{code:03d}"
    for code in (
        1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38,
        40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80,
        82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
    )
)  # fmt: skip
"""The 63 provinces of Circular 07/2016/TT-BCA. Numbers keep them although provinces merged in 2025."""

_FIRST_COUNTRY_CODE = 100  # codes from here on are countries of birth, not provinces
_DATE = re.compile(r"(\d{2})[/.-]?(\d{2})[/.-]?(\d{4})")


def salutation(full_name: str, sex: Sex | None = None) -> str:
    """`ông Bình`, `bà Ánh`, or `ông/bà Bình`: people are addressed by the given name, the last word."""
    given = normalise(full_name).split()[-1:]
    address = {"male": "ông", "female": "bà", None: "ông/bà"}[sex]
    return " ".join([address, *given])


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """What the 12 digits say (Decree 137/2015 art. 13; Circular 59/2021/TT-BCA art. 4). No check digit."""

    number: str
    province_code: str
    """Where the birth was registered, as the provinces were then; never the present home."""
    sex: Sex
    birth_year: int

    def __str__(self) -> str:
        return self.number


def personal_number(text: str, *, today: dt.date | None = None) -> PersonalNumber:
    """Read the personal number; blanks and dots between digits are forgiven.

    With `today`, a year of birth that lies in the future is refused too. Raises Refused.
    """
    digits = re.sub(r"[\s.\-]", "", normalise(text))
    if not re.fullmatch(r"[0-9]{12}", digits):
        raise Refused(
            "personal-number-length",
            f"Số định danh cá nhân phải gồm đúng 12 chữ số; ông/bà đã nhập {len(digits)} ký tự. "
            "Hãy chép lại dãy số in trên thẻ căn cước.",
            f"A personal number has exactly 12 digits; this has {len(digits)} characters. Copy it anew.",
        )
    province, century_and_sex, year = digits[:3], int(digits[3]), int(digits[4:6])
    if province not in BIRTH_PROVINCES and int(province) <= _FIRST_COUNTRY_CODE:
        raise Refused(
            "personal-number-province",
            f"Ba số đầu “{province}” không phải mã tỉnh hay mã nước nơi đăng ký khai sinh. Hãy kiểm tra lại.",
            f"The first three digits “{province}” are no code of a province or country of birth. Check them.",
        )
    birth_year = 1900 + 100 * (century_and_sex // 2) + year
    if today is not None and birth_year > today.year:
        raise Refused(
            "personal-number-future",
            f"Số này cho năm sinh {birth_year}, sau năm nay. Hãy kiểm tra chữ số thứ tư đến thứ sáu.",
            f"This number gives {birth_year} as year of birth, which is yet to come. Check digits 4 to 6.",
        )
    return PersonalNumber(digits, province, "female" if century_and_sex % 2 else "male", birth_year)


@dataclass(frozen=True, slots=True)
class Card:
    """The QR code of an identity card. It is not signed: fit to fill in a form, never a proof."""

    number: PersonalNumber
    old_number: str
    """Number of the former 9-digit (or 12-digit) card, or ""."""
    name: str
    birth_date: dt.date
    sex: Sex
    address: str
    issued_on: dt.date | None
    more: tuple[str, ...]
    """Fields of newer cards after those above, in their order."""

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Which of "sex", "birth_year" are printed otherwise than the number says."""
        checks = (
            ("sex", self.sex == self.number.sex),
            ("birth_year", self.birth_date.year == self.number.birth_year),
        )
        return tuple(name for name, agrees in checks if not agrees)


def card_qr(text: str) -> Card:
    """Read `number|old number|name|birth date|sex|address|issued on|…` (Circular 06/2021/TT-BCA).

    Tolerates a missing old number or date of issue, dates with separators, further fields, and text
    that the scanner decoded as Latin-1. Raises Refused.
    """
    fields = [normalise(field) for field in _mend_decoding(text).split("|")]
    if len(fields) < 6:
        raise _card_refused(
            f"chỉ có {len(fields)} trường, cần ít nhất 6",
            f"it has {len(fields)} fields of at least 6",
        )
    number = personal_number(fields.pop(0))
    old_number = fields.pop(0) if re.fullmatch(r"\d{9}|\d{12}|", fields[0]) else ""
    name, born, sex, address, *rest = fields
    birth_date = _card_date(born)
    sexes: dict[str, Sex] = {"nam": "male", "nu": "female"}
    if not name:
        raise _card_refused("thiếu họ tên", "the name is missing")
    if birth_date is None:
        raise _card_refused(f"ngày sinh “{born}” không hợp lệ", f"the date of birth “{born}” is none")
    if fold(sex) not in sexes:
        raise _card_refused(f"giới tính “{sex}” không hợp lệ", f"the sex “{sex}” is neither Nam nor Nữ")
    issued_on = _card_date(rest[0]) if rest else None
    more = rest[1:] if issued_on or rest[:1] == [""] else rest
    return Card(number, old_number, name, birth_date, sexes[fold(sex)], address, issued_on, tuple(more))


def _card_date(text: str) -> dt.date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _mend_decoding(text: str) -> str:
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _card_refused(vi: str, en: str) -> Refused:
    return Refused(
        "card-qr",
        f"Mã QR này không đọc được như thẻ căn cước: {vi}. Hãy quét lại hoặc nhập tay.",
        f"This QR code does not read as an identity card: {en}. Scan it again or type the data.",
    )
