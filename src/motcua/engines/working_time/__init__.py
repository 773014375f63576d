"""The legal clock: when it starts, when it stands still, when an answer is due, and how late it is.

Pure functions over an editable calendar; nothing here reads a clock, a file or a database.
README.md has the rules.
"""

from motcua.engines.working_time.calendar import Calendar, Session
from motcua.engines.working_time.clock import (
    Suspension,
    deadline,
    open_at,
    start_of_clock,
    suspensions_of,
)
from motcua.engines.working_time.limit import Limit, Unit
from motcua.engines.working_time.words import Remaining, in_words, remaining

__all__ = [
    "Calendar",
    "Limit",
    "Remaining",
    "Session",
    "Suspension",
    "Unit",
    "deadline",
    "in_words",
    "open_at",
    "remaining",
    "start_of_clock",
    "suspensions_of",
]
