"""Paper as Decree 30/2020 asks, in fonts that hold every letter."""

import datetime as dt
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from motcua.engines.typeset import VIETNAMESE_LETTERS, TypesetError, Typesetter, missing_glyphs

ASSETS = Path(__file__).parents[3] / "shell/static/dist/fonts/tinos"
FONTS = Path(os.environ.get("MOTCUA_FONTS", ASSETS))
CREATED = dt.datetime(2026, 11, 21, 8, 30, tzinfo=dt.UTC)
LETTER = Path(__file__).with_name("letter.typ")
GIVEN: dict[str, Any] = {
    "title": "Xác nhận tình trạng hôn nhân",
    "agency": "Ủy ban nhân dân phường Ba Đình",
    "superior": "Thành phố Hà Nội",
    "number": "12/GXN-UBND",
    "place": "Ba Đình",
    "day": "ngày 21 tháng 11 năm 2026",
    "paragraphs": ["Ông Nguyễn Văn Bình hiện cư trú tại phường.", "Giấy này có giá trị sáu tháng."],
    "name": "NGUYỄN THỊ ÁNH",
    "born": "21/11/1990",
    "sex": "Nữ",
    "qr": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1H0z"/></svg>',
    "signer": "Trần Thị Hồng Hạnh",
}


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    assert any(FONTS.glob("*.ttf")), f"no Tinos fonts in {FONTS}: build the assets, or set MOTCUA_FONTS"
    return Typesetter(FONTS)


def test_a_document_is_pdf_a_with_its_own_fonts_only(typesetter: Typesetter) -> None:
    pdf = typesetter.render(LETTER, GIVEN, created=CREATED)
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in pdf
    fonts = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([\w-]+)", pdf))
    assert fonts
    assert all(font.startswith(b"Tinos") for font in fonts)


@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_a_letter_fits_on_one_page_of_either_paper(typesetter: Typesetter, paper: str) -> None:
    pdf = typesetter.render(LETTER, {**GIVEN, "paper": paper}, created=CREATED)
    assert re.findall(rb"/Type\s*/Pages.*?/Count\s+(\d+)", pdf, re.DOTALL) == [b"1"]
    width = {"a4": b"595.", "a5": b"419."}[paper]
    assert re.search(rb"/MediaBox\s*\[0 0 " + width, pdf)


def test_equal_input_gives_equal_bytes_and_the_date_is_the_one_given(typesetter: Typesetter) -> None:
    first = typesetter.render(LETTER, GIVEN, created=CREATED)
    typesetter.render("= Another document\n", {}, created=CREATED)
    assert typesetter.render(LETTER, GIVEN, created=CREATED) == first
    assert b"<xmp:CreateDate>2026-11-21T08:30:00+00:00</xmp:CreateDate>" in first
    assert typesetter.render(LETTER, {**GIVEN, "name": "LÊ AN"}, created=CREATED) != first


def test_a_date_without_a_time_zone_is_refused(typesetter: Typesetter) -> None:
    with pytest.raises(ValueError, match="time zone"):
        typesetter.render("x", {}, created=dt.datetime(2026, 11, 21))  # noqa: DTZ001


OFFICIAL = '#import "/motcua/decree30.typ": *\n#show: official\n'


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        (OFFICIAL + "東", r"東.*could not be displayed"),
        (OFFICIAL + "#foo(", r"unclosed delimiter(.|\n)*main\.typ:3"),
        (OFFICIAL + '#set text(font: "Arial")\nA', "unknown font family: arial"),
        (OFFICIAL + '#read("/../../../../../../etc/hostname")', "file not found|outside|escape"),
        ('#import "@preview/cetz:0.3.0": *', "from the network"),
        (OFFICIAL + '#signature(form: "XX")', "form of signing is one of TM."),
        ('#import "/motcua/decree30.typ": *\n#show: official.with(paper: "a3")\nx', "paper is"),
    ],
)
def test_what_cannot_be_set_says_what_and_where(
    typesetter: Typesetter, template: str, complaint: str
) -> None:
    with pytest.raises(TypesetError, match=complaint):
        typesetter.render(template, {}, created=CREATED)


def test_data_that_has_no_written_form_is_refused(typesetter: Typesetter) -> None:
    with pytest.raises(TypesetError, match="cannot show a set"):
        typesetter.render("x", {"a": {1}}, created=CREATED)


def test_a_template_file_uses_the_pictures_beside_it(typesetter: Typesetter, tmp_path: Path) -> None:
    (tmp_path / "seal.svg").write_text(GIVEN["qr"])
    (tmp_path / "result.typ").write_text('#image("seal.svg")')
    assert typesetter.render(tmp_path / "result.typ", {}, created=CREATED).startswith(b"%PDF")


def test_a_folder_without_fonts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="build the assets"):
        Typesetter(tmp_path)


def test_the_alphabet_has_178_letters_with_their_tones() -> None:
    assert len(VIETNAMESE_LETTERS) == len(set(VIETNAMESE_LETTERS)) == 178
    assert all(len(unicodedata.normalize("NFC", letter)) == 1 for letter in VIETNAMESE_LETTERS)
    assert {"ặ", "Ỗ", "đ", "Đ", "ỵ"} <= set(VIETNAMESE_LETTERS)


def test_every_style_of_the_paper_font_has_every_letter() -> None:
    fonts = sorted(FONTS.glob("*.ttf"))
    assert len(fonts) >= 4, f"four styles of Tinos are needed in {FONTS}"
    for font in fonts:
        assert missing_glyphs(font, "".join(VIETNAMESE_LETTERS) + "0123456789₫–“”…·;:,./()-\n") == [], font
        assert missing_glyphs(font, "An 東") == ["東"]
