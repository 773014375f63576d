"""Changing keys while everything runs, and destroying them. Each step can be broken off and taken up again.

Whoever seals anew must see every row: where row security hides some, their key would be taken for one that nothing
lies under. So what reads the tables refuses to unless the system acts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Max

from motcua.core import clock
from motcua.core.sealing import envelope, keyring, master
from motcua.core.sealing.fields import Sealed
from motcua.core.sealing.models import DataKey

BATCH = 500
RESTS = dt.timedelta(seconds=2 * keyring.FRESH)
"""So long a retired key is kept: processes that remember it seal under it for `FRESH`, and commit a while later."""
NOT_CURRENT = """
select {pk}, {columns} from {table}
 where {pk} > %s and ({outdated}) order by {pk} limit %s
"""
OUTDATED = "({column} is not null and substr({column}, {start}, {length}) <> all (%s))"
SEES_ALL = "select coalesce(current_setting('motcua.kind', true), '') = 'system'"
RETIRE = """
update sealing_datakey set retired_at = %s
 where retired_at is null and "group" <> %s and (%s::text[] is null or "group" = any (%s))
"""
ERASE = """
update sealing_datakey set wrapped = '', erased_at = %(now)s, retired_at = coalesce(retired_at, %(now)s)
 where "group" = %(group)s and erased_at is null
"""


class HalfSeen(Exception):
    """Rows may be hidden from whoever acts; nothing was changed."""


@dataclass(frozen=True, slots=True)
class SealedColumns:
    """A table with sealed columns."""

    model: type[models.Model]
    fields: tuple[Sealed, ...]

    @property
    def table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    @property
    def key(self) -> str:
        return connection.ops.quote_name(str(self.model._meta.pk.column))

    @property
    def names(self) -> list[str]:
        return [_name(field) for field in self.fields]


def sealed_tables() -> Iterator[SealedColumns]:
    """Every table that holds sealed columns."""
    for model in apps.get_models():
        fields = tuple(field for field in model._meta.concrete_fields if isinstance(field, Sealed))
        if fields:
            yield SealedColumns(model, fields)


def retire(groups: list[str] | None = None) -> int:
    """Give the groups (default: all but the blind indexes) new keys from now on; how many keys were retired."""
    with keyring.apart() as cursor:
        cursor.execute(RETIRE, [clock.now(), keyring.INDEX, groups, groups])
        retired = int(cursor.rowcount)
    keyring.forget()
    return retired


def unfinished() -> bool:
    """Whether a rotation was broken off: keys are retired and not yet empty."""
    return DataKey.objects.exclude(retired_at=None).filter(erased_at=None).exists()


def reseal(
    progress: Callable[[str, int], None] = lambda table, rows: None,
    *,
    scope: Callable[[], AbstractContextManager[Any]] = transaction.atomic,
) -> int:
    """Seal anew what lies under a retired key, or open; how many rows changed. Safe to break off and repeat.

    A row that somebody changes at the same moment keeps their change: what is written is compared first. `scope` opens
    the transaction of a batch, in which the system acts. Raises HalfSeen where it does not.
    """
    changed = 0
    for columns in sealed_tables():
        for rows in _reseal_table(columns, scope):
            changed += rows
            progress(columns.table, rows)
    return changed


def drop_empty() -> int:
    """Remove keys that have rested and under which nothing lies any more; how many. Raises HalfSeen."""
    retired = set(DataKey.objects.filter(retired_at__lte=clock.now() - RESTS).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        _require_all_seen(cursor)
        for columns in sealed_tables():
            for field in columns.fields:
                name = _name(field)
                cursor.execute(
                    f"select distinct substr({name}, %s, %s) from {columns.table} "
                    f"where substr({name}, %s, %s) = any (%s)",
                    [*_SPAN, *_SPAN, list(retired)],
                )
                retired -= {row[0] for row in cursor.fetchall()}
    removed = DataKey.objects.filter(pk__in=retired, erased_at=None).delete()[0]
    keyring.forget()
    return removed


def rest_until() -> dt.datetime | None:
    """When the retired keys that are still kept may go; None when there are none."""
    kept = DataKey.objects.filter(erased_at=None)
    last: dt.datetime | None = kept.aggregate(last=Max("retired_at"))["last"]
    return None if last is None else last + RESTS


def rewrap() -> int:
    """Wrap every data key by the newest master key; how many were wrapped by another."""
    keyring.wait_for_makers()
    keys = DataKey.objects.filter(erased_at=None).exclude(master=master.newest())
    changed = 0
    for pk in list(keys.values_list("pk", flat=True)):
        with transaction.atomic():
            key = DataKey.objects.select_for_update().get(pk=pk)
            if key.erased_at is None:
                key.wrapped, key.master = master.wrap(master.unwrap(key.wrapped, key.master))
                key.save(update_fields=["wrapped", "master"])
                changed += 1
    return changed


def erase(group: str) -> int:
    """Destroy the keys of a group: whatever they sealed is gone, here and in every copy of the rows.

    Returns how many keys were destroyed. The group may get a new key afterwards.
    """
    with keyring.apart() as cursor:
        cursor.execute(ERASE, {"now": clock.now(), "group": group})
        erased = int(cursor.rowcount)
    keyring.forget()
    return erased


_SPAN = (len(envelope.MARK) + 1, envelope.ID_LENGTH)
"""Where in a sealed value its key's id stands, as SQL counts."""


