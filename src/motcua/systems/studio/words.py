"""How the studio says what engines and files say: for a clerk, not for a programmer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from motcua.core import clock
from motcua.core.errors import say
from motcua.core.organisations import queries as organisations
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.core.services.pack.yaml_source import read
from motcua.core.services.trial import CaseReport, Mismatch
from motcua.engines import dmn, text

YES, NO, ANY, NOTHING = say("có", "yes"), say("không", "no"), say("bất kỳ", "any"), say("không có", "none")

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)

GEARS = {
    "shadow": say("Chạy ngầm", "Shadow"),
    "propose": say("Đề xuất", "Propose"),
    "automatic": say("Tự động", "Automatic"),
}
STATES = {
    "draft": (say("Bản nháp", "Draft"), "quiet"),
    "proposed": (say("Chờ duyệt", "Waiting for approval"), "waiting"),
    "approved": (say("Đã duyệt", "Approved"), "done"),
    "retired": (say("Không dùng", "Not used"), "quiet"),
}
KINDS = {
    "fee": say("Mức thu", "Amount"),
    "text": say("Chữ", "Text"),
    "cell": say("Ô của bảng", "Cell of a table"),
    "rule": say("Dòng của bảng", "Row of a table"),
    "gear": say("Mức tự động", "Gear"),
    "case": say("Ca kiểm thử", "Test case"),
}
HIT_POLICIES = {
    "UNIQUE": say("Mỗi trường hợp chỉ được khớp một dòng.", "No case may match more than one row."),
    "FIRST": say("Dòng khớp đầu tiên quyết định.", "The first row that matches decides."),
    "ANY": say("Các dòng cùng khớp phải nói như nhau.", "Rows that match together must agree."),
    "PRIORITY": say(
        "Dòng khớp có kết luận ưu tiên cao nhất quyết định.", "Of rows that match the highest ranks."
    ),
    "COLLECT": say("Lấy kết luận của mọi dòng khớp.", "All rows that match count."),
}
FINDINGS = {
    "gap": say("Chỗ hở: không dòng nào trả lời", "Gap: no row answers"),
    "overlap": say("Chồng nhau: nhiều dòng cùng trả lời giống nhau", "Overlap: several rows give one answer"),
    "contradiction": say(
        "Mâu thuẫn: nhiều dòng trả lời khác nhau", "Contradiction: rows give different answers"
    ),
    "unreachable": say("Dòng không bao giờ được dùng", "A row that is never used"),
    "limit": say(
        "Bảng quá lớn, chưa xét hết mọi trường hợp", "Too large a table: not every case was looked at"
    ),
}
WHATS = {
    "asked": say("Điều phải hỏi", "What is asked"),
    "found": say("Số thông tin có sẵn", "Facts found"),
    "papers": say("Giấy tờ phải nộp", "Papers to hand in"),
    "fee": say("Lệ phí", "Fee"),
    "fees": say("Từng khoản thu", "Fee lines"),
    "deadline": say("Hạn trả kết quả", "Deadline"),
    "limit": say("Thời hạn giải quyết", "Time limit"),
    "competent": say("Đơn vị có thẩm quyền", "Competent unit"),
    "path": say("Các bước hồ sơ đi qua", "Steps of the case"),
    "effects": say("Điều được ghi vào cơ sở dữ liệu", "What is written to registers"),
    "end": say("Hồ sơ kết thúc", "How the case ends"),
    "decision.value": say("Kết luận", "Decision"),
    "decision.rule": say("Dòng quy tắc", "Rule"),
    "decision.gear": say("Mức tự động", "Gear"),
    "result.contains": say("Văn bản kết quả phải có", "The result says"),
    "result.lacks": say("Văn bản kết quả không được có", "The result does not say"),
    "result": say("Văn bản kết quả", "The result"),
    "form": say("Biểu mẫu", "The form"),
    "refused_by_form": say("Ô mà biểu mẫu báo sai", "Fields that the form refuses"),
}


def cell(source: str, lang: str) -> str:
    """A cell of a table as one reads it aloud; what needs no translation stays as it is."""
    known = {"-": ANY, "": ANY, "true": YES, "false": NO, "null": NOTHING}.get(source.strip())
    return known.text(lang) if known else source


def value(of: Any, lang: str, what: str = "") -> str:
    """A value as a person writes it."""
    if of is None or of == [] or of == {}:
        return NOTHING.text(lang)
    if isinstance(of, bool):
        return (YES if of else NO).text(lang)
    if what in ("fee", "amount") and isinstance(of, int | Decimal):
        return text.money(int(of))
    if isinstance(of, Decimal):
        return f"{of.normalize():f}"
    if isinstance(of, dt.date) and not isinstance(of, dt.datetime):
        return text.date(of)
    if isinstance(of, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", of):
        return text.date(dt.date.fromisoformat(of))
    if isinstance(of, Mapping):
        return "; ".join(f"{key}: {value(one, lang)}" for key, one in of.items())
    if isinstance(of, Sequence) and not isinstance(of, str):
        return ", ".join(value(one, lang) for one in of)
    return str(of)


def what(name: str, lang: str) -> str:
    """What a test case looked at, in words; a step's own name stays."""
    head, _, rest = name.partition(".")
    if head in ("step_deadlines", "step_agencies"):
        words = (
            say("Hạn của bước", "Deadline of step")
            if head == "step_deadlines"
            else say("Nơi làm bước", "Place of step")
        )
        return f"{words.text(lang)} {rest}"
    known = WHATS.get(name)
    return known.text(lang) if known else name


