"""Wrong, missing, over-long, hostile and decomposed text, and files too large: told at the field, nothing lost."""

from __future__ import annotations

import unicodedata

import pytest

from tests.faults.conftest import Visitor, filled_in, newest_draft
from tests.people import number

CHILD_PAGE = "/don/{}/trang/child/"
HOSTILE = [
    "<script>document.title='x'</script>",
    "Robert'); DROP TABLE cases_case;--",
    "Trần \u202eChâu hniM",
    "Trần\x00Châu",
    "{{7*7}} ${7*7} <%= 7*7 %>",
]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Nhập"), ("Châu 123", "Châu 123"), ("Châu " * 60, "100")],
    ids=["missing", "wrong", "over-long"],
)
def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(
    visitor: Visitor, typed: str, said: str
) -> None:
    mother = visitor(number("lan_anh"))
    mother.open("/thu-tuc/khai-sinh/nop/").press("Đồng ý tra cứu và bắt đầu")
    mother.open(CHILD_PAGE.format(newest_draft().uuid)).press("Lưu và tiếp tục", {"child.name": typed})
    assert mother.status == 422
    box = mother.page.xpath("//input[@name='child.name']")[0]
    assert box.get("aria-invalid") == "true" or "error" in box.get("class", "")
    assert box.get("value", "").strip().lower() == typed.strip().lower()
    assert said.lower() in (mother.text + box.get("value", "")).lower()


@pytest.mark.parametrize("typed", HOSTILE, ids=["script", "sql", "bidi", "nul", "template"])
def test_hostile_text_is_only_text(visitor: Visitor, typed: str) -> None:
    mother = visitor(number("lan_anh"))
    mother.open("/thu-tuc/khai-sinh/nop/").press("Đồng ý tra cứu và bắt đầu")
    draft = newest_draft()
    mother.open(CHILD_PAGE.format(draft.uuid)).press("Lưu và tiếp tục", {"child.name": typed})
    assert mother.status in (200, 422)
    assert not mother.page.xpath("//main//script")
    assert "49" not in str(newest_draft().answers.get("child", {}).get("name", ""))
    kept = str(newest_draft().answers.get("child", {}).get("name", ""))
    assert "\x00" not in kept
    if mother.status == 200:
        assert "\u202e" not in kept
    mother.open("/").must_say("Ông/bà cần làm gì?")


def test_decomposed_letters_are_put_together(visitor: Visitor) -> None:
    mother = visitor(number("lan_anh"))
    filled_in(mother, unicodedata.normalize("NFD", "Trần Ngọc Bảo Châu"))
    assert newest_draft().answers["child"]["name"] == unicodedata.normalize("NFC", "TRẦN NGỌC BẢO CHÂU")
    mother.must_say(unicodedata.normalize("NFC", "TRẦN NGỌC BẢO CHÂU"))


def test_a_file_of_26_megabytes_is_refused_by_size_and_the_rest_stays(visitor: Visitor) -> None:
    mother = visitor(number("huong"))
    mother.open("/thu-tuc/khai-sinh/nop/").press("Đồng ý tra cứu và bắt đầu")
    draft = newest_draft()
    mother.open(CHILD_PAGE.format(draft.uuid))
    mother.open(f"/don/{draft.uuid}/giay-to/birth_notice/")
    large = b"%PDF-1.7\n" + bytes(26 * 2**20)
    mother.press("Lưu", files={"file": ("giay-chung-sinh.pdf", large, "application/pdf")})
    assert mother.status in (413, 422)
    mother.must_say("25 MB")
    mother.open(f"/don/{draft.uuid}/")
    assert mother.status == 200


def test_verification_refuses_a_file_of_26_megabytes_too(visitor: Visitor) -> None:
    anyone = visitor()
    anyone.open("/kiem-tra/")
    large = b"%PDF-1.7\n" + bytes(26 * 2**20)
    anyone.press("Kiểm tra tệp", files={"tep": ("to.pdf", large, "application/pdf")})
    assert anyone.status == 413
    anyone.must_say("25 MB")
