"""When messages wait for company before they are signed together."""

from __future__ import annotations

from motcua.gateway.outbox import COMPANY, PATIENCE_S, Traffic


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def after(batches: list[tuple[float, int]]) -> bool:
    """Whether traffic counts as thick after (seconds since the one before, messages) each."""
    clock = Clock()
    traffic = Traffic(clock)
    for seconds, messages in batches:
        clock.now += seconds
        traffic.passed(messages)
    return traffic.is_thick


def test_nobody_waits_at_first() -> None:
    assert not Traffic().is_thick
    assert not after([(PATIENCE_S / 4, COMPANY * 10)])


def test_one_caller_after_another_never_waits() -> None:
    assert not after([(PATIENCE_S, 1)] * 50)


def test_many_at_once_wait_for_company_however_they_come() -> None:
    assert after([(PATIENCE_S, COMPANY + 1)] * 3)
    assert after([(PATIENCE_S / 8, 1)] * 40)


def test_after_a_pause_nobody_waits() -> None:
    assert not after([(PATIENCE_S, COMPANY + 1)] * 3 + [(1.0, 1)])
