"""Vietnamese is the source; another language is a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import Markup

from motcua.shell import language
from motcua.shell.jinja import TEMPLATES, environment
from motcua.shell.language import LanguageError, current_language, read_locale, t, use_language
from motcua.shell.lint import texts


def test_a_text_is_its_own_vietnamese() -> None:
    with use_language("vi"):
        assert t("Trang {n}", n=3) == "Trang 3"


def test_english_comes_from_the_rooms_files() -> None:
    with use_language("en"):
        assert t("Trang {n}", n=3) == "Page 3"
    assert current_language() == "vi"


def test_a_number_chooses_the_form() -> None:
    with use_language("en"):
        assert t("Có {count} chỗ cần sửa", count=1) == "There is 1 thing to put right"
        assert t("Có {count} chỗ cần sửa", count=2) == "There are 2 things to put right"


def test_a_language_nobody_has_written_is_answered_in_vietnamese() -> None:
    with use_language("fr"):
        assert t("Quay lại") == "Quay lại"


def test_a_text_not_yet_translated_stays_vietnamese() -> None:
    with use_language("en"):
        assert t("Một câu chưa ai dịch bao giờ") == "Một câu chưa ai dịch bao giờ"


def test_markup_in_a_value_stays_and_everything_else_is_escaped() -> None:
    said = t("{a} và {b}", a=Markup("<b>1</b>"), b="<i>")
    assert said == Markup("<b>1</b> và &lt;i&gt;")


def test_plain_values_are_left_to_the_templates_own_escaping() -> None:
    assert environment().from_string("""{{ t("Trang {n}", n="<b>") }}""").render() == "Trang &lt;b&gt;"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("- a", "a mapping"),
        ('"Trang {n}": "Page {number}"', r"places \['n'\], its translation \['number'\]"),
        ('"Có {count}": {one: "{count}"}', "exactly the forms one and other"),
        ("1: x", "must be a text"),
    ],
)
def test_a_faulty_locale_file_is_refused_with_its_reason(
    tmp_path: Path, content: str, complaint: str
) -> None:
    file = tmp_path / "en.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(LanguageError, match=complaint):
        read_locale(file)


def test_no_two_rooms_translate_the_same_text_differently() -> None:
    assert [found for code in language.languages()[1:] for found in language.disagreements(code)] == []


def test_everything_the_shell_says_is_said_in_english_too() -> None:
    made = environment()
    said = {text for file in TEMPLATES.rglob("*.jinja") for text in texts(file, made)}
    assert "Lưu và tiếp tục" in said
    assert sorted(said - set(language.catalogue("en"))) == []
