"""One page for each thing that may be changed; each change lies on the clerk's desk until it is proposed."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import NotFound, UserError
from motcua.core.identity.access import policy
from motcua.core.services.actions import Change
from motcua.core.services.changes import Kind, editable
from motcua.core.services.models import Service, ServiceVersion
from motcua.core.services.pack.yaml_source import read
from motcua.engines import dmn
from motcua.engines.text import fold
from motcua.systems.studio import actions, differences, words
from motcua.systems.studio.desk import (
    EDITOR,
    Faults,
    actor_of,
    amount,
    bench_of,
    day,
    go,
    lang_of,
    page,
    service_of,
    typed,
)

LAID = "Đã ghi vào bản sửa. Kiểm tra rồi gửi người duyệt."
TEXTS_SHOWN = 60
SHEET = {
    "service.yaml#name.vi": "Tên thủ tục",
    "service.yaml#name.en": "Tên thủ tục (tiếng Anh)",
    "service.yaml#summary.vi": "Tóm tắt",
    "service.yaml#summary.en": "Tóm tắt (tiếng Anh)",
    "service.yaml#objection.vi": "Cách khiếu nại",
    "service.yaml#objection.en": "Cách khiếu nại (tiếng Anh)",
}


@policy(EDITOR)
@require_GET
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """What is to be changed?"""
    service = service_of(code)
    base, files = _standing(request, service)
    lines = read("service.yaml", files["service.yaml"]).value
    amounts = words.amounts(files, lang_of(request))
    context = {
        "service": service,
        "rates": [
            {**line, "title": words.amount(amounts, line["key"], line.get("province"))}
            for line in _newest(lines.get("rates") or [])
        ],
        "tables": [view for _file, view in words.tables_of(files)],
        "gears": list(lines.get("gears") or {}),
        "titles": words.questions(files, lang_of(request)),
        "base": base,
    }
    return page(request, "choose", context)


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def fee(request: HttpRequest, code: str) -> HttpResponse:
    """An amount, the text it comes from, the day from which it holds, and whether someone has checked it."""
    service, faults = service_of(code), Faults(lang_of(request))
    target = str(request.GET.get("muc", ""))
    if not target:
        return HttpResponseRedirect(reverse("studio:choose", args=[code]))
    _base, files = _standing(request, service)
    lines = _newest(read("service.yaml", files["service.yaml"]).value.get("rates") or [])
    line = next((one for one in lines if _target(one) == target), None)
    if line is None:
        raise NotFound
    bench = bench_of(request, service)
    given = {
        "amount": f"{line['amount']:,}".replace(",", "."),
        "source": line["source"],
        "in_force_from": bench.in_force_from.isoformat() if bench else "",
        "verified_on": "",
    }
    if request.method == "POST":
        given = {name: typed(request, name) for name in given}
        read_day = _read(faults, "in_force_from", lambda: day(request, "in_force_from"))
        value: dict[str, Any] = {"amount": _read(faults, "amount", lambda: amount(request, "amount"))}
        if given["verified_on"]:
            checked = _read(faults, "verified_on", lambda: day(request, "verified_on"))
            value["verified_on"] = checked.isoformat() if checked else None
        if not given["source"]:
            faults.add(
                UserError("Ghi văn bản quy định mức này.", "Name the text that sets this amount."), "source"
            )
        value["source"] = given["source"]
        if not faults and read_day is not None:
            bench = actions.open_workbench(actor_of(request), service)
            _read(
                faults,
                "in_force_from",
                lambda: actions.set_day(actor_of(request), service, read_day, bench.note),
            )
        if not faults and _lay(request, service, [Change(Kind.FEE, target, value)], faults, "amount"):
            return go(request, "check", code, said=LAID)
    titles = words.amounts(files, lang_of(request))
    title = words.amount(titles, line["key"], line.get("province"))
    context = {
        "service": service,
        "title": title,
        "line": line,
        "since": words.value(str(line["from"]), lang_of(request)),
        "given": given,
        "faults": faults,
        "errors": faults.summary,
    }
    return page(request, "fee", context, status=400 if faults else 200)


@policy(EDITOR)
@require_GET
def texts(request: HttpRequest, code: str) -> HttpResponse:
    """Find the words that are to read otherwise, by a word of them."""
    service, asked = service_of(code), str(request.GET.get("q", ""))[:200]
    _base, files = _standing(request, service)
    found = [
        {"target": target, "label": label, "value": value}
        for target, label, value in _texts(files)
        if all(word in fold(f"{label} {value}") for word in fold(asked).split())
    ]
    context = {"service": service, "q": asked, "texts": found[:TEXTS_SHOWN], "count": len(found)}
    return page(request, "texts", context)


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def text(request: HttpRequest, code: str) -> HttpResponse:
    """One text in each language of the pack, side by side, so that none is forgotten."""
    service, faults = service_of(code), Faults(lang_of(request))
    target = str(request.GET.get("o", ""))
    _base, files = _standing(request, service)
    known = {one: (label, value) for one, label, value in _texts(files)}
    twins = [one for one in known if one in _twins(target, files)]
    if target not in known:
        raise NotFound
    fields = [
        {"id": f"text-{place}", "target": one, "label": _language(one), "value": known[one][1]}
        for place, one in enumerate(twins)
    ]
    if request.method == "POST":
        changes = []
        for field in fields:
            new = typed(request, field["id"])
            if not new:
                faults.add(UserError("Chữ không được để trống.", "The text must not be empty."), field["id"])
            elif new != field["value"]:
                changes.append(Change(Kind.TEXT, field["target"], new))
            field["value"] = new
        if not faults and not changes:
            faults.add(UserError("Chưa có gì thay đổi.", "Nothing is changed."), fields[0]["id"])
        if not faults and _lay(request, service, changes, faults, fields[0]["id"]):
            return go(request, "check", code, said=LAID)
    context = {
        "service": service, "fields": fields, "label": known[target][0], "faults": faults, "errors": faults.summary,
    }  # fmt: skip
    return page(request, "text", context, status=400 if faults else 200)


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def gear(request: HttpRequest, code: str) -> HttpResponse:
    """How far a decision runs by itself; automatic only with the law that allows it."""
    service, faults = service_of(code), Faults(lang_of(request))
    name = str(request.GET.get("quyet-dinh", ""))
    _base, files = _standing(request, service)
    line = (read("service.yaml", files["service.yaml"]).value.get("gears") or {}).get(name)
    if line is None:
        raise NotFound
    given = {"gear": line["gear"], "legal_basis": line.get("legal_basis") or ""}
    if request.method == "POST":
        given = {one: typed(request, one) for one in given}
        if _lay(request, service, [Change(Kind.GEAR, name, dict(given))], faults, "gear"):
            return go(request, "check", code, said=LAID)
    title = words.questions(files, lang_of(request)).get(name, name)
    context = {"service": service, "title": title, "given": given, "faults": faults, "errors": faults.summary}
    return page(request, "gear", context, status=400 if faults else 200)


@policy(EDITOR)
@require_GET
def table(request: HttpRequest, code: str, table: str) -> HttpResponse:
    """The table as the clerk knows it, with what is changed marked, and what is wrong with it below."""
    from motcua.systems.studio import trying

    service, lang = service_of(code), lang_of(request)
    base, files = _standing(request, service)
    file, view = _table(files, table)
    before = {
        rule.id: rule for _file, one in words.tables_of(base.files) if one.id == table for rule in one.rules
    }
    context = {
        "service": service,
        "table": view,
        "policy": words.hit_policy(view.hit_policy, lang),
        "stale": differences.stale_reasons(base.files, {file: files[file]}, lang),
        "title": words.questions(files, lang).get(view.name, view.name),
        "columns": [differences.column_name(column, lang) for column in (*view.inputs, *view.outputs)],
        "rules": [_marked(view, rule, before.get(rule.id), lang) for rule in view.rules],
        "gone": [
            words.name_of_rule(rule, rule.index, lang)
            for name, rule in before.items()
            if name not in {one.id for one in view.rules}
        ],
        "findings": [one for one in trying.findings({file: files[file]}, lang) if one["table"] == view.name],
    }
    return page(request, "table", context)


@policy(EDITOR)
@require_http_methods(["GET", "POST"])
def row(request: HttpRequest, code: str, table: str, rule: str) -> HttpResponse:
    """One row, cell by cell; it may also be set twice or taken out."""
    service, lang = service_of(code), lang_of(request)
    faults = Faults(lang)
    _base, files = _standing(request, service)
    file, view = _table(files, table)
    this = next((one for one in view.rules if one.id == rule), None)
    if this is None:
        raise NotFound
    cells = [*this.inputs, *this.outputs, *this.annotations]
    fields = [
        {
            "id": f"cell-{place}", "kind": column.kind, "label": differences.column_name(column, lang), "value": cell,
            "allowed": column.allowed, "type": column.type,
        }
        for place, (column, cell) in enumerate(zip(view.columns, cells, strict=True), start=1)
    ]  # fmt: skip
    act = typed(request, "act")
    if request.method == "POST" and act in ("remove", "copy"):
        new = _fresh(rule, files[file]) if act == "copy" else None
        if _lay(request, service, [Change(Kind.RULE, f"{file}#{rule}", new)], faults, fields[0]["id"]):
            if new is not None:
                return go(request, "row", code, table, new, said="Đã chép dòng. Sửa dòng mới ở đây.")
            return go(request, "table", code, table, said="Đã bỏ dòng.")
    elif request.method == "POST":
        changes = []
        for place, (field, old) in enumerate(zip(fields, cells, strict=True), start=1):
            new = typed(request, field["id"])
            if new != old:
                changes.append(Change(Kind.CELL, f"{file}#{rule}/{place}", new))
            field["value"] = new
        if not changes:
            faults.add(UserError("Chưa có gì thay đổi.", "Nothing is changed."), fields[0]["id"])
        elif _lay(request, service, changes, faults, fields[0]["id"]):
            return go(request, "table", code, table, said=LAID)
    context = {
        "service": service,
        "table": view,
        "rule": this,
        "question": words.questions(files, lang).get(view.name, view.name),
        "title": words.name_of_rule(this, this.index, lang),
        "fields": fields,
        "faults": faults,
        "errors": faults.summary,
        "only": len(view.rules) == 1,
    }
    return page(request, "row", context, status=400 if faults else 200)


def _standing(request: HttpRequest, service: Service) -> tuple[ServiceVersion, dict[str, str]]:
    """The version in force on the desk's day, and its files with what already lies on the desk."""
    bench = bench_of(request, service)
    if bench is None:
        from motcua.core import clock

        base = actions.base_of(service, clock.today())
        return base, dict(base.files)
    return actions.files_of(bench)


