from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from motcua.engines.forms import Form
from motcua.engines.forms.speech import catalogue, languages
from motcua.engines.forms.tests.examples import TODAY

Make = Callable[..., Form]
PENSION: dict[str, Any] = {
    "person": {"name": "Lê Thị Hoa", "born": "1948-05-01", "number": "019148000123"},
    "income": {"has_pension": False, "benefits": ["poor"]},
    "pay_by": "cash",
    "truth": True,
}


def messages(form: Form, answers: dict[str, Any], lang: str = "vi") -> dict[str, str]:
    return {error.path: error.message for error in form.validate(answers, lang=lang, today=TODAY)}


def test_a_complete_application_is_good(pension: Form) -> None:
    assert messages(pension, PENSION) == {}


def test_answers_may_come_flat_by_path(pension: Form) -> None:
    flat = {"person.name": "A", "person.born": "1948-05-01", "person.number": "019148000123", "truth": True}
    assert messages(pension, {**flat, "pay_by": "cash"}) == {}


def test_everything_missing_is_told_in_the_order_of_the_form(pension: Form) -> None:
    assert list(messages(pension, {})) == ["person.name", "person.born", "person.number", "pay_by", "truth"]


def test_messages_come_in_both_languages(pension: Form) -> None:
    assert messages(pension, {})["person.name"] == "Nhập họ, chữ đệm, tên."
    assert messages(pension, {}, "en")["person.name"] == "Enter full name."


def test_an_unknown_field_is_named_with_the_nearest_known(pension: Form) -> None:
    wrong = messages(pension, {**PENSION, "person": {**PENSION["person"], "nmae": "x"}, "zzz": 1})
    assert "“person.nmae”" in wrong["person.nmae"]
    assert "“person.name”" in wrong["person.nmae"]
    assert "“zzz”" in wrong["zzz"]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("person.name", 5, "chuỗi ký tự"),
        ("person.born", 1948, "2026-11-21"),
        ("person.born", "hôm qua", "21/11/2026"),
        ("person", "Hoa", "nhóm trường"),
        ("income.has_pension", "yes", "true, false"),
        ("income.benefits", "poor", "danh sách"),
        ("income.benefits", ["rich"], "“rich”"),
        ("pay_by", 1, "chuỗi ký tự"),
        ("pay_by", "gold", "“gold”"),
    ],
)
def test_json_of_the_wrong_type_is_told(pension: Form, path: str, value: Any, told: str) -> None:
    answers: dict[str, Any] = {
        key: dict(part) if isinstance(part, dict) else part for key, part in PENSION.items()
    }
    group, _, key = path.partition(".")
    if key:
        answers[group][key] = value
    else:
        answers[group] = value
    assert told in messages(pension, answers)[path]


def test_money_must_be_whole_and_a_number_a_number(pension: Form) -> None:
    for amount, told in (
        (1.5, "số nguyên"),
        (True, "là số"),
        ("abc", "“abc”"),
        (-1, "từ 0 đ trở lên"),
        (10**16, "15 chữ số"),
    ):
        answers = {**PENSION, "income": {"has_pension": True, "amount": amount}}
        assert told in messages(pension, answers)["income.amount"]


def test_answers_of_hidden_questions_are_dropped_and_reported(pension: Form) -> None:
    answers = {**PENSION, "account": {"number": "12", "holder": "x1"}}
    checked = pension.check(answers, lang="vi", today=TODAY)
    assert (checked.errors, checked.dropped) == ([], ["account.number", "account.holder"])
    assert "account" not in checked.answers


def test_a_hidden_answer_decides_nothing(form_of: Make) -> None:
    def question(key: str, hide: str | None = None) -> dict[str, Any]:
        return {"type": "textfield", "key": key, "id": key, "label": key, "conditional": {"hide": hide}}

    form = form_of(question("a"), question("b", '=a = "x"'), question("c", '=b != "y"'))
    assert form.check({"a": "-", "b": "y", "c": "z"}, lang="vi", today=TODAY).dropped == []
    assert form.check({"a": "x", "b": "y", "c": "z"}, lang="vi", today=TODAY).dropped == ["b", "c"]


def test_an_optional_group_left_empty_needs_nothing_and_once_begun_everything(birth: Form) -> None:
    assert "marriage.number" not in messages(birth, {"father_known": "yes"})
    assert "marriage.registered_on" in messages(
        birth, {"father_known": "yes", "marriage": {"number": "25/2022"}}
    )


def test_computed_values_and_defaults_join_the_answers(extract: Form) -> None:
    checked = extract.check({"kind": "birth", "entry": {"person": "A"}}, lang="vi", today=TODAY)
    assert (checked.errors, checked.answers["copies"], checked.answers["amount"]) == ([], 1, 8000)


