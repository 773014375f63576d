"""How many, by what: counts over the open dimensions of a register, small ones kept back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.ledger.actor import Actor
from motcua.core.registers import access
from motcua.core.registers import schema as schemas

SMALLEST = 5
"""A group of fewer people is not told apart: somebody could be known in it."""
MOST = 2000
COUNT = """
select {dimensions}, count(*) from registers_record
 where register_id = %s and superseded_at is null and valid_from <= %s and (valid_until is null or valid_until >= %s)
 group by {numbers} order by {numbers} limit %s
"""


@dataclass(frozen=True, slots=True)
class Group:
    """One group: the value of each dimension, and how many; None where they are fewer than `SMALLEST`."""

    values: tuple[str, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class Statistics:
    dimensions: tuple[str, ...]
    groups: list[Group]
    suppressed: int
    """How many groups are kept back."""


def dimensions_of(schema: schemas.Schema) -> list[str]:
    """What records may be counted by: open fields, and the years of sealed days (`born:year`)."""
    return [
        path if field.statistic == "value" else f"{path}:year"
        for path, field in schema.fields.items()
        if field.statistic
    ]


def count(
    actor: Actor,
    register: str,
    by: Sequence[str],
    *,
    use: str = "statistics",
    partner: str = "",
) -> Statistics:
    """Records in force today, by up to three dimensions.

    Where exactly one group of a table is small, the next smallest is kept back too: else it could be had by
    subtraction. Raises UserError for what is no dimension, NotAllowed by the schema's rules.
    """
    schema = schemas.of(register)
    access.fields_for(schema, actor, "statistics", use, partner=partner)
    known = dimensions_of(schema)
    for one in by:
        if one not in known:
            raise UserError(
                f"“{one}” không phải chiều thống kê. Có: {', '.join(known) or '-'}.",
                f"{one!r} is no dimension. There are: {', '.join(known) or '-'}.",
                "by",
            )
    if not 1 <= len(by) <= 3 or len(set(by)) != len(by):
        raise UserError("Chọn từ một đến ba chiều khác nhau.", "Choose one to three dimensions.", "by")
    columns = ", ".join(["coalesce(data->>%s, '')"] * len(by))
    numbers = ", ".join(str(n) for n in range(1, len(by) + 1))
    day = clock.today()
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(dimensions=columns, numbers=numbers), [*by, register, day, day, MOST])
        rows = [(tuple(row[:-1]), int(row[-1])) for row in cursor.fetchall()]
    hidden = _hidden(rows)
    groups = [Group(values, None if values in hidden else number) for values, number in rows]
    return Statistics(tuple(by), groups, len(hidden))


def _hidden(rows: list[tuple[tuple[str, ...], int]]) -> set[tuple[str, ...]]:
    small = {values for values, number in rows if number < SMALLEST}
    if len(small) == 1 and len(rows) > 1:
        others = [row for row in rows if row[0] not in small]
        small.add(min(others, key=lambda row: row[1])[0])
    return small
