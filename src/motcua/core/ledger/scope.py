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


def parameters(actor: Actor) -> tuple[str, str, str]:
    """What `ENTER` is given: kind, party acted for, agencies as an array literal."""
    party = "" if actor.principal is None else str(actor.principal)
    return actor.kind.value, party, "{" + ",".join(map(str, actor.unit_ids)) + "}"


def enter(actor: Actor) -> None:
    """Say in the present transaction who acts."""
    with connection.cursor() as cursor:
        cursor.execute(ENTER, parameters(actor))


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """One transaction in which `actor` acts; inside another one, the former actor returns at the end."""
    with transaction.atomic():
        before = _settings() if connection.in_atomic_block else None
        enter(actor)
        yield actor
        if before is not None:
            with connection.cursor() as cursor:
                cursor.execute(ENTER, before)


def _settings() -> tuple[str, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(current_setting('motcua.kind', true), ''), "
            "coalesce(current_setting('motcua.party', true), ''), "
            "coalesce(current_setting('motcua.units', true), '')"
        )
        row = cursor.fetchone()
    return row[0], row[1], row[2]
