"""Charts are true to their figures."""

from __future__ import annotations

import pytest

from motcua.shell.charts import ChartError, bars, lines, shares


def test_the_longest_bar_fills_the_room_and_the_others_keep_their_share() -> None:
    assert [bar.length for bar in bars([("a", 200), ("b", 50), ("c", 0)])] == [100, 25, 0]


def test_bars_of_shares_are_drawn_to_the_whole() -> None:
    assert bars([("a", 0.4)], top=1)[0].length == 40


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 1), (0.004, 0.004), (0.985, 1), (1, 1), (3, 3), (7, 8), (49, 50), (812, 1000), (100_001, 125_000)],
)
def test_the_scale_is_round_and_holds_the_highest(highest: float, top: float) -> None:
    steps = [tick.value for tick in lines(["1"], [("a", [highest])]).ticks]
    assert steps[0] == 0
    assert steps[-1] == pytest.approx(top)
    assert len(steps) <= 6


def test_a_higher_value_lies_higher_and_zero_on_the_ground() -> None:
    chart = lines(["1", "2", "3"], [("a", [0, 5, 10])])
    heights = [y for _, y in chart.lines[0].points]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == chart.bottom
    assert [x for x, _ in chart.lines[0].points] == [x for _, x in chart.marks]


def test_a_single_month_is_a_point_in_the_middle() -> None:
    chart = lines(["10/2026"], [("a", [3])])
    assert chart.left < chart.lines[0].points[0][0] < chart.width


def test_shares_add_up_to_the_whole() -> None:
    chart = shares([("a", 1), ("b", 3)])
    assert [share.part for share in chart.shares] == [0.25, 0.75]
    assert sum(share.width for share in chart.shares) == chart.width


def test_no_cases_at_all_is_no_error() -> None:
    assert [share.part for share in shares([("a", 0)]).shares] == [0]
    assert bars([]) == []


def test_figures_that_cannot_be_drawn_are_named() -> None:
    with pytest.raises(ChartError, match="'a' has 1 values for 2 marks"):
        lines(["1", "2"], [("a", [1])])
    with pytest.raises(ChartError, match="negative"):
        bars([("a", -1)])
