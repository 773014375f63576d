"""One registry for every kind of plug-in: payment gateways, channels, identity sources, connectors, key stores.

A vendor is a folder `<room>/contrib/<vendor>/`; others ship theirs by the entry point group `motcua.<kind>`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Generic, TypeVar

P = TypeVar("P")


class UnknownPlugin(LookupError):
    """Nothing is registered under that key; the message lists what is."""


class Registry(Generic[P]):
    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._plugins: dict[str, P] = {}
        self._discovered = False

    def register(self, key: str) -> Callable[[type[P]], type[P]]:
        """Class decorator: one instance of the class serves the key."""

        def remember(plugin: type[P]) -> type[P]:
            known = self._plugins.get(key)
            if known is not None and type(known).__qualname__ != plugin.__qualname__:
                raise ValueError(f"two plug-ins of kind {self.kind} call themselves {key!r}")
            self._plugins[key] = plugin()
            return plugin

        return remember

    def get(self, key: str) -> P:
        self._discover()
        try:
            return self._plugins[key]
        except KeyError:
            known = ", ".join(sorted(self._plugins)) or "none"
            raise UnknownPlugin(f"no plug-in {key!r} of kind {self.kind}; known: {known}") from None

    def names(self) -> list[str]:
        self._discover()
        return sorted(self._plugins)

    def _discover(self) -> None:
        if not self._discovered:
            self._discovered = True
            for point in entry_points(group=f"motcua.{self.kind}"):
                point.load()
