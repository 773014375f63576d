"""Records in and out as files: looked through first, then taken over whole, or row by row without those that are wrong.

A file is read in batches, twice when it is taken over: what is in memory is the file, its keys and one batch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.core import bulk, clock
from motcua.core.errors import Text, UserError, say
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.registers import access, cells, queries, reading, shape, tables
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Record
from motcua.core.registers.schema import Schema
from motcua.core.registers.telling import register_imported
from motcua.core.sealing.keyring import PERSON, blind

SHOWN = 200
BATCH = 2000
MISTAKE = "Lỗi"
"""The column that is added where rows that were not taken are given back; it is left out when they come again."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a file: the line, the column, what, and how to mend it."""

    line: int
    column: str
    message: Text


@dataclass(slots=True)
class Look:
    """What an import would do. `mistakes` and `facts` hold the first ones; `wrong` and `wrong_rows` count them all."""

    register: str
    encoding: str
    columns: list[str]
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    wrong: int = 0
    wrong_rows: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.rows > 0 and self.wrong == 0

    @property
    def usable(self) -> bool:
        """Whether some rows could be taken over: the columns fit, and not every row is wrong."""
        return self.new + self.changed + self.same > 0

    def err(self, line: int, column: str, message: Text) -> None:
        self.wrong += 1
        if len(self.mistakes) < SHOWN:
            self.mistakes.append(Mistake(line, column, message))


@dataclass(slots=True)
class Row:
    """A row of a file. `key` is "" where something is wrong with it; `faults` say what."""

    line: int
    cells: list[Any]
    key: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, Text]] = field(default_factory=list)


def preview(actor: Actor, register: str, content: bytes, name: str, *, use: str = "keeping") -> Look:
    """Read a file through and say what is wrong in it and what it would change. Nothing is written.

    Raises tables.Unreadable for what is no table, NotAllowed for who may not write.
    """
    look, batches = _open(actor, register, content, name, use)
    for _ in batches:
        pass
    return look


def apply(
    actor: Actor,
    register: str,
    content: bytes,
    name: str,
    *,
    use: str = "keeping",
    valid_from: dt.date | None = None,
    skip_wrong: bool = False,
) -> Look:
    """Take a file over: every row, or none when one is wrong (UserError); with `skip_wrong` every row that is right.

    The rows left out are in `rejected`.
    """
    seen = preview(actor, register, content, name, use=use)
    if not (seen.usable if skip_wrong else seen.ready):
        raise UserError(
            f"Tệp còn {seen.wrong} lỗi nên chưa ghi dòng nào." if seen.wrong else "Tệp không có dòng nào.",
            f"The file has {seen.wrong} mistakes, so nothing was written."
            if seen.wrong
            else "There are no rows.",
            "file",
        )
    schema = schemas.of(register)
    start = valid_from or clock.today()
    look, batches = _open(actor, register, content, name, use)
    for rows in batches:
        right = {row.key: row.facts for row in rows if row.key}
        _write_some(schema, right, start)
        register_imported.send(register=register, keys=list(right))
    emit(
        "register.imported",
        actor,
        data={
            "register": register, "rows": look.new + look.changed, "left_out": look.wrong_rows, "file": name[:100],
        },
    )  # fmt: skip
    return look


def rejected(
    actor: Actor, register: str, content: bytes, name: str, lang: str = "vi", *, use: str = "keeping"
) -> Iterator[bytes]:
    """The rows of a file that are wrong, as CSV with a column that says why: to be mended and brought again."""
    look, batches = _open(actor, register, content, name, use)
    wrong = (row for rows in batches for row in rows if row.faults)
    said = (
        [*_as_wide(row.cells, len(look.columns)), "; ".join(_fault(one, lang) for one in row.faults)]
        for row in wrong
    )
    return tables.write("csv", [*look.columns, MISTAKE], said)


def _as_wide(cells_: list[Any], width: int) -> list[Any]:
    return [*cells_[:width], *[""] * (width - len(cells_))]


def _fault(one: tuple[str, Text], lang: str) -> str:
    column, message = one
    return f"{column}: {message.text(lang)}" if column else message.text(lang)


def _open(
    actor: Actor, register: str, content: bytes, name: str, use: str
) -> tuple[Look, Iterator[list[Row]]]:
    """A look that is empty still, and the batches of rows by which it fills."""
    schema = schemas.of(register)
    allowed = access.fields_for(schema, actor, "write", use)
    sheet = tables.read(content, name)
    columns = [column for column in sheet.columns if column != MISTAKE]
    look = Look(register, sheet.encoding, columns)
    paths = cells.columns_of(schema, columns, allowed, look.err)
    return look, iter(()) if look.wrong else _batches(schema, sheet, columns, paths, look)


