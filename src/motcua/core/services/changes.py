"""A change without a programmer: one amount, one text or one cell of a table, in the files of a pack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from motcua.core.errors import UserError
from motcua.core.services.pack.faults import Path
from motcua.core.services.pack.files import Files
from motcua.core.services.pack.yaml_source import Source, read
from motcua.engines import dmn
from motcua.engines.forms import paths

SERVICE = "service.yaml"


class Kind(StrEnum):
    """What may be changed on a page."""

    FEE = "fee"
    TEXT = "text"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    fee: `target` a rate's key, or key@province; `value` đồng, or {amount, source, verified_on}.
    text: `target` `texts/vi.yaml#child.name.hint`, or a text of service.yaml: `service.yaml#summary.vi`.
    cell: `target` `decisions/eligibility.dmn#<rule>/<column>`; `value` the cell's FEEL.
    """

    kind: Kind
    target: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        return {"kind": str(self.kind), "target": self.target, "value": self.value}


def applied(files: Mapping[str, str], changes: Iterable[Change], in_force_from: dt.date) -> Files:
    """The files with the changes made and the day from which they hold. Raises UserError that names the target."""
    changed: Files = dict(files)
    for change in changes:
        match Kind(change.kind):
            case Kind.FEE:
                _fee(changed, change, in_force_from)
            case Kind.TEXT:
                _text(changed, change)
            case Kind.CELL:
                _cell(changed, change)
    source = read(SERVICE, changed[SERVICE])
    changed[SERVICE] = source.replaced(("version", "in_force_from"), in_force_from)
    return changed


def _fee(files: Files, change: Change, in_force_from: dt.date) -> None:
    key, _, province = change.target.partition("@")
    value: Mapping[str, Any] = change.value if isinstance(change.value, Mapping) else {"amount": change.value}
    amount = value.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 0:
        raise UserError(
            f"Mức thu phải là số nguyên đồng, không âm; không phải “{amount}”.",
            f"A rate is a whole number of đồng, not negative; not {amount!r}.",
            field=change.target,
        )
    place = _rate_place(read(SERVICE, files[SERVICE]), key, province)
    wanted = {"amount": amount, "from": in_force_from.isoformat(), "verified_on": None, **value}
    for name in ("amount", "from", "source", "verified_on"):
        if name in wanted:
            source = read(SERVICE, files[SERVICE])
            files[SERVICE] = source.replaced((*place, name), wanted[name])


def _rate_place(source: Source, key: str, province: str) -> Path:
    lines = [
        (place, line)
        for place, line in enumerate(source.value.get("rates", ()))
        if line["key"] == key and (not province or line["province"] == province)
    ]
    if not lines:
        known = ", ".join(line["key"] for line in source.value.get("rates", ()))
        raise UserError(
            f"Thủ tục không có mức thu “{key}”; có: {known}.", f"The service has no rate {key!r}; it has: {known}.",
            field=key,
        )  # fmt: skip
    return "rates", max(lines, key=lambda one: one[1]["from"])[0]


def _text(files: Files, change: Change) -> None:
    file, _, key = change.target.partition("#")
    if file not in files or not isinstance(change.value, str) or not change.value.strip():
        raise UserError(
            f"Không có tệp “{file}”, hoặc chữ mới để trống.", f"There is no file {file!r}, or the new text is empty.",
            field=change.target,
        )  # fmt: skip
    source = read(file, files[file])
    path: Path = (key,) if file != SERVICE else tuple(paths.parse(key))
    old = source.value
    try:
        for step in path:
            old = old[step]
        if not isinstance(old, str):
            raise KeyError(key)
        files[file] = source.replaced(path, change.value)
    except (KeyError, IndexError, TypeError):
        raise UserError(
            f"Tệp {file} không có chữ “{key}”.", f"The file {file} has no text {key!r}.", field=change.target
        ) from None


def _cell(files: Files, change: Change) -> None:
    file, _, cell = change.target.partition("#")
    rule, _, column = cell.partition("/")
    if file not in files or not file.endswith(".dmn") or not column:
        raise UserError(
            f"Không có ô “{change.target}”; viết decisions/x.dmn#dòng/cột.",
            f"There is no cell {change.target!r}; write decisions/x.dmn#rule/column.",
            field=change.target,
        )
    try:
        table, index = _rule(files[file].encode(), rule)
        place = int(column) if column.isdigit() else column
        files[file] = dmn.with_cell(files[file].encode(), table, index, place, str(change.value)).decode()
    except dmn.DmnError as wrong:
        raise UserError(
            f"Ô {cell} không nhận được “{change.value}”: {wrong}",
            f"The cell {cell} cannot hold {change.value!r}: {wrong}",
            field=change.target,
        ) from None  # fmt: skip


def _rule(source: bytes, rule: str) -> tuple[str, int]:
    """The table and the place (from 1) of a rule by its id."""
    for view in dmn.tables(source):
        for place, one in enumerate(view.rules, start=1):
            if one.id == rule:
                return view.id, place
    known = ", ".join(one.id for view in dmn.tables(source) for one in view.rules)
    raise dmn.DmnError(f"there is no rule {rule!r}; there are: {known}", rule)
