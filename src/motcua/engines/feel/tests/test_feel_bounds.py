"""Work without end and values without bounds: null with a message, in bounded time and memory."""

from decimal import Decimal
from typing import Any

import pytest

from motcua.engines import feel


def doubled(first: str, step: str, times: int) -> str:
    rest = ", ".join(f"b{i}: {step.format(f'b{i - 1}')}" for i in range(1, times))
    return f"{{b0: {first}, {rest}}}.b{times - 1}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("for i in 1..1000000000 return i", "more steps"),
        ("some i in 1..1000000000 satisfies i < 0", "more steps"),
        ("for i in 1..100000 return partial", "more steps"),
        ("for i in 1..100000 return string(10 ** 6000)", "more steps"),
        ("sort(for i in 1..100000 return modulo(i * 7919, 100003), function(x, y) x < y)", "more steps"),
        ("{f: function(n) f(n + 1), r: f(1)}.r", "times deep"),
        ("(function(x) x(x))(function(x) x(x))", "times deep"),
        ("10 ** (10 ** 9)", "has no value"),
        ("exp(10 ** 9)", "too large"),
        (doubled('"x"', "{0} + {0}", 60), "too long"),
        (doubled("[1, 2]", "concatenate({0}, {0})", 60), "more than 1000000 items"),
        (doubled("[1, 2]", "[{0}, {0}]", 60), "too many items"),
    ],
)
def test_work_without_end_stops_with_a_message(text: str, message: str) -> None:
    outcome = feel.compile(text).explain()
    assert outcome.value is None
    assert any(message in warning for warning in outcome.warnings), outcome.warnings


@pytest.mark.parametrize(
    "opened",
    ["(", "[", "{a: ", "not(", "-", "if true then ", "for i in [1] return ", "function() ", "1 in ("],
)
@pytest.mark.parametrize("times", [1_000, 20_000])
def test_deep_nesting_is_refused(opened: str, times: int) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile((opened * times)[:199_000])


def test_a_long_else_if_and_a_wide_context_are_read() -> None:
    assert feel.evaluate("if false then 1 else " * 5_000 + "2") == Decimal(2)
    assert len(feel.evaluate("{" + ", ".join(f"a{i}: {i}" for i in range(10_000)) + "}")) == 10_000


def test_a_structure_that_holds_itself_many_times_is_compared_quickly() -> None:
    shared = doubled("[1, 2]", "[{0}, {0}]", 60)
    assert feel.evaluate(f"{{x: {shared}, r: x = x}}.r") is True
    nested = "list<" * 60 + "number" + ">" * 60
    assert feel.evaluate(f"{shared} instance of {nested}") is True


def test_ten_thousand_different_contexts_are_told_apart() -> None:
    found = feel.evaluate("count(distinct values(for i in 1..10000 return {a: modulo(i, 5000), b: [i - i]}))")
    assert found == Decimal(5000)


NO_NUMBERS = {
    "a float that is not a number": float("nan"),
    "not a number": Decimal("NaN"),
    "infinite": Decimal("-Infinity"),
    "beyond decimal128": Decimal("1e999999"),
    "a whole number beyond it": 10**7000,
}


@pytest.mark.parametrize("given", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())
def test_what_is_no_number_of_feel_comes_in_as_null(given: Any) -> None:
    assert feel.evaluate("x = null", {"x": given}) is True


def test_data_that_holds_itself_is_null_with_a_message() -> None:
    loop: list[Any] = []
    loop.append(loop)
    outcome = feel.compile("string(x)").explain({"x": loop})
    assert outcome.value is None
    assert "nested, too deep" in outcome.warnings[0]
