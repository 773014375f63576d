"""Personal numbers, identity cards, telephones, tax codes."""

import datetime as dt

import pytest

from motcua.engines.text import Refused, card_qr, personal_number, phone, phone_display, tax_code


def test_the_personal_number_tells_province_sex_and_year() -> None:
    read = personal_number("001 185 012345")
    assert (read.province_code, read.sex, read.birth_year) == ("001", "female", 1985)
    assert personal_number("079203000001").birth_year == 2003
    assert personal_number("079203000001").sex == "male"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12345", "personal-number-length"),
        ("00118501234x", "personal-number-length"),
        ("٠٠١١٨٥٠١٢٣٤٥", "personal-number-length"),
        ("003185012345", "personal-number-province"),
        ("001285012345", "personal-number-future"),
    ],
)
def test_a_wrong_personal_number_says_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        personal_number(text, today=dt.date(2026, 11, 21))
    assert refusal.value.code == code


CARD = "001090123456|012345678|Nguyễn Văn A|01011990|Nam|Phường Bến Nghé, Quận 1, Hồ Chí Minh|15042021"


def test_the_card_fills_in_its_holder() -> None:
    card = card_qr(CARD)
    assert (card.name, card.old_number, card.sex) == ("Nguyễn Văn A", "012345678", "male")
    assert (card.birth_date, card.issued_on) == (dt.date(1990, 1, 1), dt.date(2021, 4, 15))
    assert card.disagreements == ()
    assert card.more == ()


@pytest.mark.parametrize(
    "variant",
    [
        CARD.replace("|012345678", ""),
        CARD.replace("|012345678", "|"),
        CARD.replace("01011990", "01/01/1990").replace("15042021", "15/04/2021"),
        CARD.encode().decode("latin-1"),
        "\ufeff" + CARD + "|Nguyễn Văn Cha||Trần Thị Mẹ\r\n",
    ],
)
def test_other_printings_of_the_card_read_alike(variant: str) -> None:
    card = card_qr(variant)
    assert (card.name, card.birth_date, card.issued_on) == card_facts(CARD)


def card_facts(text: str) -> tuple[str, dt.date, dt.date | None]:
    card = card_qr(text)
    return card.name, card.birth_date, card.issued_on


def test_further_fields_are_kept_and_a_missing_date_of_issue_is_no_fault() -> None:
    assert card_qr(CARD + "|Cha|Mẹ").more == ("Cha", "Mẹ")
    assert card_qr(CARD.removesuffix("|15042021")).issued_on is None


def test_a_card_that_contradicts_its_number_is_pointed_out() -> None:
    assert card_qr(CARD.replace("|Nam|", "|Nữ|").replace("01011990", "01011991")).disagreements == (
        "sex",
        "birth_year",
    )


@pytest.mark.parametrize("text", ["hello", CARD.replace("01011990", "31021990"), CARD.replace("Nam", "?")])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="QR"):
        card_qr(text)


def test_telephones_become_international() -> None:
    assert phone("0912 345 678") == "+84912345678"
    assert phone("+84 24 3825 4321") == "+842438254321"
    assert phone_display("+84912345678") == "0912 345 678"
    with pytest.raises(Refused, match="0112345678"):
        phone("0112345678")
    with pytest.raises(Refused) as refusal:
        phone("02438254321", mobile=True)
    assert refusal.value.code == "phone-mobile"


def test_tax_codes_are_checked_by_their_tenth_digit() -> None:
    assert tax_code("0100109106") == "0100109106"
    assert tax_code("0314409058002") == tax_code("0314409058-002") == "0314409058-002"
    assert tax_code("001185012345") == "001185012345"
    for wrong in ("0100109107", "0314409058-000", "123"):
        with pytest.raises(Refused):
            tax_code(wrong)
