"""What a gateway knows of the exchange: one signed JSON file, published by the control plane, cached by each gateway.

The file is the JSON of `Configuration` (fields of the same names; those at their default may be left out) with one
more member `signature`: a detached JWS (RFC 7515 appendix F, ES256) over the canonical bytes of all the rest, which are
`canonical_bytes`: members sorted, no white space, UTF-8 (RFC 8785; the file holds no fractions). The gateway is given
the control plane's public key once, at enrolment.

Identifiers are written as X-Road writes them: `INSTANCE/CLASS/MEMBER`, `…/SUBSYSTEM`, `…/SUBSYSTEM/SERVICE`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from motcua.gateway.shape import ShapeError, json_schema, read_shape, write_shape

FORMAT = 1
IDENTIFIER = re.compile(r"[A-Za-z0-9'()+,\-.=?_]{1,255}")
"""What an identifier's part may hold: X-Road's list since 2023, and the underscore that older ones have."""
_COORDINATE = 32


class ConfigurationError(ValueError):
    """The configuration cannot be used; the message says what, where and how to mend it."""


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


def configuration_schema() -> dict[str, Any]:
    """JSON Schema of the published file, signature included."""
    schema = json_schema(Configuration, "Configuration of an exchange")
    schema["properties"]["signature"] = {"type": "string", "description": "detached JWS, ES256"}
    schema["required"] = [*schema["required"], "signature"]
    return schema


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: `document` without its signature (RFC 8785 for what the file may hold)."""
    content = {name: value for name, value in document.items() if name != "signature"}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sign_configuration(configuration: Configuration, key: ec.EllipticCurvePrivateKey, key_id: str) -> bytes:
    """The file as published: JSON (UTF-8), signed with `key` (P-256), named by `key_id`."""
    check_configuration(configuration)
    document: dict[str, Any] = write_shape(configuration)
    header = _encode(json.dumps({"alg": "ES256", "kid": key_id}, separators=(",", ":")).encode())
    to_sign = f"{header}.{_encode(canonical_bytes(document))}".encode()
    r, s = utils.decode_dss_signature(key.sign(to_sign, ec.ECDSA(SHA256())))
    value = r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
    document["signature"] = f"{header}..{_encode(value)}"
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode()


def read_configuration(published: bytes, keys: Mapping[str, ec.EllipticCurvePublicKey]) -> Configuration:
    """The configuration of a published file, when one of `keys` (by key id) signed it.

    Whether it is still in force is the caller's question. Raises ConfigurationError.
    """
    try:
        document = json.loads(published)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"the configuration is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError("the configuration is not a JSON object")
    _check_signature(document, keys)
    try:
        content = {name: value for name, value in document.items() if name != "signature"}
        configuration = read_shape(Configuration, content)
    except ShapeError as error:
        raise ConfigurationError(f"configuration: {error}") from error
    check_configuration(configuration)
    return configuration


def _check_signature(document: Mapping[str, Any], keys: Mapping[str, ec.EllipticCurvePublicKey]) -> None:
    signature = document.get("signature")
    parts = signature.split(".") if isinstance(signature, str) else []
    if len(parts) != 3 or parts[1]:
        raise ConfigurationError("signature: a detached JWS (header..value) is expected")
    try:
        header = json.loads(_decode(parts[0]))
        value = _decode(parts[2])
    except ValueError as error:
        raise ConfigurationError(f"signature: cannot be read: {error}") from error
    if not isinstance(header, dict) or header.get("alg") != "ES256" or "crit" in header:
        raise ConfigurationError("signature: ES256 without critical extensions is expected")
    key = keys.get(str(header.get("kid")))
    if key is None:
        raise ConfigurationError(
            f"signature: the key {header.get('kid')!r} is not known here; known are {', '.join(keys) or 'none'}"
        )
    if len(value) != 2 * _COORDINATE:
        raise ConfigurationError(f"signature: {2 * _COORDINATE} bytes are expected, not {len(value)}")
    encoded = utils.encode_dss_signature(
        int.from_bytes(value[:_COORDINATE], "big"), int.from_bytes(value[_COORDINATE:], "big")
    )
    try:
        key.verify(encoded, f"{parts[0]}.{_encode(canonical_bytes(document))}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise ConfigurationError("signature: does not belong to this content; fetch the file again") from None


def check_configuration(configuration: Configuration) -> None:
    """Whether all that is named in it is also in it. Raises ConfigurationError."""
    gateways = _distinct("gateways", [each.code for each in configuration.gateways])
    _distinct("members", [f"{each.member_class}/{each.code}" for each in configuration.members])
    groups = _distinct("groups", [each.code for each in configuration.groups])
    purposes = _distinct("purposes", [each.code for each in configuration.purposes])
    for member in configuration.members:
        who = f"{configuration.instance}/{member.member_class}/{member.code}"
        _distinct(f"subsystems of {who}", [each.code for each in member.subsystems])
        check_certificates(f"certificates of {who}", member.certificates)
        for subsystem in member.subsystems:
            if subsystem.gateway not in gateways:
                raise ConfigurationError(f"{who}/{subsystem.code}: there is no gateway {subsystem.gateway!r}")
            check_certificates(
                f"client_certificates of {who}/{subsystem.code}", subsystem.client_certificates
            )
            _distinct(f"services of {who}/{subsystem.code}", [each.code for each in subsystem.services])
            for service in subsystem.services:
                _check_service(f"{who}/{subsystem.code}/{service.code}", service, groups, purposes)
    for gateway in configuration.gateways:
        check_certificates(f"certificates of the gateway {gateway.code}", gateway.certificates)
    for authority in configuration.trust.authorities:
        check_certificates(f"authority {authority.name}", (authority.certificate, *authority.intermediates))


def _check_service(name: str, service: Service, groups: set[str], purposes: set[str]) -> None:
    for right in service.rights:
        if right.subject.startswith("group:"):
            if right.subject.removeprefix("group:") not in groups:
                raise ConfigurationError(f"{name}: a right of {right.subject!r}, and there is no such group")
        elif right.subject.count("/") != 3:
            raise ConfigurationError(
                f"{name}: the right of {right.subject!r}: INSTANCE/CLASS/MEMBER/SUBSYSTEM or group:CODE"
            )
    unknown = {*service.purposes, *(each for right in service.rights for each in right.purposes)} - purposes
    if unknown:
        raise ConfigurationError(f"{name}: purposes that are not listed: {', '.join(sorted(unknown))}")


def check_certificates(whose: str, certificates: Sequence[str]) -> None:
    """Whether each is one certificate in PEM. Raises ConfigurationError."""
    for each in certificates:
        try:
            x509.load_pem_x509_certificate(each.encode())
        except ValueError as error:
            raise ConfigurationError(f"{whose}: not a certificate in PEM: {error}") from error


def _distinct(what: str, codes: Sequence[str]) -> set[str]:
    found = set[str]()
    for each in codes:
        if each in found:
            raise ConfigurationError(f"{what}: {each} is there twice")
        found.add(each)
    return found


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
