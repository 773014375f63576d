"""Whose bearer token is it? Rooms that issue tokens register here; rooms that are called with one ask here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bearer:
    """The account for which a token speaks, and what it may be used for (empty: everything of the API)."""

    account_id: int
    scopes: frozenset[str] = frozenset()


Resolver = Callable[[str], Bearer | None]
"""The bearer of a token, None where it is not the resolver's or no longer good."""

_resolvers: dict[str, Resolver] = {}


def register(resolver: Resolver) -> Resolver:
    """Have tokens of another issuer accepted. Registering the same function again changes nothing."""
    _resolvers[f"{resolver.__module__}.{resolver.__qualname__}"] = resolver
    return resolver


def bearer_of(token: str) -> Bearer | None:
    """The bearer of a token by the first issuer that knows it."""
    return next((found for resolver in _resolvers.values() if (found := resolver(token))), None)
