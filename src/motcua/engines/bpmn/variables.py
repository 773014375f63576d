"""The data of an instance: one dict that the caller stores, with the local variables of running scopes inside it.

Written values are copied on the way, so that the caller's dict never changes under its hands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from motcua.engines.bpmn.expressions import Scale
from motcua.engines.bpmn.state import ROOT

LOCAL = "$local"


def is_ours(name: str) -> bool:
    """Whether a variable belongs to the interpreter: nobody else reads, writes or hands on those with a “$”."""
    return name.startswith("$")


class Variables:
    """Shared data and, by scope, what is local there. A chain of scopes is given innermost first."""

    __slots__ = ("functions", "local", "scale", "shared")

    def __init__(self, data: Mapping[str, Any], functions: Mapping[str, Any]) -> None:
        self.shared = dict(data)
        self.local: dict[int, dict[str, Any]] = {
            int(scope): dict(values) for scope, values in self.shared.pop(LOCAL, {}).items()
        }
        self.functions = functions
        self.scale = Scale()

    def stored(self) -> dict[str, Any]:
        """The one dict to store."""
        if not self.local:
            return self.shared
        return {**self.shared, LOCAL: {str(scope): values for scope, values in self.local.items()}}

    def seen_from(self, chain: Sequence[int], more: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """What an expression sees at the end of this chain, `more` in front of it."""
        local = [self.local[scope] for scope in chain if scope in self.local]
        if not local and not more and not self.functions and chain[-1] == ROOT:
            return self.shared
        seen = {**self.functions, **(self.shared if chain[-1] == ROOT else {})}
        for values in reversed(local):
            seen.update(values)
        if more:
            seen.update(more)
        return seen

    def write(self, chain: Sequence[int], path: Sequence[str], value: Any) -> None:
        """Set a variable where it is local on this chain, else at the chain's end."""
        store = self._store(chain, path[0])
        for name in path[:-1]:
            inner = store.get(name)
            store[name] = dict(inner) if isinstance(inner, Mapping) else {}
            store = store[name]
        plain = value is None or isinstance(value, bool | int | float)
        store[path[-1]] = value if plain else self.scale.copy(value)

    def _store(self, chain: Sequence[int], name: str) -> dict[str, Any]:
        for scope in chain:
            if name in self.local.get(scope, ()):
                return self.local[scope]
        return self.shared if chain[-1] == ROOT else self.local.setdefault(chain[-1], {})
