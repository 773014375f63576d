"""Time limits as the law writes them: an amount and a unit."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

LONGEST = Decimal(20_000)


class Unit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working_days"
    HALF_DAYS = "half_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    MONTHS = "months"


_WHOLE_ONLY = {Unit.CALENDAR_DAYS, Unit.MONTHS}


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a step or a whole case may take.

    `amount` is never negative. 0 working days means "the same day". Half a working day may be written as
    0.5 working days or as one half day; a begun half day counts as a whole one.
    Raises ValueError, in plain words, for an amount that the unit cannot have.
    """

    amount: Decimal
    unit: Unit

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", Decimal(str(self.amount)))
        object.__setattr__(self, "unit", Unit(self.unit))
        if not self.amount.is_finite() or not 0 <= self.amount <= LONGEST:
            raise ValueError(f"A time limit lies between 0 and {LONGEST}, not {self.amount}.")
        if self.unit in _WHOLE_ONLY and self.amount % 1:
            raise ValueError(f"A limit in {self.unit} is a whole number, not {self.amount}.")
        if self.unit is Unit.WORKING_DAYS and (self.amount * 2) % 1:
            raise ValueError(
                f"{self.amount} working days is finer than half a day: write the limit in working_hours."
            )

    @classmethod
    def parse(cls, amount: str, unit: str) -> "Limit":
        """Read a limit from text, as written in a pack or a process file ("0.5", "half_days")."""
        try:
            return cls(Decimal(amount), Unit(unit))
        except ArithmeticError:
            raise ValueError(f"A time limit is a number such as 3 or 0.5, not “{amount}”.") from None
        except ValueError as fault:
            if unit in set(Unit):
                raise
            known = ", ".join(Unit)
            raise ValueError(f"“{unit}” is no unit of time limits; use one of {known}.") from fault

    @property
    def half_days(self) -> int | None:
        """The limit as a number of half days when it is counted in them, else None."""
        if self.unit is Unit.HALF_DAYS:
            return int(self.amount.to_integral_value(ROUND_CEILING))
        if self.unit is Unit.WORKING_DAYS and self.amount % 1:
            return int(self.amount * 2)
        return None
