"""What a check says of one point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "weak", "fault"]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the check. A fault keeps the installation from the public, a weakness should be known."""

    name: str
    state: State
    says: str
    remedy: str = ""


def judge(name: str, good: bool, fine: str, bad: str, remedy: str, otherwise: State = "fault") -> Point:
    """The point when all is well, or the other with its remedy."""
    return Point(name, "good", fine) if good else Point(name, otherwise, bad, remedy)
