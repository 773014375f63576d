from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from motcua.engines.forms import FieldView, Form, Reading, UploadedRef
from motcua.engines.forms.tests.examples import TODAY

Make = Callable[..., Form]


def fields(
    form: Form, page: str, answers: Mapping[str, Any], lang: str = "vi", **more: Any
) -> dict[str, FieldView]:
    return {one.path: one for one in form.view(page, answers, lang=lang, **more).fields}


def read(
    form: Form, page: str, posted: dict[str, str | list[str]], answers: Any = None, **more: Any
) -> Reading:
    lists = {name: [value] if isinstance(value, str) else value for name, value in posted.items()}
    return form.read(
        page, lists, more.pop("files", {}), answers or {}, lang=more.pop("lang", "vi"), today=TODAY, **more
    )


def said(reading: Reading) -> dict[str, str]:
    return {error.path: error.message for error in reading.errors}


def test_a_page_shows_labels_hints_and_what_was_answered(birth: Form) -> None:
    name = fields(birth, "g_child", {"child": {"name": "AN", "born": "2026-11-02"}})["child.name"]
    assert (name.kind, name.id, name.name, name.value) == ("text", "q-child-name", "child.name", "AN")
    assert (name.label, name.hint) == ("Họ, chữ đệm, tên của trẻ", "Viết có dấu, ví dụ Nguyễn Minh An")
    assert (name.required, name.max_length) == (True, 60)


def test_a_date_is_three_boxes(birth: Form) -> None:
    born = fields(birth, "g_child", {"child.born": "2026-11-02"})["child.born"]
    assert (born.kind, born.values) == ("date", {"day": "2", "month": "11", "year": "2026"})


def test_choices_have_labels_and_hints(birth: Form) -> None:
    relation = fields(birth, "g_requester", {})["requester.relation"]
    assert [option.value for option in relation.options] == ["mother", "father", "relative"]
    assert relation.options[2].hint == "Cần văn bản ủy quyền nếu cha mẹ ở xa"


def test_semantic_kinds_bring_the_right_keyboard(birth: Form) -> None:
    shown = fields(birth, "g_requester", {})
    assert (shown["requester.phone"].inputmode, shown["requester.phone"].autocomplete) == ("tel", "tel")
    assert shown["requester.number"].inputmode == "numeric"


def test_a_late_birth_brings_the_warning_with_its_date(birth: Form) -> None:
    late = birth.view("g_child", {"child.born": "2026-08-01"}, lang="vi", given={"today": TODAY})
    in_time = birth.view("g_child", {"child.born": "2026-11-01"}, lang="vi", given={"today": TODAY})
    assert any("kể từ 01/08/2026" in str(one.value) for one in late.fields if one.kind == "html")
    assert not any(one.kind == "html" for one in in_time.fields)


def test_what_is_typed_into_a_note_is_text_and_never_markup(form_of: Make) -> None:
    form = form_of(
        {"type": "textfield", "key": "n", "id": "n", "label": "N"},
        {"type": "text", "id": "t", "text": "Chào {{n}}"},
    )
    html = str(form.view("start", {"n": "<script>*x*</script> [a](javascript:b)"}, lang="vi").fields[1].value)
    assert "<script" not in html
    assert "<em>" not in html
    assert "<a" not in html


def test_a_hidden_page_is_not_walked_through(birth: Form) -> None:
    assert "g_marriage" not in [page.id for page in birth.pages({"father_known": "no"})]
    assert birth.next_page("g_parents", {"father_known": "yes"}) == "g_marriage"
    assert birth.next_page("g_parents", {"father_known": "no"}) == "copies"
    assert birth.next_page("papers", {}) is None


def test_a_page_is_complete_when_what_it_requires_is_answered(birth: Form) -> None:
    done = {"copies_wanted": "no"}
    assert [page.complete for page in birth.pages({}) if page.id == "copies"] == [False]
    assert [page.complete for page in birth.pages(done) if page.id == "copies"] == [True]


