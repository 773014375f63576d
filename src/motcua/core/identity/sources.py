"""Identity sources: who else may say who somebody is, by OpenID Connect. Each is a plug-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from django.urls import reverse

from motcua.core.plugins import Registry


class IdentitySource(Protocol):
    """An OpenID provider as its relying party meets it (OpenID Connect Core 1.0, authorization code with PKCE)."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def issuer(self) -> str:
        """Its issuer identifier, a URL."""

    @property
    def client_id(self) -> str:
        """By which it knows us."""

    def authorize_url(self, query: Mapping[str, str]) -> str:
        """Where the browser is sent, with the authentication request (section 3.1.2.1)."""

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint's answer (section 3.1.3.3). Raises Unavailable, or ValueError when refused."""

    def keys(self) -> dict[str, Any]:
        """The provider's public keys, a JWK set (RFC 7517). Raises Unavailable."""


registry: Registry[IdentitySource] = Registry("identity_source")


@dataclass(frozen=True, slots=True)
class Offer:
    """A source as a page offers it."""

    key: str
    name: str
    href: str


def offered(wanted: str = "") -> list[Offer]:
    """The sources of this installation, each with the link that starts a sign-in leading to `wanted`."""
    query = f"?{urlencode({'next': wanted})}" if wanted else ""
    return [
        Offer(key, registry.get(key).name, reverse("identity_source:start", args=[key]) + query)
        for key in registry.names()
    ]
