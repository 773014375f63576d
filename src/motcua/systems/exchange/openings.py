"""Sharing “who asked about me” with other installations: asking them for a person who signed in here, answering them.

What protects people: only members that we ask ourselves may ask (the file of connections, `who_asked`), over the
exchange alone, whose gateways sign and keep each question; each is counted, limited, and shown to the person at the
installation that was asked; about somebody unknown the answer is the same as about somebody nobody asked about.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.exchange import line
from motcua.core.exchange.line import NotAnswered, Question
from motcua.core.identity import limits
from motcua.core.keys import new_uuid
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.outbound import answers
from motcua.core.outbound.destinations import Peer, WrongConnections, connections
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.exchange import who_asked
from motcua.systems.exchange.models import Opening
from motcua.systems.exchange.who_asked import SHOWN, End, Line

log = logging.getLogger(__name__)
PATH = "/v1/who-asked"
LEAST_LEVEL = 1
"""Who has not shown to be that person is told here only: other installations are asked for nobody else."""
PATIENCE = 4.0
FRESH = 300
"""Seconds for which an answer is shown again without asking again."""
MOST, WINDOW = 30, 3_600
"""So often within so many seconds one peer may ask about one person."""
AT_ONCE = 8
LONGEST = 300


class TooOften(UserError):
    status = 429


@dataclass(frozen=True, slots=True)
class Seen:
    """That an installation opened a person's list: how often, the last time when."""

    who: str
    times: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """What a peer told; `silent`: it gave no usable answer."""

    peer: Peer
    lines: tuple[Line, ...] = ()
    seen: tuple[Seen, ...] = ()
    more: bool = False
    silent: bool = False


def peers() -> tuple[Peer, ...]:
    """The installations that share the page with this one."""
    try:
        return connections().who_asked
    except WrongConnections as wrong:
        log.error("nobody is asked who asked: %s", wrong)
        return ()


# ---- answering


def tell(peer: Peer, call: str, number: str, *, on_behalf: str, level: int) -> dict[str, Any]:
    """Answer a peer: who asked about the person here, and which installations opened this list. Raises TooOften."""
    person = blind(PERSON, number)
    if not limits.allow("who asked", f"{peer.member} {person}", most=MOST, seconds=WINDOW):
        raise TooOften(
            "Đã hỏi về người này quá nhiều lần trong một giờ.",
            f"This person was asked about more than {MOST} times within the hour.",
        )
    Opening.objects.create(
        person=person, peer=peer.member, call=call, on_behalf=on_behalf, level=level, at=clock.now()
    )
    lines = who_asked.known_here(number)
    return {
        "asked": [
            {
                "at": one.at.isoformat(),
                "who": one.who,
                "what": one.what,
                "purpose": one.purpose,
                "answered": one.answered,
                "end": one.end.value,
                "call": one.call,
            }
            for one in lines[:SHOWN]
        ],
        "more": len(lines) > SHOWN,
        "opened": [
            {"who": one.who, "times": one.times, "at": one.at.isoformat()} for one in seen_here(number)
        ],
    }


def seen_here(number: str) -> list[Seen]:
    """Which installations opened this person's list here, the last one first."""
    names = {one.member: one.name for one in peers()}
    rows = (
        Opening.objects.filter(person=blind(PERSON, number))
        .values("peer")
        .annotate(times=Count("pk"), last=Max("at"))
        .order_by("-last")
    )
    return [Seen(names.get(one["peer"], one["peer"]), one["times"], one["last"]) for one in rows]


# ---- asking


def ask_peers(actor: Actor, number: str, *, on_behalf: str = "") -> list[Heard]:
    """What every peer knows of a person who signed in here, all asked at once; who was asked a moment ago is not again.

    Whoever does not answer within some seconds is `silent`. What is asked of whom stands in the ledger.
    """
    known = peers()
    with acting(SYSTEM, savepoint=False):
        kept = {one: answers.fresh(one.service, _question(number), FRESH) for one in known}
    to_ask = [one for one in known if kept[one] is None]
    said = _ask_all(to_ask, number, on_behalf, actor.level)
    heard = {one: _heard(one, found[0]) for one, found in kept.items() if found}
    heard |= {one: _heard(one, found) for one, found in zip(to_ask, said, strict=True)}
    with acting(SYSTEM, savepoint=False):
        for one, found in zip(to_ask, said, strict=True):
            if not heard[one].silent:
                answers.keep(one.service, _question(number), found, clock.now())
    if to_ask:
        emit(
            "exchange.peers_asked",
            actor,
            subject=("party", actor.principal) if actor.principal else None,
            data={
                "asked": [one.service for one in to_ask],
                "silent": [one.service for one in to_ask if heard[one].silent],
            },
        )
    return [heard[one] for one in known]


def _question(number: str) -> list[str]:
    return ["who asked", number]


def _ask_all(whom: Sequence[Peer], number: str, on_behalf: str, level: int) -> list[Any]:
    """The answers as they came, None for a peer that gave none. The threads touch no database."""
    if not whom:
        return []
    body = {"person": number, "on_behalf": on_behalf, "level": level}

    def ask(peer: Peer) -> Any:
        question = Question(
            "Ai đã hỏi", peer.name, peer.service, peer.purpose, "POST", PATH, body, peer.destination
        )
        try:
            return line.carry(question, str(new_uuid()), within=PATIENCE)
        except NotAnswered as silent:
            log.warning("%s does not say who asked: %s", peer.service, silent)
            return None

    with ThreadPoolExecutor(min(AT_ONCE, len(whom))) as pool:
        return list(pool.map(ask, whom))


def _heard(peer: Peer, said: Any) -> Heard:
    """An answer, read as one reads what a stranger wrote."""
    try:
        lines = tuple(_line(peer, one) for one in said["asked"][:SHOWN])
        seen = tuple(
            Seen(_text(one, "who"), int(one["times"]), _moment(one)) for one in said["opened"][:SHOWN]
        )
        return Heard(peer, lines, seen, more=said["more"] is True)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return Heard(peer, silent=True)


def _line(peer: Peer, said: Mapping[str, Any]) -> Line:
    return Line(
        _moment(said),
        _text(said, "who"),
        _text(said, "what"),
        _text(said, "purpose"),
        said["answered"] is True,
        End(said["end"]),
        _text(said, "call"),
        peer.name,
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    if not isinstance(said[name], str):
        raise TypeError(name)
    return str(said[name])[:LONGEST]


def _moment(said: Mapping[str, Any]) -> dt.datetime:
    found = dt.datetime.fromisoformat(said["at"])
    if found.tzinfo is None:
        raise ValueError("a moment without its zone")
    return found.astimezone(clock.now().tzinfo)
