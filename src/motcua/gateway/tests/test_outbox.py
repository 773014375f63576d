"""When messages wait for company before they are signed together, and what of those that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha512
from typing import Any, cast

from motcua.gateway.bodies import NO_BODY
from motcua.gateway.outbox import COMPANY, PATIENCE_S, Outbox, Traffic, message_of


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


class Turns:
    """A loop whose turn comes when it is told to."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        self.calls.append(call)

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


class Sent(Outbox):
    """Notes what would be signed."""

    def __init__(self, loop: Turns) -> None:
        nobody = cast(Any, None)
        super().__init__(cast(Any, loop), nobody, nobody, nobody, nobody, 0, nobody, waits=False)
        self.batches: list[list[int]] = []

    def _send(self, messages: list[Any]) -> None:
        self.batches.append([each.exchange for each in messages])

    def put_number(self, exchange: int) -> None:
        head = b"GET\r\n/r1/x\r\n"
        self.put(message_of(exchange, False, head, sha512(head).digest(), NO_BODY), NO_BODY)


def test_what_comes_in_one_turn_leaves_together() -> None:
    loop = Turns()
    outbox = Sent(loop)
    for number in (1, 2, 3):
        outbox.put_number(number)
    loop.turn()
    outbox.put_number(4)
    loop.turn()
    assert outbox.batches == [[1, 2, 3], [4]]


def test_who_no_longer_waits_is_not_asked_for() -> None:
    loop = Turns()
    outbox = Sent(loop)
    outbox.put_number(1)
    outbox.put_number(2)
    assert outbox.withdraw(1)
    loop.turn()
    assert outbox.batches == [[2]]
    assert not outbox.withdraw(2)
    outbox.put_number(3)
    assert outbox.withdraw(3)
    loop.turn()
    assert outbox.batches == [[2]]