def _lay(request: HttpRequest, service: Service, changes: list[Change], faults: Faults, first: str) -> bool:
    """Whether the changes could be laid on the desk; what is wrong goes to its field."""
    try:
        actions.put_changes(actor_of(request), service, changes)
    except UserError as fault:
        cell = re.search(r"\.dmn#[^/]+/(\d+)$", fault.field or "")
        known = fault.field if fault.field in ("gear", "legal_basis", "amount", "source") else None
        faults.add(
            _readable(fault, changes) if cell else fault, f"cell-{cell[1]}" if cell else known or first
        )
        return False
    return True


def _readable(fault: UserError, changes: list[Change]) -> UserError:
    """A cell that cannot be read, said to someone who does not know the grammar's own words."""
    wrong = next((one.value for one in changes if one.target == fault.field), "")
    place = re.search(r"column (\d+)", fault.text("en"))
    where = f" từ ký tự thứ {place[1]}" if place else ""
    return UserError(
        f"Không đọc được “{wrong}”{where}. Xem “Cách viết một ô điều kiện” ở trên.",
        fault.text("en"),
        fault.field,
    )


def _read(faults: Faults, field: str, reader: Any) -> Any:
    try:
        return reader()
    except UserError as fault:
        faults.add(fault, field)
        return None


