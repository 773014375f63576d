"""Stored form, search keys and order of Vietnamese text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.engines.text import Refused, fold, name_sort_key, normalise, sort_key


def shuffled(items: list[str]) -> list[str]:
    return items[::-2] + items[-2::-2]


VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"


def test_a_name_typed_decomposed_is_stored_composed() -> None:
    assert normalise(unicodedata.normalize("NFD", "  Nguyễn\tThị  Ánh ")) == "Nguyễn Thị Ánh"


def test_bidi_overrides_and_control_characters_vanish() -> None:
    assert normalise("Lê\u202e Văn\u200b \x07Tám\ufeff") == "Lê Văn Tám"


def test_lines_stay_when_asked() -> None:
    assert normalise(" một \r\n hai  ba\u2028bốn ", multiline=True) == "một\nhai ba\nbốn"


@pytest.mark.parametrize("broken", ["a\0b", "a\ud800", "Nguy\ufffdn", "a\uffff"])
def test_what_is_not_text_is_refused_with_its_position(broken: str) -> None:
    with pytest.raises(Refused, match=r"Ký tự thứ") as refusal:
        normalise(broken)
    assert "Character" in refusal.value.message("en")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd")))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    try:
        once = normalise(text)
    except Refused:
        return
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà", "Hòa"),
        ("Lý", "Lí"),
        ("QUÝ", "quí"),
        ("Đắk R'lấp", "dak r’lap"),
        ("Phan Rang - Tháp Chàm", "phan rang–thap cham"),
        ("Mỹ Tho", "mi tho"),
        ("Quỳnh", "quình"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_names_stay_different() -> None:
    assert len({fold(name) for name in ("Thúy", "Thui", "Tay", "Tai", "Nguyên", "Yên", "Hân")}) == 6 + 1


@pytest.mark.parametrize("name", ["Quyên", "Nguyễn Thị Lý", "Đặng Hy Quỳnh", "Mỹ Đình"])
def test_the_key_of_a_beginning_begins_the_key(name: str) -> None:
    for length in range(1, len(name)):
        assert fold(name).startswith(fold(name[:length]))


def test_the_alphabet_sorts_in_its_own_order_by_bytes() -> None:
    letters = list(VIETNAMESE)
    assert sorted(letters, key=lambda letter: sort_key(letter).encode()) == letters


def test_words_come_before_tones_and_tones_before_case() -> None:
    ordered = ["A Bung", "Ái Nghĩa", "an", "An", "án", "ăn", "ân", "ba", "cư", "đa", "đà", "đạ", "e"]
    assert sorted(shuffled(ordered), key=sort_key) == ordered


def test_keys_are_printable_ascii() -> None:
    key = sort_key("Đắk R’lấp (xã) 12 – Čư M'gar 東")
    assert key.isascii()
    assert key.isprintable()


@given(st.text(max_size=12), st.text(max_size=12))
def test_equal_keys_mean_equal_text_for_a_reader(one: str, other: str) -> None:
    if sort_key(one) == sort_key(other) and one.isalpha() and other.isalpha() and one.isascii():
        assert one == other


def test_people_sort_by_given_then_family_then_middle_name() -> None:
    ordered = [
        "Lê Thị An",
        "Nguyễn Bảo An",
        "Nguyễn Văn An",
        "Trần An",
        "Lê Ân",
        "Vũ Thị Bình",
        "Y Krông",
        "Tám",
    ]
    assert sorted(shuffled(ordered), key=name_sort_key) == ordered
    assert sorted(["NGUYỄN VĂN AN", "Lê Thị An"], key=name_sort_key)[0] == "Lê Thị An"
