"""Texts and data nobody would write: refused or null, never a crash."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from motcua.engines import feel
from motcua.engines.feel.library import LIBRARY

PIECES = st.sampled_from(
    '( ) [ ] { } .. , . : - + ** < >= = != in and or not( null true 1 0.5 1e6000 "a" "(" @"P1D" @"P1Y" '
    'date("2026-01-31") @"10:00:00@Asia/Ho_Chi_Minh" date("-5000-01-01") item ? x partial function(x) '
    "{a:1} [1..3] (<5) [null] for\u00a0x\u00a0in return some\u00a0x\u00a0in satisfies instance\u00a0of number "
    "if then else between 'é 🐎".split(" ")
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates()
    | st.datetimes()
    | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b c", "d-e"]), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=14).map(" ".join), VALUES)
def test_any_text_is_read_or_refused(text: str, value: Any) -> None:
    try:
        expression = feel.compile(text)
    except feel.FeelSyntaxError:
        return
    outcome = expression.explain({"x": value, "a": value})
    feel.to_json(outcome.value)
    assert not any("could not be evaluated" in warning for warning in outcome.warnings), outcome.warnings


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(LIBRARY)), st.lists(VALUES, max_size=4))
def test_any_function_takes_any_value(name: str, values: list[Any]) -> None:
    text = f"{name}({', '.join(f'v{i}' for i in range(len(values)))})"
    outcome = feel.compile(text).explain({f"v{i}": value for i, value in enumerate(values)})
    assert not any("could not be evaluated" in warning for warning in outcome.warnings), (
        text,
        outcome.warnings,
    )


NUMBER = st.decimals(min_value=-1000, max_value=1000, places=2)


@settings(max_examples=100, deadline=None)
@given(NUMBER, NUMBER, NUMBER)
def test_a_value_in_an_interval_is_between_its_ends(low: Any, value: Any, high: Any) -> None:
    low, high = min(low, high), max(low, high)
    scope = {"low": low, "v": value, "high": high}
    assert feel.evaluate("v in [low..high]", scope) == feel.evaluate("v >= low and v <= high", scope)
    assert feel.evaluate("v between low and high", scope) == (low <= value <= high)
