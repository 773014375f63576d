"""A change without a programmer: one amount, one text or one cell of a table, in the files of a pack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from motcua.core.errors import UserError
from motcua.core.services import rows
from motcua.core.services.pack.faults import Path
from motcua.core.services.pack.files import Files
from motcua.core.services.pack.yaml_source import Source, read
from motcua.core.services.trial import Report
from motcua.engines import dmn
from motcua.engines.forms import paths

SERVICE = "service.yaml"


class Kind(StrEnum):
    """What may be changed on a page."""

    FEE = "fee"
    TEXT = "text"
    CELL = "cell"
    CASE = "case"
    RULE = "rule"
    GEAR = "gear"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    fee: `target` a rate's key, or key@province; `value` đồng, or {amount, source, verified_on}. The line in force
    ends the day before, a new one follows it.
    text: `target` `texts/vi.yaml#child.name.hint`, or a text of service.yaml: `service.yaml#summary.vi`.
    cell: `target` `decisions/eligibility.dmn#<rule>/<column>`; `value` the cell's FEEL.
    rule: `target` `decisions/eligibility.dmn#<rule>`; `value` null removes it, a new id puts a copy of it below.
    gear: `target` the decision's name; `value` {gear, legal_basis}.
    case: `target` `cases/sunday-night.yaml#expect.fee`; `value` what is expected from now on.
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
            case Kind.RULE:
                _row(changed, change)
            case Kind.GEAR:
                _gear(changed, change, in_force_from)
            case Kind.CASE:
                _case(changed, change)
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
    source = read(SERVICE, files[SERVICE])
    place = _rate_place(source, key, province)
    old = source.value["rates"][place[1]]
    wanted = {**old, "verified_on": None, **value, "from": in_force_from.isoformat()}
    wanted.pop("until", None)
    if old["from"] == wanted["from"]:
        for name in ("amount", "source", "verified_on"):
            files[SERVICE] = read(SERVICE, files[SERVICE]).replaced((*place, name), wanted[name])
        return
    last_day = (in_force_from - dt.timedelta(days=1)).isoformat()
    files[SERVICE] = source.with_item_after(place, wanted, closing={"until": last_day})


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


def _case(files: Files, change: Change) -> None:
    file, _, key = change.target.partition("#")
    try:
        if not file.startswith("cases/") or not key.startswith(("expect.", "name.")):
            raise KeyError(key)
        files[file] = read(file, files[file]).replaced(tuple(paths.parse(key)), change.value)
    except (KeyError, ValueError):
        raise UserError(
            f"Không có kỳ vọng “{change.target}” trong các ca kiểm thử.",
            f"The test cases have no expectation {change.target!r}.",
            field=change.target,
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


@dataclass(frozen=True, slots=True)
class Editable:
    """Something that may be changed on a page: its `target`, what it is called, and what it says now."""

    kind: Kind
    target: str
    label: str
    value: Any
    group: str


def editable(files: Mapping[str, str]) -> list[Editable]:
    """Everything of a pack that may be changed without a programmer: amounts, texts, cells of tables."""
    service = read(SERVICE, files[SERVICE]).value
    found = [
        Editable(
            Kind.FEE, line["key"] + (f"@{line['province']}" if line["province"] else ""), line["key"],
            line["amount"], "rates",
        )
        for line in service.get("rates", ())
    ]  # fmt: skip
    for file, text in files.items():
        if file.startswith("texts/"):
            found += [
                Editable(Kind.TEXT, f"{file}#{key}", key, value, file)
                for key, value in read(file, text).value.items()
            ]
        elif file.endswith(".dmn"):
            found += _cells(file, text.encode())
    return found


def _cells(file: str, source: bytes) -> list[Editable]:
    return [
        Editable(
            Kind.CELL, f"{file}#{rule.id}/{place}", column.label or column.name, value, f"{file}#{rule.id}"
        )
        for view in dmn.tables(source)
        for rule in view.rules
        for place, (column, value) in enumerate(
            zip(view.columns, (*rule.inputs, *rule.outputs, *rule.annotations), strict=True), start=1
        )
    ]


def findings(files: Mapping[str, str]) -> list[str]:
    """Gaps, overlaps, contradictions and dead rows of the pack's tables, in words."""
    return [
        f"{file}: {finding.kind}: {finding.message}"
        for file, text in files.items()
        if file.endswith(".dmn")
        for finding in dmn.analyse(dmn.load(text.encode()))
    ]


def expectations(files: Mapping[str, str], report: Report) -> list[Change]:
    """The changes by which the test cases would expect what came out: for the clerk to look at, one by one.

    Only what stands on one line is offered; a case that ended with an error is never made to fit.
    """
    offered: list[Change] = []
    for case in report.cases:
        expected = read(case.file, files[case.file]).value["expect"]
        for side in ("contains", "lacks"):
            lost = [one.expected for one in case.mismatches if one.what == f"result.{side}"]
            if lost:
                kept = [words for words in expected["result"][side] if words not in lost]
                offered.append(Change(Kind.CASE, f"{case.file}#expect.result.{side}", kept))
        offered += [
            Change(Kind.CASE, f"{case.file}#expect.{one.what}", one.actual)
            for one in case.mismatches
            if not one.what.startswith(("result", "form")) and not one.what.startswith("step_")
        ]
    return offered


def _row(files: Files, change: Change) -> None:
    file, _, rule = change.target.partition("#")
    if file not in files or not file.endswith(".dmn"):
        raise UserError(
            f"Không có bảng “{file}”.", f"There is no table {file!r}.", field=change.target
        )  # fmt: skip
    source = files[file].encode()
    try:
        new = (
            rows.without(source, rule)
            if change.value is None
            else rows.copied(source, rule, str(change.value))
        )
    except dmn.DmnError as wrong:
        raise UserError(
            f"Không thêm hay bỏ được dòng “{rule}”: {wrong}",
            f"The rule {rule!r} cannot be added or removed: {wrong}",
            field=change.target,
        ) from None
    files[file] = new.decode()


def _gear(files: Files, change: Change, in_force_from: dt.date) -> None:
    value = change.value if isinstance(change.value, Mapping) else {"gear": change.value}
    gear, basis = str(value.get("gear", "")), str(value.get("legal_basis", "")).strip()
    known = read(SERVICE, files[SERVICE]).value.get("gears") or {}
    if change.target not in known:
        raise UserError(
            f"Gói chưa khai mức cho quyết định “{change.target}”; có: {', '.join(known)}.",
            f"The pack declares no gear for {change.target!r}; it has: {', '.join(known)}.",
            field="gear",
        )
    if gear not in ("shadow", "propose", "automatic"):
        raise UserError(
            "Chọn chạy ngầm, đề xuất hoặc tự động.", "Choose shadow, propose or automatic.", field="gear"
        )
    if gear == "automatic" and not basis:
        raise UserError(
            "Quyết định tự động phải ghi căn cứ pháp lý.", "An automatic decision needs its legal basis.",
            field="legal_basis",
        )  # fmt: skip
    line = known[change.target]
    wanted = {
        "gear": gear,
        "legal_basis": basis or line.get("legal_basis"),
        "from": in_force_from.isoformat(),
    }
    for name, said in wanted.items():
        if name in line:
            files[SERVICE] = read(SERVICE, files[SERVICE]).replaced(("gears", change.target, name), said)
