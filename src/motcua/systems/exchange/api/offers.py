"""Offering by machine: services with their OpenAPI documents, versions, topics."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from motcua.core.errors import NotFound
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus, contracts, offering
from motcua.systems.exchange.api.base import REFUSALS, api, key_of, own_system
from motcua.systems.exchange.machines import machine_of
from motcua.systems.exchange.models import Service, Version
from motcua.systems.exchange.publishing import service_name


class ServiceIn(Schema):
    """`document`: OpenAPI 3.0 or 3.1, YAML or JSON; empty for a service without description."""

    code: str
    title: str
    legal_basis: str
    base_url: str
    document: str = ""
    description: str = ""
    personal: bool = True
    sandbox: bool = False


class VersionIn(Schema):
    base_url: str
    document: str = ""
    change: str


class EndIn(Schema):
    withdraw_on: dt.date
    why: str


class TopicIn(Schema):
    code: str
    title: str
    legal_basis: str
    shape: dict[str, Any]
    description: str = ""
    register_slug: str = ""
    keep_days: int = 30


class VersionOut(Schema):
    service: str
    number: int
    state: str


@api.post("/v1/systems/{code}/services", response={201: VersionOut, **REFUSALS})
def offer(request: HttpRequest, code: str, service: ServiceIn) -> tuple[int, VersionOut]:
    """Describe a service of one's own system; a draft until it is published."""
    with acting(SYSTEM):
        made = offering.offer(machine_of(key_of(request)), own_system(request, code), **service.dict())
        return 201, _out(made)


@api.post("/v1/systems/{code}/services/{service}/versions", response={201: VersionOut, **REFUSALS})
def next_version(request: HttpRequest, code: str, service: str, version: VersionIn) -> tuple[int, VersionOut]:
    """The next contract, beside the former one."""
    with acting(SYSTEM):
        found = _service(request, code, service)
        return 201, _out(offering.next_version(machine_of(key_of(request)), found, **version.dict()))


@api.post(
    "/v1/systems/{code}/services/{service}/versions/{number}/propose",
    response={200: VersionOut, **REFUSALS},
)
def propose(request: HttpRequest, code: str, service: str, number: int) -> VersionOut:
    """Ask for its publication. A person publishes it, on the service's page; from the next configuration on it can be
    called."""
    with acting(SYSTEM):
        found = _version(request, code, service, number)
        return _out(contracts.propose(machine_of(key_of(request)), found))


@api.post(
    "/v1/systems/{code}/services/{service}/versions/{number}/deprecate",
    response={200: VersionOut, **REFUSALS},
)
def deprecate(request: HttpRequest, code: str, service: str, number: int, end: EndIn) -> VersionOut:
    """Announce its end; its users are told."""
    with acting(SYSTEM):
        found = _version(request, code, service, number)
        return _out(contracts.deprecate(machine_of(key_of(request)), found, end.withdraw_on, end.why))


@api.post("/v1/systems/{code}/topics", response={201: dict[str, str], **REFUSALS})
def declare(request: HttpRequest, code: str, topic: TopicIn) -> tuple[int, dict[str, str]]:
    """What this system tells others, in which shape (JSON Schema)."""
    with acting(SYSTEM):
        made = bus.declare_topic(
            machine_of(key_of(request)),
            own_system(request, code),
            code=topic.code,
            title=topic.title,
            legal_basis=topic.legal_basis,
            schema=topic.shape,
            description=topic.description,
            register=topic.register_slug,
            keep_days=topic.keep_days,
        )
    return 201, {"code": made.code}


def _service(request: HttpRequest, code: str, service: str) -> Service:
    found = (
        Service.objects.select_related("subsystem__member")
        .filter(subsystem=own_system(request, code), code=service)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _version(request: HttpRequest, code: str, service: str, number: int) -> Version:
    found = _service(request, code, service).versions.filter(number=number).first()
    if found is None:
        raise NotFound()
    return found


def _out(version: Version) -> VersionOut:
    return VersionOut(service=service_name(version), number=version.number, state=version.state)
