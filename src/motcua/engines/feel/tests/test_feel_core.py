"""What every user of FEEL relies on."""

import datetime as dt
from decimal import Decimal

import pytest

from motcua.engines import feel


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("0.1 + 0.2 = 0.3", True),
        ('if 5 > 3 then "yes" else "no"', "yes"),
        ("for i in 1..3 return i * i", [Decimal(1), Decimal(4), Decimal(9)]),
        ('[{a: 1, b: "x"}, {a: 2, b: "y"}][a > 1].b', ["y"]),
        ('date("2020-01-31") + duration("P1M")', dt.date(2020, 2, 29)),
        ("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r", Decimal(120)),
        ("null and false", False),
        ('1 = "1"', None),
        ('string length("đồng")', Decimal(4)),
    ],
)
def test_an_expression_has_its_value(text: str, value: object) -> None:
    assert feel.evaluate(text) == value


def test_names_with_blanks_and_operators_are_read_from_the_context() -> None:
    assert feel.evaluate("Full Name + x-y", {"Full Name": "a", "x-y": "b"}) == "ab"


def test_a_name_with_an_operator_is_a_subtraction_when_nobody_has_that_name() -> None:
    assert feel.evaluate("x-y", {"x": 5, "y": 3}) == Decimal(2)


def test_a_fault_is_null_with_a_message() -> None:
    outcome = feel.compile("fee / 0").explain({"fee": 10})
    assert outcome.value is None
    assert outcome.warnings == ["10 / 0 has no value"]


def test_an_explanation_holds_the_value_of_each_part() -> None:
    trace = dict(feel.compile("age >= 18 and paid").explain({"age": 20, "paid": True}).trace)
    assert trace["age >= 18"] is True
    assert trace["age"] == Decimal(20)


def test_free_names_are_paths_without_what_the_text_binds() -> None:
    assert feel.compile("child.born > today() and (for i in fees return i + rate)").names == {
        "child.born",
        "fees",
        "rate",
    }


def test_a_python_function_is_called_by_its_feel_name() -> None:
    expression = feel.compile(
        'province fee("Hà Nội") * 2', functions={"province fee": lambda name: len(name)}
    )
    assert expression.evaluate({}) == Decimal(12)


def test_the_clock_can_be_given() -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
    assert feel.compile("today()").evaluate({}, clock=lambda: moment) == dt.date(2026, 1, 2)


def test_a_syntax_error_says_where() -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile("1 +\n  )")
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize("text", ["(" * 1000 + "1" + ")" * 1000, "[" * 90_000, "-" * 100_000, "1..[" * 2000])
def test_tangled_text_is_refused_and_not_a_crash(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile(text)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..100000000 return i",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        'matches("' + "a" * 40 + '!", "(a+)+$") = null',
        "10 ** 7000",
    ],
)
def test_endless_work_ends_in_null(text: str) -> None:
    assert feel.evaluate(text) in (None, False)


def test_a_sum_of_fifty_thousand_terms_is_computed() -> None:
    assert feel.evaluate("1" + "+1" * 49_999) == Decimal(50_000)


def test_unary_tests_read_the_value_from_the_question_mark() -> None:
    tests = feel.compile_unary_tests("< 10, [20..30], ? = limit")
    assert [tests.evaluate({"?": value, "limit": 50}) for value in (5, 15, 25, 50)] == [
        True,
        False,
        True,
        True,
    ]
