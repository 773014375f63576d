"""What a register holds, who may do what with it, and how its versions fit: the schema as values of Python.

A schema is written as a mapping (YAML or JSON): see docs/registers.md. `parse` says what is wrong in one, where and
how to mend it; `of` gives the published one, kept in memory for `FRESH` seconds, since every look needs it.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from motcua.core.errors import NotFound, Text, UserError, say
from motcua.engines.working_time import Limit, Unit

TYPES = ("text", "number", "boolean", "date", "datetime", "object", "list")
ACTS = ("read", "search", "ask", "write", "history", "export", "statistics")
SEARCHES = ("", "exact", "words")
STATISTICS = ("", "value", "year")
PATH = re.compile(r"[a-z][a-z0-9_]*")
UNITS = "administrative_units"
"""What a field `refers` to when it holds the code of a commune or province."""
FRESH = 30.0


class WrongSchema(UserError):
    """A schema that cannot be used; `field` is the place in it."""


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute. `personal` ones are sealed; `statistic` makes one a dimension, of sealed days only the year."""

    path: str
    type: str
    title: Text
    master: str
    personal: bool
    search: str = ""
    statistic: str = ""
    refers: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()

    def wrong(self, value: Any) -> Text | None:
        """What is wrong with a value, None when it fits. Empty fits unless the field is required."""
        if value in (None, ""):
            return say("Bắt buộc phải có.", "It must be given.") if self.required else None
        if self.choices and value not in self.choices:
            known = ", ".join(self.choices)
            return say(f"Chỉ nhận một trong: {known}.", f"It must be one of: {known}.")
        return _wrong(self.type, value)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do what with which fields, for one purpose (`use`), by which law."""

    use: str
    title: Text
    acts: frozenset[str]
    kinds: frozenset[str]
    groups: frozenset[str]
    agencies: frozenset[str]
    partners: frozenset[str]
    services: frozenset[str]
    fields: frozenset[str]
    """Empty: every field."""
    legal_basis: str
    consent: str = ""
    """The agreement without which the rule gives nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """How records of the version before become records of this one."""

    rename: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Within:
    """The time in which the law wants a doubt answered."""

    limit: Limit
    source: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A published or drafted version of a register."""

    slug: str
    version: int
    name: Text
    owner: str
    key: Text
    legal_basis: str
    fields: Mapping[str, Field]
    rules: tuple[Rule, ...]
    subjects: tuple[str, ...]
    """Where the personal numbers of those stand whom a record is about; `key` is the key itself."""
    step: Step
    desk: Mapping[str, str]
    """Who answers doubts: the `kind` of agency and the `group` of officers."""
    on_doubt: str
    """Whether a case that met a doubt waits for the answer, where its service says nothing: go_on or wait."""
    clock_stands_by: str
    """The law by which the clock of a case that waits stands still; "": it runs on."""
    answer_within: Within | None
    questions: frozenset[str]
    name_field: str

    def field(self, path: str) -> Field:
        """Raises UserError naming the fields there are."""
        found = self.fields.get(path)
        if found is None:
            raise UserError(
                f"Cơ sở dữ liệu {self.slug} không có trường “{path}”.",
                f"Register {self.slug} has no attribute {path!r}; it has: {', '.join(sorted(self.fields))}.",
                path,
            )
        return found


_kept: dict[tuple[str, int], tuple[float, Schema]] = {}
_forgotten = 0
"""How often all was forgotten: what was read before that is not kept after it."""
_lock = Lock()


def of(slug: str, version: int = 0, *, afresh: bool = False) -> Schema:
    """The published schema of a register, the newest or of one version, read `afresh` or kept. Raises NotFound."""
    from motcua.core.registers.models import Register, SchemaVersion

    read_at, schema = _kept.get((slug, version), (0.0, None))
    if schema is not None and not afresh and time.monotonic() - read_at < FRESH:
        return schema
    before = _forgotten
    if version == 0:
        row = Register.objects.filter(pk=slug).values_list("schema", "version").first()
    else:
        row = (
            SchemaVersion.objects.filter(register_id=slug, number=version, state="published")
            .values_list("definition", "number")
            .first()
        )
    if row is None:
        raise NotFound(
            f"Không có cơ sở dữ liệu “{slug}”" + (f" phiên bản {version}." if version else "."),
            f"There is no register {slug!r}" + (f" of version {version}." if version else "."),
            "register",
        )
    schema = parse(slug, row[0], row[1])
    with _lock:
        if before == _forgotten:
            _kept[slug, version] = (time.monotonic(), schema)
    return schema


def in_order(given: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as its writer wrote it: the database keeps the names of attributes in an order of its own, so
    `order` remembers theirs."""
    attributes = given.get("attributes")
    names = given.get("order")
    rest = {name: one for name, one in given.items() if name not in ("attributes", "order")}
    if not isinstance(attributes, Mapping):
        return {**rest, "attributes": attributes}
    known = [path for path in names or () if path in attributes]
    return {**rest, "attributes": {path: attributes[path] for path in (*known, *attributes)}}