def test_a_good_page_is_read_trimmed_composed_and_in_upper_case(birth: Form) -> None:
    decomposed = "  nguye\u0302\u0303n   minh an "
    reading = read(
        birth,
        "g_child",
        {
            "child.name": decomposed,
            "child.born-day": "2",
            "child.born-month": "11",
            "child.born-year": "2026",
            "child.sex": "female",
            "child.birthplace": "Bệnh viện A",
            "child.ethnicity": "01",
        },
    )
    assert reading.errors == []
    assert reading.answers["child"] == {
        "name": "NGUYỄN MINH AN",
        "born": "2026-11-02",
        "sex": "female",
        "birthplace": "Bệnh viện A",
        "ethnicity": "01",
    }
    assert "child.name" in reading.changed


def test_a_wrong_date_is_kept_and_shown_again_beside_its_error(birth: Form) -> None:
    posted: dict[str, str | list[str]] = {
        "child.born-day": "31", "child.born-month": "2", "child.born-year": "2026"
    }  # fmt: skip
    reading = read(birth, "g_child", posted)
    again = fields(birth, "g_child", reading.answers, errors=reading.errors)["child.born"]
    assert again.values == {"day": "31", "month": "2", "year": "2026"}
    assert again.errors == ["Sửa ngày sinh của trẻ: không có ngày 31/2/2026 trong lịch."]


def test_date_errors_say_which_part_and_lead_to_its_box(birth: Form) -> None:
    cases = {
        ("2", "", "2026"): ("Nhập thêm tháng của ngày sinh của trẻ.", "q-child-born-month"),
        ("2", "11", "26"): ("Nhập năm của ngày sinh của trẻ đủ bốn chữ số, ví dụ 2026.", "q-child-born-year"),
        ("2", "13", "2026"): (
            "Sửa ngày sinh của trẻ: không có ngày 2/13/2026 trong lịch.",
            "q-child-born-month",
        ),
        ("22", "11", "2026"): ("Sửa ngày sinh của trẻ: ngày 22/11/2026 chưa tới.", "q-child-born-day"),
    }
    for (day, month, year), expected in cases.items():
        posted = {"child.born-day": day, "child.born-month": month, "child.born-year": year}
        errors = [one for one in read(birth, "g_child", {**posted}).errors if one.path == "child.born"]
        assert [(one.message, one.field_id) for one in errors] == [expected]


def test_a_date_may_come_as_one_value_in_several_spellings(birth: Form) -> None:
    for typed in ("2026-11-02", "2/11/2026", "02-11-2026", "ngày 02 tháng 11 năm 2026"):
        assert read(birth, "g_child", {"child.born": typed}).answers["child"]["born"] == "2026-11-02"


def test_numbers_are_read_as_vietnamese_write_them(pension: Form) -> None:
    for typed in ("1.250.000", "1250000", "1 250 000 đ", "1.250.000 VND"):
        reading = read(pension, "g_income", {"income.has_pension": "true", "income.amount": typed})
        assert (reading.errors, reading.answers["income"]["amount"]) == ([], 1_250_000)


def test_words_for_a_number_are_told_an_example_that_the_question_takes(extract: Form, pension: Form) -> None:
    assert "ví dụ 2;" in said(read(extract, "copies", {"copies": "abc"}))["copies"]
    assert "ví dụ 1945;" in said(read(extract, "g_entry", {"entry.year": "abc"}))["entry.year"]
    income: dict[str, str | list[str]] = {"income.has_pension": "true", "income.amount": "abc"}
    assert "like 1,250,000 đ;" in said(read(pension, "g_income", income, lang="en"))["income.amount"]


def test_a_number_that_is_none_is_kept_and_told(pension: Form) -> None:
    reading = read(pension, "g_income", {"income.has_pension": "true", "income.amount": "nhiều"})
    assert reading.answers["income"]["amount"] == "nhiều"
    assert "“nhiều” không phải là số" in said(reading)["income.amount"]
    assert (
        "whole number"
        in said(read(pension, "g_income", {"income.has_pension": "1", "income.amount": "1.5"}, lang="en"))[
            "income.amount"
        ]
    )


def test_a_box_not_ticked_is_read_as_no(pension: Form) -> None:
    reading = read(pension, "g_income", {"income.benefits": ["poor"]}, {"income": {"has_pension": True}})
    assert reading.answers["income"] == {"has_pension": False, "benefits": ["poor"]}


def test_a_question_that_appears_is_asked_without_a_scolding(birth: Form) -> None:
    reading = read(birth, "copies", {"copies_wanted": "yes"})
    assert (reading.stay, reading.errors) == (True, [])
    again = read(birth, "copies", {"copies_wanted": "yes", "copies": ""}, reading.answers)
    assert said(again) == {"copies": "Nhập số bản sao."}
    done = read(birth, "copies", {"copies_wanted": "yes", "copies": "2"}, again.answers)
    assert (done.stay, done.errors, done.answers["copies"]) == (False, [], 2)


