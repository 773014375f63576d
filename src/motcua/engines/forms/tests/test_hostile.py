from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.engines.forms import Form, nest
from motcua.engines.forms.extensions import FAMILIES, KINDS, NAMES, RULES
from motcua.engines.forms.patterns import compile_pattern
from motcua.engines.forms.tests.examples import TODAY, sample
from motcua.engines.forms.values import number

Make = Callable[..., Form]
KEYS = ["child", "name", "born", "witnesses", "present", "birth_notice", "copies", "copies_wanted"]


def read(form: Form, page: str, posted: dict[str, list[str]]) -> Any:
    return form.read(page, posted, {}, {}, lang="vi", today=TODAY)


def test_ten_megabytes_in_one_field_are_refused_with_the_count(birth: Form) -> None:
    start = time.perf_counter()
    reading = read(birth, "g_child", {"child.name": ["a" * 10_000_000]})
    assert time.perf_counter() - start < 1
    error = next(one for one in reading.errors if one.path == "child.name")
    assert "tối đa 60" in error.message
    assert "10000000" in error.message
    assert len(reading.answers["child"]["name"]) == 20_000


def test_a_text_too_long_is_kept_whole_and_told_with_its_length(birth: Form) -> None:
    reading = read(birth, "g_child", {"child.birthplace": ["x" * 201]})
    assert reading.answers["child"]["birthplace"] == "x" * 201
    error = next(one for one in reading.errors if one.path == "child.birthplace")
    assert error.message == "Rút gọn nơi sinh còn tối đa 200 ký tự; ông/bà đã viết 201."


def test_characters_that_are_no_text_are_named_and_never_stored(birth: Form) -> None:
    reading = read(birth, "g_child", {"child.birthplace": ["Bệnh\x00viện\ud800"]})
    error = next(one for one in reading.errors if one.path == "child.birthplace")
    assert "U+0000" in error.message
    assert reading.answers["child"]["birthplace"] == "Bệnhviện"


def test_ten_thousand_list_places_end_at_the_limit(birth: Form) -> None:
    posted = {f"witnesses[{n}].name": ["A"] for n in range(10_000)}
    reading = read(birth, "papers", {**posted, "_count.witnesses": ["10000"]})
    assert len(reading.answers["witnesses"]) == 3
    assert "tối đa 3 mục" in reading.errors[0].message
    errors = birth.validate({"witnesses": [{"name": "A"}] * 10_000}, lang="vi", today=TODAY)
    assert any("ông/bà đã gửi 10000" in error.message for error in errors)


@pytest.mark.parametrize("count", ["-1", "1e9", "٣", "99999999999999999999", ""])
def test_a_count_that_is_none_is_not_believed(birth: Form, count: str) -> None:
    assert "witnesses" not in read(birth, "papers", {"_count.witnesses": [count]}).answers


@pytest.mark.parametrize(
    "place", ["witnesses[99]", "witnesses[x]", "child.name[0]", "[0]", "x" * 5000, "witnesses"]
)
def test_removing_what_is_not_there_does_nothing(birth: Form, place: str) -> None:
    assert not read(birth, "papers", {"_remove": [place], "_add": ["child"]}).stay


def test_names_that_the_page_does_not_ask_are_not_taken(birth: Form) -> None:
    posted = {"requester.name": ["x"], "__class__": ["x"], "child.name.__init__": ["x"], "child.name": ["An"]}
    assert set(read(birth, "g_child", posted).answers) == {"child"}
    assert read(birth, "g_child", posted).answers["child"]["name"] == "AN"


def test_a_path_that_is_none_is_told(birth: Form) -> None:
    for path in ("a..b", "[0].x", "a[", "a[99999999]", "x." * 400):
        errors = birth.validate({path: "x"}, lang="vi", today=TODAY)
        assert errors
        assert all(error.message for error in errors)


