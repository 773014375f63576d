"""A table of officers as it is read: every line good, or every fault named by its line and column."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from motcua.core.errors import UserError, say
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Officer, Position
from motcua.core.registers import tables
from motcua.engines.text import fold
from motcua.systems.staff import queries

MOST = 2000
COLUMNS = {
    "code": say("Mã cán bộ", "Officer's code"),
    "name": say("Họ tên", "Name"),
    "email": say("Thư điện tử", "E-mail"),
    "agency": say("Mã cơ quan", "Agency's code"),
    "position": say("Nhiệm vụ", "Post"),
    "since": say("Từ ngày", "Since"),
    "source": say("Quyết định", "Decision"),
}
"""What the columns are called; accents and case do not matter, and the English names do as well."""
OPTIONAL = frozenset({"email"})
DAY = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})")
Said = dict[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Person:
    """A good line: somebody who can be taken on."""

    line: int
    code: str
    name: str
    email: str
    agency: Agency
    position: Position
    since: dt.date
    source: str


@dataclass(slots=True)
class Reading:
    """What a table says: people, and faults. With a single fault nobody of it is taken on."""

    people: list[Person] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def wrong_lines(self) -> int:
        return len({one.line for one in self.faults})


def read(actor: Actor, content: bytes, name: str, lang: str) -> Reading:
    """Read a CSV or XLSX file and look at each of its lines. Raises UserError for what is no table of officers."""
    sheet = tables.read(content, name)
    places = _places(sheet.columns)
    lines: list[tuple[int, Said]] = []
    for line, cells in sheet.rows:
        said = {column: _text(cells, place) for column, place in places.items()}
        if any(said.values()):
            lines.append((line, said))
        if len(lines) > MOST:
            raise UserError(f"Mỗi tệp nhiều nhất {MOST} người.", f"At most {MOST} people a file.", "file")
    if not lines:
        raise UserError("Tệp không có dòng nào.", "The file has no lines.", "file")
    return _Desk(actor, lines, lang).look()


class _Desk:
    """Everything needed to judge a table, asked of the database once and not for each line."""

    def __init__(self, actor: Actor, lines: list[tuple[int, Said]], lang: str) -> None:
        self.lines, self.lang = lines, lang
        self.agencies = {one.code: one for one in staffing.below(queries.root_of(actor))}
        posts = list(Position.objects.all())
        self.posts = {fold(one.name): one for one in posts} | {one.code: one for one in posts}
        self.taken = _taken({said["code"].strip().casefold() for _, said in lines})
        self.seen: dict[str, int] = {}

    def look(self) -> Reading:
        found = Reading()
        for line, said in self.lines:
            wrong: list[UserError] = []
            person = self._person(line, said, wrong)
            found.faults.extend(self._fault(line, one) for one in wrong)
            if person is not None:
                found.people.append(person)
        return found

    def _person(self, line: int, said: Said, wrong: list[UserError]) -> Person | None:
        asked: dict[str, Callable[[], Any]] = {
            "code": lambda: self._code(line, said["code"]),
            "name": lambda: staffing.officer_name(said["name"]),
            "email": lambda: staffing.address(said.get("email", "")),
            "agency": lambda: self._agency(said["agency"]),
            "position": lambda: self._position(said["position"]),
            "since": lambda: _day(said["since"]),
            "source": lambda: staffing.decision(said["source"]),
        }
        found: dict[str, Any] = {}
        for part, ask in asked.items():
            try:
                found[part] = ask()
            except UserError as fault:
                wrong.append(fault)
        if wrong:
            return None
        try:
            staffing.stands_on(found["agency"], found["since"])
        except UserError as fault:
            wrong.append(fault)
            return None
        return Person(line, **found)

    def _code(self, line: int, said: str) -> str:
        code = staffing.officer_code(said)
        if code in self.taken:
            raise staffing.code_taken(code)
        first = self.seen.setdefault(code, line)
        if first != line:
            raise UserError(
                f"Mã {code} đã ghi ở dòng {first}.", f"The code {code} stands in line {first} too.", "code"
            )
        return code

    def _agency(self, said: str) -> Agency:
        if said not in self.agencies:
            raise UserError(
                f"Không có cơ quan mang mã “{said}” trong phạm vi của ông/bà.",
                f"You answer for no agency with the code {said!r}.",
                "agency",
            )
        return self.agencies[said]

    def _position(self, said: str) -> Position:
        post = self.posts.get(said) or self.posts.get(fold(said))
        if post is None:
            raise UserError(
                f"Không có nhiệm vụ “{said}”. Ghi đúng một tên trong danh sách bên dưới.",
                f"There is no post {said!r}: write one of the list below.",
                "position",
            )
        return post

    def _fault(self, line: int, wrong: UserError) -> Fault:
        column = COLUMNS.get(wrong.field or "", say("", "")).text(self.lang)
        return Fault(line, column, wrong.text(self.lang))


def _taken(codes: Collection[str]) -> set[str]:
    """Those of the codes that somebody has already, as an officer or to sign in by."""
    officers = set(Officer.objects.filter(code__in=codes).values_list("code", flat=True))
    return officers | {one.username for one in Account.objects.filter(username__in=codes)}


def _places(columns: tuple[str, ...]) -> dict[str, int]:
    """Which column is where. Raises UserError naming those that lack."""
    titles = {fold(title): place for place, title in enumerate(columns)}
    found: dict[str, int] = {}
    for column, text in COLUMNS.items():
        place = next((titles[one] for one in (fold(text.vi), fold(text.en), column) if one in titles), None)
        if place is not None:
            found[column] = place
    if missing := [
        text for column, text in COLUMNS.items() if column not in found and column not in OPTIONAL
    ]:
        raise UserError(
            f"Tệp thiếu cột: {', '.join(one.vi for one in missing)}.",
            f"The file lacks the columns: {', '.join(one.en for one in missing)}.",
            "file",
        )
    return found


def _text(cells: list[Any], place: int) -> str:
    value = cells[place] if place < len(cells) else ""
    if isinstance(value, dt.datetime | dt.date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None else str(value).strip()


def _day(said: str) -> dt.date:
    if found := DAY.fullmatch(said):
        with suppress(ValueError):
            return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    raise UserError("Ngày ghi như 01/07/2026.", "A day is written 01/07/2026.", "since")
