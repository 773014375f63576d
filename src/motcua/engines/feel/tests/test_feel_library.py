"""The library's finer points, by the tables of the specification."""

from decimal import Decimal

import pytest

from motcua.engines import feel


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("modulo(-12, 5)", "3"),
        ("decimal(2.5, 0)", "2"),
        ("round half up(-1.125, 2)", "-1.13"),
        ("round half down(-1.125, 2)", "-1.12"),
        ('substring("\\U01F40Eab", 2)', '"ab"'),
        ('split("a;b;;", ";")', '["a", "b", "", ""]'),
        ('replace("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3")', '"(012) 345-6789"'),
        ("mode([6, 1, 9, 6, 1])", "[1, 6]"),
        ('number("1.000,5", ".", ",")', "1000.5"),
        ('context put({x: 1, y: {a: 0}}, ["y", "a"], 2)', "{x: 1, y: {a: 2}}"),
        ("list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)", "[5, 5, 7, 8]"),
        ('years and months duration(date("2019-10-01"), date("2014-12-31"))', 'duration("-P4Y9M")'),
        ('@"2026-03-29T01:30:00@Europe/Paris" + @"PT1H"', '@"2026-03-29T03:30:00@Europe/Paris"'),
        ('week of year(@"2019-12-30")', "1"),
        ('string([1, "a", null, {b: [1..3]}])', '"[1, \\"a\\", null, {b: [1..3]}]"'),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
        ("overlaps after((1..5], [1..5])", "true"),
        ('string(date("-2016-01-30") + duration("P3D"))', '"-2016-02-02"'),
        ('string(time("11:22:33.123456789"))', '"11:22:33.123456789"'),
        ('string(date("9999-12-31") + duration("P1D"))', '"10000-01-01"'),
    ],
)
def test_a_function_has_the_value_of_the_specification(text: str, same_as: str) -> None:
    assert feel.evaluate(f"({text}) = ({same_as})") is True, feel.compile(text).explain({})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abs(number: 1)", "abs has no parameters named number"),
        ('floor("1")', "a number is needed, not a string"),
        ('date("2026-02-30")', "is no day of the calendar"),
        ("sqrt(-1)", "has no square root"),
        ('matches("a", "(")', "a ( without its )"),
        ('matches("a", "a", "p")', "there is no flag 'p'"),
        ("[1, 2][3]", "there is no item 3"),
        ("unknown(1)", "unknown is not known here"),
        ('time("13:20:00@xyz/abc")', "no time zone"),
        ('(function(a: number) a)("x")', "is not of type number"),
    ],
)
def test_a_fault_is_told_in_plain_words(text: str, message: str) -> None:
    outcome = feel.compile(text).explain({})
    assert outcome.value is None
    assert any(message in warning for warning in outcome.warnings), outcome.warnings


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "found"),
    [
        ("^(\\w+\\s?)*$", "", "a" * 60 + "!", False),
        ("(a|a)*b", "", "a" * 200, False),
        ("([a-z]+)+[0-9]", "", "x" * 100 + "7", True),
        ("[A-Z-[OI]]", "i", "o", False),
        ("hello\\ sworld", "x", "hello world", True),
        ("a.c", "q", "abc", False),
        ("\\p{Lu}\\p{IsBasicLatin}", "", "Đa", True),
        ("(a)\\1", "i", "aA", True),
        ("^b$", "m", "a\nb\nc", True),
        ("a$", "", "a\n", False),
    ],
)
def test_patterns_are_those_of_xpath_and_never_explode(
    pattern: str, flags: str, text: str, found: bool
) -> None:
    assert feel.evaluate("matches(t, p, f)", {"t": text, "p": pattern, "f": flags}) is found


def test_java_methods_of_the_standard_library_are_computed() -> None:
    text = '{{f: function(a, b) external {{java: {{class: "{0}", method signature: "{1}"}}}}, r: f({2})}}.r'
    call = text.format("java.lang.Math", "max(double, double)", "1, 2.5")
    assert feel.evaluate(call) == Decimal("2.5")
    assert (
        feel.evaluate(text.format("java.lang.Runtime", "exec(java.lang.String, java.lang.String)", "1, 2"))
        is None
    )


def test_values_go_to_json_and_come_from_python() -> None:
    given = {"n": 3, "f": 0.1, "nested": ({"when": "2026"},)}
    assert feel.from_python(given) == {"n": Decimal(3), "f": Decimal("0.1"), "nested": [{"when": "2026"}]}
    stored = feel.to_json(feel.evaluate('[1, 0.5, @"P1D", date("2026-01-31"), {a: null}, [1..2]]'))
    assert stored == [1, 0.5, "P1D", "2026-01-31", {"a": None}, "[1..2]"]
