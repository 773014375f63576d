"""The second wall: every transaction says who acts, and row-level security reads it.

The settings live as long as the transaction (`set_config(…, true)`), so a pooled connection carries nothing over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from motcua.core import clock
from motcua.core.ledger.actor import Actor

NAMES = ("kind", "party", "units", "services", "day", "groups")
"""Who acts, for whom, at which agencies, in which services only, on which day, with which duties: `motcua.<name>`
each."""
SETTINGS = ", ".join(f"set_config('motcua.{name}', %s, true)" for name in NAMES)
ENTER = f"select {SETTINGS}"
CURRENT = "select " + ", ".join(
    f"coalesce(current_setting('motcua.{name}', true), '') as {name}" for name in NAMES
)
EXCHANGE = f"""
with before as materialized ({CURRENT})
select {", ".join(NAMES)}, {SETTINGS}
  from before
"""


def parameters(actor: Actor) -> tuple[str, ...]:
    """What `SETTINGS` is given: kind, party acted for, agencies and services as array literals, the day, duties."""
    party = "" if actor.principal is None else str(actor.principal)
    units = ",".join(map(str, actor.unit_ids))
    services, duties = (
        ",".join(f'"{one}"' for one in sorted(each)) for each in (actor.services, actor.groups)
    )
    day = clock.today().isoformat()
    return actor.kind.value, party, f"{{{units}}}", f"{{{services}}}", day, f"{{{duties}}}"


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


def _exchange(actor: Actor) -> tuple[str, ...]:
    """Say who acts from here on. Returns who did, as `restore` takes it."""
    with connection.cursor() as cursor:
        cursor.execute(EXCHANGE, parameters(actor))
        row = cursor.fetchone()
    return tuple(row[: len(NAMES)])


def restore(settings: tuple[str, ...]) -> None:
    """Put back who acted before."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER, settings)


def current() -> tuple[str, ...]:
    """Who acts in this transaction, as `restore` takes it."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENT)
        row = cursor.fetchone()
    return tuple(row)
