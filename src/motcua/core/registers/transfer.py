"""Records in and out as files: looked through first, then taken over whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from motcua.core import bulk, clock
from motcua.core.errors import Text, UserError, say
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.registers import access, queries, reading, shape, tables
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Record
from motcua.core.registers.schema import Field, Schema
from motcua.core.registers.telling import register_imported
from motcua.core.sealing.keyring import PERSON, blind
from motcua.engines.text import fold, normalise

KEY_TITLES = ("key", "khóa", "khoa", "mã", "ma")
SHOWN = 200
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a file: the line, the column, what, and how to mend it."""

    line: int
    column: str
    message: Text


@dataclass(slots=True)
class Look:
    """What an import would do. `mistakes` holds the first ones; `wrong` counts them all."""

    register: str
    encoding: str
    columns: list[str]
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    wrong: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.rows > 0 and self.wrong == 0

    def err(self, line: int, column: str, message: Text) -> None:
        self.wrong += 1
        if len(self.mistakes) < SHOWN:
            self.mistakes.append(Mistake(line, column, message))


def preview(actor: Actor, register: str, content: bytes, name: str, *, use: str = "keeping") -> Look:
    """Read a file through and say what is wrong in it and what it would change. Nothing is written.

    Raises tables.Unreadable for what is no table, NotAllowed for who may not write.
    """
    schema = schemas.of(register)
    allowed = access.fields_for(schema, actor, "write", use)
    sheet = tables.read(content, name)
    look = Look(register, sheet.encoding, list(sheet.columns))
    paths = _columns(schema, sheet.columns, allowed, look)
    if look.wrong:
        return look
    lines: dict[str, int] = {}
    for line, cells in sheet.rows:
        look.rows += 1
        if look.rows > tables.MOST_ROWS:
            raise tables.Unreadable(
                "Tệp có hơn 100.000 dòng. Hãy chia nhỏ.",
                "The file has more than 100,000 rows: split it.",
                "file",
            )
        _take(schema, paths, sheet.columns, line, cells, lines, look)
    _compare(schema, look)
    return look


def apply(
    actor: Actor,
    register: str,
    content: bytes,
    name: str,
    *,
    use: str = "keeping",
    valid_from: dt.date | None = None,
) -> Look:
    """Take a file over: every row, or none when one is wrong (UserError)."""
    look = preview(actor, register, content, name, use=use)
    if not look.ready:
        raise UserError(
            f"Tệp còn {look.wrong} lỗi nên chưa ghi dòng nào." if look.wrong else "Tệp không có dòng nào.",
            f"The file has {look.wrong} mistakes, so nothing was written."
            if look.wrong
            else "There are no rows.",
            "file",
        )
    schema = schemas.of(register)
    start = valid_from or clock.today()
    keys = list(look.facts)
    for at in range(0, len(keys), BATCH):
        _write_some(schema, {key: look.facts[key] for key in keys[at : at + BATCH]}, start)
    register_imported.send(register=register, keys=keys)
    emit(
        "register.imported",
        actor,
        data={"register": register, "rows": look.new + look.changed, "file": name[:100]},
    )
    return look


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


def _columns(
    schema: Schema, columns: tuple[str, ...], allowed: frozenset[str], look: Look
) -> dict[str, Field | None]:
    """Which field each column is: by its path or its title in either language; the key's is None."""
    known: dict[str, Field] = {}
    for one in schema.fields.values():
        for name in (one.path, one.title.vi, one.title.en):
            known.setdefault(fold(name), one)
    keys = {fold(name) for name in (*KEY_TITLES, schema.key.vi, schema.key.en)}
    found: dict[str, Field | None] = {}
    for column in columns:
        one_field = known.get(fold(column))
        if fold(column) in keys and None not in found.values():
            found[column] = None
        elif one_field is None:
            look.err(1, column, say(
                f"Không có trường này. Các trường: {', '.join(schema.fields)}.",
                f"There is no such field. Fields: {', '.join(schema.fields)}.",
            ))  # fmt: skip
        elif one_field.master != schema.slug:
            look.err(1, column, say(
                f"Trường này do {one_field.master} quản lý: ghi ở đó, bỏ cột này.",
                f"This field is mastered by {one_field.master}: write it there, and leave the column out.",
            ))  # fmt: skip
        elif one_field.path not in allowed:
            look.err(1, column, say("Không được ghi trường này.", "This field is not yours to write."))
        else:
            found[column] = one_field
    if None not in found.values():
        look.err(1, "key", say(
            f"Thiếu cột khóa “{schema.key.vi}” (đặt tên “key”).", "The column of the key is missing: call it “key”."
        ))  # fmt: skip
    return found