def _require_all_seen(cursor: Any) -> None:
    cursor.execute(SEES_ALL)
    if not cursor.fetchone()[0]:
        raise HalfSeen(
            "keys are changed and dropped by the system only: row security hides rows from all others"
        )


def _reseal_table(columns: SealedColumns, scope: Callable[[], AbstractContextManager[Any]]) -> Iterator[int]:
    names = columns.names
    current = _current_keys()
    outdated = " or ".join(OUTDATED.format(column=name, start=_SPAN[0], length=_SPAN[1]) for name in names)
    statement = NOT_CURRENT.format(
        pk=columns.key, columns=", ".join(names), table=columns.table, outdated=outdated
    )
    last: Any = -1 if isinstance(columns.model._meta.pk, models.IntegerField) else ""
    while True:
        with scope(), connection.cursor() as cursor:
            _require_all_seen(cursor)
            cursor.execute(statement, [last, *[current] * len(names), BATCH])
            rows = cursor.fetchall()
            for key, *stored in rows:
                _reseal_row(columns, key, stored)
        if not rows:
            return
        last = rows[-1][0]
        yield len(rows)


def _reseal_row(columns: SealedColumns, key: Any, stored: list[str | None]) -> None:
    row = columns.model._base_manager.filter(pk=key).first()
    if row is None:
        return
    group = getattr(row, "sealing_group", lambda: "")()
    changes = [
        (field, before, field.seal(getattr(row, field.attname), group))
        for field, before in zip(columns.fields, stored, strict=True)
        if before is not None and not _is_erased(before)
    ]
    if not changes:
        return
    sets = ", ".join(f"{_name(field)} = %s" for field, _, _ in changes)
    same = " and ".join(f"{_name(field)} = %s" for field, _, _ in changes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {columns.table} set {sets} where {columns.key} = %s and {same}",
            [*(str(after) for _, _, after in changes), key, *(before for _, before, _ in changes)],
        )


def _name(field: Sealed) -> str:
    return connection.ops.quote_name(str(field.column))


def _is_erased(stored: str) -> bool:
    if not envelope.is_sealed(stored):
        return False
    try:
        keyring.key_named(envelope.key_id_of(stored))
    except keyring.Erased:
        return True
    return False


def _current_keys() -> list[str]:
    """Under these everything shall lie; what was erased counts as done."""
    keys = DataKey.objects.filter(retired_at=None) | DataKey.objects.exclude(erased_at=None)
    return list(keys.values_list("pk", flat=True))
