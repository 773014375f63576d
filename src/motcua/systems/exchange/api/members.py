"""Taking part by machine: apply, ask how it stands, hand in certificate requests and operational data."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from ninja import Schema

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import certifying, keys, membership, operating
from motcua.systems.exchange.api.base import (
    REFUSALS,
    api,
    gateway_of,
    key_of,
    member_of,
    own_system,
)
from motcua.systems.exchange.machines import machine_of
from motcua.systems.exchange.models import Certificate, Gateway, Notice, Standing

APPLICATIONS_AN_HOUR = 10


class Application(Schema):
    member_class: str = "GOV"
    code: str
    name: str
    contact: str
    phone: str = ""
    email: str = ""


class Applied(Schema):
    """`key` is shown this once."""

    member: str
    state: str
    key: str


class GatewayIn(Schema):
    code: str
    addresses: list[str]


class SystemIn(Schema):
    code: str
    name: str
    gateway: str = ""
    access: str = "certificate"
    client_certificates: list[str] = []
    client_networks: list[str] = []


class RequestIn(Schema):
    """A certificate request (PKCS #10, PEM); `kind`: `tls` of the gateway, `signing` of the member."""

    kind: str = "tls"
    request: str


class CertificateOut(Schema):
    certificate: str
    fingerprint: str
    valid_until: str


class Key(Schema):
    key: str


class Standings(Schema):
    member: str
    state: str
    reason: str
    gateways: dict[str, str]
    systems: list[str]
    certificates: list[dict[str, str]]
    notices: list[dict[str, str]]


@api.post("/v1/members", response={201: Applied, **REFUSALS}, auth=None)
def apply(request: HttpRequest, application: Application) -> tuple[int, Applied]:
    """Ask to take part. A person decides; the key asks meanwhile how it stands."""
    _slow_down(request)
    actor = Actor(ActorKind.PARTNER, application.name[:200])
    with acting(SYSTEM):
        member, key = membership.apply(actor, **application.dict())
    return 201, Applied(member=f"{member.member_class}/{member.code}", state=member.state, key=key)


@api.get("/v1/me", response={200: Standings, **REFUSALS})
def standing(request: HttpRequest) -> Standings:
    """How the member, its gateways, systems and certificates stand, and what it was told."""
    member = member_of(request)
    with acting(SYSTEM):
        notices = Notice.objects.filter(subsystem__member=member, read_at=None).order_by("id")[:100]
        certificates = Certificate.objects.filter(member=member, revoked_at=None).select_related("gateway")
        return Standings(
            member=f"{member.member_class}/{member.code}",
            state=member.state,
            reason=member.reason,
            gateways=dict(member.gateways.values_list("code", "state")),
            systems=list(member.subsystems.values_list("code", flat=True)),
            certificates=[
                {
                    "for": one.gateway.code if one.gateway else "signing",
                    "fingerprint": one.fingerprint,
                    "valid_until": one.valid_until.isoformat(),
                }
                for one in certificates.order_by("id")
            ],
            notices=[{"at": one.told_at.isoformat(), "text": one.text} for one in notices],
        )


@api.post("/v1/gateways", response={201: dict[str, str], **REFUSALS})
def apply_gateway(request: HttpRequest, gateway: GatewayIn) -> tuple[int, dict[str, str]]:
    """Ask for a gateway; a person decides and hands its key over."""
    key = key_of(request)
    with acting(SYSTEM):
        made = membership.apply_gateway(
            machine_of(key), key.member, code=gateway.code, addresses=gateway.addresses
        )
    return 201, {"code": made.code, "state": made.state}


@api.post("/v1/gateways/{code}/key", response={200: Key, **REFUSALS})
def gateway_key(request: HttpRequest, code: str) -> Key:
    """A key for an approved gateway; the former one is good for seven more days."""
    with acting(SYSTEM):
        gateway = Gateway.objects.filter(
            code=code, member=member_of(request), member__state=Standing.APPROVED
        ).first()
        if gateway is None or gateway.state != Standing.APPROVED:
            raise Conflict("Cổng này chưa được duyệt.", "This gateway is not approved.")
        return Key(key=keys.issue(gateway.member, gateway=gateway))


@api.post("/v1/certificates", response={200: CertificateOut, **REFUSALS})
def certify(request: HttpRequest, wanted: RequestIn) -> CertificateOut:
    """Sign a request of an approved gateway, at once. The former certificate counts until it ends or is revoked."""
    gateway = gateway_of(request)
    sign = {"tls": certifying.certify_gateway, "signing": certifying.certify_member}.get(wanted.kind)
    if sign is None:
        raise UserError("kind là tls hoặc signing.", "kind: tls or signing.", field="kind")
    with acting(SYSTEM):
        made = sign(machine_of(key_of(request)), gateway, wanted.request)
    return CertificateOut(
        certificate=made.pem, fingerprint=made.fingerprint, valid_until=made.valid_until.isoformat()
    )


@api.post("/v1/systems", response={201: dict[str, str], **REFUSALS})
def add_system(request: HttpRequest, system: SystemIn) -> tuple[int, dict[str, str]]:
    """A system of the member behind one of its approved gateways."""
    key = key_of(request)
    with acting(SYSTEM):
        gateway = (
            Gateway.objects.filter(member=key.member, code=system.gateway).first() if system.gateway else None
        )
        if system.gateway and gateway is None:
            raise UserError(
                f"Không có cổng {system.gateway}.", f"There is no gateway {system.gateway}.", "gateway"
            )
        made = membership.add_subsystem(
            machine_of(key), key.member, gateway=gateway, **system.dict(exclude={"gateway"})
        )
    return 201, {"system": str(made)}


@api.post("/v1/systems/{code}/key", response={200: Key, **REFUSALS})
def system_key(request: HttpRequest, code: str) -> Key:
    """A key by which a system speaks to the events; the former one is good for seven more days."""
    with acting(SYSTEM):
        return Key(key=keys.issue(member_of(request), subsystem=own_system(request, code)))


@api.post("/v1/operations", response={200: dict[str, int], **REFUSALS})
def operations(request: HttpRequest, records: list[dict[str, Any]]) -> dict[str, int]:
    """Operational records of a gateway, at most 5,000 at a time; repeats do no harm."""
    gateway = gateway_of(request)
    with acting(SYSTEM):
        new = operating.take_in(gateway, records)
        Gateway.objects.filter(pk=gateway.pk).update(last_seen_at=clock.now())
    return {"taken": len(records), "new": new}


def _slow_down(request: HttpRequest) -> None:
    """Strangers cannot fill the list of applications."""
    name = f"exchange-application/{request.META.get('REMOTE_ADDR')}/{clock.now():%Y%m%d%H}"
    count = cache.get_or_set(name, 0, 3_600) or 0
    if count >= APPLICATIONS_AN_HOUR:
        raise Slower(
            "Gửi quá nhiều đơn. Thử lại sau một giờ.", "Too many applications: try again in an hour."
        )
    cache.set(name, count + 1, 3_600)


class Slower(UserError):
    status = 429
