"""What a schema cannot see: unquoted expressions, wrong FEEL, names that lead nowhere, texts that are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from motcua.core.services.pack.expressions import Expression
from motcua.core.services.pack.faults import Fault, Path
from motcua.core.services.pack.files import Files
from motcua.core.services.pack.schema import expression_paths
from motcua.core.services.pack.sources import parsed
from motcua.core.services.pack.yaml_source import Source
from motcua.engines import bpmn, dmn, feel

ROLES = frozenset({"one_stop", "civil_status_officer", "social_officer", "chair", "cashier", "applicant"})
VERBS = frozenset({"receive", "appraise", "verify", "sign", "decide", "return", "pay", "supplement"})
SERVICES = frozenset(
    {
        "civil_status.open_entry",
        "civil_status.confirm_entry",
        "population.request_number",
        "documents.draft_result",
        "documents.issue_result",
        "documents.automatic_sign",
        "payments.charge",
        "notify",
        "registers.write",
        "decision.run",
        "case.return",
        "case.refuse",
    }
)


def quoting(source: Source) -> Iterator[Fault]:
    """Expressions that do not stand between quotes: YAML would read their colons and brackets its own way."""
    for path in expression_paths(source):
        node = source.nodes.get(path)
        if node is None:
            continue
        if source.is_plain(path):
            text = str(getattr(node, "value", ""))
            key = str(path[-1])
            yield source.fault(
                path,
                f"Biểu thức phải đặt trong dấu nháy. Viết: {key}: '{text}'",
                f"An expression stands between quotes. Write: {key}: '{text}'",
            )
        elif not isinstance(_at(source.value, path), str):
            yield source.fault(
                path,
                "Biểu thức đang được đọc thành cấu trúc YAML vì thiếu dấu nháy. Đặt cả biểu thức trong dấu nháy đơn.",
                "The expression was read as YAML since its quotes are missing. Put all of it between single quotes.",
            )


def expressions(source: Source) -> Iterator[Fault]:
    """Expressions that are no FEEL, sources of facts that do not exist, days that are none."""
    for path in expression_paths(source):
        text = _at(source.value, path)
        if not isinstance(text, str):
            continue
        try:
            if path[0] == "prefill":
                _, arguments = parsed(text)
                Expression(f"[{arguments}]")
            else:
                Expression(text)
        except feel.FeelSyntaxError as wrong:
            yield source.fault(
                path, f"Biểu thức FEEL sai: {wrong}. ({text})", f"This is no FEEL: {wrong}. ({text})"
            )
        except ValueError as wrong:
            yield source.fault(path, f"Nguồn dữ liệu không có: {wrong}", str(wrong))
    yield from _days(source, source.value, ())


def names(source: Source, files: Files) -> Iterator[Fault]:
    """Files that are named and not there, lines that can never count, gears without a basis."""
    value = source.value
    for path, name in _named_files(value):
        if name not in files:
            yield source.fault(path, f"Gói không có tệp {name}.", f"The pack has no file {name}.")
    for key, name in (("fees", "line"), ("papers", "id"), ("effects", "id")):
        seen: set[str] = set()
        for place, line in enumerate(value.get(key, ())):
            if line[name] in seen:
                yield source.fault(
                    (key, place, name), f"“{line[name]}” có hai lần.", f"“{line[name]}” stands here twice."
                )
            seen.add(line[name])
    yield from _limits(source, value["time_limit"])
    for place, effect in enumerate(value["effects"]):
        if ("write" in effect) == ("request" in effect):
            yield source.fault(
                ("effects", place),
                "Cần đúng một trong write, request.",
                "Give exactly one of write and request.",
            )
        elif effect.get("write") == "entry" and "book" not in effect:
            yield source.fault(("effects", place), "Ghi sổ cần book.", "An entry needs its book.")
        elif effect.get("write") == "record" and "key" not in effect:
            yield source.fault(("effects", place), "Ghi bản ghi cần key.", "A record needs its key.")
    for name in value["gears"]:
        if name not in value["decisions"]:
            yield source.fault(
                ("gears", name),
                f"Không có quyết định “{name}” trong decisions.",
                f"decisions has no “{name}”.",
            )
    for name in value["decisions"]:
        if name not in value["gears"]:
            yield source.fault(
                ("decisions", name),
                f"Quyết định “{name}” chưa có mức tự động trong gears (shadow, propose, automatic).",
                f"The decision “{name}” has no gear in gears (shadow, propose, automatic).",
            )


def process(definition: bpmn.Definition, value: Mapping[str, Any], text: str) -> Iterator[Fault]:
    """Roles, verbs and services that nobody knows; decisions and effects that the pack does not have."""
    file = str(value["process"])
    effects = {effect["id"] for effect in value["effects"]}
    for element in definition.elements.values():
        line = element.line or 0
        if element.kind is bpmn.Kind.USER:
            role = (
                element.human.groups.text
                if element.human is not None and element.human.groups
                else element.role
            )
            if role not in ROLES:
                yield _choice(file, line, element.id, "candidateGroups", role, ROLES)
            verb = element.own.get("verb", "")
            if verb not in VERBS:
                yield _choice(file, line, element.id, "motcua:verb", verb, VERBS)
        work = element.work
        if work is None or element.kind is not bpmn.Kind.SERVICE:
            continue
        if work.type.constant and work.type.text not in SERVICES:
            yield _choice(file, line, element.id, "type", work.type.text, SERVICES)
        for header, known in (("decision", set(value["decisions"])), ("effect", effects)):
            wanted = work.headers.get(header)
            if wanted is not None and wanted not in known:
                yield _choice(file, line, element.id, header, wanted, known)
    if "BPMNShape" not in text:
        yield Fault(
            file, 0, "", "Tệp không có hình vẽ; mở và lưu lại bằng trình thiết kế.",
            "The file has no drawing; open it in the designer and save it.",
        )  # fmt: skip


def drawing(file: str, text: str, level: bpmn.Level) -> list[Fault]:
    """What `motcua bpmn check` finds of that gravity in a process file, by element and line."""
    intro = {
        bpmn.Level.ERROR: ("Không chạy được", "This cannot be run"),
        bpmn.Level.WARNING: ("Nên xem lại", "Look at this again"),
        bpmn.Level.NOTE: ("Lưu ý", "Note"),
    }[level]
    return [
        Fault(
            file, found.line or 0, found.element_id or "",
            f"{intro[0]}: {found.message}", f"{intro[1]}: {found.message}",
        )
        for found in bpmn.check(text.encode()).findings
        if found.level is level
    ]  # fmt: skip


def decisions(source: Source, models: Mapping[str, dmn.Model]) -> Iterator[Fault]:
    """Decisions that a file does not have, and cells in it that cannot be read."""
    for file, model in models.items():
        for problem in model.problems:
            yield Fault(
                file, problem.line, problem.element,
                f"Không đọc được: {problem.message}", f"This cannot be read: {problem.message}",
            )  # fmt: skip
    for name, use in source.value["decisions"].items():
        file, _, decision = str(use).partition("#")
        there = [one.name for one in models[file].decisions] if file in models else [decision]
        if decision not in there:
            known = ", ".join(there)
            yield source.fault(
                ("decisions", name),
                f"Tệp {file} không có quyết định “{decision}”; có: {known}.",
                f"The file {file} has no decision “{decision}”; it has: {known}.",
            )


def texts(value: Mapping[str, Any], known: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    """Texts that one language has and another lacks, and those that the sheet needs."""
    every = set().union(*known.values()) if known else set()
    every |= {f"who.{who}" for who in value["applicants"]["who"]}
    every |= {f"paper.{one}" for paper in value["papers"] for one in paper.get("one_of", ())}
    for lang, there in known.items():
        for key in sorted(every - set(there)):
            yield Fault(
                f"texts/{lang}.yaml", 0, key, f"Thiếu chữ cho “{key}”.", f"The text of “{key}” is missing."
            )


def _choice(file: str, line: int, element: str, what: str, given: str, known: Any) -> Fault:
    listed = ", ".join(sorted(known)) or "none"
    return Fault(
        file,
        line,
        element,
        f"{what} “{given}” không có; dùng: {listed}.",
        f"{what} “{given}” is not known; use: {listed}.",
    )


def _limits(source: Source, lines: list[dict[str, Any]]) -> Iterator[Fault]:
    for place, line in enumerate(lines):
        if ("days" in line) == ("hours" in line):
            yield source.fault(
                ("time_limit", place), "Cần đúng một trong days, hours.", "Give one of days and hours."
            )
        last = place == len(lines) - 1
        if "when" not in line and "from" not in line and "until" not in line and not last:
            yield source.fault(
                ("time_limit", place),
                "Dòng không có điều kiện luôn đúng, nên các dòng dưới không bao giờ dùng; chuyển dòng này xuống cuối.",
                "A line without condition always holds, so those below never count; move it to the end.",
            )
        if last and "when" in line:
            yield source.fault(
                ("time_limit", place),
                "Dòng cuối không được có điều kiện.",
                "The last line must have no condition.",
            )


def _named_files(value: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    yield ("form",), value["form"]
    yield ("process",), value["process"]
    yield ("result", "template"), value["result"]["template"]
    if value["eligibility"]:
        yield ("eligibility",), value["eligibility"].partition("#")[0]
    for name, use in value["decisions"].items():
        yield ("decisions", name), use.partition("#")[0]


def _days(source: Source, value: Any, path: Path) -> Iterator[Fault]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("from", "until", "verified_on", "in_force_from") and path[:1] != ("prefill",):
                yield from _day(source, item, (*path, key))
            else:
                yield from _days(source, item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _days(source, item, (*path, place))


def _day(source: Source, value: Any, path: Path) -> Iterator[Fault]:
    try:
        if value is not None:
            dt.date.fromisoformat(str(value))
    except ValueError:
        yield source.fault(
            path,
            f"Không có ngày “{value}”; viết 2026-11-21.",
            f"There is no day “{value}”; write 2026-11-21.",
        )


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
