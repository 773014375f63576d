"""The legal clock, told by cases of a calendar and by what must hold for every case."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.engines.working_time import (
    Calendar,
    Limit,
    Suspension,
    Unit,
    deadline,
    in_words,
    open_at,
    remaining,
    start_of_clock,
    suspensions_of,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
CALENDAR = Calendar.from_holidays_json(
    {
        "days": {
            "2026-02-16": "Tết", "2026-02-17": "Tết", "2026-02-18": "Tết", "2026-02-19": "Tết",
            "2026-02-20": "Tết",
            "2026-04-27": "Giỗ Tổ", "2026-04-30": "Chiến thắng", "2026-05-01": "Lao động",
            "2026-08-31": "đổi", "2026-09-01": "Quốc khánh", "2026-09-02": "nghỉ", "2026-11-24": "Văn hóa",
        },
        "make_up_working_saturdays": ["2026-08-22"],
    }
)  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def due(
    received: str, amount: str, unit: Unit, *pauses: tuple[str, str | None], calendar: Calendar = CALENDAR
) -> str:
    suspensions = [Suspension(at(begin), None if end is None else at(end)) for begin, end in pauses]
    answer = deadline(at(received), Limit(Decimal(amount), unit), calendar, suspensions)
    return f"{answer:%Y-%m-%d %H:%M}" if answer else "open"


def test_a_same_day_service_received_on_friday_after_15_00_is_due_on_monday() -> None:
    assert due("2026-11-20T15:20", "0", Unit.WORKING_DAYS) == "2026-11-23 17:00"


def test_a_same_day_service_received_at_15_00_is_due_the_same_day() -> None:
    assert due("2026-11-20T15:00", "0", Unit.WORKING_DAYS) == "2026-11-20 17:00"


def test_twenty_working_days_over_tet_end_in_march() -> None:
    assert due("2026-02-09T09:00", "20", Unit.WORKING_DAYS) == "2026-03-16 17:00"


@pytest.mark.parametrize(
    ("received", "amount", "unit", "expected"),
    [
        ("2026-11-23T09:00", "1", Unit.WORKING_DAYS, "2026-11-25 17:00"),  # the 24th is Culture Day
        ("2026-08-21T09:00", "1", Unit.WORKING_DAYS, "2026-08-22 17:00"),  # a make-up Saturday
        ("2026-11-16T09:00", "0.5", Unit.WORKING_DAYS, "2026-11-16 17:00"),
        ("2026-11-16T14:00", "1.5", Unit.WORKING_DAYS, "2026-11-18 11:30"),
        ("2026-11-16T09:00", "0", Unit.HALF_DAYS, "2026-11-16 11:30"),
        ("2026-11-16T09:00", "1", Unit.HALF_DAYS, "2026-11-16 17:00"),
        ("2026-11-16T09:00", "0.5", Unit.HALF_DAYS, "2026-11-16 17:00"),
        ("2026-11-20T14:00", "1", Unit.HALF_DAYS, "2026-11-23 11:30"),
        ("2026-11-19T09:00", "2", Unit.CALENDAR_DAYS, "2026-11-23 17:00"),  # ends on a Saturday
        ("2026-11-20T16:00", "1", Unit.CALENDAR_DAYS, "2026-11-25 17:00"),  # Tuesday is a holiday
        ("2026-01-30T09:00", "1", Unit.MONTHS, "2026-03-02 17:00"),  # 28 February is a Saturday
        ("2026-11-16T09:00", "2", Unit.HOURS, "2026-11-16 11:00"),
        ("2026-11-16T09:00", "24", Unit.HOURS, "2026-11-17 09:00"),
        ("2026-11-20T09:00", "24", Unit.HOURS, "2026-11-23 07:30"),
        ("2026-11-16T10:30", "2", Unit.WORKING_HOURS, "2026-11-16 14:30"),
        ("2026-11-16T14:30", "4", Unit.WORKING_HOURS, "2026-11-17 09:00"),
        ("2026-11-16T12:00", "1", Unit.WORKING_HOURS, "2026-11-16 14:30"),
    ],
)
def test_each_unit_is_counted_as_the_law_counts_it(
    received: str, amount: str, unit: Unit, expected: str
) -> None:
    assert due(received, amount, unit) == expected


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        (("2026-11-17T10:00", "2026-11-18T10:00"), "2026-11-20 17:00"),  # one close lost
        (("2026-11-17T09:00", "2026-11-17T10:00"), "2026-11-19 17:00"),  # none lost
        (("2026-11-17T10:00", "2026-11-18T15:20"), "2026-11-23 17:00"),  # resumed on the 19th
        (("2026-11-17T10:00", None), "open"),
        (("2026-11-20T10:00", None), "2026-11-19 17:00"),  # already late by then
    ],
)
def test_three_working_days_wait_for_the_applicants_papers(
    pause: tuple[str, str | None], expected: str
) -> None:
    assert due("2026-11-16T09:00", "3", Unit.WORKING_DAYS, pause) == expected


def test_working_hours_stand_still_while_suspended() -> None:
    pause = ("2026-11-16T10:00", "2026-11-16T14:00")
    assert due("2026-11-16T09:00", "2", Unit.WORKING_HOURS, pause) == "2026-11-16 15:00"
    assert due("2026-11-16T09:00", "2", Unit.WORKING_HOURS, ("2026-11-16T10:00", None)) == "open"
    assert due("2026-11-16T09:00", "1", Unit.WORKING_HOURS, ("2026-11-16T10:00", None)) == "2026-11-16 10:00"


def test_commune_police_receive_on_saturday_but_saturday_is_no_working_day() -> None:
    police = Calendar(extra_sessions={5: ((time(7, 30), time(11, 30)),)})
    saturday = "2026-11-21T09:00"
    assert start_of_clock(at(saturday), police) == at(saturday)
    assert open_at(at(saturday), police)
    assert not open_at(at(saturday), CALENDAR)
    assert due(saturday, "0", Unit.WORKING_DAYS, calendar=police) == "2026-11-23 17:00"
    assert due(saturday, "1", Unit.WORKING_DAYS, calendar=police) == "2026-11-23 17:00"
    assert due(saturday, "3", Unit.WORKING_HOURS, calendar=police) == "2026-11-23 08:00"


def test_time_left_is_said_in_words() -> None:
    then = at("2026-11-26T17:00")
    left = remaining(at("2026-11-20T10:00"), then, CALENDAR)
    assert in_words(left, then) == "còn 3 ngày làm việc, đến 17:00 thứ Năm 26/11"
    assert in_words(left, then, "en") == "3 working days left, until 17:00 on Thursday 26/11"
    late = remaining(at("2026-11-30T08:00"), then, CALENDAR)
    assert in_words(late, then) == "trễ 2 ngày làm việc"
    assert in_words(late, then, "en") == "2 working days late"
    today = remaining(at("2026-11-26T08:00"), then, CALENDAR)
    assert in_words(today, then) == "còn 1 buổi làm việc, đến 17:00 thứ Năm 26/11"
    assert in_words(remaining(at("2026-11-26T18:00"), then, CALENDAR), then) == "trễ hạn 17:00 thứ Năm 26/11"
    assert in_words(None, None) == "tạm dừng tính thời hạn"


def test_events_tell_the_suspensions() -> None:
    monday, tuesday, friday = at("2026-11-16T09:00"), at("2026-11-17T09:00"), at("2026-11-20T09:00")
    changes = [(friday, False), (monday, False), (monday + timedelta(hours=1), False), (tuesday, True)]
    assert suspensions_of(changes) == [Suspension(monday, tuesday), Suspension(friday)]


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda: start_of_clock(datetime(2026, 1, 1), CALENDAR), "no time zone"),  # noqa: DTZ001
        (lambda: start_of_clock(at("2926-01-01T10:00"), CALENDAR), "outside"),
        (lambda: Suspension(at("2026-01-02T10:00"), at("2026-01-01T10:00")), "cannot end"),
        (lambda: Limit(Decimal("0.25"), Unit.WORKING_DAYS), "working_hours"),
        (lambda: Limit(Decimal("1.5"), Unit.MONTHS), "whole number"),
        (lambda: Limit(Decimal(-1), Unit.HOURS), "between 0"),
        (lambda: Limit.parse("ba", "hours"), "“ba”"),
        (lambda: Limit.parse("3", "weeks"), "“weeks” is no unit"),
        (lambda: Calendar(sessions=()), "no working session"),
        (lambda: Calendar(sessions=((time(13), time(12)),)), "in order"),
        (lambda: Calendar(weekend=frozenset(range(7))), "at least one day"),
        (lambda: Calendar(frozenset({date(2026, 8, 22)}), frozenset({date(2026, 8, 22)})), "both"),
        (lambda: Calendar.from_holidays_json({"days": {"2/9": "?"}}), "“2/9”"),
        (lambda: Calendar.from_holidays_json({}), "days"),
    ],
)
def test_bad_input_is_told_in_plain_words(attempt: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        attempt()  # type: ignore[operator]


moments = st.integers(0, 500 * 24 * 12).map(
    lambda fives: at("2026-01-01T00:00") + timedelta(minutes=5 * fives)
)
limits = st.builds(
    lambda amount, unit: Limit(Decimal(amount), unit), st.integers(0, 60), st.sampled_from(sorted(Unit))
)
pauses = st.lists(
    st.builds(
        lambda begin, length: Suspension(begin, begin + length),
        moments,
        st.timedeltas(timedelta(0), timedelta(days=30)),
    ),
    max_size=4,
)


def must(answer: datetime | None) -> datetime:
    assert answer is not None
    return answer


@given(moments, moments, limits, pauses)
def test_who_comes_later_is_never_due_earlier(
    one: datetime, other: datetime, limit: Limit, still: list[Suspension]
) -> None:
    first, second = sorted((one, other))
    assert start_of_clock(first, CALENDAR) <= start_of_clock(second, CALENDAR)
    assert must(deadline(first, limit, CALENDAR, still)) <= must(deadline(second, limit, CALENDAR, still))


@given(moments, limits, pauses)
def test_suspensions_never_shorten_a_limit(received: datetime, limit: Limit, still: list[Suspension]) -> None:
    plain = must(deadline(received, limit, CALENDAR))
    assert must(deadline(received, limit, CALENDAR, still)) >= plain
    longer = [Suspension(pause.start, (pause.end or pause.start) + timedelta(days=1)) for pause in still]
    assert must(deadline(received, limit, CALENDAR, longer)) >= must(
        deadline(received, limit, CALENDAR, still)
    )


@given(moments, limits, pauses)
def test_a_longer_limit_is_never_due_earlier(
    received: datetime, limit: Limit, still: list[Suspension]
) -> None:
    longer = Limit(limit.amount + 1, limit.unit)
    assert must(deadline(received, limit, CALENDAR, still)) <= must(
        deadline(received, longer, CALENDAR, still)
    )


@given(moments, limits, pauses)
def test_a_deadline_lies_in_working_time_and_day_limits_end_with_a_session(
    received: datetime, limit: Limit, still: list[Suspension]
) -> None:
    answer = must(deadline(received, limit, CALENDAR, still))
    assert start_of_clock(received, CALENDAR) <= answer
    sessions = CALENDAR.half_days(answer.date())
    assert any(opens <= answer.time() <= closes for opens, closes in sessions)
    if limit.unit not in (Unit.HOURS, Unit.WORKING_HOURS):
        assert any(answer.time() == closes for _, closes in sessions)


@given(moments, limits, pauses, moments)
def test_an_open_suspension_leaves_it_open_or_comes_too_late(
    received: datetime, limit: Limit, still: list[Suspension], stopped: datetime
) -> None:
    before = must(deadline(received, limit, CALENDAR, still))
    after = deadline(received, limit, CALENDAR, [*still, Suspension(stopped)])
    assert after == before if stopped >= before else after is None or after == before


@given(moments, moments)
def test_time_left_shrinks_and_lateness_begins_after_the_deadline(now: datetime, then: datetime) -> None:
    left = remaining(now, then, CALENDAR)
    assert left.late == (now > then)
    assert left.working_days <= left.half_days + 1
    assert in_words(left, then, "vi").startswith("trễ") == left.late
