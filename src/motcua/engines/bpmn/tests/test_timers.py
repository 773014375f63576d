"""When timers are due."""

from datetime import UTC, datetime

import pytest

from motcua.engines import bpmn
from motcua.engines.bpmn.timers import Cycle, check, cycle

FRIDAY = datetime(
    2026, 11, 20, 2, 0, tzinfo=UTC
)  # 09:00 in Hà Nội; the 24th is no holiday in a plain calendar


@pytest.mark.parametrize(
    ("text", "working", "due"),
    [
        ("PT72H", False, "2026-11-23T02:00:00+00:00"),
        ("P1M", False, "2026-12-20T02:00:00+00:00"),
        ("P1W", False, "2026-11-27T02:00:00+00:00"),
        ("PT1M30.5S", False, "2026-11-20T02:01:30.500000+00:00"),
        ("P1D", True, "2026-11-23T17:00:00+07:00"),
        ("PT4H", True, "2026-11-20T15:00:00+07:00"),
        ("P1DT1H", True, "2026-11-24T08:30:00+07:00"),
        ("2026-12-01T08:00:00+07:00", True, "2026-12-01T08:00:00+07:00"),
    ],
)
def test_a_duration_is_counted_on_its_clock(text: str, working: bool, due: str) -> None:
    assert bpmn.due_at(text, working, FRIDAY).isoformat() == due


def test_a_cycle_says_how_often_and_from_when() -> None:
    assert cycle("R3/PT1H") == Cycle(3, "PT1H")
    assert cycle("R/P1D") == Cycle(-1, "P1D")
    assert cycle("R2/2026-12-01T08:00:00+07:00/P1D") == Cycle(2, "P1D", "2026-12-01T08:00:00+07:00")
    assert cycle("PT1H") is None


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "three days", "R0/PT1H", "0 0 * * *", "2026-12-01T08:00", "P1.5D"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(bpmn.BpmnError, match="timer"):
        check(text)


def test_the_working_clock_knows_no_years() -> None:
    with pytest.raises(bpmn.BpmnError, match="years or weeks"):
        bpmn.due_at("P1Y", True, FRIDAY)
