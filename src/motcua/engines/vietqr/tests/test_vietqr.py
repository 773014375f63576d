"""Payment codes against the examples that NAPAS and others publish."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st

from motcua.engines.vietqr import Payment, QrError, Target, checksum, encode, parse, svg

NAPAS_ACCOUNT = (
    "00020101021138570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5"
)
NAPAS_CARD = (
    "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
)
NAPAS_BILL = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
CHARITY = (
    "00020101021238570010A00000072701270006970415011300110019324180208QRIBFTTA530370454061200005802VN"
    "62170813ung ho lu lut6304C15C"
)
PUBLISHED = {
    NAPAS_CARD: Payment("970403", "9704031101234567", target=Target.CARD),
    NAPAS_BILL: Payment("970403", "0011012345678", 180_000, "thanh toan don hang", "NPS6869"),
    CHARITY: Payment("970415", "0011001932418", 120_000, "ung ho lu lut"),
}
payments = st.builds(
    Payment,
    bank=st.from_regex(r"[0-9]{6}", fullmatch=True).filter(str.isascii),
    account=st.from_regex(r"[0-9A-Za-z]{1,19}", fullmatch=True),
    amount=st.none() | st.integers(1, 10**13 - 1),
    purpose=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=25),
    bill=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=25),
    target=st.sampled_from(Target),
)


@pytest.mark.parametrize("payload", [NAPAS_CARD, NAPAS_BILL, CHARITY, NAPAS_ACCOUNT])
def test_published_codes_have_our_checksum(payload: str) -> None:
    assert checksum(payload[:-4]) == payload[-4:]


@pytest.mark.parametrize(("payload", "payment"), PUBLISHED.items())
def test_published_codes_are_read_and_written_byte_for_byte(payload: str, payment: Payment) -> None:
    assert parse(payload) == payment
    assert encode(payment) == payload


def test_the_published_static_account_miscounts_and_is_refused() -> None:
    """It says that the account has 12 digits and then gives 13; only its checksum is right."""
    with pytest.raises(QrError, match="field 38, part 01"):
        parse(NAPAS_ACCOUNT)


@given(payments)
def test_what_is_written_is_read_back(payment: Payment) -> None:
    assert parse(encode(payment)) == payment


@given(payments, st.data())
def test_a_code_with_one_wrong_character_is_refused(payment: Payment, data: st.DataObject) -> None:
    payload = encode(payment)
    place = data.draw(st.integers(0, len(payload) - 1))
    wrong = "0" if payload[place] != "0" else "1"
    with pytest.raises(QrError):
        parse(payload[:place] + wrong + payload[place + 1 :])


@pytest.mark.parametrize(
    ("payment", "complaint"),
    [
        (Payment("97040", "1"), "BIN of 6 digits"),
        (Payment("970403", ""), "1 to 19"),
        (Payment("970403", "1" * 20), "1 to 19"),
        (Payment("970403", "1", 0), "1 đồng or more"),
        (Payment("970403", "1", 1, "nộp lệ phí"), "without Vietnamese marks"),
        (Payment("970403", "1", 1, "x" * 26), "at most 25"),
    ],
)
def test_what_banks_would_not_read_is_not_written(payment: Payment, complaint: str) -> None:
    with pytest.raises(QrError, match=complaint):
        encode(payment)


def sealed(body: str) -> str:
    return body + "6304" + checksum(body + "6304")


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ("", "cut off"),
        ("https://motcua.example", "cut off"),
        (CHARITY[:-1] + "D", "checksum does not fit"),
        (sealed("000202"), "no payment code"),
        (sealed("0002015802VN"), "no receiver"),
        (sealed("000201380"), "no tag and length"),
        (sealed("00020138990010A000000727"), "ends within part 38"),
        (sealed(CHARITY[:-8].replace("5303704", "5303840")), "currency is 840"),
        (sealed(CHARITY[:-8].replace("QRIBFTTA", "QRPUSHXX")), "neither a transfer"),
        (sealed(CHARITY[:-8].replace("120000", "12.000")), "whole number"),
    ],
)
def test_what_is_no_transfer_says_why(payload: str, complaint: str) -> None:
    with pytest.raises(QrError, match=complaint):
        parse(payload)


def test_the_drawing_is_named_for_those_who_cannot_see_it() -> None:
    image = ElementTree.fromstring(
        svg(CHARITY, title="Nộp <8.000 đ>", description="Quét bằng ứng dụng ngân hàng")
    )
    namespace = "{http://www.w3.org/2000/svg}"
    assert image.get("role") == "img"
    assert image[0].tag == f"{namespace}title"
    assert image[0].text == "Nộp <8.000 đ>"
    assert image[1].text == "Quét bằng ứng dụng ngân hàng"
    assert image.get("viewBox")
    assert image.get("width") is None


def test_a_scanner_reads_what_was_drawn(tmp_path: Path) -> None:
    if shutil.which("zbarimg") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("zbarimg is absent; deploy/test-packages.txt names what the tests need")
        pytest.skip("zbarimg is absent: apt-get install zbar-tools")
    payload = encode(Payment("970415", "0011001932418", 8_000, "MC7F3K9Q2 le phi"))
    page = '#set page(width: 5cm, height: 5cm, margin: 0pt)\n#image("code.svg", width: 5cm)'
    parts: Any = {"main.typ": page.encode(), "code.svg": svg(payload).encode()}
    drawn = typst.Compiler().compile(parts, format="png", ppi=200)
    assert isinstance(drawn, bytes)
    (tmp_path / "code.png").write_bytes(drawn)
    command = ["zbarimg", "--raw", "-q", "code.png"]
    read = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()
    assert parse(read).purpose == "MC7F3K9Q2 le phi"