def _take(
    schema: Schema,
    paths: dict[str, Field | None],
    columns: tuple[str, ...],
    line: int,
    cells: list[Any],
    lines: dict[str, int],
    look: Look,
) -> None:
    if len(cells) > len(columns) and any(cell not in (None, "") for cell in cells[len(columns) :]):
        look.err(line, "", say(
            f"Dòng có {len(cells)} ô, bảng có {len(columns)} cột: xem lại dấu phân cách.",
            f"The line has {len(cells)} cells, the table {len(columns)} columns: look at the separators.",
        ))  # fmt: skip
        return
    facts: dict[str, Any] = {}
    key = ""
    for column, cell in zip(columns, cells, strict=False):
        one_field = paths[column]
        if one_field is None:
            key = _text(cell)
            continue
        value = as_value(one_field, cell)
        if value in (None, ""):
            continue
        if (wrong := one_field.wrong(value)) is not None:
            look.err(line, column, wrong)
        facts[one_field.path] = value
    if not key:
        look.err(line, "key", say("Thiếu khóa.", "The key is missing."))
    elif (wrong := _wrong_key(schema, key)) is not None:
        look.err(line, "key", wrong)
    elif key in lines:
        look.err(
            line,
            "key",
            say(f"Trùng khóa với dòng {lines[key]}.", f"The key stands in line {lines[key]} too."),
        )
    else:
        lines[key] = line
        look.facts[key] = facts


def _wrong_key(schema: Schema, key: str) -> Text | None:
    """Keys of people are personal numbers, those of enterprises tax codes with their check digit."""
    from motcua.engines import text

    try:
        if schema.subjects == ("key",):
            text.personal_number(key)
        elif schema.slug == "enterprises":
            text.tax_code(key)
    except text.Refused as refused:
        return say(refused.message(), refused.message("en"))
    return None if len(key) <= 200 else say("Khóa quá dài.", "The key is too long.")


def as_value(one: Field, cell: Any) -> Any:
    """A cell as a value of the field's type; what cannot be one stays as it is and is found wrong."""
    if cell is None:
        return None
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if one.type == "date" else cell.isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if one.type in ("object", "list") and isinstance(cell, str):
        return _loaded(cell)
    if not isinstance(cell, str):
        return _text(cell) if one.type == "text" else cell
    text = normalise(cell).strip()
    if text.startswith("'") and text[1:].startswith(tables.ACTS):
        text = text[1:]
    if one.type == "number" and text:
        return _number(text)
    if one.type == "boolean":
        return {"có": True, "co": True, "x": True, "true": True, "1": True, "không": False, "khong": False,
                "false": False, "0": False}.get(text.casefold(), text)  # fmt: skip
    if one.type == "date" and text.count("/") == 2:
        day, month, year = text.split("/")
        return f"{year}-{month:0>2}-{day:0>2}"
    return text


def _number(text: str) -> Any:
    plain = (
        text.replace(" ", "").replace(".", "").replace(",", ".")
        if "," in text or text.count(".") > 1
        else text
    )
    try:
        number = float(plain)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _loaded(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _text(cell: Any) -> str:
    """A key or text that a spreadsheet took for a number: without `.0`."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return normalise(str(cell if cell is not None else "")).strip()


def _compare(schema: Schema, look: Look) -> None:
    keys = list(look.facts)
    for at in range(0, len(keys), BATCH):
        some = keys[at : at + BATCH]
        standing = _standing(schema, some)
        for key in some:
            row = standing.get(key)
            merged = {**row.facts, **look.facts[key]} if row else look.facts[key]
            for path, one in schema.fields.items():
                if (
                    row is None
                    and one.required
                    and one.master == schema.slug
                    and merged.get(path) in (None, "")
                ):
                    look.err(
                        0,
                        path,
                        say(f"“{key}”: thiếu “{one.title.vi}”.", f"{key!r}: {one.title.en!r} is missing."),
                    )
            if row is None:
                look.new += 1
            elif merged == row.facts:
                look.same += 1
            else:
                look.changed += 1


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
