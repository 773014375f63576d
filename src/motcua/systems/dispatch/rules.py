"""The rules of clerical work, read from `tables/rules.yaml`, and the clocks they set."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from motcua.core import clock
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency
from motcua.engines.working_time.clock import months_later

_PLACE = re.compile(r"\{[^{}\n]{1,60}\}")


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One of the 29 kinds of administrative documents (Decree 30/2020 art. 7)."""

    code: str
    abbreviation: str
    name: str
    name_en: str

    def text(self, lang: str) -> str:
        return self.name_en if lang == "en" else self.name


@dataclass(frozen=True, slots=True)
class Template:
    """A text to begin from; what is to be filled in stands in braces."""

    key: str
    type_code: str
    name: str
    name_en: str
    subject: str
    body: str

    def text(self, lang: str) -> str:
        return self.name_en if lang == "en" else self.name

    def filled(self, **known: str) -> tuple[str, str]:
        """Subject and body with what is known filled in; the rest stays for the drafter."""
        subject, body = self.subject, self.body
        for name, value in known.items():
            subject, body = subject.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        return subject, body.strip()


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long a closed file is kept; `years` None: for ever."""

    key: str
    title: str
    title_en: str
    years: int | None
    source: str
    verified: bool

    def text(self, lang: str) -> str:
        return self.title_en if lang == "en" else self.title

    def keep_until(self, closed: dt.date) -> dt.date | None:
        return None if self.years is None else dt.date(closed.year + self.years, 12, 31)


@cache
def table() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "tables" / "rules.yaml").read_text("utf-8")
    )
    return loaded


@cache
def kinds() -> dict[str, DocumentKind]:
    return {row["code"]: DocumentKind(**row) for row in table()["types"]}


@cache
def schedules() -> dict[str, Schedule]:
    return {row["key"]: Schedule(**row) for row in table()["schedules"]}


@cache
def templates() -> dict[str, Template]:
    rows = yaml.safe_load((Path(__file__).parent / "tables" / "templates.yaml").read_text("utf-8"))
    return {row["key"]: Template(**row) for row in rows}


def left_to_fill(*texts: str) -> str:
    """The first place of a template that nobody filled in, "" when there is none."""
    found = next((match.group(0) for text in texts for match in _PLACE.finditer(text)), "")
    return found[:80]


def receiver_groups(lang: str = "vi") -> dict[str, tuple[str, str]]:
    """By its key, what a group of receivers is called and the kind of agency in it."""
    title = "title_en" if lang == "en" else "title"
    return {row["key"]: (row[title], row["kind"]) for row in table()["receiver_groups"]}


def secrecies() -> dict[str, str]:
    return dict(table()["secrecy"])


def notation(kind: DocumentKind, agency: Agency, unit: str = "") -> str:
    """The sign after the number: KH-UBND; a letter has the agency's and the drafting unit's (UBND-TP)."""
    words = table()["agency_abbreviations"]
    short = str(words.get(agency.kind, "CQ"))
    if agency.kind in ("department", "ministry", "commune_office"):
        short += "".join(word[0] for word in agency.name.split()[1:] if word[0].isupper())
    if kind.abbreviation:
        return f"{kind.abbreviation}-{short}"
    return f"{short}-{unit or 'VP'}"


def moment_by(clock_name: str, since: dt.datetime, agency_id: int) -> dt.datetime:
    """By when something is to be done that began at `since`, by the clock of that name."""
    rule = table()["clocks"][clock_name]
    if rule["kind"] == "minutes":
        return since + dt.timedelta(minutes=rule["minutes"])
    ends = dt.time.fromisoformat(rule["ends"])
    day = since.date()
    if rule["kind"] == "same_day":
        calendar = organisations.calendar(agency_id)
        if calendar.is_working_day(day) and since.time() <= ends:
            return dt.datetime.combine(day, ends, since.tzinfo)
    return dt.datetime.combine(organisations.calendar(agency_id).next_working_day(day), ends, since.tzinfo)


def send_by(since: dt.datetime, priority: int, agency_id: int) -> dt.datetime:
    return moment_by("send_urgent" if priority else "send", since, agency_id)


def acknowledge_by(since: dt.datetime, priority: int, agency_id: int) -> dt.datetime:
    return moment_by("acknowledge_urgent" if priority else "acknowledge", since, agency_id)


def days_of_keys(name: str) -> dt.timedelta:
    """How long secrets are good (`secret_days`), and when before their end something is done about them."""
    return dt.timedelta(days=int(table()["keys"][name]))


def recall_by(form: str) -> str:
    """How a partner on an axis of that form is asked for a document back, where nothing else is known of it."""
    return str(table()["recalls"][form])


def case_waits() -> bool:
    """Whether a case waits for the answer to a letter about it, unless the drafter says otherwise."""
    return bool(table()["opinions"]["waits"])


def answer_by(since: dt.date, agency_id: int) -> dt.date:
    """The day by which an opinion that a case waits for is asked, where the drafter names none."""
    calendar, day = organisations.calendar(agency_id), since
    for _ in range(int(table()["opinions"]["working_days"])):
        day = calendar.next_working_day(day)
    return day


def end_of(day: dt.date) -> dt.datetime:
    """The end of work on a day."""
    return dt.datetime.combine(day, dt.time(17, 0), clock.now().tzinfo)


def hand_over_by(closed: dt.date) -> dt.date:
    """The last day for handing a closed file to the archive."""
    return months_later(closed, int(table()["hand_over"]["months"]))
