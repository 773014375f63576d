"""Components say what they mean to eyes, ears and keyboards."""

from __future__ import annotations

import datetime as dt

import pytest
from lxml import html

from motcua.shell.jinja import environment
from motcua.shell.language import use_language


def drawn(source: str, **values: object) -> html.HtmlElement:
    """The element that a snippet of template draws."""
    return html.fromstring(f"<div>{environment().from_string(source).render(**values)}</div>")


def test_a_field_is_tied_to_its_label_hint_and_error() -> None:
    page = drawn(
        """{{ ui.input("ten", "ten", "Họ tên", hint="Viết đủ dấu", errors=["Chưa nhập họ tên"]) }}"""
    )
    box = page.get_element_by_id("ten")
    assert page.xpath("//label[@for='ten']")[0].text_content() == "Họ tên"
    described = [
        page.get_element_by_id(part).text_content().split() for part in box.get("aria-describedby").split()
    ]
    assert described == [["Viết", "đủ", "dấu"], ["Lỗi:", "Chưa", "nhập", "họ", "tên"]]
    assert box.get("aria-invalid") == "true"


def test_a_field_without_fault_is_not_called_invalid() -> None:
    box = drawn("""{{ ui.input("ten", "ten", "Họ tên") }}""").get_element_by_id("ten")
    assert box.get("aria-invalid") is None
    assert box.get("aria-describedby") is None


def test_an_optional_field_says_so_in_words() -> None:
    page = drawn("""{{ ui.textarea("y-kien", "y_kien", "Ý kiến", required=False) }}""")
    assert "(không bắt buộc)" in page.text_content()
    assert "*" not in page.text_content()


def test_what_a_person_typed_is_never_markup() -> None:
    page = drawn(
        """{{ ui.input("ten", "ten", "Họ tên", value=typed) }}""", typed='"><script>alert(1)</script>'
    )
    assert page.xpath("//script") == []
    assert page.get_element_by_id("ten").get("value") == '"><script>alert(1)</script>'


def test_a_zero_is_shown_as_typed() -> None:
    assert (
        drawn("""{{ ui.input("so", "so", "Số con", value=0) }}""").get_element_by_id("so").get("value") == "0"
    )


def test_the_first_choice_bears_the_fields_own_id_so_that_an_error_can_lead_there() -> None:
    page = drawn(
        """{{ ui.radios("gioi", "gioi", "Giới tính", [("nam", "Nam"), ("nu", "Nữ")], value="nu") }}"""
    )
    assert page.get_element_by_id("gioi").get("value") == "nam"
    assert [box.get("value") for box in page.xpath("//input[@checked]")] == ["nu"]
    assert page.xpath("//fieldset/legend")[0].text_content() == "Giới tính"


def test_three_boxes_make_a_date_and_only_the_wrong_one_is_marked() -> None:
    page = drawn(
        """{{ ui.date_input("sinh", "sinh", "Ngày sinh", values={"day": "31", "month": "2", "year": "2026"},
        errors=["Tháng 2 không có ngày 31"], wrong=["day"]) }}"""
    )
    boxes = page.xpath("//input")
    assert [box.get("name") for box in boxes] == ["sinh-day", "sinh-month", "sinh-year"]
    assert [box.get("aria-invalid") for box in boxes] == ["true", None, None]


def test_a_known_fact_says_where_it_comes_from_and_how_to_object() -> None:
    page = drawn(
        """{{ ui.source_mark("CSDL dân cư", at, "/sua", of="Họ tên mẹ") }}""", at=dt.date(2026, 11, 20)
    )
    assert "Lấy từ CSDL dân cư, 20/11/2026" in " ".join(page.text_content().split())
    assert " ".join(page.xpath("//a")[0].text_content().split()) == "Không đúng? (Họ tên mẹ)"


def test_a_change_link_names_what_it_changes() -> None:
    page = drawn("""{{ ui.summary_list([{"key": "Họ tên", "value": "Khuê", "change": "/sua"}]) }}""")
    assert page.xpath("//a")[0].text_content() == "Thay đổi Họ tên"


