"""Where an instance stands: a handful of tokens, small enough for a column of its row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from motcua.engines.bpmn.errors import BpmnError

ROOT = 0


class Wait(StrEnum):
    """What a token waits for; one letter, as stored."""

    PERSON = "u"
    SERVICE = "s"
    MESSAGE = "m"
    TIMER = "t"
    SIGNAL = "g"
    CHOICE = "e"
    """The first of several events (event-based gateway)."""
    INSIDE = "p"
    """What goes on inside the activity (sub-process, call, instances)."""
    UNDOING = "c"
    """The compensation that it asked for."""
    MENDING = "x"
    """Somebody to mend an incident."""


@dataclass(frozen=True, slots=True)
class Token:
    """One place where the instance stands.

    `host` is the token that this one guards (a boundary event, an arm of an event-based gateway) or works for (a
    compensation handler). `due` is an ISO time, `key` a correlation key, `left` how often a
    cycle still fires (-1: without end).
    """

    id: int
    element: str
    wait: Wait
    scope: int = ROOT
    host: int = 0
    due: str | None = None
    key: str | None = None
    left: int | None = None


class Inside(StrEnum):
    """What a scope is the inside of."""

    SUBPROCESS = "p"
    EVENT_SUBPROCESS = "v"
    CALL = "c"
    INSTANCES = "b"
    INSTANCE = "i"


@dataclass(frozen=True, slots=True)
class Scope:
    """The inside of a running activity; `host` is the token that waits for it (0 for an event sub-process)."""

    id: int
    element: str
    inside: Inside
    parent: int = ROOT
    host: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Everything the interpreter must remember beside the data.

    `joins` counts, by scope and gateway, the tokens that came in by each flow; `undoable` lists, in order of
    completion, activities with a compensation; `ended` is how the instance ended, or None while it runs.
    """

    tokens: tuple[Token, ...] = ()
    scopes: tuple[Scope, ...] = ()
    joins: Mapping[tuple[int, str], Mapping[str, int]] = field(default_factory=dict)
    undoable: tuple[tuple[int, str], ...] = ()
    next_id: int = 1
    ended: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A compact object of lists, strings and numbers; `from_json` reads it back."""
        stored: dict[str, Any] = {"n": self.next_id}
        if self.tokens:
            stored["t"] = [_short(token) for token in self.tokens]
        if self.scopes:
            stored["s"] = [
                [scope.id, scope.element, scope.inside, scope.parent, scope.host] for scope in self.scopes
            ]
        if self.joins:
            stored["j"] = [[scope, gateway, dict(came)] for (scope, gateway), came in self.joins.items()]
        if self.undoable:
            stored["u"] = [list(entry) for entry in self.undoable]
        if self.ended:
            stored["e"] = self.ended
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "State":
        """Read what `to_json` gave. Raises BpmnError when it is something else."""
        try:
            return cls(
                tokens=tuple(
                    Token(token[0], token[1], Wait(token[2]), *token[3:]) for token in stored.get("t", ())
                ),
                scopes=tuple(
                    Scope(scope[0], scope[1], Inside(scope[2]), scope[3], scope[4])
                    for scope in stored.get("s", ())
                ),
                joins={(scope, gateway): came for scope, gateway, came in stored.get("j", ())},
                undoable=tuple((scope, element) for scope, element in stored.get("u", ())),
                next_id=stored["n"],
                ended=stored.get("e"),
            )
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
            raise BpmnError(f"This is no stored state of a process: {fault!r}.") from fault

    def token(self, token_id: int) -> Token | None:
        """The token of that id, if it still waits."""
        return next((token for token in self.tokens if token.id == token_id), None)


def _short(token: Token) -> list[Any]:
    full = [
        token.id,
        token.element,
        token.wait.value,
        token.scope,
        token.host,
        token.due,
        token.key,
        token.left,
    ]
    while full[-1] in (None, ROOT):
        full.pop()
    return full
