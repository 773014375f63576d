from __future__ import annotations

import datetime as dt

from motcua.engines.forms import Form, Found
from motcua.engines.forms.tests.examples import TODAY

SOURCE = "Cơ sở dữ liệu quốc gia về dân cư"


def found(value: object) -> Found:
    return Found(value, SOURCE, dt.date(2026, 11, 20), "population", "019195001234")


FACTS = {
    "requester.name": found("Nguyễn Thị Lan Anh"),
    "requester.born": found(dt.date(1995, 3, 8)),
    "requester.number": found("019195001234"),
    "requester.residence": found("05434"),
    "requester.phone": found("+84912345678"),
    "requester.relation": found("mother"),
    "child.born": found("2026-11-02"),
    "child.sex": found("female"),
    "child.birthplace": found("Bệnh viện A Thái Nguyên"),
    "child.ethnicity": found("01"),
    **{f"parents.mother.{key}": found(value) for key, value in {
        "name": "Nguyễn Thị Lan Anh", "born": "1995-03-08", "ethnicity": "01",
        "residence": "05434", "number": "019195001234"}.items()},
    "father_known": found("yes"),
    **{f"parents.father.{key}": found(value) for key, value in {
        "name": "Trần Văn Bình", "born": "1993-01-02", "number": "019093001234"}.items()},
    "marriage.number": found("25/2022"),
    "marriage.registered_on": found("2022-05-01"),
}  # fmt: skip


def test_a_page_whose_every_question_is_found_is_not_asked(birth: Form) -> None:
    assert [page.id for page in birth.pages({}, found=FACTS)] == ["g_child", "copies", "papers"]
    assert birth.next_page("g_child", {}, found=FACTS) == "copies"


def test_a_found_fact_is_a_row_with_its_source_and_a_way_to_correct_it(birth: Form) -> None:
    view = birth.view("g_child", {}, lang="vi", found=FACTS)
    born = next(one for one in view.fields if one.path == "child.born")
    assert (born.kind, born.value, born.readonly) == ("summary", "02/11/2026", True)
    assert born.source is not None
    assert (born.source.label, born.source.at) == (SOURCE, dt.date(2026, 11, 20))
    assert born.source.correct_url == "?correct=child.born"


def test_a_source_is_named_in_the_language_of_the_page(birth: Form) -> None:
    named = {"vi": "Dân cư", "en": "Population"}
    facts = {"child.born": Found("2026-11-02", "Dân cư", labels=named)}
    for lang, name in named.items():
        view = birth.view("g_child", {}, lang=lang, found=facts)
        sections = birth.answers_summary({}, lang, facts)
        shown = [one.source for one in view.fields if one.path == "child.born"]
        told = [row.source for part in sections for row in part.rows if row.path == "child.born"]
        assert [one.label for one in (*shown, *told) if one] == [name, name]


def test_a_fact_that_may_not_be_corrected_here_has_no_link(birth: Form) -> None:
    view = birth.view("g_requester", {}, lang="vi", found=FACTS)
    name = next(one for one in view.fields if one.path == "requester.name")
    assert name.source is not None
    assert name.source.correct_url == ""
    posted = {"requester.name": ["Kẻ Khác"], "_correct": ["requester.name"]}
    reading = birth.read("g_requester", posted, {}, {}, lang="vi", today=TODAY, found=FACTS)
    assert (reading.answers, reading.errors) == ({}, [])


def test_correcting_turns_the_row_into_its_question_filled_in(birth: Form) -> None:
    view = birth.view("g_child", {}, lang="vi", found=FACTS, correcting={"child.birthplace"})
    place = next(one for one in view.fields if one.path == "child.birthplace")
    assert (place.kind, place.value) == ("text", "Bệnh viện A Thái Nguyên")
    assert ("_correct", "child.birthplace") in view.hidden


def test_a_corrected_fact_becomes_an_asked_one_and_is_marked(birth: Form) -> None:
    posted = {"child.name": ["An"], "child.birthplace": ["Bệnh viện C"], "_correct": ["child.birthplace"]}
    reading = birth.read("g_child", posted, {}, {}, lang="vi", today=TODAY, found=FACTS)
    assert reading.errors == []
    assert reading.answers == {"child": {"name": "AN", "birthplace": "Bệnh viện C"}}
    measure = birth.measure(reading.answers, FACTS)
    assert measure.corrected == ["child.birthplace"]
    assert "child.birthplace" in measure.asked
    assert "child.birthplace" not in measure.found
    view = birth.view("g_child", reading.answers, lang="vi", found=FACTS)
    place = next(one for one in view.fields if one.path == "child.birthplace")
    assert place.source is not None
    assert place.source.corrected


def test_a_correction_back_to_what_was_found_is_no_correction(birth: Form) -> None:
    posted = {"child.birthplace": ["Bệnh viện A Thái Nguyên"], "_correct": ["child.birthplace"]}
    answers = {"child": {"birthplace": "Bệnh viện C"}}
    reading = birth.read("g_child", posted, {}, answers, lang="vi", today=TODAY, found=FACTS)
    assert "birthplace" not in reading.answers.get("child", {})
    assert birth.measure(reading.answers, FACTS).corrected == []


def test_posting_a_found_fact_without_correcting_it_changes_nothing(birth: Form) -> None:
    reading = birth.read("g_child", {"child.sex": ["male"]}, {}, {}, lang="vi", today=TODAY, found=FACTS)
    assert "sex" not in reading.answers.get("child", {})