def test_a_deadline_is_words_first_and_a_bar_second() -> None:
    page = drawn(
        """{{ ui.deadline("còn 3 ngày làm việc", at, 0.4) }}""",
        at=dt.datetime(2026, 11, 26, 10, 0, tzinfo=dt.UTC),
    )
    assert "còn 3 ngày làm việc" in page.text_content()
    assert "17:00 thứ Năm 26/11/2026" in page.text_content()
    assert page.xpath("//rect/@width") == ["40.0"]


def test_a_bar_never_grows_beyond_its_room() -> None:
    assert drawn("""{{ ui.deadline("quá hạn", none, 3.7, "late") }}""").xpath("//rect/@width") == ["100"]


def test_a_sorted_column_says_so_and_the_others_are_links() -> None:
    page = drawn(
        """{{ ui.table("Hồ sơ", [{"text": "Mã", "sort": "?s=ma"}, {"text": "Hạn", "sort": "?s=-han",
        "sorted": "ascending", "numeric": true}], [["A", 1]]) }}"""
    )
    assert page.xpath("//th[@scope='col']/@aria-sort") == ["ascending"]
    assert page.xpath("//th[@scope='col']/a/@href") == ["?s=ma", "?s=-han"]
    assert "govuk-table__cell--numeric" in page.xpath("//td")[0].get("class")


def test_pages_far_away_are_left_out_but_the_ends_stay() -> None:
    page = drawn("""{{ ui.pagination(5, 9, "?trang={page}") }}""")
    assert [a.text_content() for a in page.xpath("//li/a")] == ["1", "4", "5", "6", "9"]
    assert page.xpath("//a[@aria-current='page']/text()") == ["5"]


def test_every_chart_stands_beside_its_figures() -> None:
    page = drawn(
        """{{ ui.line_figure("Đúng hạn", ["9/2026", "10/2026"], [("Tỉnh", [0.9, 0.985])], format="percent") }}"""
    )
    assert page.xpath("//svg[@role='img']/@aria-label")
    assert [cell.text_content() for cell in page.xpath("//td")] == ["90,0%", "98,5%"]


def test_a_confirmation_page_keeps_the_way_back() -> None:
    page = drawn(
        """{{ ui.confirm("Rút hồ sơ?", "Hồ sơ sẽ dừng.", "Rút hồ sơ", "/ho-so/1", csrf="<i>".join(["", ""]),
        hidden={"ma": "1"}, danger=True) }}"""
    )
    assert page.xpath("//form/@method") == ["post"]
    assert page.xpath("//a/@href") == ["/ho-so/1"]


def test_a_name_nobody_gave_may_be_asked_about_but_not_printed() -> None:
    made = environment()
    assert made.from_string("{% if hint %}x{% endif %}").render() == ""
    with pytest.raises(Exception, match="'hnit' is undefined"):
        made.from_string("{{ hnit }}").render()


def test_an_unknown_component_is_named_with_those_that_exist() -> None:
    with pytest.raises(Exception, match=r"no component 'buton'; there are .*button"):
        environment().from_string("{{ ui.buton('x') }}").render()


def test_the_same_macro_speaks_the_readers_language() -> None:
    template = environment().from_string("""{{ ui.back_link("/") }}""")
    with use_language("en"):
        assert "Back" in template.render()
    assert "Quay lại" in template.render()


@pytest.mark.parametrize(
    ("filters", "value", "written"),
    [
        ("money", 1250000, "1.250.000 đ"),
        ("percent", 0.875, "87,5%"),
        ("size", 412_000, "412 kB"),
        ("size", 1_240_000, "1,2 MB"),
        ("date", dt.date(2026, 11, 21), "21/11/2026"),
        ("long_date", dt.date(2026, 11, 21), "ngày 21 tháng 11 năm 2026"),
        ("moment", dt.datetime(2026, 11, 22, 15, 0, tzinfo=dt.UTC), "22:00 Chủ nhật 22/11/2026"),
    ],
)
def test_values_are_written_as_people_here_write_them(filters: str, value: object, written: str) -> None:
    assert environment().from_string("{{ value|" + filters + " }}").render(value=value) == written
