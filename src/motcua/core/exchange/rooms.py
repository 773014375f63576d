"""Rooms of events as other faces speak of them: a system's room holds the kinds of events that it tells.

The bus itself is `systems/exchange`'s and registers itself here. Names are INSTANCE/CLASS/MEMBER/SUBSYSTEM.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from motcua.core.plugins import Registry

BUS = "exchange"


@dataclass(frozen=True, slots=True)
class Hearing:
    """That a system hears a kind of event: `state` is applied, approved or suspended."""

    id: uuid.UUID
    subscriber: str
    kind: str
    pushed: bool
    state: str


@dataclass(frozen=True, slots=True)
class Given:
    """An event as it is given to a subscriber."""

    id: uuid.UUID
    position: int
    publisher: str
    kind: str
    payload: Mapping[str, Any]
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An event as its publisher may see it: how many subscribers it is for, and how many acknowledged it."""

    given: Given
    subscribers: int
    done: int


class Rooms(Protocol):
    """Every function raises NotFound for what is not there, NotAllowed for what is not the caller's to do."""

    def kinds(self, caller: str, room: str) -> list[str]:
        """The kinds of events that a room tells."""

    def schema(self, caller: str, room: str, kind: str) -> dict[str, Any]:
        """The JSON Schema of a kind."""

    def declare(self, caller: str, room: str, kind: str, schema: Mapping[str, Any], legal_basis: str) -> None:
        """A new kind in one's own room. Raises Conflict for one that is there, UserError for a wrong schema."""

    def tell(self, caller: str, room: str, kind: str, payload: Mapping[str, Any], key: str) -> uuid.UUID:
        """Tell an event, in order with those of the same `key`; "" for none. Raises UserError at what is wrong."""

    def told(self, caller: str, room: str, kind: str, event_id: uuid.UUID) -> Told:
        """How far an event came."""

    def hearings(self, caller: str, room: str) -> list[Hearing]:
        """What the caller hears of a room, or asked to hear."""

    def ask_to_hear(self, caller: str, room: str, kind: str, push_to: str) -> Hearing:
        """Ask to hear a kind; its owner decides. Raises Conflict for what is heard or asked already."""

    def end_hearing(self, caller: str, room: str, kind: str) -> None:
        """Hear it no more."""

    def take(self, caller: str, room: str, kind: str) -> Given | None:
        """The next event; given again until it is acknowledged. None: none waits."""

    def acknowledge(self, caller: str, room: str, kind: str, event_id: uuid.UUID) -> None:
        """The caller has it. Raises NotFound for what is not in its hands."""


rooms: Registry[Rooms] = Registry("event_rooms")
