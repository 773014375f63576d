"""To whom this installation speaks: a file of destinations and of registers kept elsewhere, checked when it is read.

The file is `connections.yaml` of the home, or the one that `MOTCUA_CONNECTIONS` names; docs/connectors.md describes it.
Secrets never stand in it: `secret_file: name` names a file, beside it or absolute.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.conf import settings

from motcua.core.outbound.addresses import Network

SOURCES = ("here", "connector", "exchange")


class WrongConnections(ValueError):
    """The file of connections cannot be used; the message names the place and what belongs there."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One system outside. Times in seconds, sizes in bytes. `networks` are private ones in which it may lie."""

    name: str
    url: str
    authentication: Mapping[str, Any] = field(default_factory=lambda: {"style": "none"})
    networks: tuple[Network, ...] = ()
    connect_seconds: float = 3.0
    read_seconds: float = 8.0
    total_seconds: float = 12.0
    largest_answer: int = 4 * 1024 * 1024
    tries: int = 3
    failures: int = 5
    """So many failures in a row open the circuit."""
    rest_seconds: float = 30.0
    """How long an open circuit rests before one call tries again."""
    certificate_authority: str = ""
    certificate: str = ""
    key: str = ""
    folder: Path = Path()

    def secret(self, name: str = "secret_file") -> str:
        """The secret in the file that the authentication names. Raises WrongConnections."""
        said = self.authentication.get(name)
        if not isinstance(said, str) or not said:
            raise WrongConnections(
                f"destinations.{self.name}.authentication.{name}: name the file of the secret"
            )
        try:
            return (self.folder / said).read_text(encoding="utf-8").strip()
        except OSError as missing:
            raise WrongConnections(
                f"destinations.{self.name}.authentication.{name}: {said} cannot be read: {missing.strerror}"
            ) from missing

    def setting(self, name: str, default: str | None = None) -> str:
        """What the authentication says under `name`. Raises WrongConnections when it must be there and is not."""
        said = self.authentication.get(name, default)
        if said is None:
            raise WrongConnections(f"destinations.{self.name}.authentication.{name} is missing")
        return str(said)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a register is asked: `here`, by a `connector`, or as a service of a member of the `exchange`.

    `fresh_seconds` says how old an answer may be: by purpose (name of a service, or its code), and under `default`.
    0: always asked anew. `source` is the legal text that says so.
    """

    register: str
    kind: str = "here"
    connector: str = ""
    destination: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    fresh_seconds: Mapping[str, int] = field(default_factory=dict)
    source: str = ""

    def fresh_for(self, purpose: str) -> int:
        """How old, in seconds, an answer may be for the purpose; the longest key that it contains decides."""
        named = [key for key in self.fresh_seconds if key != "default" and key in purpose]
        return self.fresh_seconds[max(named, key=len)] if named else self.fresh_seconds.get("default", 0)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another installation with which the page “who asked about me” is shared: we ask its `service`, it asks ours."""

    name: str
    service: str
    """INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE."""
    destination: str
    purpose: str = "ai-da-hoi"

    @property
    def member(self) -> str:
        """INSTANCE/CLASS/MEMBER."""
        return "/".join(self.service.split("/")[:3])


@dataclass(frozen=True, slots=True)
class Connections:
    destinations: Mapping[str, Destination]
    sources: Mapping[str, Source]
    payments: Mapping[str, str] = field(default_factory=dict)
    """The payment platform of an agency, by its code; under `default` that of all others."""
    who_asked: tuple[Peer, ...] = ()


def destination(name: str) -> Destination:
    """Raises WrongConnections, naming what is configured."""
    known = connections().destinations
    if name not in known:
        raise WrongConnections(
            f"no destination {name!r} in {_file()}; there are: {', '.join(sorted(known)) or 'none'}"
        )
    return known[name]


def source_of(register: str) -> Source:
    """Where a register is asked; a register of which nothing is said is kept here."""
    return connections().sources.get(register) or Source(register)


def payment_platform(agencies: Iterable[str]) -> str:
    """The platform (plug-in of the kind `payment_gateway`) of the first of these agencies that has one of its own, else
    the default; "" where the file names none."""
    known = connections().payments
    own = next((known[code] for code in agencies if code in known), "")
    return own or known.get("default", "")


def connections() -> Connections:
    """What the file says now; read again when it changes."""
    file = _file()
    try:
        return _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        if os.environ.get("MOTCUA_CONNECTIONS"):
            raise WrongConnections(f"MOTCUA_CONNECTIONS names {file}, which is not there") from None
        return Connections({}, {})


def parse(given: Any, folder: Path = Path()) -> Connections:
    """Connections from what the file holds. Raises WrongConnections."""
    if not isinstance(given, dict) or set(given) - {"destinations", "registers", "payments", "who_asked"}:
        raise WrongConnections(
            "connections: a mapping with `destinations`, `registers`, `payments` and `who_asked` is expected"
        )
    known = {
        name: _destination(name, _mapping(said, f"destinations.{name}"), folder)
        for name, said in _mapping(given.get("destinations") or {}, "destinations").items()
    }
    sources = {
        slug: _source(slug, _mapping(said, f"registers.{slug}"), known)
        for slug, said in _mapping(given.get("registers") or {}, "registers").items()
    }
    payments = _mapping(given.get("payments") or {}, "payments")
    if wrong := [code for code, named in payments.items() if not isinstance(named, str) or not named]:
        raise WrongConnections(f"payments.{wrong[0]}: name the plug-in of the platform")
    return Connections(known, sources, payments, _peers(given.get("who_asked") or [], known))