def test_a_limit_may_be_an_expression(extract: Form) -> None:
    answers = {"kind": "birth", "entry": {"person": "A", "year": 2027}}
    assert "không quá 2.026" in messages(extract, answers)["entry.year"]


def test_files_are_asked_after_where_they_are_kept(birth: Form) -> None:
    answers = {"birth_notice": [{"id": "f", "name": "a.pdf", "size": 5, "media_type": "application/pdf"}]}
    errors = birth.validate(answers, lang="vi", today=TODAY, files_ok=lambda file: file.id != "f")
    assert {error.path: error.rule for error in errors}["birth_notice"] == "file"
    wrong = messages(birth, {"birth_notice": [{"id": "f"}]})
    assert "media_type" in wrong["birth_notice"]


def test_answers_move_to_the_next_version_and_what_is_lost_is_named(form_of: Make) -> None:
    def choice(key: str, *values: str, **properties: str) -> dict[str, Any]:
        options = [{"label": one, "value": one} for one in values]
        return {
            "type": "radio",
            "key": key,
            "id": key,
            "label": key,
            "values": options,
            "properties": properties,
        }

    def field(key: str, kind: str = "textfield", **properties: str) -> dict[str, Any]:
        return {"type": kind, "key": key, "id": key, "label": key, "properties": properties}

    old = form_of(
        field("name"), field("age"), field("note"), choice("sex", "m", "f"), choice("size", "s", "xl")
    )
    new = form_of(
        field("full_name", **{"motcua:was": "name"}),
        field("age", "number"),
        choice("sex", "m", "f"),
        choice("size", "s"),
    )
    answers = {"name": "AN", "age": "12", "note": "?", "sex": "f", "size": "xl"}
    assert new.migrate(answers, old) == ({"full_name": "AN", "age": 12, "sex": "f"}, ["note", "size"])


def test_list_places_move_too(birth: Form) -> None:
    answers = {"witnesses": [{"name": "A"}, {"name": "B", "present": True}]}
    assert birth.migrate(answers, birth) == (answers, [])


def test_the_json_schema_agrees_with_the_validation(pension: Form) -> None:
    schema = pension.to_json_schema("en")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(PENSION)
    for wrong in ({**PENSION, "pay_by": "gold"}, {**PENSION, "x": 1}, {**PENSION, "person": {"name": 5}}):
        assert not validator.is_valid(wrong)
        assert messages(pension, wrong)
    born = schema["properties"]["person"]["properties"]["born"]
    assert (born["title"], born["anyOf"][0]["format"]) == ("Date of birth", "date")


def test_only_what_a_change_touches_is_evaluated_again(birth: Form) -> None:
    touched = {node.id for node in birth.wiring.touched_by("father_known")}
    assert touched == {"g_father", "g_marriage"}
    before = birth.state({"father_known": "no"}, given={"today": TODAY})
    after = before.after({"father_known": "yes"}, ["father_known"])
    assert not before.shows(birth.fields["parents.father.name"])
    assert after.shows(birth.fields["parents.father.name"])
    stale = before.after({"father_known": "yes"}, ["child.name"])
    assert not stale.shows(birth.fields["parents.father.name"])


def test_a_form_of_twenty_fields_is_shown_and_examined_in_well_under_a_millisecond(birth: Form) -> None:
    def quickest(act: Callable[[], object]) -> float:
        times = []
        for _ in range(30):
            start = time.perf_counter()
            act()
            times.append(time.perf_counter() - start)
        return min(times)

    answers = {"child.name": "AN", "child.born": "2026-11-02", "father_known": "yes", "copies_wanted": "no"}
    assert len(birth.fields) >= 20
    assert quickest(lambda: birth.view("g_parents", answers, lang="vi")) < 0.001
    assert quickest(lambda: birth.validate(answers, lang="vi", today=TODAY)) < 0.001


def test_every_language_has_every_message_with_the_same_facts() -> None:
    english = catalogue("en")
    for lang in languages():
        assert set(catalogue(lang)) == set(english)
        for key, message in catalogue(lang).items():
            assert set(re.findall(r"{(\w+)}", message)) <= set(re.findall(r"{(\w+)}", english[key])) | {
                "name",
                "label",
            }


def test_whoever_moves_answers_may_say_where_they_go(form_of: Make) -> None:
    def text(key: str, **properties: str) -> dict[str, Any]:
        return {"type": "textfield", "key": key, "id": key, "label": key, "properties": properties}

    old = form_of(text("name"), text("note"))
    new = form_of(text("full_name", **{"motcua:was": "name"}), text("remark"))
    answers = {"name": "AN", "note": "?"}
    assert new.migrate(answers, old, {"note": "remark"}) == ({"full_name": "AN", "remark": "?"}, [])
    assert new.migrate(answers, old, {"name": "remark"}) == ({"remark": "AN"}, ["note"])
    assert new.homes({"note": "remark"}) == {"name": "full_name", "note": "remark"}
