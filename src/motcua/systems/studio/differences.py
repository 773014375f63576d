"""What differs between two versions, line by line, as one would tell a colleague: “Lệ phí: 8.000 đ → 10.000 đ”."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from motcua.core.errors import say
from motcua.core.services.pack.yaml_source import read
from motcua.engines import dmn, text
from motcua.systems.studio import words

SERVICE = "service.yaml"
ORDER = ("rates", "tables", "gears", "texts", "service", "cases", "files")
GROUPS = {
    "rates": say("Mức thu", "Amounts"),
    "tables": say("Bảng quyết định", "Decision tables"),
    "gears": say("Mức tự động", "Gears"),
    "texts": say("Chữ trên trang", "Texts"),
    "service": say("Bản mô tả thủ tục", "Description of the service"),
    "cases": say("Ca kiểm thử", "Test cases"),
    "files": say("Tệp khác", "Other files"),
}
QUIET = {("version", "in_force_from")}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed; empty `before` = new, empty `after` = gone."""

    group: str
    what: str
    before: str
    after: str


def between(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> list[Difference]:
    """Everything that differs, in the order in which it matters to people."""
    found = [
        *_rates(before, after, lang),
        *_gears(before, after, lang),
        *_tables(before, after, lang),
        *_leaves(before, after, lang),
        *_files(before, after, lang),
    ]
    return sorted(found, key=lambda one: ORDER.index(one.group))


def grouped(found: list[Difference], lang: str) -> list[tuple[str, list[Difference]]]:
    """The differences under their headings."""
    return [
        (GROUPS[group].text(lang), [one for one in found if one.group == group])
        for group in ORDER
        if any(one.group == group for one in found)
    ]


@lru_cache(maxsize=64)
def parsed(file: str, source: str) -> Any:
    """What a file says, to be read and never changed: a page of many changes asks for the same files many times."""
    return read(file, source).value


def _service(files: Mapping[str, str]) -> dict[str, Any]:
    return dict(parsed(SERVICE, files[SERVICE])) if SERVICE in files else {}


def _rates(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> Iterator[Difference]:
    old, new = _lines(_service(before)), _lines(_service(after))
    source, titles = say("căn cứ", "source").text(lang), words.amounts(after or before, lang)
    for key in sorted(old.keys() | new.keys()):
        was, now = _in_force(old.get(key, [])), _in_force(new.get(key, []))
        name, _, province = key.partition("@")
        title = words.amount(titles, name, province)
        if was.get("amount") != now.get("amount"):
            yield Difference("rates", title, _money(was), _money(now))
        if was.get("source") != now.get("source"):
            yield Difference(
                "rates", f"{title}, {source}", str(was.get("source", "")), str(now.get("source", ""))
            )
        if was and now and was.get("from") != now.get("from"):
            since = say("áp dụng từ", "in force from").text(lang)
            yield Difference(
                "rates",
                f"{title}, {since}",
                words.value(str(was["from"]), lang),
                words.value(str(now["from"]), lang),
            )


def _lines(service: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for line in service.get("rates") or ():
        found.setdefault(line["key"] + (f"@{line['province']}" if line.get("province") else ""), []).append(
            line
        )
    return found


def _in_force(lines: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The line that holds last."""
    return max(lines, key=lambda line: str(line["from"]), default={})


def _money(line: Mapping[str, Any]) -> str:
    return text.money(line["amount"]) if "amount" in line else ""


def _gears(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> Iterator[Difference]:
    titles = words.questions(after, lang)
    old, new = _service(before).get("gears") or {}, _service(after).get("gears") or {}
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name, {}), new.get(name, {})
        if was.get("gear") != now.get("gear"):
            yield Difference("gears", titles.get(name, name), _gear(was, lang), _gear(now, lang))
        if was.get("legal_basis") != now.get("legal_basis"):
            basis = say("căn cứ pháp lý", "legal basis").text(lang)
            yield Difference(
                "gears",
                _after(titles.get(name, name), basis),
                was.get("legal_basis") or "",
                now.get("legal_basis") or "",
            )


def _gear(line: Mapping[str, Any], lang: str) -> str:
    known = words.GEARS.get(line.get("gear", ""))
    return known.text(lang) if known else ""


def _tables(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> Iterator[Difference]:
    titles = words.questions(after, lang)
    old = {(file, view.id): view for file, view in words.tables_of(before)}
    new = {(file, view.id): view for file, view in words.tables_of(after)}
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is None or now is None:
            there = was or now
            name = titles.get(there.name, there.name) if there else key[1]
            yield Difference("tables", name, "" if was is None else name, "" if now is None else name)
        else:
            yield from _rows(was, now, titles.get(now.name, now.name), lang)


def _rows(was: dmn.TableView, now: dmn.TableView, title: str, lang: str) -> Iterator[Difference]:
    old, new = {rule.id: rule for rule in was.rules}, {rule.id: rule for rule in now.rules}
    gone, added = say("bỏ dòng", "row removed").text(lang), say("thêm dòng", "row added").text(lang)
    for rule in was.rules:
        if rule.id not in new:
            yield Difference("tables", _after(title, gone), words.name_of_rule(rule, rule.index, lang), "")
    for rule in now.rules:
        before = old.get(rule.id)
        if before is None:
            yield Difference(
                "tables",
                _after(title, added),
                "",
                f"{words.name_of_rule(rule, rule.index, lang)} · {_read(rule, lang)}",
            )
            continue
        for column, one, other in zip(now.columns, _cells(before), _cells(rule), strict=False):
            if one != other:
                row = say("dòng", "row").text(lang)
                where = f"{_after(title, row)} {rule.index} ({rule.id}), {column_name(column, lang)}"
                yield Difference("tables", where, words.cell(one, lang), words.cell(other, lang))


def _after(title: str, words_after: str) -> str:
    """A question ends its sentence; a plain name goes on after a comma."""
    return f"{title} {words_after.capitalize()}" if title.endswith("?") else f"{title}, {words_after}"


def stale_reasons(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> list[str]:
    """Rows whose conditions or conclusion changed while the reason beside them stayed: people would be told the old."""
    old = {rule.id: rule for _file, view in words.tables_of(before) for rule in view.rules}
    return [
        words.name_of_rule(rule, rule.index, lang)
        for _file, view in words.tables_of(after)
        for rule in view.rules
        if rule.id in old
        and rule.annotations
        and (rule.inputs, rule.outputs) != (old[rule.id].inputs, old[rule.id].outputs)
        and rule.annotations == old[rule.id].annotations
    ]


def column_name(column: dmn.ColumnView, lang: str) -> str:
    """A column as its heading reads; the usual notes beside a row have names of their own."""
    notes = {
        "reason_vi": say("lý do (tiếng Việt)", "reason (Vietnamese)"),
        "reason_en": say("lý do (tiếng Anh)", "reason (English)"),
        "law": say("căn cứ", "legal basis"),
        "output 1": say("kết luận", "decision"),
    }
    known = notes.get(column.name)
    return known.text(lang) if known else column.label or column.name


def _cells(rule: dmn.RuleView) -> list[str]:
    return [*rule.inputs, *rule.outputs, *rule.annotations]


def _read(rule: dmn.RuleView, lang: str) -> str:
    return " | ".join(words.cell(one, lang) for one in (*rule.inputs, *rule.outputs))


def _leaves(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> Iterator[Difference]:
    """Texts, the rest of service.yaml and the cases: value by value."""
    for file in sorted(before.keys() | after.keys()):
        if not file.endswith(".yaml") or before.get(file) == after.get(file):
            continue
        old, new = _flat(before, file), _flat(after, file)
        for path in [*old, *(path for path in new if path not in old)]:
            if (
                old.get(path) == new.get(path)
                or path in QUIET
                or (file == SERVICE and path[0] in ("rates", "gears"))
            ):
                continue
            yield Difference(
                _group(file), _where(file, path, after if file in after else before, lang),
                words.value(old.get(path), lang, str(path[-1])) if path in old else "",
                words.value(new.get(path), lang, str(path[-1])) if path in new else "",
            )  # fmt: skip


def _group(file: str) -> str:
    return "texts" if file.startswith("texts/") else "cases" if file.startswith("cases/") else "service"


def _where(file: str, path: tuple[Any, ...], files: Mapping[str, str], lang: str) -> str:
    key = ".".join(map(str, path))
    if file.startswith("texts/"):
        return f"{key} ({file.removeprefix('texts/').removesuffix('.yaml')})"
    if file.startswith("cases/"):
        name = (parsed(file, files[file]) or {}).get("name") or {}
        told = words.what(key.removeprefix("expect."), lang)
        return f"{name.get(lang) or name.get('vi') or file} · {told}"
    return key


def _flat(files: Mapping[str, str], file: str) -> dict[tuple[Any, ...], Any]:
    """Path → value; a list counts as one value."""
    found: dict[tuple[Any, ...], Any] = {}

    def walk(value: Any, path: tuple[Any, ...]) -> None:
        if isinstance(value, dict) and value:
            for key, one in value.items():
                walk(one, (*path, key))
        else:
            found[path] = value

    if file in files:
        walk(parsed(file, files[file]), ())
    return {path: value for path, value in found.items() if path}


def _files(before: Mapping[str, str], after: Mapping[str, str], lang: str) -> Iterator[Difference]:
    changed, new, gone = say("đã đổi", "changed"), say("tệp mới", "new file"), say("đã bỏ", "removed")
    for file in sorted(before.keys() | after.keys()):
        if file.endswith((".yaml", ".dmn")) or before.get(file) == after.get(file):
            continue
        said = new if file not in before else gone if file not in after else changed
        yield Difference("files", file, "", said.text(lang))
