"""A PIN is asked once for a while, and not a moment or a signature longer."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field

import pytest

from motcua.agent.pin_window import LONGEST, MOST, PinWindow

PIN = "864209"
OWN, OTHER = 71, 72


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Held:
    clock: Clock = field(default_factory=Clock)

    def window(self, seconds: float = 300, signatures: int = 10) -> PinWindow:
        made = PinWindow(seconds, signatures, clock=self.clock)
        made.keep(PIN, OWN, 1)
        return made


def test_it_is_asked_each_time_unless_the_officer_wants_otherwise() -> None:
    window = Held().window(seconds=0)
    assert window.take(OWN, 1) is None


def test_it_ends_with_its_time() -> None:
    held = Held()
    window = held.window(seconds=300)
    held.clock.now += 299
    assert window.take(OWN, 1) == PIN
    held.clock.now += 2
    assert window.take(OWN, 1) is None
    assert window.left == (0, 0)


def test_signing_on_does_not_lengthen_it() -> None:
    held = Held()
    window = held.window(seconds=300)
    held.clock.now += 200
    window.keep(PIN, OWN, 1)
    held.clock.now += 150
    assert window.take(OWN, 1) is None


def test_it_ends_with_its_number_of_signatures() -> None:
    window = Held().window(signatures=10)
    assert window.take(OWN, 8) == PIN
    assert window.left[1] == 1
    assert window.take(OWN, 2) is None, "not even the one that is left: the PIN is asked for both"
    assert window.take(OWN, 1) is None


def test_it_opens_no_other_certificate_and_closes_when_one_is_asked_for() -> None:
    window = Held().window()
    assert window.take(OTHER, 1) is None
    assert window.take(OWN, 1) is None


def test_it_is_forgotten_at_a_word() -> None:
    window = Held().window()
    window.forget()
    assert window.take(OWN, 1) is None


def test_it_is_neither_shown_nor_written() -> None:
    window = Held().window()
    assert PIN not in repr(window)
    with pytest.raises(TypeError):
        pickle.dumps(window)


@pytest.mark.parametrize(("seconds", "signatures"), [(LONGEST + 1, 1), (-1, 1), (60, 0), (60, MOST + 1)])
def test_nobody_holds_it_for_a_day(seconds: float, signatures: int) -> None:
    with pytest.raises(ValueError, match="held for"):
        PinWindow(seconds, signatures)