def _target(line: dict[str, Any]) -> str:
    return str(line["key"] + (f"@{line['province']}" if line.get("province") else ""))


def _newest(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each amount the line that holds last, as `target` tells them apart."""
    newest: dict[str, dict[str, Any]] = {}
    for line in sorted(lines, key=lambda one: str(one["from"])):
        newest[_target(line)] = {**line, "target": _target(line)}
    return list(newest.values())


def _texts(files: dict[str, str]) -> list[tuple[str, str, str]]:
    """(target, label, text) of every text that people see."""
    found = []
    lines = {one.target: one for one in editable(files) if one.kind is Kind.TEXT}
    sheet = read("service.yaml", files["service.yaml"]).value
    for target, label in SHEET.items():
        key, language = target.partition("#")[2].split(".")
        words_of = sheet.get(key)
        if isinstance(words_of, dict) and isinstance(words_of.get(language), str):
            found.append((target, label, words_of[language]))
    return [*found, *((one.target, one.label, str(one.value)) for one in lines.values())]


def _twins(target: str, files: dict[str, str]) -> list[str]:
    """The same text in every language."""
    file, _, key = target.partition("#")
    if file.startswith("texts/"):
        return [f"{one}#{key}" for one in files if one.startswith("texts/")]
    return [f"{file}#{key.rsplit('.', 1)[0]}.{language}" for language in ("vi", "en")]


def _language(target: str) -> str:
    file, _, key = target.partition("#")
    code = (
        file.removeprefix("texts/").removesuffix(".yaml")
        if file.startswith("texts/")
        else key.rsplit(".", 1)[1]
    )
    return {"vi": "Tiếng Việt", "en": "Tiếng Anh"}.get(code, code)


def _table(files: dict[str, str], table: str) -> tuple[str, dmn.TableView]:
    found = next(((file, view) for file, view in words.tables_of(files) if view.id == table), None)
    if found is None:
        raise NotFound
    return found


def _marked(
    view: dmn.TableView, rule: dmn.RuleView, before: dmn.RuleView | None, lang: str
) -> dict[str, Any]:
    """A row with, for each cell, what it said before where it was changed; of its notes those one reads."""
    cells = [*rule.inputs, *rule.outputs, *rule.annotations]
    old = [*before.inputs, *before.outputs, *before.annotations] if before else cells
    marked = [
        {"text": words.cell(now, lang), "before": words.cell(was, lang) if now != was else None}
        for now, was in zip(cells, old, strict=True)
    ]
    width = len(rule.inputs) + len(rule.outputs)
    foreign = "_vi" if lang == "en" else "_en"
    notes = [
        cell
        for column, cell in zip(view.annotations, marked[width:], strict=True)
        if cell["before"] is not None or not column.name.endswith(foreign)
    ]
    return {
        "id": rule.id,
        "index": rule.index,
        "new": before is None,
        "cells": marked[:width],
        "notes": notes,
    }


def _fresh(rule: str, source: str) -> str:
    """A name for a copy of a row that no element of the file has."""
    stem = re.sub(r"_\d+$", "", rule)
    number = 2
    while f'"{stem}_{number}"' in source:
        number += 1
    return f"{stem}_{number}"
