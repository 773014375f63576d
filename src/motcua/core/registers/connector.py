"""Registers outside: how the population database is asked for a number, and how any register is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from motcua.core.hooks import Hook
from motcua.core.outbound.destinations import Source
from motcua.core.plugins import Registry


@dataclass(frozen=True, slots=True)
class Answer:
    """What the population database says: `requested` (ask again later), `issued`, `suspected_duplicate`, `refused`."""

    state: str
    number: str = ""
    reason: str = ""
    reference: str = ""


class PopulationConnector(Protocol):
    """Raises `motcua.core.errors.Unavailable` when the other side does not answer."""

    def request_number(self, request_uuid: str, child: dict[str, Any]) -> Answer: ...

    def ask_again(self, request_uuid: str, reference: str, child: dict[str, Any]) -> Answer: ...


connectors: Registry[PopulationConnector] = Registry("population")
number_answered = Hook("number_answered")
"""Sent with `request` when a request for a personal number reaches an end or an official must look at it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a register elsewhere is asked (`person`, `enterprise` …) of which key, for whom and why.

    `hints` are facts that the asker knows already, under the names of our attributes; `message` is the exchange's id
    of the question, where it goes over the exchange.
    """

    what: str
    key: str
    purpose: str
    asker: str
    case_id: int | None = None
    hints: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


class RegisterConnector(Protocol):
    """A way to ask a register elsewhere."""

    def look(self, source: Source, question: Question) -> dict[str, Any] | None:
        """The facts under the names of our attributes, as JSON can say them; None when it knows nothing of the key.

        Raises `motcua.core.errors.Unavailable` when there is no usable answer, WrongConnections when it is set up
        wrongly.
        """


register_connectors: Registry[RegisterConnector] = Registry("register_connector")