def keeping_order(given: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as it is stored."""
    return {**given, "order": list(given["attributes"])}


def forget() -> None:
    """Remember no schema: one was published, or the database is another one."""
    global _forgotten
    with _lock:
        _forgotten += 1
        _kept.clear()


def parse(slug: str, given: Mapping[str, Any], version: int = 0) -> Schema:
    """The schema that a mapping says. Raises WrongSchema at the first fault."""
    if not PATH.fullmatch(slug):
        raise _wrong_at(
            "slug", "Mã chỉ gồm chữ thường không dấu, số, “_”.", "Slugs: small letters, digits, _."
        )
    for needed in ("name", "name_en", "owner", "key", "legal_basis", "attributes"):
        if not given.get(needed):
            raise _wrong_at(needed, f"Thiếu “{needed}”.", f"{needed!r} is missing.")
    given = in_order(given)
    personal = bool(given.get("personal", True))
    fields = {
        path: _field(slug, path, one, personal) for path, one in _mapping(given["attributes"], "attributes")
    }
    rules = tuple(_rule(use, one, fields) for use, one in _mapping(given.get("access", {}), "access"))
    step = given.get("from_previous") or {}
    return Schema(
        slug=slug,
        version=version or int(given.get("version", 1)),
        name=say(given["name"], given["name_en"]),
        owner=str(given["owner"]),
        key=say(given["key"], given.get("key_en") or given["key"]),
        legal_basis=str(given["legal_basis"]),
        fields=fields,
        rules=rules,
        subjects=tuple(given.get("subjects", ())),
        step=Step(dict(step.get("rename", {})), tuple(step.get("drop", ())), dict(step.get("defaults", {}))),
        desk=dict(given.get("desk", {})),
        on_doubt=_one_of("on_doubt", given.get("on_doubt", "go_on"), ("go_on", "wait")),
        clock_stands_by=str(given.get("clock_stands_by", "")),
        answer_within=_within(given.get("answer_within")),
        questions=frozenset(given.get("questions", ())),
        name_field=str(given.get("name_field", "name")),
    )


def _field(slug: str, path: str, given: Any, personal: bool) -> Field:
    where = f"attributes.{path}"
    if not PATH.fullmatch(path):
        raise _wrong_at(
            where, "Tên trường: chữ thường không dấu, số, “_”.", "Field names: small letters, digits, _."
        )
    if not isinstance(given, Mapping):
        raise _wrong_at(where, "Phải ghi type, vi và en.", "type, vi and en must be given.")
    for needed in ("type", "vi", "en"):
        if not given.get(needed):
            raise _wrong_at(f"{where}.{needed}", f"Thiếu “{needed}”.", f"{needed!r} is missing.")
    sealed = bool(given.get("personal", personal))
    statistic = _one_of(f"{where}.statistic", given.get("statistic", ""), STATISTICS)
    if sealed and statistic == "value":
        raise _wrong_at(
            f"{where}.statistic",
            "Trường cá nhân không làm chiều thống kê được; ngày thì ghi “year”.",
            "A personal field is no dimension of statistics; of a day the year may be one.",
        )
    return Field(
        path=path,
        type=_one_of(f"{where}.type", given["type"], TYPES),
        title=say(str(given["vi"]), str(given["en"])),
        master=str(given.get("master", slug)),
        personal=sealed,
        search=_one_of(f"{where}.search", given.get("search", ""), SEARCHES),
        statistic=statistic,
        refers=str(given.get("refers", "")),
        required=bool(given.get("required", False)),
        choices=tuple(map(str, given.get("choices", ()))),
    )


def _rule(use: str, given: Any, fields: Mapping[str, Field]) -> Rule:
    where = f"access.{use}"
    if not isinstance(given, Mapping) or not given.get("legal_basis"):
        raise _wrong_at(where, "Mỗi mục đích phải có căn cứ pháp lý.", "Each purpose needs its legal_basis.")
    for act in given.get("acts", ("read",)):
        _one_of(f"{where}.acts", act, ACTS)
    for path in given.get("fields", ()):
        if path not in fields:
            raise _wrong_at(f"{where}.fields", f"Không có trường “{path}”.", f"There is no field {path!r}.")
    sets = {
        name: frozenset(map(str, given.get(name, ())))
        for name in ("kinds", "groups", "agencies", "partners", "services", "fields")
    }
    return Rule(
        use=use,
        title=say(str(given.get("vi", use)), str(given.get("en", use))),
        acts=frozenset(given.get("acts", ("read",))),
        legal_basis=str(given["legal_basis"]),
        consent=str(given.get("consent", "")),
        **sets,
    )


def _within(given: Any) -> Within | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or not given.get("source"):
        raise _wrong_at(
            "answer_within", "Phải ghi amount, unit và source.", "amount, unit and source must be given."
        )
    unit = _one_of("answer_within.unit", given.get("unit"), tuple(one.value for one in Unit))
    amount = str(given.get("amount", ""))
    if not amount.isascii() or not amount.isdecimal() or not 1 <= int(amount) <= 400:
        raise _wrong_at("answer_within.amount", "Phải là số từ 1 đến 400.", "It must be from 1 to 400.")
    return Within(Limit.parse(amount, unit), str(given["source"]))


def _mapping(given: Any, where: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, Mapping):
        raise _wrong_at(where, f"“{where}” phải là bảng tên: nội dung.", f"{where!r} must be a mapping.")
    for name, one in given.items():
        yield str(name), one


def _one_of(where: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        said = ", ".join(one or "(trống)" for one in known)
        raise _wrong_at(where, f"“{value}” không dùng được; chọn: {said}.", f"{value!r} is none of: {said}.")
    return str(value)


def _wrong_at(where: str, vi: str, en: str) -> WrongSchema:
    return WrongSchema(f"{where}: {vi}", f"{where}: {en}", where)


def _wrong(kind: str, value: Any) -> Text | None:
    if kind == "date" and not _reads(dt.date.fromisoformat, value):
        return say("Ghi ngày dạng 1995-03-08.", "Write the day like 1995-03-08.")
    if kind == "datetime" and not _reads(dt.datetime.fromisoformat, value):
        return say(
            "Ghi thời điểm dạng 1995-03-08T07:30:00+07:00.", "Write it like 1995-03-08T07:30:00+07:00."
        )
    if kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float) or value != value):
        return say("Phải là một số.", "It must be a number.")
    if kind == "boolean" and not isinstance(value, bool):
        return say("Chỉ nhận có hoặc không.", "It must be true or false.")
    if kind == "text" and not isinstance(value, str):
        return say("Phải là chữ.", "It must be text.")
    if kind == "text" and ("\x00" in value or len(value) > 4000):
        return say(
            "Chữ có ký tự không dùng được hoặc quá 4000 ký tự.",
            "It holds a character that cannot be used, or is longer than 4000.",
        )
    if kind == "object" and not isinstance(value, Mapping):
        return say("Phải là một nhóm tên và giá trị.", "It must be an object.")
    if kind == "list" and not isinstance(value, list):
        return say("Phải là một danh sách.", "It must be a list.")
    return None


def _reads(reader: Any, value: Any) -> bool:
    try:
        reader(str(value))
    except ValueError:
        return False
    return True
