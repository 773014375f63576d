"""Numbers, money and dates in figures and words."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from motcua.engines.text import (
    clock,
    date,
    date_in_words,
    long_date,
    money,
    money_in_words,
    number,
    number_in_words,
    salutation,
)


def test_money_is_written_with_dots_and_dong() -> None:
    assert money(1_250_000) == "1.250.000 đ"
    assert money(0) == "0 đ"
    assert money(-8000) == "-8.000 đ"


@pytest.mark.parametrize("amount", [1.5, True, "8000"])
def test_money_that_is_no_integer_is_refused(amount: Any) -> None:
    with pytest.raises(TypeError, match="integer of đồng"):
        money(amount)


def test_numbers_take_a_decimal_comma() -> None:
    assert number(Decimal("1250000.5")) == "1.250.000,5"
    assert number(1250000, decimals=2) == "1.250.000,00"
    with pytest.raises(TypeError, match="floats"):
        number(0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (100, "một trăm"),
        (105, "một trăm linh năm"),
        (111, "một trăm mười một"),
        (1_005, "một nghìn không trăm linh năm"),
        (2_026, "hai nghìn không trăm hai mươi sáu"),
        (1_000_000, "một triệu"),
        (1_250_000, "một triệu hai trăm năm mươi nghìn"),
        (1_000_005, "một triệu không trăm linh năm"),
        (10_000_000_000, "mười tỷ"),
        (1_000_000_000_000, "một nghìn tỷ"),
        (1_001_000_000_000, "một nghìn không trăm linh một tỷ"),
    ],
)
def test_numbers_are_read_as_vietnamese_read_them(amount: int, words: str) -> None:
    assert number_in_words(amount) == words


def test_money_in_words_names_the_currency() -> None:
    assert money_in_words(1_250_000) == "một triệu hai trăm năm mươi nghìn đồng"
    assert money_in_words(1_250_021, "en") == "one million two hundred and fifty thousand and twenty-one dong"
    with pytest.raises(ValueError, match="'vi' or 'en'"):
        money_in_words(1, "fr")


def test_dates_follow_decree_30() -> None:
    day = dt.date(2026, 2, 5)
    assert date(day) == "05/02/2026"
    assert long_date(day) == "ngày 05 tháng 02 năm 2026"
    assert long_date(dt.date(2026, 3, 21)) == "ngày 21 tháng 3 năm 2026"
    assert long_date(day, "en") == "5 February 2026"


def test_a_birth_certificate_writes_the_date_in_words() -> None:
    assert (
        date_in_words(dt.date(2026, 11, 21))
        == "ngày hai mươi mốt tháng mười một năm hai nghìn không trăm hai mươi sáu"
    )
    assert date_in_words(dt.date(1984, 4, 4)).startswith(
        "ngày bốn tháng tư năm một nghìn chín trăm tám mươi tư"
    )


def test_the_clock_has_24_hours() -> None:
    assert clock(dt.time(15, 30)) == "15 giờ 30"
    assert clock(dt.time(8, 5)) == "08 giờ 05"
    assert clock(dt.time(17)) == "17 giờ"


def test_people_are_addressed_by_the_given_name() -> None:
    assert salutation("Nguyễn Văn Bình", "male") == "ông Bình"
    assert salutation("Trần Thị Ánh") == "ông/bà Ánh"
