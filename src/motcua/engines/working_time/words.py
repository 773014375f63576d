"""How much time is left, or how late it is, in numbers and in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from motcua.engines.working_time.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Remaining:
    """The distance between now and a deadline.

    Before it: whole working days after today up to the deadline's day, and half days after the running one.
    When `late`: working days begun after the deadline's day, and half days begun after the deadline.
    """

    working_days: int
    half_days: int
    late: bool


def remaining(now: datetime, due: datetime, calendar: Calendar) -> Remaining:
    """What is left of the time until `due`, or how long it has passed. Aware times only (else ValueError)."""
    here, then = calendar.local(now), calendar.local(due)
    late = here > then
    first, last = (then, here) if late else (here, then)
    days = [first.date() + timedelta(days=offset) for offset in range((last.date() - first.date()).days + 1)]
    begun = [calendar.at(day, opens) for day in days for opens, _ in calendar.half_days(day)]
    return Remaining(
        working_days=sum(calendar.is_working_day(day) for day in days[1:]),
        half_days=sum(first < opening <= last for opening in begun),
        late=late,
    )


_WEEKDAYS = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def in_words(left: Remaining | None, due: datetime | None, lang: str = "vi") -> str:
    """Say it to a person: "còn 3 ngày làm việc, đến 17:00 thứ Năm 26/11", "trễ 2 ngày làm việc".

    `due` None means that the clock stands still. `due` is shown as it is: give it in the office's own zone,
    as `deadline` does. Languages: vi; every other one reads English.
    """
    speak = _vietnamese if lang.split("-")[0] == "vi" else _english
    return speak(left, due)


def _vietnamese(left: Remaining | None, due: datetime | None) -> str:
    if left is None or due is None:
        return "tạm dừng tính thời hạn"
    until = f"{due:%H:%M} {_WEEKDAYS['vi'][due.weekday()]} {due.day}/{due.month}"
    if left.late:
        if left.working_days:
            return f"trễ {left.working_days} ngày làm việc"
        return f"trễ hạn {until}"
    if left.working_days:
        return f"còn {left.working_days} ngày làm việc, đến {until}"
    return f"còn {left.half_days} buổi làm việc, đến {until}" if left.half_days else f"đến hạn {until}"


def _english(left: Remaining | None, due: datetime | None) -> str:
    if left is None or due is None:
        return "the clock is stopped"
    until = f"{due:%H:%M} on {_WEEKDAYS['en'][due.weekday()]} {due.day}/{due.month}"
    if left.late:
        return (
            f"{_count(left.working_days, 'working day')} late" if left.working_days else f"late since {until}"
        )
    if left.working_days:
        return f"{_count(left.working_days, 'working day')} left, until {until}"
    return (
        f"{_count(left.half_days, 'half day')} left, until {until}" if left.half_days else f"due at {until}"
    )


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
