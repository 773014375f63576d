"""The configuration as the data path asks it: by identifier, by certificate, may this client call that."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.gateway.configuration import (
    ClientAccess,
    Configuration,
    Endpoint,
    GatewayEntry,
    Member,
    Quota,
    Right,
    Service,
    Subsystem,
)
from motcua.gateway.faults import Fault, at_client, at_provider, bad_request
from motcua.gateway.identifiers import member_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MEMO = 10_000


@dataclass(frozen=True)
class Route:
    """A service with where it is found."""

    id: str
    service: Service
    provider: str
    """Its subsystem."""
    gateway: str
    member: str


@dataclass(frozen=True)
class Client:
    """A subsystem as a caller."""

    id: str
    subsystem: Subsystem
    certificates: frozenset[str]
    networks: tuple[Network, ...]
    member: str


@dataclass
class Directory:
    """One configuration, compiled."""

    configuration: Configuration
    routes: dict[str, Route] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    gateways: dict[str, GatewayEntry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        told = self.configuration
        self._end = told.expires_at.timestamp()
        self.gateways = {each.code: each for each in told.gateways}
        self.gateway_of = {fingerprint(pem): each.code for each in told.gateways for pem in each.certificates}
        self.signers: dict[str, str] = {}
        self.groups = {each.code: frozenset(each.members) for each in told.groups}
        self.purposes = {each.code: each for each in told.purposes}
        self.revoked = frozenset(told.trust.revoked)
        self._rights: dict[tuple[str, str], tuple[Right, ...]] = {}
        for member in told.members:
            self._take_member(f"{told.instance}/{member.member_class}/{member.code}", member)

    def _take_member(self, who: str, member: Member) -> None:
        self.members[who] = member
        for pem in member.certificates:
            self.signers[fingerprint(pem)] = who
        for each in member.subsystems:
            name = f"{who}/{each.code}"
            certificates = frozenset(map(fingerprint, each.client_certificates))
            networks = tuple(map(ipaddress.ip_network, each.client_networks))
            self.clients[name] = Client(name, each, certificates, networks, who)
            for service in each.services:
                route = Route(f"{name}/{service.code}", service, name, each.gateway, who)
                self.routes[route.id] = route

    def check_in_force(self, now: float, at: Callable[[str, str, int], Fault]) -> None:
        """Raises OutdatedGlobalConf after its end."""
        if now >= self._end:
            raise at(
                "OutdatedGlobalConf",
                f"the configuration of the exchange ended at {self.configuration.expires_at:%Y-%m-%dT%H:%M:%SZ}",
                500,
            )

    def route(self, service: str) -> Route:
        """Raises Fault, as the caller's gateway."""
        found = self.routes.get(service)
        if found is not None:
            return found
        member, provider = member_of(service), service.rpartition("/")[0]
        if member not in self.members:
            raise at_client("UnknownMember", f"there is no member {member}")
        if provider not in self.clients:
            raise at_client("UnknownMember", f"{member} has no subsystem {provider.rpartition('/')[2]}")
        raise at_provider("UnknownService", f"there is no service {service}")

    def client(self, name: str, gateway: str) -> Client:
        """The subsystem that `gateway` may speak for. Raises Fault."""
        found = self.clients.get(name)
        if found is None:
            raise at_client("UnknownMember", f"X-Road-Client: there is no subsystem {name}")
        if found.subsystem.gateway != gateway:
            raise at_client("UnknownMember", f"X-Road-Client: {name} is not registered at this gateway")
        return found

    def rights(self, client: str, route: Route) -> tuple[Right, ...]:
        key = (client, route.id)
        found = self._rights.get(key)
        if found is None:
            found = tuple(each for each in route.service.rights if self._is_meant(each.subject, client))
            if len(self._rights) > _MEMO:
                self._rights.clear()
            self._rights[key] = found
        return found

    def _is_meant(self, subject: str, client: str) -> bool:
        if subject.startswith("group:"):
            return client in self.groups[subject.removeprefix("group:")]
        return subject == client

    def admit(self, client: str, route: Route, method: str, path: bytes, purpose: str) -> None:
        """Whether `client` may call this now, for this purpose. Raises Fault, as the provider's gateway."""
        service = route.service
        if not service.enabled:
            raise at_provider("ServiceDisabled", service.notice or f"{route.id} is closed", 503)
        rights = self.rights(client, route)
        matching = [each for each in rights if _fits(each.endpoint, method, path)]
        if not matching:
            raise at_provider("AccessDenied", f"{client} has no right to {method} of {route.id}")
        if service.purposes:
            allowed = {code for each in matching for code in each.purposes or service.purposes}
            if not purpose:
                raise bad_request(
                    f"X-Motcua-Purpose: {route.id} is called for one of {', '.join(sorted(allowed))}"
                )
            if purpose not in allowed:
                raise at_provider(
                    "AccessDenied", f"{client} may not call {route.id} for the purpose {purpose}"
                )

    def may_call_all(self, client: str, route: Route) -> bool:
        """Whether `client` may call every endpoint for any purpose: then a call need not be looked at further."""
        service = route.service
        return (
            service.enabled
            and not service.purposes
            and any(each.endpoint is None for each in self.rights(client, route))
        )

    def allowed_endpoints(self, client: str, route: Route) -> tuple[Endpoint, ...] | None:
        """Those of the service that `client` may call; None when it may call nothing."""
        rights = self.rights(client, route)
        if not rights:
            return None
        if any(each.endpoint is None for each in rights):
            return route.service.endpoints
        return tuple(each.endpoint for each in rights if each.endpoint is not None)

    def quota_for(self, client: str, service: str) -> Quota | None:
        """The nearest quota."""
        quotas = self.configuration.quotas
        for who, what in ((client, service), ("", service), (client, ""), ("", "")):
            for each in quotas:
                if (each.client, each.service) == (who, what):
                    return each
        return None

    def authenticate(self, client: Client, address: str, certificate: bytes | None) -> None:
        """Whether the caller is a system of `client`. Raises Fault."""
        kind = client.subsystem.access
        if kind is ClientAccess.OPEN:
            return
        if kind is ClientAccess.NETWORK:
            caller = ipaddress.ip_address(address)
            if not any(caller in each for each in client.networks):
                raise at_client("SslAuthenticationFailed", f"{client.id} does not call from {address}", 403)
            return
        if certificate is None:
            raise at_client(
                "SslAuthenticationFailed", f"{client.id} calls over TLS with its own certificate", 403
            )
        mark = sha256(certificate).hexdigest()
        if mark not in client.certificates or mark in self.revoked:
            raise at_client("SslAuthenticationFailed", f"the certificate is not one of {client.id}", 403)


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate, in hexadecimal digits."""
    return sha256(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).hexdigest()


def _fits(endpoint: Endpoint | None, method: str, path: bytes) -> bool:
    if endpoint is None:
        return True
    if endpoint.method not in ("*", method):
        return False
    return _matches(endpoint.path, path)


def _matches(pattern: str, path: bytes) -> bool:
    """`*` is one part of a path, `**` any rest. Parts are compared decoded; one that hides a slash fits nothing."""
    wanted = pattern.split("/")
    given = [unquote_to_bytes(each).decode("utf-8", "surrogateescape") for each in (path or b"/").split(b"/")]
    if any("/" in each or "\\" in each or "\0" in each for each in given):
        return False
    expression = "".join(
        f"/{'.*' if each == '**' else '[^/]+' if each == '*' else re.escape(each)}" for each in wanted[1:]
    )
    return re.fullmatch(expression, "/".join(given), re.DOTALL) is not None


def check_path(path: bytes) -> None:
    """Refuse parts that lead upwards: rights are given for paths, and what they mean must not depend on who resolves
    them. Raises Fault."""
    if b"/." not in path and b"%2" not in path:
        return
    for each in path.split(b"/"):
        if unquote_to_bytes(each) in (b".", b".."):
            raise bad_request("a path without . and .. parts is expected")