def _batches(
    schema: Schema, sheet: tables.Sheet, columns: list[str], paths: cells.Columns, look: Look
) -> Iterator[list[Row]]:
    kept = [place for place, column in enumerate(sheet.columns) if column != MISTAKE]
    lines: dict[str, int] = {}
    batch: list[Row] = []
    for line, found in sheet.rows:
        look.rows += 1
        if look.rows > tables.MOST_ROWS:
            raise tables.Unreadable(
                "Tệp có hơn 100.000 dòng. Hãy chia nhỏ.",
                "The file has more than 100,000 rows: split it.",
                "file",
            )
        whole = [found[place] for place in kept if place < len(found)] + found[len(sheet.columns) :]
        batch.append(_row(schema, paths, columns, line, whole, lines))
        if len(batch) == BATCH:
            _compare(schema, batch, look)
            yield batch
            batch = []
    _compare(schema, batch, look)
    yield batch


def _row(
    schema: Schema,
    paths: cells.Columns,
    columns: list[str],
    line: int,
    found: list[Any],
    lines: dict[str, int],
) -> Row:
    row = Row(line, found)
    row.key, row.facts = cells.row_of(
        schema, paths, columns, line, found, lambda _, column, message: row.faults.append((column, message))
    )
    if row.key in lines:
        row.faults.append(
            (
                "key",
                say(
                    f"Trùng khóa với dòng {lines[row.key]}.", f"The key stands in line {lines[row.key]} too."
                ),
            )
        )
        row.key = ""
    elif row.key:
        lines[row.key] = line
    return row


def _compare(schema: Schema, batch: list[Row], look: Look) -> None:
    """Count what the rows would change, and note their mistakes in the order of the file."""
    standing = _standing(schema, [row.key for row in batch if row.key])
    for row in batch:
        known = standing.get(row.key) if row.key else None
        if row.key and known is None:
            for one in cells.missing(schema, row.facts):
                row.faults.append(
                    (one.path, say(f"Thiếu “{one.title.vi}”.", f"{one.title.en!r} is missing."))
                )
        if row.faults:
            row.key = ""
            look.wrong_rows += 1
            for column, message in row.faults:
                look.err(row.line, column, message)
            continue
        if len(look.facts) < SHOWN:
            look.facts[row.key] = row.facts
        if known is None:
            look.new += 1
        else:
            stands = shape.seen_as(schema, known.facts, known.version)
            same = {**stands, **row.facts} == stands
            look.same += same
            look.changed += not same


def _standing(schema: Schema, keys: list[str]) -> dict[str, Record]:
    indexes = {blind(PERSON, key): key for key in keys}
    rows = Record.objects.filter(register_id=schema.slug, key_index__in=list(indexes), superseded_at=None)
    return {indexes[str(row.key_index)]: row for row in rows.order_by("valid_from")}


def _write_some(schema: Schema, facts: dict[str, dict[str, Any]], start: dt.date) -> None:
    """As `actions.write` does row by row, in a few statements; unchanged rows are left alone."""
    standing = _standing(schema, list(facts))
    fresh: list[Record] = []
    ended: list[int] = []
    superseded: list[int] = []
    for key, given in facts.items():
        row = standing.get(key)
        before = shape.seen_as(schema, row.facts, row.version) if row else {}
        merged = {**before, **given}
        if row is not None and merged == before:
            continue
        anew = shape.row(schema, key, merged, valid_from=start)
        if row is not None:
            (ended if row.valid_from < anew.valid_from else superseded).append(row.pk)
        fresh.append(anew)
    Record.objects.filter(pk__in=ended).update(valid_until=start - dt.timedelta(days=1))
    Record.objects.filter(pk__in=superseded).update(superseded_at=clock.now())
    if fresh:
        bulk.insert(fresh)


def export(
    actor: Actor,
    register: str,
    format_: str,
    *,
    purpose: str,
    use: str = "keeping",
    criteria: Mapping[str, Any] | None = None,
    limit: int = tables.MOST_ROWS,
) -> Iterator[bytes]:
    """A file of the records in force today, piece by piece; each batch of them is one look in the log."""
    schema = schemas.of(register)
    allowed = access.fields_for(schema, actor, "export", use)
    if format_ not in tables.FORMATS:
        raise UserError("Chọn csv, xlsx hoặc json.", "Choose csv, xlsx or json.", "format")
    paths = [path for path in schema.fields if path in allowed]
    emit("register.exported", actor, data={"register": register, "rows": limit, "format": format_})
    rows = _rows(actor, schema, purpose, paths, dict(criteria or {}), limit)
    return tables.write(format_, ["key", *paths], rows)


def _rows(
    actor: Actor, schema: Schema, purpose: str, paths: list[str], criteria: dict[str, Any], limit: int
) -> Iterator[list[Any]]:
    after = 0
    while limit > 0:
        found = queries.in_force(
            Record.objects.filter(register_id=schema.slug, pk__gt=after, data__contains=criteria)
        )
        some = list(found.order_by("pk")[: min(BATCH, limit)])
        if not some:
            return
        reading.log(actor, schema, some, purpose, None)
        for row in some:
            seen = reading.view(schema, row, frozenset(paths))
            yield [row.key, *(seen.data.get(path) for path in paths)]
        after, limit = some[-1].pk, limit - len(some)