def test_limits_say_what_was_typed_and_what_is_allowed(birth: Form) -> None:
    reading = read(birth, "copies", {"copies_wanted": "yes", "copies": "21"}, {"copies_wanted": "yes"})
    assert said(reading)["copies"] == "Nhập số bản sao không quá 20; ông/bà đã nhập 21."


def test_a_form_s_own_message_stands_before_the_built_in_one(birth: Form) -> None:
    assert said(read(birth, "g_child", {"child.name": ""}))["child.name"].startswith("Đặt tên cho trẻ")
    wrong = read(birth, "g_marriage", {"marriage.number": "abc"}, {"father_known": "yes"})
    assert said(wrong)["marriage.number"] == "Nhập số giấy như 25/2022."


def test_a_personal_number_and_a_telephone_are_checked_and_stored_in_one_form(pension: Form) -> None:
    reading = read(pension, "g_person", {"person.number": "019 195 001 234", "person.phone": "0912.345.678"})
    assert reading.answers["person"] == {"number": "019195001234", "phone": "+84912345678"}
    wrong = said(read(pension, "g_person", {"person.number": "123", "person.phone": "12"}))
    assert "12 chữ số" in wrong["person.number"]
    assert "không phải số điện thoại" in wrong["person.phone"]
    assert fields(pension, "g_person", reading.answers)["person.phone"].value == "0912 345 678"


def test_names_take_every_script_but_no_figures(pension: Form) -> None:
    for name in ("Nguyễn Thị Lan Anh", "H'Hen Niê", "Y Krông", "Jean-Luc O’Neil", "สมชาย ใจดี"):
        assert "person.name" not in said(read(pension, "g_person", {"person.name": name}))
    assert "bỏ ký tự “4”" in said(read(pension, "g_person", {"person.name": "Lan 4nh"}))["person.name"]


def test_a_commune_is_found_by_its_name_without_marks(birth: Form) -> None:
    reading = read(birth, "g_requester", {"requester.residence": "phan dinh phung"})
    assert reading.answers["requester"]["residence"] == "05434"
    shown = fields(birth, "g_requester", reading.answers)["requester.residence"]
    assert (shown.kind, shown.lookup) == ("text", "communes")
    assert shown.value == "Phường Phan Đình Phùng, tỉnh Thái Nguyên"


def test_a_name_that_two_communes_share_is_offered_as_a_choice(birth: Form) -> None:
    reading = read(birth, "g_requester", {"requester.residence": "Tân Lập"})
    assert "một trong 2" in said(reading)["requester.residence"]
    again = fields(birth, "g_requester", reading.answers, errors=reading.errors)["requester.residence"]
    assert again.value == "Tân Lập"
    assert [option.value for option in again.options] == ["05455", "24130"]
    chosen = read(birth, "g_requester", {"requester.residence": ["Tân Lập", "24130"]}, reading.answers)
    assert chosen.answers["requester"]["residence"] == "24130"


def test_a_choice_that_is_not_offered_is_refused(birth: Form) -> None:
    wrong = said(read(birth, "g_child", {"child.sex": "other", "child.ethnicity": "99"}))
    assert "“other”" in wrong["child.sex"]
    assert "“99”" in wrong["child.ethnicity"]


def test_a_rule_across_questions_is_said_when_the_answers_are_good(birth: Form) -> None:
    same = {"number": "019195001234", "name": "A"}
    answers = {"father_known": "yes", "parents": {"mother": {**same}, "father": {**same}}}
    posted = {"parents.father.name": "A", "father_known": "yes", "parents.father.number": same["number"]}
    assert said(read(birth, "g_parents", {**posted}, answers)) == {
        "g_father": "Sửa số định danh; cha và mẹ không thể có cùng một số."
    }


