"""Trust lists: which service of which authority was trusted when, and by which certificates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import yaml
from cryptography import x509


class TrustListError(ValueError):
    """A trust list cannot be used; the message says where and how to mend it."""


class ServiceKind(StrEnum):
    """What a service is trusted for."""

    CERTIFICATES = "certificates"
    """issues certificates to signers"""
    TIME_STAMPS = "time_stamps"
    REVOCATION = "revocation"
    """answers by OCSP for others' certificates"""


class Status(StrEnum):
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StatusSince:
    """A status from a moment on, until the next one."""

    status: Status
    since: dt.datetime
    source: str = ""


@dataclass(frozen=True, slots=True)
class TrustService:
    """One service with its certificates; empty until the installation adds them."""

    provider: str
    name: str
    kind: ServiceKind
    certificates: tuple[x509.Certificate, ...]
    history: tuple[StatusSince, ...]

    def status(self, at: dt.datetime) -> StatusSince | None:
        """The status in force at a moment; None before the first."""
        begun = [each for each in self.history if each.since <= at]
        return max(begun, key=lambda each: each.since, default=None)

    def granted(self, at: dt.datetime) -> bool:
        status = self.status(at)
        return status is not None and status.status is Status.GRANTED


class Trust(Protocol):
    """Where verification asks whom to trust."""

    def anchors(self, kind: ServiceKind, at: dt.datetime) -> Sequence[x509.Certificate]:
        """Certificates trusted directly for that purpose at that moment."""
        ...


@dataclass(frozen=True, slots=True)
class Roots:
    """Trust in a few certificates, at all times: an installation's own root, or a test's.

    `time_stamps` and `revocation` name services trusted besides what the roots issue (X-Road approves its
    time-stamping services one by one).
    """

    certificates: tuple[x509.Certificate, ...]
    time_stamps: tuple[x509.Certificate, ...] = ()
    revocation: tuple[x509.Certificate, ...] = ()

    def anchors(self, kind: ServiceKind, at: dt.datetime) -> Sequence[x509.Certificate]:
        more = {ServiceKind.TIME_STAMPS: self.time_stamps, ServiceKind.REVOCATION: self.revocation}
        return (*self.certificates, *more.get(kind, ()))


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list as read; several are joined with `+`."""

    territory: str
    operator: str
    issued: dt.datetime | None
    next_update: dt.datetime | None
    services: tuple[TrustService, ...]

    def anchors(self, kind: ServiceKind, at: dt.datetime) -> Sequence[x509.Certificate]:
        kinds = {
            kind,
            ServiceKind.CERTIFICATES,
        }  # an issuing authority also vouches for its stamps and answers
        return tuple(
            certificate
            for service in self.services
            if service.kind in kinds and service.granted(at)
            for certificate in service.certificates
        )

    def trusted(
        self, certificate: x509.Certificate, kind: ServiceKind, at: dt.datetime
    ) -> TrustService | None:
        """The service of this `kind` that was granted at that moment and that this certificate stands for: its
        own, or one that directly issued it."""
        for service in self.services:
            if service.kind is kind and service.granted(at):
                for own in service.certificates:
                    if certificate == own or issued_by(certificate, own):
                        return service
        return None

    def missing(self) -> tuple[TrustService, ...]:
        """Services without a certificate: named, but not to be relied on before the installation adds it."""
        return tuple(service for service in self.services if not service.certificates)

    def with_certificate(self, name: str, certificate: x509.Certificate) -> TrustList:
        """The list with a certificate added to the service of that name. Raises TrustListError."""
        if all(service.name != name for service in self.services):
            known = ", ".join(service.name for service in self.services)
            raise TrustListError(f"there is no service {name!r} in this list; it has: {known}")
        services = tuple(
            TrustService(
                service.provider,
                service.name,
                service.kind,
                (*service.certificates, certificate) if service.name == name else service.certificates,
                service.history,
            )
            for service in self.services
        )
        return TrustList(self.territory, self.operator, self.issued, self.next_update, services)

    def __add__(self, other: TrustList) -> TrustList:
        return TrustList(
            f"{self.territory}+{other.territory}",
            f"{self.operator}; {other.operator}",
            self.issued,
            _earlier(self.next_update, other.next_update),
            self.services + other.services,
        )


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer`'s key signed `certificate`, and the names agree."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # wrong name, wrong key, or a kind of key that the library does not know
        return False
    return True


def read_trust_list(table: Mapping[str, Any]) -> TrustList:
    """A list from our own form (YAML or JSON; see data/vietnam.yaml). Raises TrustListError."""
    try:
        return TrustList(
            str(table["territory"]),
            str(table["operator"]),
            _moment(table.get("issued")),
            _moment(table.get("next_update")),
            tuple(_services(table["providers"])),
        )
    except (KeyError, TypeError) as error:
        raise TrustListError(f"the trust list lacks {error}: compare the shipped one") from error


@cache
def shipped_trust_list() -> TrustList:
    """Vietnam's: the names of its authorities. Certificates are added by the installation."""
    return read_trust_list(yaml.safe_load((files(__package__) / "data" / "vietnam.yaml").read_text("utf-8")))


def _services(providers: Iterable[Mapping[str, Any]]) -> Iterable[TrustService]:
    for provider in providers:
        for service in provider["services"]:
            name = str(service["name"])
            try:
                kind = ServiceKind(service["kind"])
                history = tuple(
                    StatusSince(Status(each["status"]), _required(each["since"]), str(each.get("source", "")))
                    for each in service["history"]
                )
                certificates = tuple(
                    x509.load_pem_x509_certificate(str(pem).encode())
                    for pem in service.get("certificates", ())
                )
            except ValueError as error:
                raise TrustListError(f"{name}: {error}") from error
            yield TrustService(str(provider["name"]), name, kind, certificates, history)


def _required(value: object) -> dt.datetime:
    moment = _moment(value)
    if moment is None:
        raise ValueError("“since” is missing")
    return moment


def _moment(value: object) -> dt.datetime | None:
    """A date means its beginning in UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), dt.UTC)
    raise ValueError(f"{value!r} is no date")


def _earlier(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return min((each for each in (one, other) if each), default=None)