def mismatch(of: Mismatch, lang: str) -> dict[str, str]:
    """One difference between what a case expects and what came out."""
    if of.what == "result.contains":
        said = say("không có câu này", "it does not say so")
        return {"what": what(of.what, lang), "expected": f"“{of.expected}”", "got": said.text(lang)}
    if of.what == "result.lacks":
        said = say("có câu này", "it says so")
        return {"what": what(of.what, lang), "expected": f"“{of.expected}”", "got": said.text(lang)}
    return {
        "what": what(of.what, lang),
        "expected": value(of.expected, lang, of.what),
        "got": value(of.actual, lang, of.what),
    }


def case(of: CaseReport, lang: str) -> dict[str, Any]:
    """A case that was run: its name, whether it passed, and in which points it did not."""
    return {
        "file": of.file,
        "slug": of.file.removeprefix("cases/").removesuffix(".yaml"),
        "name": of.name.get(lang) or of.name.get("vi", of.file),
        "passed": of.passed,
        "error": of.error,
        "skipped": bool(of.skipped),
        "checked": len(of.checked),
        "mismatches": [mismatch(one, lang) for one in of.mismatches],
    }


def finding(of: dmn.Finding, view: dmn.TableView, lang: str) -> dict[str, Any]:
    """What is wrong with a table, with the rows it is about and one example, by the columns' own labels."""
    labels = {column.expression: column.label for column in view.inputs}
    rows = [
        name_of_rule(view.rules[number - 1], number, lang) for number in of.rules if number <= len(view.rules)
    ]
    kind = FINDINGS.get(of.kind)
    return {
        "kind": kind.text(lang) if kind else of.kind,
        "severe": of.kind in ("gap", "contradiction", "overlap"),
        "rows": rows,
        "example": [(labels.get(name, name), value(one, lang)) for name, one in of.example.items()],
        "table": view.name,
    }


def hit_policy(of: str, lang: str) -> str:
    """How a table chooses among rows that match."""
    known = HIT_POLICIES.get(of)
    return known.text(lang) if known else of


def name_of_rule(rule: dmn.RuleView, number: int, lang: str) -> str:
    """`dòng 5 (from_75): Từ đủ 75 tuổi …`; tables keep the reason in Vietnamese first, then in English."""
    word = say("dòng", "row").text(lang)
    place = 1 if lang == "en" and len(rule.annotations) > 1 else 0
    reason = rule.annotations[place] if rule.annotations else ""
    return f"{word} {number} ({rule.id}){': ' + reason if reason else ''}"


def outcome(said: str, rules: Mapping[str, str], lang: str) -> str:
    """`True (from_75)` of an impact, with the rule's reason."""
    found = re.fullmatch(r"(True|False|.*?) \(([^()]*)\)", said)
    if found is None:
        return said or NOTHING.text(lang)
    answer = {"True": YES, "False": NO}.get(found[1])
    rule = rules.get(found[2], found[2])
    return f"{answer.text(lang) if answer else found[1]}: {rule}"


def questions(files: Mapping[str, str], lang: str) -> dict[str, str]:
    """The decision's name → the question it answers, as its file puts it; a pack in Vietnamese asks in Vietnamese."""
    found: dict[str, str] = {}
    if lang != "vi":
        return found
    for file, source in files.items():
        if not file.endswith(".dmn"):
            continue
        for decision in etree.fromstring(source.encode(), _PARSER).iterfind("{*}decision"):
            question = decision.findtext("{*}question")
            if question and question.strip():
                found[decision.get("name", "")] = question.strip()
    return found


def amounts(files: Mapping[str, str], lang: str) -> dict[str, str]:
    """The key of an amount → its own title, else the fee it is asked for, where it is one."""
    sheet = read("service.yaml", files["service.yaml"]).value or {}
    asked = {
        key: fee["title"]
        for fee in sheet.get("fees") or ()
        for key in re.findall(r'rate\("([^"]+)"\)', str(fee.get("amount", "")))
    }
    own = {line["key"]: line["title"] for line in sheet.get("rates") or () if line.get("title")}
    return {key: title.get(lang) or title["vi"] for key, title in (asked | own).items()}


def amount(titles: Mapping[str, str], key: str, province: str | None) -> str:
    """An amount as people call it, with the province for which it holds."""
    title = titles.get(key, key)
    if not province:
        return title
    place = organisations.unit_label(province)
    return f"{title}, {place[:1].lower()}{place[1:]}"


def standing(row: ServiceVersion, lang: str) -> tuple[str, str]:
    """The state of a version in words, and its colour: what is published may be past, present or to come."""
    today = clock.today()
    if row.state != VersionState.PUBLISHED:
        state, kind = STATES[row.state]
    elif row.in_force_from > today:
        state, kind = say("Sắp áp dụng", "To come"), ""
    elif row.in_force_until is not None and row.in_force_until < today:
        state, kind = say("Đã hết hiệu lực", "No longer in force"), "quiet"
    else:
        state, kind = say("Đang áp dụng", "In force"), "done"
    return state.text(lang), kind


def rules_of(files: Mapping[str, str], lang: str) -> dict[str, str]:
    """Rule id → the rule in words, of all tables of a pack."""
    return {
        rule.id: name_of_rule(rule, rule.index, lang)
        for _file, view in tables_of(files)
        for rule in view.rules
    }


def tables_of(files: Mapping[str, str]) -> list[tuple[str, dmn.TableView]]:
    """(file, table) of every decision table of a pack."""
    return [
        (file, view)
        for file, source in sorted(files.items())
        if file.endswith(".dmn")
        for view in dmn.tables(source.encode())
    ]
