"""Numbers of the books: one after another in a year, given in the act's own transaction, so that none is lost."""

from __future__ import annotations

from django.db import connection

from motcua.systems.dispatch.models import Direction

_TAKE = """
insert into dispatch_numbercounter (agency_id, direction, book, year, last) values (%s, %s, %s, %s, 1)
on conflict (agency_id, direction, book, year) do update set last = dispatch_numbercounter.last + 1 returning last
"""


def take(agency_id: int, direction: Direction, book: str, year: int) -> int:
    """The next number of that book. What rolls back gives its number back, so the book has no gaps."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [agency_id, direction.value, book, year])
        return int(cursor.fetchone()[0])