def test_a_birth_with_both_parents_registered_asks_few_facts(birth: Form) -> None:
    answers = {"child.name": "AN", "copies_wanted": "no"}
    assert (birth.asked(answers, FACTS), birth.found(answers, FACTS)) == (2, 21)
    assert birth.asked(answers) > 15
    assert birth.measure(answers, FACTS).papers == ["birth_notice"]


def test_each_place_of_a_list_counts_for_itself(birth: Form) -> None:
    answers = {"witnesses": [{"present": True}, {"present": True}]}
    asked = birth.measure(answers).asked
    assert [path for path in asked if path.startswith("witnesses")] == [
        "witnesses[0].name", "witnesses[1].name", "witnesses[0].present", "witnesses[1].present",
    ]  # fmt: skip


def test_found_list_places_are_shown_and_counted(birth: Form) -> None:
    facts = {"witnesses[0].name": found("A"), "witnesses[1].name": found("B")}
    view = birth.view("papers", {}, lang="vi", found=facts)
    assert [item[0].value for item in view.fields[0].items] == ["A", "B"]
    assert birth.found({}, facts) == 2


def test_a_list_with_found_places_grows_but_never_closes_up(birth: Form) -> None:
    facts = {"witnesses[0].name": found("A"), "witnesses[1].name": found("B")}
    shown = birth.view("papers", {}, lang="vi", found=facts).fields[0]
    assert (shown.remove_buttons, shown.add_button is not None) == ([], True)
    posted = {"_count.witnesses": ["2"], "_remove": ["witnesses[0]"]}
    reading = birth.read("papers", posted, {}, {}, lang="vi", today=TODAY, found=facts)
    assert len(reading.answers["witnesses"]) == 2


def test_a_register_s_null_answers_nothing(birth: Form) -> None:
    facts = {**FACTS, "requester.phone": found(None)}
    assert "requester.phone" in birth.measure({}, facts).asked
    assert birth.pages({}, found=facts)[0].id == "g_requester"


def test_a_fact_that_is_no_is_found(pension: Form) -> None:
    facts = {"income.has_pension": found(False)}
    shown = pension.view("g_income", {}, lang="vi", found=facts).fields[0]
    assert (shown.kind, shown.value) == ("summary", "Không")


def test_conditions_see_found_facts(birth: Form) -> None:
    shown = birth.view("g_parents", {}, lang="vi", found=FACTS).fields
    assert [one.label for one in shown] == ["Mẹ", "Cha của trẻ có tên trên giấy khai sinh không?", "Cha"]


def test_a_found_fact_answers_a_required_question(birth: Form) -> None:
    answers = {"child.name": "AN", "copies_wanted": "no"}
    assert birth.validate(answers, lang="vi", today=TODAY, found=FACTS) == []


def test_the_summary_tells_every_answer_with_its_source(birth: Form) -> None:
    sections = birth.answers_summary(
        {"child.name": "AN", "copies_wanted": "yes", "copies": 2, "witnesses": [{"name": "Lê B"}]},
        "vi",
        FACTS,
    )
    titles = [section.title for section in sections]
    assert titles[:4] == ["Người yêu cầu", "Trẻ được khai sinh", "Mẹ", "Cha và mẹ"]
    assert "Người làm chứng 1" in titles
    rows = {row.path: row for section in sections for row in section.rows}
    assert (rows["copies"].value, rows["copies"].source) == ("2", None)
    assert rows["requester.phone"].value == "0912 345 678"
    assert rows["requester.residence"].value == "Phường Phan Đình Phùng, tỉnh Thái Nguyên"
    assert rows["marriage.registered_on"].value == "01/05/2022"
    source = rows["parents.mother.ethnicity"].source
    assert source is not None
    assert source.label == SOURCE


def test_everything_known_can_be_had_as_one(birth: Form) -> None:
    known = birth.merged({"child.name": "AN", "copies_wanted": "yes", "copies": 3}, FACTS)
    assert (known["child"]["name"], known["child"]["sex"]) == ("AN", "female")
    assert known["requester"]["born"] == "1995-03-08"
    assert known["copies_fee"] == 24_000


def test_who_answered_before_the_register_said_the_same_has_corrected_nothing(birth: Form) -> None:
    answers = {"child": {"birthplace": "bệnh viện A  THÁI NGUYÊN"}}
    assert birth.measure(answers, FACTS).corrected == []
    view = birth.view("g_child", answers, lang="vi", found=FACTS)
    place = next(one for one in view.fields if one.path == "child.birthplace")
    assert place.kind == "summary"
    rows = [row for part in birth.answers_summary(answers, "vi", FACTS) for row in part.rows]
    assert not any(row.source.corrected for row in rows if row.source)


def test_accents_tell_two_answers_apart(birth: Form) -> None:
    answers = {"child": {"birthplace": "Bệnh viện Á Thái Nguyên"}}
    assert birth.measure(answers, FACTS).corrected == ["child.birthplace"]


def test_where_answer_and_register_differ_both_are_told(birth: Form) -> None:
    sections = birth.answers_summary({"child": {"born": "2026-11-03"}}, "vi", FACTS)
    row = next(row for part in sections for row in part.rows if row.path == "child.born")
    assert row.source is not None
    assert (row.value, row.source.told) == ("03/11/2026", "02/11/2026")


def test_a_found_fact_leads_to_where_its_keeper_is_told(birth: Form) -> None:
    view = birth.view("g_requester", {}, lang="vi", found=FACTS, wrong_url=lambda path: f"/sai/{path}")
    name = next(one for one in view.fields if one.path == "requester.name")
    assert name.source is not None
    assert name.source.wrong_url == "/sai/requester.name"
