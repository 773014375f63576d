"""The machine-readable zone: the examples of ICAO Doc 9303, and the mistakes a reader makes."""

from __future__ import annotations

import datetime as dt

import pytest

from motcua.engines.identity_documents import Disbelieved, Fault, check_digit, read_mrz
from motcua.engines.identity_documents.mrz import Mrz, write_card, write_passport

TODAY = dt.date(2026, 11, 22)
PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
OLD_CARD = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
LONG_NUMBER = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"


@pytest.mark.parametrize(
    ("zone", "number"), [(PASSPORT, "L898902C3"), (CARD, "D23145890"), (OLD_CARD, "D23145890")]
)
def test_the_specimens_of_doc_9303_are_read(zone: str, number: str) -> None:
    said = read_mrz(zone, today=TODAY)
    assert (said.issuer, said.number, said.nationality) == ("UTO", number, "UTO")
    assert (said.surname, said.given_names, said.sex) == ("ERIKSSON", "ANNA MARIA", "F")
    assert (said.born, said.expires) == (dt.date(1974, 8, 12), dt.date(2012, 4, 15))


def test_a_number_longer_than_nine_letters_goes_on_in_the_optional_part() -> None:
    assert read_mrz(LONG_NUMBER, today=TODAY).number == "D23145890734"


@pytest.mark.parametrize(
    ("text", "digit"), [("D23145890", "7"), ("740812", "2"), ("520727", "3"), ("AB2134<<<", "5")]
)
def test_check_digits_are_counted_as_the_specification_counts(text: str, digit: str) -> None:
    assert check_digit(text) == digit


@pytest.mark.parametrize(
    ("place", "part"),
    [
        (45, "the document number"),
        (60, "the date of birth"),
        (67, "the date of expiry"),
        (74, "the optional data"),
    ],
)
def test_one_wrong_letter_is_found_and_named(place: int, part: str) -> None:
    wrong = PASSPORT[:place] + ("2" if PASSPORT[place] != "2" else "3") + PASSPORT[place + 1 :]
    with pytest.raises(Disbelieved) as refused:
        read_mrz(wrong, today=TODAY)
    assert refused.value.fault is Fault.WRONG_CHECK_DIGIT
    assert part in refused.value.en


@pytest.mark.parametrize("text", ["", "IDVNM", PASSPORT[:-1], PASSPORT.replace("<", "*")])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(Disbelieved) as refused:
        read_mrz(text, today=TODAY)
    assert refused.value.fault is Fault.NOT_A_DOCUMENT


def zone(**other: object) -> Mrz:
    facts: dict[str, object] = {
        "code": "ID", "issuer": "VNM", "number": "195001234", "surname": "NGUYỄN", "given_names": "THỊ LAN ANH",
        "nationality": "VNM", "born": dt.date(1995, 3, 8), "sex": "F", "expires": dt.date(2035, 3, 8),
        "optional": ("019195001234", ""),
    } | other  # fmt: skip
    return Mrz(**facts)  # type: ignore[arg-type]


def test_what_was_written_is_read_again_without_accents() -> None:
    said = read_mrz(write_card(zone()), today=TODAY)
    assert said == zone(surname="NGUYEN", given_names="THI LAN ANH")
    passport = zone(code="P", issuer="FRA", nationality="FRA", number="12AB34567", optional=("", ""))
    assert read_mrz(write_passport(passport), today=TODAY).number == "12AB34567"


def test_centuries_are_told_by_the_day() -> None:
    said = read_mrz(write_card(zone(born=dt.date(2026, 11, 22), expires=dt.date(2075, 1, 1))), today=TODAY)
    assert (said.born.year, said.expires.year) == (2026, 2075)
    assert read_mrz(write_card(zone(born=dt.date(1926, 11, 23))), today=TODAY).born.year == 1926
