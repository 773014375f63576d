"""FEEL in packs: compiled once, evaluated over the facts of a case, with the house's own functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from motcua.engines import feel, text

ISO_DAY_LENGTH = 10


class Expression:
    """A compiled FEEL text."""

    __slots__ = ("_compiled", "text")

    def __init__(self, source: str) -> None:
        """Raises feel.FeelSyntaxError."""
        self.text = source
        self._compiled = feel.compile(source, functions=FUNCTIONS)

    @property
    def names(self) -> frozenset[str]:
        """The variables it reads, as dotted paths (`child.born`)."""
        return self._compiled.names

    def value(self, context: Mapping[str, Any]) -> Any:
        """The value; None where the data lack what the expression names."""
        return self._compiled.evaluate(context)

    def holds(self, context: Mapping[str, Any]) -> bool:
        """Whether it is true; null counts as not true."""
        return self.value(context) is True

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def typed(value: Any) -> Any:
    """JSON as FEEL sees it: ISO days and moments become dates, numbers decimals; all else stays."""
    if isinstance(value, str):
        return _moment(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {str(key): typed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [typed(item) for item in value]
    return value


def plain(value: Any) -> Any:
    """A FEEL value as JSON holds it: the inverse of `typed`."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)


def _moment(value: str) -> Any:
    if len(value) < ISO_DAY_LENGTH or not value[:4].isdigit() or value[4] != "-":
        return value
    try:
        if len(value) == ISO_DAY_LENGTH:
            return dt.date.fromisoformat(value)
        return dt.datetime.fromisoformat(value) if value[10] == "T" else value
    except ValueError:
        return value


def _date_in_words(day: Any) -> str | None:
    return text.date_in_words(day) if isinstance(day, dt.date) else None


def _long_date(day: Any) -> str | None:
    return text.long_date(day) if isinstance(day, dt.date) else None


def _money_in_words(amount: Any) -> str | None:
    return text.money_in_words(int(amount)) if isinstance(amount, Decimal | int) else None


def _money(amount: Any) -> str | None:
    return text.money(int(amount)) if isinstance(amount, Decimal | int) else None


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "date_in_words": _date_in_words,
    "long_date": _long_date,
    "money": _money,
    "money_in_words": _money_in_words,
}
"""Functions that every expression of a pack may use, besides FEEL's own and `rate(key)`."""
