"""What the configuration holds: its fields, each with the rules that concern it alone."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from motcua.gateway.shape import ShapeError

FORMAT = 1
IDENTIFIER = re.compile(r"[A-Za-z0-9'()+,\-.=?_]{1,255}")
"""What an identifier's part may hold: X-Road's list since 2023, and the underscore that older ones have."""


class ServiceKind(StrEnum):
    OPENAPI = "OPENAPI"
    REST = "REST"
    WSDL = "WSDL"
    """A SOAP service: listed, and not to be called by REST."""


class ClientAccess(StrEnum):
    """How the information systems of a subsystem prove to their gateway who they are."""

    CERTIFICATE = "certificate"
    """Mutual TLS, with one of the subsystem's `client_certificates`."""
    NETWORK = "network"
    """By the caller's address, which lies in one of `client_networks`."""
    OPEN = "open"
    """Not at all: for a gateway that only one system can reach."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path below the service. `*` stands for any method; in a path `*` for one part of it, `**` for the
    rest."""

    method: str
    path: str

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ShapeError(f"path {self.path!r}: begins with /")
        if not re.fullmatch(r"\*|[A-Z]{3,7}", self.method):
            raise ShapeError(f"method {self.method!r}: capitals such as GET, or * for all")


@dataclass(frozen=True, slots=True)
class Right:
    """Who may call: everything of the service, or `endpoint` only."""

    subject: str
    """A client subsystem `INSTANCE/CLASS/MEMBER/SUBSYSTEM`, or `group:CODE`."""
    endpoint: Endpoint | None = None
    purposes: tuple[str, ...] = ()
    """Codes for which this subject may call; empty: each of the service's."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a provider offers. Times in milliseconds, sizes in bytes."""

    code: str
    base_url: str
    """`http://…` or `https://…`, without a query: the called path is put behind it."""
    kind: ServiceKind = ServiceKind.REST
    version: str = ""
    timeout_ms: int = 60_000
    """From the request's last byte to the answer's last."""
    connect_timeout_ms: int = 5_000
    largest_request: int = 10_485_760
    largest_answer: int = 104_857_600
    openapi: str = ""
    """The description's text (YAML or JSON), handed out by getOpenAPI."""
    endpoints: tuple[Endpoint, ...] = ()
    rights: tuple[Right, ...] = ()
    purposes: tuple[str, ...] = ()
    """When given, each call names one of these codes in the header `X-Motcua-Purpose`."""
    server_certificates: tuple[str, ...] = ()
    """PEM: what an https service may answer with, or the authorities above it; empty: those of the machine."""
    enabled: bool = True
    notice: str = ""
    """What callers are told (header `X-Road-Error` detail) while it is not enabled."""

    def __post_init__(self) -> None:
        _check_identifier("code", self.code)
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ShapeError(
                f"base_url {self.base_url!r}: http://host[:port][/path] or https://…, without a query"
            )


@dataclass(frozen=True, slots=True)
class Subsystem:
    """A system of a member: client, provider, or both."""

    code: str
    gateway: str
    """Code of the gateway at which it is registered."""
    name: str = ""
    access: ClientAccess = ClientAccess.CERTIFICATE
    client_certificates: tuple[str, ...] = ()
    """PEM of the certificates by which its systems open TLS, self-signed ones too."""
    client_networks: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()

    def __post_init__(self) -> None:
        _check_identifier("code", self.code)
        for each in self.client_networks:
            try:
                ipaddress.ip_network(each)
            except ValueError as error:
                raise ShapeError(f"client_networks: {error}; write 10.1.0.0/16") from error


@dataclass(frozen=True, slots=True)
class Member:
    """An agency or organisation, with the certificates by which its messages are signed."""

    member_class: str
    code: str
    name: str
    certificates: tuple[str, ...] = ()
    """PEM, the newest last; the keys lie at the gateways of its subsystems."""
    subsystems: tuple[Subsystem, ...] = ()

    def __post_init__(self) -> None:
        _check_identifier("member_class", self.member_class)
        _check_identifier("code", self.code)


@dataclass(frozen=True, slots=True)
class GatewayEntry:
    """A gateway as others meet it."""

    code: str
    owner: str
    """`INSTANCE/CLASS/MEMBER`."""
    addresses: tuple[str, ...]
    """`host:port` of the port for other gateways; the first that answers is used."""
    certificates: tuple[str, ...]
    """PEM of its TLS certificates (serverAuth and clientAuth); while a key is rotated there are two."""

    def __post_init__(self) -> None:
        _check_identifier("code", self.code)
        for each in self.addresses:
            if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s/]+):\d{1,5}", each):
                raise ShapeError(f"addresses: {each!r} is not host:port")


@dataclass(frozen=True, slots=True)
class Group:
    """Subsystems that are given rights together."""

    code: str
    members: tuple[str, ...]
    """`INSTANCE/CLASS/MEMBER/SUBSYSTEM`."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much may be called; the nearest match counts: client and service, service, client, all."""

    client: str = ""
    """`INSTANCE/CLASS/MEMBER/SUBSYSTEM`; empty: each client by itself."""
    service: str = ""
    """`INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE`; empty: all services."""
    per_minute: int = 0
    """Calls in any sixty seconds; 0: no limit."""
    per_day: int = 0
    """Calls of a day by the clock of the gateway (UTC); 0: no limit."""
    at_once: int = 0
    """Calls under way at the same time; 0: no limit."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why data may be asked for, with its legal basis."""

    code: str
    name: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Who issues the certificates of members and gateways."""

    name: str
    certificate: str
    """PEM, the anchor."""
    intermediates: tuple[str, ...] = ()
    ocsp: str = ""
    """Where it is asked about the certificates it issued (URL); empty: `revoked` alone is believed."""


@dataclass(frozen=True, slots=True)
class TimeStampingAuthority:
    name: str
    url: str
    certificate: str
    """PEM, the anchor above its tokens."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Anchors. `ocsp_fresh_s` is how old an OCSP response may be; older ones still serve `ocsp_grace_s` more, and
    the gateway says so in its state."""

    authorities: tuple[CertificateAuthority, ...]
    time_stamping: tuple[TimeStampingAuthority, ...] = ()
    revoked: tuple[str, ...] = ()
    """SHA-256 fingerprints of certificates that no longer count, at once and everywhere."""
    ocsp_fresh_s: int = 3_600
    ocsp_grace_s: int = 14_400


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that a gateway must know; `version` grows with each publication and is never taken back."""

    format: int
    instance: str
    version: int
    issued_at: dt.datetime
    expires_at: dt.datetime
    """From here on no message is taken."""
    trust: Trust
    gateways: tuple[GatewayEntry, ...]
    members: tuple[Member, ...]
    groups: tuple[Group, ...] = ()
    quotas: tuple[Quota, ...] = ()
    purposes: tuple[Purpose, ...] = ()

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ShapeError(f"format {self.format}: this gateway reads {FORMAT}; update it")
        _check_identifier("instance", self.instance)
        if self.expires_at <= self.issued_at:
            raise ShapeError("expires_at: lies before issued_at")


def _check_identifier(field: str, value: str) -> None:
    if not IDENTIFIER.fullmatch(value):
        raise ShapeError(f"{field} {value[:80]!r}: letters, digits and ' ( ) + , - . = ? _ only")
