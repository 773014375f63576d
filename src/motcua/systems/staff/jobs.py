"""Background work: people of a table taken on batch by batch; codes forgotten."""

from __future__ import annotations

from motcua.core import jobs
from motcua.systems.staff import rosters


@jobs.task(name=rosters.GOES_ON)
def take_on_roster(roster: str) -> None:
    """The next batch of a table; a worker that dies leaves it undone, to be done again."""
    rosters.take_on_next(roster)


@jobs.task(name="staff.forget_codes")
def forget_codes(roster: str) -> None:
    """A sheet of codes was opened: they are forgotten."""
    rosters.forget_codes(roster)


@jobs.task(name="staff.tend_rosters", lock="staff.tend_rosters", every="*/10 * * * *")
def tend_rosters(timestamp: int = 0) -> None:
    """What a lost job left is gone on with; codes and tables that are over are forgotten."""
    rosters.tend()
