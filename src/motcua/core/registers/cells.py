"""Cells of a table as values of a register's fields, and what is wrong with a row of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from motcua.core.errors import Text, say
from motcua.core.registers import tables
from motcua.core.registers.schema import Field, Schema
from motcua.engines.text import fold, normalise

KEY_TITLES = ("key", "khóa", "khoa", "mã", "ma")
Columns = dict[str, Field | None]
"""Which field each column is; the key's is None."""
Err = Callable[[int, str, Text], None]
"""Notes a mistake: its line, its column, what to mend."""


def columns_of(schema: Schema, columns: Sequence[str], allowed: frozenset[str], err: Err) -> Columns:
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
            err(1, column, say(
                f"Không có trường này. Các trường: {', '.join(schema.fields)}.",
                f"There is no such field. Fields: {', '.join(schema.fields)}.",
            ))  # fmt: skip
        elif one_field.master != schema.slug:
            err(1, column, say(
                f"Trường này do {one_field.master} quản lý: ghi ở đó, bỏ cột này.",
                f"This field is mastered by {one_field.master}: write it there, and leave the column out.",
            ))  # fmt: skip
        elif one_field.path not in allowed:
            err(1, column, say("Không được ghi trường này.", "This field is not yours to write."))
        else:
            found[column] = one_field
    if None not in found.values():
        err(1, "key", say(
            f"Thiếu cột khóa “{schema.key.vi}” (đặt tên “key”).", "The column of the key is missing: call it “key”."
        ))  # fmt: skip
    return found


def row_of(
    schema: Schema, paths: Columns, columns: Sequence[str], line: int, cells: Sequence[Any], err: Err
) -> tuple[str, dict[str, Any]]:
    """(key, facts) of a row. What is wrong in it is noted, and its key is "" then."""
    if len(cells) > len(columns) and any(cell not in (None, "") for cell in cells[len(columns) :]):
        err(line, "", say(
            f"Dòng có {len(cells)} ô, bảng có {len(columns)} cột: xem lại dấu phân cách.",
            f"The line has {len(cells)} cells, the table {len(columns)} columns: look at the separators.",
        ))  # fmt: skip
        return "", {}
    facts: dict[str, Any] = {}
    key, right = "", True
    for column, cell in zip(columns, cells, strict=False):
        one_field = paths[column]
        if one_field is None:
            key = _text(cell)
            continue
        value = as_value(one_field, cell)
        if value in (None, ""):
            continue
        if (wrong := one_field.wrong(value)) is not None:
            err(line, column, wrong)
            right = False
        facts[one_field.path] = value
    if (wrong := _wrong_key(schema, key)) is not None:
        err(line, "key", wrong)
        right = False
    return (key if right else ""), facts


def missing(schema: Schema, facts: Mapping[str, Any]) -> list[Field]:
    """The fields of this register's own that a new record needs and has not."""
    return [
        one
        for path, one in schema.fields.items()
        if one.required and one.master == schema.slug and facts.get(path) in (None, "")
    ]


def _wrong_key(schema: Schema, key: str) -> Text | None:
    """Keys of people are personal numbers, those of enterprises tax codes with their check digit."""
    from motcua.engines import text

    if not key:
        return say("Thiếu khóa.", "The key is missing.")
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
