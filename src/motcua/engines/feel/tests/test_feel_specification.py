"""Points of chapter 10 that are easily overlooked, each with its place in DMN 1.5."""

import pytest

from motcua.engines import feel


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # 10.3.2.7: an interval's ends are in order
        ("[3..1]", "null"),
        ("for i in 3..1 return i", "[3, 2, 1]"),
        # 10.3.2.13.5: named arguments that are left out are null
        ("(function(a, b) b = null)(a: 1)", "true"),
        ("(function(a, b) a)(c: 1)", "null"),
        # table 54: without an offset a time takes that of the other
        ('@"10:00:00" < @"10:00:01Z"', "true"),
        ('@"2026-01-01T10:00:00+07:00" > @"2026-01-01T11:00:00"', "false"),
        ('@"10:00:00" = @"10:00:00Z"', "false"),
        # table 61: null is of the type Null only, and bare list, context and function are no types
        ("null instance of Null", "true"),
        ("null instance of Any", "false"),
        ("1 instance of Null", "false"),
        ("[1] instance of list", "null"),
        ("{a: 1} instance of context<a: number>", "true"),
        ("(function(x) x) instance of function<Any>->Any", "true"),
        # table 72: zulu time may be written small
        ('time("23:59:00z") = time(23, 59, 0, duration("PT0H"))', "true"),
        # table 75: lengths count from one; items of all and any are true or false themselves
        ("all([[false]])", "null"),
        ("sublist([1, 2], 1, 0)", "null"),
        # table 78: names tell before(point, range) from before(range, point) by their order
        ("before(point: 1, range: [2..3])", "true"),
        ("before(range: [1..2], point: 3)", "true"),
        ("after(range: [5..6], point: 3)", "true"),
        # 10.3.2.14: partial is what was found before this turn, and never changes afterwards
        ("for i in 1..3 return partial", "[[], [[]], [[], [[]]]]"),
        ("(for i in 1..3 return {so far: partial})[3].so far[1]", "{so far: []}"),
    ],
)
def test_a_text_has_the_value_of_the_specification(text: str, value: str) -> None:
    assert feel.as_text(feel.evaluate(text)) == feel.as_text(feel.evaluate(value)), feel.compile(
        text
    ).explain()
