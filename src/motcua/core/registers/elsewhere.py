"""Registers that another installation keeps: where each is asked, how old an answer may be, and who looked.

Where a register is asked is data (core/outbound/destinations.py): here, by a connector, or over the exchange. An answer
is used again only while it is fresh enough for the purpose; every use of it is a look, logged as one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from motcua.core import clock
from motcua.core.errors import Unavailable
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.outbound import answers, exchange
from motcua.core.outbound.destinations import Source, WrongConnections, destination, source_of
from motcua.core.outbound.faults import Silent
from motcua.core.plugins import UnknownPlugin
from motcua.core.registers.connector import Question, register_connectors
from motcua.core.registers.queries import Person
from motcua.core.registers.reading import RecordView

logger = logging.getLogger("motcua.outbound")
PEOPLE = ("number", "father_number", "mother_number", "spouse_number")
"""Facts that are personal numbers of those whom an answer is about."""


MAY_HAVE_ARRIVED = ("time-out", "broken off", "server error", "wrong answer", "too large")
"""Silences after which the other side may have read the question: it was asked, though nothing came of it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a register elsewhere said of a key, under the names of our own attributes, and when it said so."""

    register: str
    key: str
    facts: Mapping[str, Any]
    at: dt.datetime
    source: str
    """The destination that was asked."""

    def as_person(self) -> Person | None:
        """The person, where the answer has at least who they are and when they were born."""
        said = self.facts
        if not said.get("name") or not said.get("born"):
            return None
        view = RecordView(self.register, self.key, dict(said), self.source, self.at.date(), 0)
        texts = (
            "sex ethnicity nationality home_place residence_unit residence_text household father_number "
            "mother_number spouse_number"
        ).split()
        return Person(
            number=self.key,
            name=str(said["name"]),
            born=dt.date.fromisoformat(str(said["born"])),
            dead_on=dt.date.fromisoformat(str(said["dead_on"])) if said.get("dead_on") else None,
            record=view,
            **{name: str(said.get(name) or "") for name in texts},
        )


def is_elsewhere(register: str) -> bool:
    """Whether the register is asked outside. Raises Unavailable when nobody can say, since the file is wrong."""
    return _source(register).kind != "here"


def look(
    actor: Actor,
    register: str,
    what: str,
    key: str,
    *,
    purpose: str,
    case_id: int | None = None,
    **hints: Any,
) -> Known | None:
    """Ask a register elsewhere `what` it knows of `key`. None: it knows nothing. Raises Unavailable.

    `hints` are what the caller knows already of the key (name, born …): some registers answer nobody without.
    """
    source = _source(register)
    seconds = source.fresh_for(purpose)
    asked = [what, key, *(f"{name}={hints[name]}" for name in sorted(hints) if hints[name])]
    with acting(SYSTEM, savepoint=False):
        kept = answers.fresh(register, asked, seconds)
    message = "" if kept else str(uuid4())

    def note(said: Mapping[str, Any]) -> None:
        record_read(
            actor,
            purpose=purpose,
            register=register,
            person_numbers=_people(key, said),
            record_ids=[],
            case_id=case_id,
            call=_call(source, message),
        )

    try:
        said, at = kept or (
            _ask(source, Question(what, key, purpose, actor.label, case_id, hints, message)),
            clock.now(),
        )
    except Silent as silent:
        if silent.why in MAY_HAVE_ARRIVED:
            note({})
        raise
    if kept is None and source.fresh_seconds:
        with acting(SYSTEM, savepoint=False):
            answers.keep(register, asked, said, at)
    note(said or {})
    if said is None:
        return None
    return Known(register, key, said, at, source.destination)


def _ask(source: Source, question: Question) -> dict[str, Any] | None:
    try:
        return register_connectors.get(source.connector).look(source, question)
    except (WrongConnections, UnknownPlugin) as wrong:
        logger.error("register %s cannot be asked: %s", source.register, wrong)
        raise _unavailable(source.register) from wrong


def _call(source: Source, message: str) -> str:
    """What both ends call the question, where it went over the exchange."""
    if source.kind != "exchange" or not message:
        return ""
    return exchange.sent_by(destination(source.destination), message)


def _source(register: str) -> Source:
    try:
        return source_of(register)
    except WrongConnections as wrong:
        logger.error("connections: %s", wrong)
        raise _unavailable(register) from wrong


def _unavailable(register: str) -> Unavailable:
    return Unavailable(
        f"Kết nối tới cơ sở dữ liệu “{register}” chưa được cấu hình đúng. Báo quản trị viên xem tệp kết nối.",
        f"The connection to the register {register!r} is not set up rightly. Ask the administrator to look at it.",
    )


def _people(key: str, said: Mapping[str, Any]) -> list[str]:
    named = [key, *(said.get(name) for name in PEOPLE)]
    return [one for one in named if isinstance(one, str) and len(one) == 12 and one.isdecimal()]
