"""Whose bearer token is it? Rooms that issue tokens register here; rooms that are called with one ask here.

A room that is called with tokens also says which scopes it knows, so that a provider may offer them to applications
and ask people for them in words. Neither room knows the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from motcua.core.errors import Text


@dataclass(frozen=True, slots=True)
class Bearer:
    """For whom a token speaks, and what it may be used for (no scopes: everything of the API).

    `account_id` is 0 for an application that speaks for itself; `party_id` is the person or organisation acted for.
    `told` is what else was granted: `authorization_details` (RFC 9396), `issuer_state` (OpenID4VCI 1.0).
    `grant` names the sign-in that the token came of, `level` its identity level (0 to 2).
    """

    account_id: int
    scopes: frozenset[str] = frozenset()
    party_id: int | None = None
    client_id: str = ""
    client_name: str = ""
    grant: str = ""
    level: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


Resolver = Callable[[HttpRequest, str], Bearer | None]
"""The bearer of the token that a request shows, None where it is not the resolver's, no longer good, or not proven."""

Scopes = Callable[[], Mapping[str, Text]]
"""The scopes that an API knows, as people read them when they are asked."""

Details = Callable[[Mapping[str, Any]], tuple[str, dict[str, Any]]]
"""An entry of `authorization_details`: the scope it amounts to, and the entry as granted. ValueError tells why not."""

_resolvers: dict[str, Resolver] = {}
_scopes: dict[str, Scopes] = {}
_details: dict[str, Details] = {}
_of_applications: dict[str, Text] = {}
_providers: list[Callable[[], str]] = []


def register(resolver: Resolver) -> Resolver:
    """Have tokens of another issuer accepted. Registering the same function again changes nothing."""
    _resolvers[f"{resolver.__module__}.{resolver.__qualname__}"] = resolver
    return resolver


def offer_scopes(scopes: Scopes) -> Scopes:
    """Have providers offer these scopes to applications that act for a person."""
    _scopes[f"{scopes.__module__}.{scopes.__qualname__}"] = scopes
    return scopes


def offer_to_applications(scope: str, what: Text) -> None:
    """Have providers offer a scope to applications that act for themselves (`client_credentials`)."""
    _of_applications[scope] = what


def read_details(type_: str, reader: Details) -> None:
    """Have providers understand this type of `authorization_details`."""
    _details[type_] = reader


def provide(issuer: Callable[[], str]) -> None:
    """Name a provider of the house, by its issuer, to rooms that send programs there for a token."""
    _providers.append(issuer)


def providers() -> list[str]:
    """The issuers of the house's providers."""
    return [issuer() for issuer in _providers]


def scopes() -> dict[str, Text]:
    """Every scope that an API of the house knows, for those who act for a person."""
    return {name: what for offered in _scopes.values() for name, what in offered().items()}


def scopes_of_applications() -> dict[str, Text]:
    """Every scope for applications that act for themselves."""
    return dict(_of_applications)


def details(entry: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The scope that an entry of `authorization_details` amounts to, and the entry as granted. ValueError."""
    reader = _details.get(str(entry.get("type")))
    if reader is None:
        raise ValueError(f"the type {str(entry.get('type'))[:60]!r} is not known")
    return reader(entry)


def kinds_of_details() -> list[str]:
    """The types of `authorization_details` that are understood."""
    return sorted(_details)


def token_of(request: HttpRequest) -> str:
    """The token in the request's header, by either scheme (RFC 6750, RFC 9449); "" without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "dpop") else ""


def bearer_of(request: HttpRequest) -> Bearer | None:
    """The bearer of the request's token by the first issuer that knows it."""
    token = token_of(request)
    if not token:
        return None
    return next((found for resolver in _resolvers.values() if (found := resolver(request, token))), None)
