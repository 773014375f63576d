"""How one room hears from another without knowing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Hook:
    """A named moment. Listeners run in the caller's transaction, in the order they registered; an error
    in one stops the act, since half an act is worse than none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: dict[str, Callable[..., Any]] = {}

    def register(self, listener: Callable[..., Any]) -> Callable[..., Any]:
        self._listeners[f"{listener.__module__}.{listener.__qualname__}"] = listener
        return listener

    def send(self, **what: Any) -> list[Any]:
        return [listener(**what) for listener in list(self._listeners.values())]
