"""Many officers at once, from a table: all of its lines, or none and every fault named by its line."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from motcua.core.errors import NotFound, UserError, say
from motcua.core.ledger.actor import Actor
from motcua.core.organisations.models import Officer, Position
from motcua.core.registers import tables
from motcua.engines.text import fold
from motcua.systems.staff import actions, queries
from motcua.systems.staff.models import Proposal

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


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Made:
    """An officer taken on: the code for paper, and whether the post waits for a second person."""

    officer: Officer
    agency: str
    paper: str
    proposal: Proposal | None


@dataclass(slots=True)
class Outcome:
    """What came of a table: those taken on, or the faults because of which nobody was."""

    made: list[Made] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class _Undo(Exception):
    """A line is wrong: nothing of the table is kept."""


def take_on(actor: Actor, content: bytes, name: str, lang: str) -> Outcome:
    """Read a CSV or XLSX file and take on everybody in it. Raises Unreadable for what is no table."""
    sheet = tables.read(content, name)
    places = _places(sheet.columns)
    outcome = Outcome()
    posts = {fold(one.name): one.code for one in Position.objects.all()}
    try:
        with transaction.atomic():
            for line, cells in sheet.rows:
                said = {column: _text(cells, place) for column, place in places.items()}
                if any(said.values()):
                    _line(actor, line, said, posts, outcome, lang)
                if len(outcome.made) > MOST:
                    raise UserError(
                        f"Mỗi tệp nhiều nhất {MOST} người.", f"At most {MOST} people a file.", "file"
                    )
            if outcome.faults:
                raise _Undo
    except _Undo:
        outcome.made = []
    if not outcome.made and not outcome.faults:
        raise UserError("Tệp không có dòng nào.", "The file has no lines.", "file")
    return outcome


def _line(
    actor: Actor, line: int, said: dict[str, str], posts: dict[str, str], outcome: Outcome, lang: str
) -> None:
    try:
        with transaction.atomic():
            here = queries.agency(actor, said["agency"])
            officer, paper, proposal = actions.take_on(
                actor,
                here,
                code=said["code"],
                name=said["name"],
                email=said.get("email", ""),
                position=posts.get(fold(said["position"]), said["position"]),
                since=_day(said["since"]),
                source=said["source"],
            )
    except NotFound:
        missing = say(
            f"Không có cơ quan mang mã “{said['agency']}” trong phạm vi của ông/bà.",
            f"You answer for no agency with the code {said['agency']!r}.",
        )
        outcome.faults.append(Fault(line, COLUMNS["agency"].text(lang), missing.text(lang)))
    except UserError as wrong:
        column = COLUMNS.get(wrong.field or "", say("", "")).text(lang)
        outcome.faults.append(Fault(line, column, wrong.text(lang)))
    else:
        outcome.made.append(Made(officer, here.name, paper, proposal))


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