def _file() -> Path:
    said = os.environ.get("MOTCUA_CONNECTIONS")
    return Path(said) if said else Path(settings.MOTCUA_HOME) / "connections.yaml"


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> Connections:
    try:
        return parse(yaml.safe_load(file.read_text(encoding="utf-8")) or {}, file.parent)
    except yaml.YAMLError as wrong:
        raise WrongConnections(f"{file}: {wrong}") from wrong


def _destination(name: str, said: Mapping[str, Any], folder: Path) -> Destination:
    place = f"destinations.{name}"
    known = {each.name for each in fields(Destination)} - {"name", "folder"}
    if unknown := sorted(set(said) - known):
        raise WrongConnections(
            f"{place}: {', '.join(unknown)} is not known; there are: {', '.join(sorted(known))}"
        )
    try:
        networks = tuple(ipaddress.ip_network(one) for one in said.get("networks", ()))
    except ValueError as wrong:
        raise WrongConnections(f"{place}.networks: {wrong}") from wrong
    parts = urlsplit(str(said.get("url", "")))
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise WrongConnections(f"{place}.url: an address such as https://api.example.gov.vn/path is expected")
    if parts.scheme == "http" and not networks:
        raise WrongConnections(
            f"{place}.url: plain http only into a network of our own: name it in `networks`"
        )
    if not isinstance(said.get("authentication", {"style": "none"}), dict):
        raise WrongConnections(f"{place}.authentication: a mapping with `style` is expected")
    given: dict[str, Any] = {"name": name, "folder": folder, **said}
    given |= {"networks": networks, "url": str(said["url"]).rstrip("/")}
    for file in ("certificate_authority", "certificate", "key"):
        given[file] = str(folder / said[file]) if said.get(file) else ""
    for number in ("connect_seconds", "read_seconds", "total_seconds", "largest_answer", "tries", "failures",
                   "rest_seconds"):  # fmt: skip
        if number in said and (isinstance(said[number], bool) or not isinstance(said[number], int | float)
                               or said[number] <= 0):  # fmt: skip
            raise WrongConnections(f"{place}.{number}: a number above 0 is expected, not {said[number]!r}")
    return Destination(**given)


def _source(register: str, said: Mapping[str, Any], known: Mapping[str, Destination]) -> Source:
    place = f"registers.{register}"
    kind = said.get("from", "here")
    if kind not in SOURCES:
        raise WrongConnections(f"{place}.from: one of {', '.join(SOURCES)} is expected, not {kind!r}")
    if unknown := sorted(
        set(said) - {"from", "connector", "destination", "options", "fresh_seconds", "source"}
    ):
        raise WrongConnections(f"{place}: {', '.join(unknown)} is not known")
    if kind != "here" and said.get("destination") not in known:
        raise WrongConnections(
            f"{place}.destination: {said.get('destination')!r} is not among the destinations"
        )
    if kind == "connector" and not said.get("connector"):
        raise WrongConnections(f"{place}.connector: name the plug-in")
    fresh = said.get("fresh_seconds", {})
    if not isinstance(fresh, dict) or not all(isinstance(one, int) and one >= 0 for one in fresh.values()):
        raise WrongConnections(f"{place}.fresh_seconds: purposes with whole seconds are expected")
    if fresh and not said.get("source"):
        raise WrongConnections(f"{place}.source: the legal text by which an answer may be kept is missing")
    return Source(
        register,
        kind,
        "exchange" if kind == "exchange" else str(said.get("connector", "")),
        str(said.get("destination", "")),
        _mapping(said.get("options") or {}, f"{place}.options"),
        fresh,
        str(said.get("source", "")),
    )


def _peers(said: Any, known: Mapping[str, Destination]) -> tuple[Peer, ...]:
    if not isinstance(said, list):
        raise WrongConnections("who_asked: a list of `name` and `service` is expected")
    found = []
    for place, each in enumerate(said):
        one = _mapping(each, f"who_asked.{place}")
        if unknown := sorted(set(one) - {"name", "service", "destination", "purpose"}):
            raise WrongConnections(f"who_asked.{place}: {', '.join(unknown)} is not known")
        if wrong := sorted(name for name, value in one.items() if not isinstance(value, str) or not value):
            raise WrongConnections(f"who_asked.{place}.{wrong[0]}: a text is expected")
        peer = Peer(**{"name": "", "service": "", "destination": "gateway", **one})
        if not peer.name:
            raise WrongConnections(f"who_asked.{place}.name: how people know the installation")
        if len(peer.service.split("/")) != 5 or not all(peer.service.split("/")):
            raise WrongConnections(f"who_asked.{place}.service: INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE")
        if peer.destination not in known:
            raise WrongConnections(
                f"who_asked.{place}.destination: {peer.destination!r} is not among the destinations"
            )
        found.append(peer)
    return tuple(found)


def _mapping(said: Any, place: str) -> dict[str, Any]:
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        raise WrongConnections(f"{place}: a mapping is expected")
    return said
