"""A paper of an application, proven by a credential instead of handed in: one way to do it, whatever the door.

What credentials are is known to the room of wallets, which registers its prover here. The doors (portal, counter,
intake API) say which paper of which application they mean, and attach the sheet that stands for it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from motcua.core import clock
from motcua.core.cases.actions.draft import applicant_of, pack_of
from motcua.core.cases.models import Draft
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import Actor
from motcua.core.services.pack import Pack, finding
from motcua.core.services.pack.parts import PaperRule


class State(StrEnum):
    """How the proof of a paper stands. `unusable`: an answer came, and cannot stand for the paper."""

    UNASKED = "unasked"
    WAITING = "waiting"
    PROVEN = "proven"
    UNUSABLE = "unusable"
    TAKEN = "taken"
    DECLINED = "declined"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Provable:
    """A paper of one application that a credential may stand for.

    `application` is the draft's name, or the key under which another system hands in; `whose` the personal number of
    the person whose credential it has to be, "" where that person has none.
    """

    application: uuid.UUID
    pack: Pack
    rule: PaperRule
    whose: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was shown, as people read it."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the proof of a paper stands, in one language.

    `link` opens a wallet, `page` is where the person agrees with the wallet of their account; both "" unless it waits.
    `credential`, `issuer`, `facts` and `answered_at` tell of the answer; `fault` why the last one does not count.
    """

    state: State
    to_prove: tuple[str, ...]
    id: uuid.UUID | None = None
    link: str = ""
    page: str = ""
    asked_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    credential: str = ""
    issuer: str = ""
    facts: tuple[Fact, ...] = ()
    answered_at: dt.datetime | None = None
    fault: str = ""


class Prover(Protocol):
    """What knows credentials. `through` is the code of the system that asks for its own user, "" for a door of ours."""

    def standing(self, paper: Provable, lang: str) -> Standing:
        """How the proof of this paper stands. UserError where the service names what nobody can ask."""

    def ask(self, actor: Actor, paper: Provable, *, asker: str = "", through: str = "") -> uuid.UUID:
        """Ask for it; a question that still waits goes on waiting. `asker` is who asks, as the holder reads it."""

    def told(self, question: uuid.UUID, through: str, lang: str) -> Standing:
        """How a question of that system stands. NotFound for any other's."""

    def answer(self, question: uuid.UUID, through: str, vp_token: Mapping[str, Any]) -> None:
        """The presentation that the system's own wallet made. UserError where it does not count."""

    def take(
        self, actor: Actor, paper: Provable, *, question: uuid.UUID | None = None, through: str = ""
    ) -> str:
        """The name of the sealed sheet that stands for the paper; taken again, the same.

        `question` is the one meant, where a system names it. Raises Conflict where nothing that counts was proven.
        """


_provers: list[Prover] = []


def register(prover: Prover) -> None:
    """Have this one prove papers from now on."""
    _provers[:] = [prover]


def prover() -> Prover:
    """Who proves papers. NotFound in an installation without wallets."""
    if not _provers:
        raise NotFound()
    return _provers[0]


def of_draft(draft: Draft, paper_id: str) -> Provable:
    """A paper of an application that is being filled in. NotFound where a credential cannot stand for it."""
    pack = pack_of(draft)
    facts = pack.facts(
        draft.answers, finding.from_json(draft.found), applicant=applicant_of(draft), received=clock.now()
    )
    return of_facts(draft.uuid, pack, paper_id, facts)


def of_facts(application: uuid.UUID, pack: Pack, paper_id: str, facts: Mapping[str, Any]) -> Provable:
    """A paper of an application with these facts. NotFound where a credential cannot stand for it."""
    rule = next((one for one in pack.paper_rules if one.id == paper_id and one.proof), None)
    if rule is None:
        can = ", ".join(one.id for one in pack.paper_rules if one.proof)
        raise NotFound(
            f"Thủ tục {pack.code} không có giấy “{paper_id}” chứng minh được bằng giấy tờ số"
            + (f"; các giấy chứng minh được: {can}." if can else "."),
            f"The service {pack.code} has no paper {paper_id!r} that a credential may stand for"
            + (f"; it may for {can}." if can else "."),
            "paper",
        )
    return Provable(application, pack, rule, rule.held_by(pack.context(facts)))