def test_files_are_kept_added_and_removed_without_javascript(birth: Form) -> None:
    scan = UploadedRef("f1", "chung-sinh.pdf", 1000, "application/pdf")
    reading = read(birth, "papers", {"_count.witnesses": "0"}, files={"birth_notice": [scan]})
    assert reading.errors == []
    shown = fields(birth, "papers", reading.answers)["birth_notice"]
    assert (shown.files, shown.accept) == ([scan], ".pdf,.jpg,.png")
    removed = read(birth, "papers", {"_remove": shown.remove_buttons[0].value}, reading.answers)
    assert (removed.stay, removed.answers["birth_notice"]) == (True, [])


def test_a_file_too_big_or_of_another_type_is_told(birth: Form) -> None:
    big = UploadedRef("f1", "a.pdf", 26_000_000, "application/pdf")
    odd = UploadedRef("f2", "a.exe", 10, "application/x-msdownload")
    assert said(read(birth, "papers", {}, files={"birth_notice": [big]}))["birth_notice"] == (
        "Tải lên tệp nhỏ hơn 5 MB; “a.pdf” nặng 24,8 MB."
    )
    assert (
        ".pdf, .jpg, .png" in said(read(birth, "papers", {}, files={"birth_notice": [odd]}))["birth_notice"]
    )


def test_people_are_added_to_a_list_and_removed_without_javascript(birth: Form) -> None:
    empty = fields(birth, "papers", {})["witnesses"]
    assert empty.add_button is not None
    assert (empty.add_button.label, empty.items) == ("Thêm người làm chứng", [])
    one = read(birth, "papers", {"_count.witnesses": "0", empty.add_button.name: empty.add_button.value})
    assert (one.stay, one.errors, one.answers["witnesses"]) == (True, [], [{}])
    two = read(
        birth,
        "papers",
        {"_count.witnesses": "1", "witnesses[0].name": "Lê Văn B", "_add": "witnesses"},
        one.answers,
    )
    assert [item.get("name") for item in two.answers["witnesses"]] == ["Lê Văn B", None]
    view = fields(birth, "papers", two.answers)["witnesses"]
    assert view.item_labels == ["Người làm chứng 1", "Người làm chứng 2"]
    assert [button.label for button in view.remove_buttons] == [
        "Xóa người làm chứng 1",
        "Xóa người làm chứng 2",
    ]
    gone = read(
        birth,
        "papers",
        {
            "_count.witnesses": "2",
            "witnesses[0].name": "Lê Văn B",
            "witnesses[1].name": "C",
            "_remove": "witnesses[0]",
        },
        two.answers,
    )
    assert [item["name"] for item in gone.answers["witnesses"]] == ["C"]


def test_conditions_in_a_list_look_at_their_own_place(birth: Form) -> None:
    answers = {"witnesses": [{"name": "A", "present": True}, {"name": "B"}]}
    shown = fields(birth, "papers", answers)["witnesses"].items
    assert [[field.name for field in item] for item in shown] == [
        ["witnesses[0].name", "witnesses[0].present"],
        ["witnesses[1].name", "witnesses[1].present", "witnesses[1].why_absent"],
    ]


def test_a_page_s_hidden_inputs_tell_how_many_places_it_shows(birth: Form) -> None:
    view = birth.view("papers", {"witnesses": [{}, {}]}, lang="vi")
    assert ("_count.witnesses", "2") in view.hidden


def test_reading_never_changes_the_answers_it_was_given(birth: Form) -> None:
    answers = {"child": {"name": "AN"}}
    read(birth, "g_child", {"child.name": "BÌNH"}, answers)
    assert answers == {"child": {"name": "AN"}}


def test_date_and_time_are_asked_together(form_of: Make) -> None:
    form = form_of({"type": "datetime", "subtype": "datetime", "key": "at", "id": "at", "label": "Lúc"})
    day, hour = form.view("start", {"at": "2026-11-21T15:30"}, lang="vi").fields[0].children
    assert (day.kind, day.name, day.values["year"]) == ("date", "at", "2026")
    assert (hour.kind, hour.name, hour.value) == ("time", "at-time", "15:30")
    posted: dict[str, str | list[str]] = {
        "at-day": "1",
        "at-month": "2",
        "at-year": "2027",
        "at-time": "7h05",
    }
    reading = read(form, "start", posted)
    assert (reading.errors, reading.answers) == ([], {"at": "2027-02-01T07:05"})
    half = read(form, "start", {**posted, "at-time": ""})
    assert half.errors[0].field_id == "q-at-time"
    assert form.view("start", half.answers, lang="vi").fields[0].children[0].values["day"] == "1"
