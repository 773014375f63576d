"""How the population database is asked for a personal number: the port, and what may come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from motcua.core.hooks import Hook
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
