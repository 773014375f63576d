"""FEEL expressions: ours, compiled once and evaluated with a context, against pySFeel, which parses each time.

Only expressions whose value both get right are timed. A round evaluates all of them with one library and then
with the other; the ratio is the median of five rounds' expressions per second.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr
from decimal import Decimal
from io import StringIO
from statistics import median
from time import perf_counter
from typing import Any

from pySFeel import SFeelParser  # type: ignore[import-untyped]

from benchmarks.yardstick import yardstick
from motcua.engines import feel

_ROUNDS = 5
_SECONDS_PER_TURN = 0.4

_CASES: list[tuple[str, Any]] = [
    ("1 + 2 * 3", 7),
    ("(600000 * 0.0375 / 12) + 100", 1975),
    ("2 ** 10", 1024),
    ("10 - 4 / 2", 8),
    ('"Nguyễn " + "Văn An"', "Nguyễn Văn An"),
    ("5 > 3 and 2 < 4", True),
    ("5 in [1..10]", True),
    ("7 between 1 and 10", True),
    ("[1, 2, 3, 4][2]", 2),
    ("[1, 2, 3, 4][item > 2]", [3, 4]),
    ("sum([1, 2, 3])", 6),
    ("count([4, 5, 6])", 3),
    ("max([3, 9, 4])", 9),
    ("mean([2, 4, 6])", 4),
    ('upper case("abc")', "ABC"),
    ('substring("foobar", 3)', "obar"),
    ('string length("foobar")', 6),
    ('contains("foobar", "oba")', True),
    ('starts with("foobar", "foo")', True),
    ("not(true)", False),
    ("floor(2.7)", 2),
    ("abs(-3)", 3),
    ("{a: 1, b: 2}.b", 2),
    ("some x in [1, 2, 3] satisfies x > 2", True),
    ("every x in [1, 2, 3] satisfies x > 0", True),
    ("for x in [1, 2, 3] return x * 2", [2, 4, 6]),
    ('if 1 = 1 then "yes" else "no"', "yes"),
    ('date("2026-01-31") < date("2026-02-01")', True),
    ('date("2026-01-31").year', 2026),
    ('duration("P1D") = duration("PT24H")', True),
    ("append([1, 2], 3)", [1, 2, 3]),
    ("concatenate([1], [2, 3])", [1, 2, 3]),
    ("reverse([1, 2, 3])", [3, 2, 1]),
    ("list contains([1, 2, 3], 2)", True),
]


def run() -> dict[str, float]:
    """ratio_to_pysfeel, our expressions per second, the number of expressions timed, yardstick_ms."""
    parser = SFeelParser()

    def theirs(text: str) -> Any:
        with redirect_stderr(StringIO()):
            return parser.sFeelParse(text)[1]

    cases = [(text, feel.compile(text)) for text, wanted in _CASES if _right(theirs, text, wanted)]
    for text, expression in cases:
        if not _same(expression.evaluate({}), dict(_CASES)[text]):
            raise AssertionError(f"our value of {text} is wrong")
    ours_rates: list[float] = []
    ratios: list[float] = []
    for _ in range(_ROUNDS):
        ours = _rate(lambda: [expression.evaluate({}) for _, expression in cases], len(cases))
        other = _rate(lambda: [parser.sFeelParse(text) for text, _ in cases], len(cases))
        ours_rates.append(ours)
        ratios.append(ours / other)
    return {
        "ratio_to_pysfeel": round(median(ratios), 1),
        "expressions_per_second": round(median(ours_rates)),
        "expressions": float(len(cases)),
        "yardstick_ms": round(yardstick(), 2),
    }


def _rate(turn: Callable[[], object], count: int) -> float:
    """Expressions per second over a fixed stretch of time."""
    start = perf_counter()
    turns = 0
    while (spent := perf_counter() - start) < _SECONDS_PER_TURN:
        turn()
        turns += 1
    return turns * count / spent


def _right(evaluate: Callable[[str], Any], text: str, wanted: Any) -> bool:
    try:
        return _same(evaluate(text), wanted)
    except Exception:
        return False


def _same(got: Any, wanted: Any) -> bool:
    if isinstance(got, list) and isinstance(wanted, list):
        return len(got) == len(wanted) and all(_same(a, b) for a, b in zip(got, wanted, strict=True))
    if isinstance(got, Decimal | int | float) and not isinstance(got, bool):
        return not isinstance(wanted, bool | str | list) and float(got) == float(wanted)
    if isinstance(wanted, str):
        return isinstance(got, str) and got.strip('"') == wanted
    return type(got) is type(wanted) and bool(got == wanted)