def test_deep_and_odd_json_is_told_and_breaks_nothing(birth: Form) -> None:
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": deep}
    odds: list[Any] = [
        deep,
        [deep],
        float("nan"),
        float("inf"),
        10**400,
        {"": {}},
        [[[]]],
        {"name": {"name": {}}},
    ]
    for odd in odds:
        answers = dict.fromkeys(("child", "witnesses", "birth_notice", "copies_wanted", "copies"), odd)
        assert birth.validate(answers, lang="en", today=TODAY)
        birth.answers_summary(answers, "en")
        birth.view("g_child", answers, lang="vi")
        birth.view("papers", answers, lang="vi")


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*",
        "(a|aa)+$",
        "(.*a){20}",
        "(?:a?){30}a{30}",
        r"(\w+)\1",
        "((ab)*c)*",
        "(?=(a+)+)b",
        "((a?){12}){12}b",
        "a?" * 75 + "a" * 75,
        "(a|ab)" * 25,
        "(a+b){2}",
    ],
)
def test_a_pattern_that_could_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^a*b*c*d*$",
        "a*a*a*b",
        r"^[^@]+@[^@]+\.[^@]+$",
        ".*.*x",
        "^(ab?){1,7}$",
        r"\ba*a*b",
        "(a?){10}a{10}b",
    ],
)
def test_a_pattern_that_is_taken_is_quick_on_its_worst_text(pattern: str) -> None:
    compiled = compile_pattern(pattern)
    start = time.perf_counter()
    for text in (
        "a" * compiled.max_text,
        "a" * (compiled.max_text - 1) + "!",
        "@." * (compiled.max_text // 2),
    ):
        compiled.accepts(text)
    assert time.perf_counter() - start < 0.5
    assert not compiled.accepts("a" * (compiled.max_text + 1))


def test_a_text_longer_than_its_pattern_may_see_is_told_as_too_long(form_of: Make) -> None:
    form = form_of(
        {
            "type": "textfield",
            "key": "x",
            "id": "x",
            "label": "Mã",
            "validate": {"pattern": "a*a*a*b", "maxLength": 500},
        }
    )
    (error,) = form.validate({"x": "a" * 400}, lang="vi", today=TODAY)
    assert error.rule == "max-length"


@pytest.mark.parametrize(
    ("typed", "lang", "value"),
    [
        ("1.250.000,5", "vi", 1250000.5), ("1,250,000.5", "en", 1250000.5), ("1.250", "vi", 1250),
        ("1.250", "en", 1.25), ("1.5", "vi", 1.5), ("1,5", "en", 1.5), ("-3", "vi", -3),
        ("1.250.000", "en", 1250000), ("1,250,000", "vi", 1250000),
        ("0,1", "vi", 0.1), ("1.25.000", "vi", None), ("1..5", "vi", None), ("٣", "vi", None), ("1e5", "vi", None),
        ("", "vi", None), ("1,", "vi", None), ("9" * 16, "vi", None), ("0x10", "vi", None), ("1_000", "vi", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_written_or_not_at_all(typed: str, lang: str, value: float | None) -> None:
    assert number(typed, lang) == value


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "child.name",
                "child.born",
                "child.born-day",
                "child.born-year",
                "child.sex",
                "child.ethnicity",
                "_add",
                "_remove",
            ]
        ),
        st.lists(st.text(max_size=40), max_size=3),
    )
)
def test_whatever_is_posted_is_read_shown_and_stored_as_json(posted: dict[str, list[str]]) -> None:
    birth = sample("birth")
    reading = read(birth, "g_child", posted)
    stored = json.loads(json.dumps(reading.answers).encode("utf-8"))
    assert stored == reading.answers
    again = birth.view("g_child", stored, lang="vi", errors=reading.errors)
    assert all(error.message for error in reading.errors)
    assert len(again.fields) >= 5
    birth.answers_summary(stored, "en")


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["child", "name", "born", "witnesses", "present", "birth_notice", "copies"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_json_comes_is_examined_without_a_fault(answers: Any) -> None:
    checked = sample("birth").check(
        answers if isinstance(answers, dict) else {"child": answers}, lang="vi", today=TODAY
    )
    assert checked.errors
    sample("birth").answers_summary(checked.answers, "vi")
    sample("birth").measure(checked.answers)


def test_flat_answers_nest_and_nested_ones_stay() -> None:
    assert nest({"a.b": 1, "a": {"c": 2}, "l[1].x": 3}) == {"a": {"b": 1, "c": 2}, "l": [{}, {"x": 3}]}


def test_the_schema_of_our_properties_names_the_same_as_the_code() -> None:
    folder = Path(__file__).parents[1]
    schema = json.loads((folder / "extensions.schema.json").read_text("utf-8"))
    assert {name.removeprefix("motcua:") for name in schema["properties"]} == NAMES
    assert set(schema["properties"]["motcua:kind"]["enum"]) == set(KINDS)
    families = "".join(schema["patternProperties"])
    assert all(family.removesuffix(".") in families for family in FAMILIES)
    assert all(rule in families for rule in RULES)
    readme = (folder / "README.md").read_text("utf-8")
    assert all(f"`motcua:{name}`" in readme for name in NAMES)
    assert all(f"`{rule}`" in readme for rule in (*RULES, *KINDS))
