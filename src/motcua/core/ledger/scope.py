"""The second wall: every transaction says who acts, and row-level security reads it.

The settings live as long as the transaction (`set_config(…, true)`), so a pooled connection carries nothing over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from motcua.core.ledger.actor import Actor

ENTER = (
    "select set_config('motcua.kind', %s, true), set_config('motcua.party', %s, true), "
    "set_config('motcua.units', %s, true)"
)

CURRENT = (
    "select coalesce(current_setting('motcua.kind', true), '') as kind, "
    "coalesce(current_setting('motcua.party', true), '') as party, "
    "coalesce(current_setting('motcua.units', true), '') as units"
)
EXCHANGE = f"""
with before as materialized ({CURRENT})
select kind, party, units,
       set_config('motcua.kind', %s, true), set_config('motcua.party', %s, true), set_config('motcua.units', %s, true)
  from before
"""


def parameters(actor: Actor) -> tuple[str, str, str]:
    """What `ENTER` is given: kind, party acted for, agencies as an array literal."""
    party = "" if actor.principal is None else str(actor.principal)
    return actor.kind.value, party, "{" + ",".join(map(str, actor.unit_ids)) + "}"


def enter(actor: Actor) -> None:
    """Say in the present transaction who acts."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER, parameters(actor))


@contextmanager
def acting(actor: Actor, *, savepoint: bool = True) -> Iterator[Actor]:
    """One transaction in which `actor` acts; inside another one, the former actor returns at the end.

    Without a `savepoint` what fails here fails all that is around it: right for a look, which leaves nothing
    to be taken back.
    """
    with transaction.atomic(savepoint=savepoint):
        before = _exchange(actor)
        yield actor
        restore(before)


def _exchange(actor: Actor) -> tuple[str, str, str]:
    """Say who acts from here on. Returns who did, as `restore` takes it."""
    with connection.cursor() as cursor:
        cursor.execute(EXCHANGE, parameters(actor))
        row = cursor.fetchone()
    return row[0], row[1], row[2]


def restore(settings: tuple[str, str, str]) -> None:
    """Put back who acted before."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER, settings)


def current() -> tuple[str, str, str]:
    """Who acts in this transaction, as `restore` takes it."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT)
        row = cursor.fetchone()
    return row[0], row[1], row[2]
