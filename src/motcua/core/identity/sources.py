"""Identity sources: who else may say who somebody is, by OpenID Connect. Each is a plug-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from django.core.cache import cache
from django.urls import reverse

from motcua.core.plugins import Registry

ACR = {"1": "urn:vn:eid:level:1", "2": "urn:vn:eid:level:2"}
"""Authentication context classes, one for each level of Decree 69/2024/NĐ-CP article 7."""
LEVEL_OF_ACR = {acr: int(level) for level, acr in ACR.items()}
DOWN_FOR = 60  # seconds
ASYMMETRIC = ("ES256", "PS256", "RS256")


class IdentitySource(Protocol):
    """An OpenID provider as its relying party meets it (OpenID Connect Core 1.0, authorization code with PKCE).

    A source may also have `rules: Rules`, `fresh_keys()` (its keys asked for anew), `userinfo(access_token)` (section
    5.3), `leave_url(id_token, back)` (RP-Initiated Logout 1.0), `opens(origin)` (whether that address of ours sends
    everybody to it, see front_door), `is_offered` (whether the sign-in page names it) and `account_of(subject)` (our
    own account of that name, where source and installation are one); the functions below do without where it has not.
    """

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


@dataclass(frozen=True, slots=True)
class Rules:
    """How a source says things: which algorithms sign, what its levels and claims are called."""

    algorithms: tuple[str, ...] = ("ES256",)
    scope: str = "openid profile personal_number"
    levels: Mapping[str, int] = field(default_factory=lambda: LEVEL_OF_ACR)
    personal_number: str = "personal_number"
    person_name: str = "name"
    organisation_number: str = ""
    organisation_name: str = "name"
    max_age: int | None = None
    """Seconds since the person proved who they are there; None where the source may remember them."""
    names_issuer: bool = False
    """Whether its answers always carry `iss` (RFC 9207), so that one without is refused."""
    officer_code: str = ""
    """The claim by which it tells of an officer; what that officer may do is known here."""
    identity_paper: str = ""
    """The claim by which it tells of a foreigner: an object with kind, country, number and valid_until."""
    foreigner_enrolled: bool = False
    """Whether a foreigner has to be on record here by that very paper, seen once by an officer."""
    level_needed: bool = True
    """Whether a person without a level of identity is refused."""
    number_needed: bool = True
    """Whether somebody of whom no number is told is refused; not where `account_of` knows the account itself."""

    def acr_of(self, level: int) -> str:
        """The authentication context classes worth that level, the strongest first, as `acr_values` lists them."""
        enough = [(worth, acr) for acr, worth in self.levels.items() if worth >= level]
        return " ".join(acr for _, acr in sorted(enough, key=lambda one: -one[0]))


HOUSE = Rules()
registry: Registry[IdentitySource] = Registry("identity_source")


def rules_of(source: IdentitySource) -> Rules:
    rules: Rules = getattr(source, "rules", HOUSE)
    return rules


def fresh_keys(source: IdentitySource) -> dict[str, Any]:
    """The source's keys, asked for again where it keeps them. Raises Unavailable."""
    again: Any = getattr(source, "fresh_keys", source.keys)
    keys: dict[str, Any] = again()
    return keys


def userinfo(source: IdentitySource, access_token: str) -> dict[str, Any]:
    """What the source tells beside the id_token; {} where it tells nothing. Raises Unavailable, ValueError."""
    tell: Any = getattr(source, "userinfo", None)
    told: dict[str, Any] = tell(access_token) if tell and access_token else {}
    return told


def leave_url(source: IdentitySource, id_token: str, back: str) -> str:
    """Where the person signs out there too; "" where the source has no such page."""
    leave: Any = getattr(source, "leave_url", None)
    return str(leave(id_token, back)) if leave else ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A source as a page offers it."""

    key: str
    name: str
    href: str
    organisations: bool = False
    down: bool = False
    """Whether it did not answer a minute ago."""


def offered(wanted: str = "", *, level: int | None = None) -> list[Offer]:
    """The sources of this installation, each with the link that starts a sign-in leading to `wanted`.

    With `level`, only those that can vouch for so much, and they are asked for it anew.
    """
    known = [(key, source) for key in registry.names() if _is_offered(source := registry.get(key))]
    return [
        offer(key, wanted, level=level)
        for key, source in known
        if max(rules_of(source).levels.values(), default=0) >= (level or 0)
    ]


def offer(key: str, wanted: str = "", *, level: int | None = None) -> Offer:
    """One source with the link that starts a sign-in by it."""
    source = registry.get(key)
    query = ({"next": wanted} if wanted else {}) | ({} if level is None else {"muc": str(level)})
    start = reverse("identity_source:start", args=[key]) + (f"?{urlencode(query)}" if query else "")
    return Offer(
        key, source.name, start, bool(rules_of(source).organisation_number), cache.get(_down(key)) is not None
    )


def _is_offered(source: IdentitySource) -> bool:
    return bool(getattr(source, "is_offered", True))


def note_down(key: str) -> None:
    """The source did not answer: the sign-in page says so for a minute."""
    cache.set(_down(key), True, DOWN_FOR)


def note_up(key: str) -> None:
    if cache.get(_down(key)) is not None:
        cache.delete(_down(key))


def _down(key: str) -> str:
    return f"identity-source-down-{key}"
