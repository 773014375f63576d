"""The forms engine's views as pages that can be filled in."""

from __future__ import annotations

import datetime as dt

from lxml import html

from motcua.engines.forms.views import Button, FieldError, FieldView, Option, PageView, Source, UploadedRef
from motcua.shell.jinja import environment


def page_of(page: PageView) -> html.HtmlElement:
    source = """{% import "shell/forms.jinja" as forms %}{{ forms.render_page(page, submit="Lưu") }}"""
    return html.fromstring(f"<div>{environment().from_string(source).render(page=page)}</div>")


def test_a_single_question_is_its_own_heading() -> None:
    page = page_of(
        PageView(
            "ten", "Con tên là gì?", [FieldView("text", "q-ten", "ten", "Con tên là gì?", required=True)]
        )
    )
    assert [heading.text_content().strip() for heading in page.xpath("//h1")] == ["Con tên là gì?"]
    assert page.xpath("//h1/label/@for") == ["q-ten"]


def test_several_questions_stand_under_one_heading() -> None:
    fields = [FieldView("text", "q-a", "a", "Tên"), FieldView("number", "q-b", "b", "Số con")]
    page = page_of(PageView("con", "Về con", fields))
    assert [heading.text_content() for heading in page.xpath("//h1")] == ["Về con"]
    assert page.get_element_by_id("q-b").get("inputmode") == "decimal"


def test_every_mistake_leads_to_a_control_that_exists() -> None:
    fields = [
        FieldView(
            "date",
            "q-sinh",
            "sinh",
            "Ngày sinh",
            errors=["Thiếu ngày"],
            values={"day": "", "month": "2", "year": "2026"},
        ),
        FieldView(
            "radio",
            "q-gioi",
            "gioi",
            "Giới tính",
            errors=["Chưa chọn"],
            options=[Option("nam", "Nam"), Option("nu", "Nữ")],
        ),
    ]
    errors = [FieldError("q-sinh-day", "sinh", "Thiếu ngày"), FieldError("q-gioi", "gioi", "Chưa chọn")]
    page = page_of(PageView("con", "Con", fields, errors=errors))
    for link in page.xpath("//*[@role='alert']//a/@href"):
        assert page.get_element_by_id(link.removeprefix("#")).tag == "input", link


def test_what_the_engine_hides_is_sent_along() -> None:
    page = page_of(PageView("con", "Con", [FieldView("text", "q", "q", "Tên")], hidden=[("_count.con", "2")]))
    assert [(box.get("name"), box.get("value")) for box in page.xpath("//input[@type='hidden']")] == [
        ("_count.con", "2")
    ]


def test_a_page_with_a_file_deep_inside_is_multipart() -> None:
    inside = FieldView("file", "q-f", "f", "Giấy")
    group = FieldView("repeat", "q-g", "g", "Giấy tờ", items=[[inside]], item_labels=["Giấy 1"])
    assert page_of(PageView("p", "Giấy tờ", [group])).xpath("//form/@enctype") == ["multipart/form-data"]
    plain = PageView("p", "Tên", [FieldView("text", "q", "q", "Tên")])
    assert page_of(plain).xpath("//form/@enctype") == ["application/x-www-form-urlencoded"]


def test_a_repeated_group_grows_and_shrinks_by_plain_buttons() -> None:
    field = FieldView(
        "repeat",
        "q-con",
        "con",
        "Các con",
        item_labels=["Con 1"],
        items=[[FieldView("text", "q-con-0-ten", "con[0].ten", "Tên")]],
        add_button=Button("_add", "con", "Thêm con"),
        remove_buttons=[Button("_remove", "con[0]", "Bỏ con 1")],
    )
    page = page_of(PageView("p", "Gia đình", [field]))
    sent = {(button.get("name"), button.get("value")) for button in page.xpath("//button[@name]")}
    assert sent == {("_add", "con"), ("_remove", "con[0]")}
    assert page.xpath("//fieldset/legend")[0].text_content() == "Con 1"


def test_enter_in_a_text_box_submits_the_page_and_removes_nothing() -> None:
    """Browsers press the first submit button of a form: it must not be one that adds or removes."""
    files = [UploadedRef("1", "giay.pdf", 1000, "application/pdf")]
    field = FieldView(
        "file", "q-f", "f", "Giấy", files=files, remove_buttons=[Button("_remove", "f[0]", "Bỏ giay.pdf")]
    )
    first = page_of(PageView("p", "Giấy", [FieldView("text", "q", "q", "Tên"), field])).xpath(
        "//form//button"
    )[0]
    assert first.get("name") is None


def test_a_found_fact_is_told_and_not_asked() -> None:
    source = Source("CSDL quốc gia về dân cư", dt.date(2026, 11, 20), "/sua?q=me")
    page = page_of(
        PageView(
            "p", "Cha mẹ", [FieldView("summary", "q-me", "me", "Họ tên mẹ", value="Lan Anh", source=source)]
        )
    )
    assert page.xpath("//form//input[not(@type='hidden')]") == []
    assert "Lan Anh" in page.text_content()
    assert page.xpath("//a/@href") == ["/sua?q=me"]


def test_several_matches_are_offered_under_the_boxes_own_name() -> None:
    field = FieldView(
        "text",
        "q-xa",
        "xa",
        "Xã",
        value="Phú",
        options=[Option("1", "Xã Phú Bình"), Option("2", "Xã Phú Lương")],
    )
    page = page_of(PageView("p", "Nơi ở", [field]))
    assert [box.get("name") for box in page.xpath("//input[@type='radio']")] == ["xa", "xa"]
    assert page.get_element_by_id("q-xa").get("value") == "Phú"


def test_a_moment_is_asked_as_a_day_and_an_hour() -> None:
    parts = [FieldView("date", "q-m", "m", "Ngày"), FieldView("time", "q-m-time", "m-time", "Giờ")]
    page = page_of(
        PageView("p", "Lúc nào?", [FieldView("group", "q-m", "m", "Sinh lúc nào?", children=parts)])
    )
    assert {box.get("name") for box in page.xpath("//form//input")} == {
        "m-day",
        "m-month",
        "m-year",
        "m-time",
    }
    ids = page.xpath("//form//@id")
    assert len(ids) == len(set(ids))


def test_a_note_keeps_its_own_markup() -> None:
    page = page_of(
        PageView(
            "p",
            "Đọc trước",
            [FieldView("html", "q-n", "", "", value="<p>Mang theo <strong>căn cước</strong>.</p>")],
        )
    )
    assert page.xpath("//strong/text()") == ["căn cước"]
