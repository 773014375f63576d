"""The configuration that gateways live by: made of the rows, signed, with an end, versions that only grow."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection

from motcua.core import clock, jobs
from motcua.core.documents import trust
from motcua.gateway import configuration as gateway_side
from motcua.gateway.configuration import Configuration, sign_configuration
from motcua.gateway.shape import write_shape
from motcua.systems.exchange.models import (
    Certificate,
    Gateway,
    Group,
    Member,
    Publication,
    Purpose,
    Quota,
    Right,
    Standing,
    Subsystem,
    Version,
    VersionState,
)

LASTS = dt.timedelta(days=3)
"""A gateway works so long without hearing of us: a weekend with a dead control plane."""
RENEW_BEFORE = dt.timedelta(days=2, hours=12)
KEY = "exchange-configuration"
LOCK = 0x6C69656E
OFFERED = (VersionState.IN_FORCE, VersionState.DEPRECATED)


def changed() -> None:
    """Something that gateways must know has changed: publish when this transaction is through.

    A publication waits for all who came here before it, and who comes while one is made waits for its end: else a
    change could rely on a job that has read the rows already.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [LOCK])
    jobs.defer("exchange.publish", queueing_lock="exchange.publish")


def publish(*, even_if_same: bool = False) -> Publication:
    """Sign the configuration as it is now. Unchanged and not near its end, the former one stays."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
    now = clock.now().astimezone(dt.UTC).replace(microsecond=0)
    last = Publication.objects.order_by("-id").first()
    version = 1 if last is None else last.pk + 1
    configuration = build(version, now)
    digest = _content_digest(configuration)
    lasting = last is not None and last.expires_at - now > RENEW_BEFORE
    if last is not None and last.content_digest == digest and lasting and not even_if_same:
        return last
    body = sign_configuration(configuration, _key(), key_id())
    return Publication.objects.create(
        pk=version,
        issued_at=configuration.issued_at,
        expires_at=configuration.expires_at,
        content_digest=digest,
        etag=f'"{version}-{sha256(body).hexdigest()[:16]}"',
        body=body,
    )


def newest() -> Publication:
    """What gateways are given; made at the first asking."""
    return Publication.objects.order_by("-id").first() or publish()


def key_id() -> str:
    """Names the key by its own digest, so that a new key has a new name."""
    return key_digest()[:16]


def key_digest() -> str:
    """SHA-256 of `public_key_pem`: what a gateway's administrator is told by another way."""
    return sha256(public_key_pem().encode()).hexdigest()


def public_key_pem() -> str:
    """What a gateway is given once, at enrolment."""
    return _key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _key() -> ec.EllipticCurvePrivateKey:
    house = trust.house()
    with trust.alone(house.home):
        if KEY not in house.keys.key_ids():
            house.keys.create(KEY)
    key = house.keys.private_key(KEY)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the key {KEY} is not an elliptic one")
    return key


def _content_digest(configuration: Configuration) -> str:
    still = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    content = replace(configuration, version=0, issued_at=still, expires_at=still + LASTS)
    return sha256(json.dumps(write_shape(content), sort_keys=True).encode()).hexdigest()


# ---- rows → configuration


def build(version: int, now: dt.datetime) -> Configuration:
    """The rows of today as gateways read them, without suspended members and gateways that have no certificate."""
    members = list(Member.objects.filter(state=Standing.APPROVED).order_by("id"))
    certificates = _certificates(now)
    gateways = [
        one
        for one in Gateway.objects.filter(state=Standing.APPROVED, member__in=members)
        .select_related("member")
        .order_by("id")
        if certificates[one.member_id, one.pk]
    ]
    systems = defaultdict[int, list[Subsystem]](list)
    reachable = {one.pk for one in gateways}
    rows = Subsystem.objects.filter(active=True, member__in=members).select_related("member", "gateway")
    for subsystem in rows.order_by("id"):
        if subsystem.gateway_id in reachable:
            systems[subsystem.member_id].append(subsystem)
    present = {one.pk for several in systems.values() for one in several}
    services = _services(present, now.date())
    return Configuration(
        format=gateway_side.FORMAT,
        instance=settings.MOTCUA_EXCHANGE_INSTANCE,
        version=version,
        issued_at=now,
        expires_at=now + LASTS,
        trust=_trust(now),
        gateways=tuple(
            gateway_side.GatewayEntry(
                one.code,
                name_of_member(one.member),
                tuple(one.addresses),
                certificates[one.member_id, one.pk],
            )
            for one in gateways
        ),
        members=tuple(
            gateway_side.Member(
                one.member_class,
                one.code,
                one.name,
                certificates[one.pk, None],
                tuple(_subsystem(each, services[each.pk]) for each in systems[one.pk]),
            )
            for one in members
        ),
        groups=tuple(
            gateway_side.Group(
                one.code, tuple(name_of(each) for each in one.subsystems.all() if each.pk in present)
            )
            for one in Group.objects.order_by("id").prefetch_related("subsystems__member")
        ),
        quotas=tuple(
            gateway_side.Quota(
                name_of(one.client) if one.client else "",
                service_name(one.version) if one.version else "",
                one.per_minute,
                one.per_day,
                one.at_once,
            )
            for one in Quota.objects.order_by("id").select_related(
                "client__member", "version__service__subsystem__member"
            )
        ),
        purposes=tuple(
            gateway_side.Purpose(one.code, one.name, one.legal_basis)
            for one in Purpose.objects.order_by("id")
        ),
    )


def name_of_member(member: Member) -> str:
    return f"{settings.MOTCUA_EXCHANGE_INSTANCE}/{member.member_class}/{member.code}"


def name_of(subsystem: Subsystem) -> str:
    """INSTANCE/CLASS/MEMBER/SUBSYSTEM."""
    return f"{name_of_member(subsystem.member)}/{subsystem.code}"


def service_name(version: Version) -> str:
    return f"{name_of(version.service.subsystem)}/{version.wire_code}"


def _certificates(now: dt.datetime) -> dict[tuple[int, int | None], tuple[str, ...]]:
    found = defaultdict[tuple[int, int | None], tuple[str, ...]](tuple)
    for row in Certificate.objects.filter(revoked_at=None, valid_until__gt=now).order_by("id"):
        found[row.member_id, row.gateway_id] += (row.pem,)
    return found


def _services(present: set[int], today: dt.date) -> dict[int, tuple[gateway_side.Service, ...]]:
    rights = defaultdict[int, list[gateway_side.Right]](list)
    granted = Right.objects.filter(withdrawn_at=None).select_related("subsystem__member", "group")
    for row in granted.order_by("id").prefetch_related("purposes"):
        lapsed = row.until is not None and row.until < today
        if not lapsed and (row.subsystem_id is None or row.subsystem_id in present):
            rights[row.version_id].append(_right(row))
    found = defaultdict[int, tuple[gateway_side.Service, ...]](tuple)
    versions = Version.objects.filter(state__in=OFFERED, service__subsystem__in=present)
    for version in versions.select_related("service").order_by("id"):
        found[version.service.subsystem_id] += (_service(version, rights[version.pk]),)
    return found


def _right(row: Right) -> gateway_side.Right:
    subject = name_of(row.subsystem) if row.subsystem else f"group:{row.group.code}"  # type: ignore[union-attr]
    endpoint = gateway_side.Endpoint(row.method, row.path) if row.method else None
    return gateway_side.Right(subject, endpoint, tuple(one.code for one in row.purposes.all()))


def _service(version: Version, rights: Sequence[gateway_side.Right]) -> gateway_side.Service:
    purposes = sorted({code for right in rights for code in right.purposes})
    return gateway_side.Service(
        code=version.wire_code,
        base_url=version.base_url,
        kind=gateway_side.ServiceKind(version.kind),
        version=str(version.number),
        timeout_ms=version.timeout_ms,
        largest_request=version.largest_request,
        largest_answer=version.largest_answer,
        openapi=version.openapi,
        endpoints=tuple(gateway_side.Endpoint(one["method"], one["path"]) for one in version.endpoints),
        rights=tuple(rights),
        purposes=tuple(purposes),
        server_certificates=tuple(version.server_certificates),
        enabled=not version.stopped_for,
        notice=version.stopped_for,
    )


def _subsystem(subsystem: Subsystem, services: tuple[gateway_side.Service, ...]) -> gateway_side.Subsystem:
    gateway = subsystem.gateway
    return gateway_side.Subsystem(
        subsystem.code,
        gateway.code if gateway else "",
        subsystem.name,
        gateway_side.ClientAccess(subsystem.access),
        tuple(subsystem.client_certificates),
        tuple(subsystem.client_networks),
        services,
    )


def _trust(now: dt.datetime) -> gateway_side.Trust:
    house = trust.house()
    anchor = house.root.certificate
    revoked = Certificate.objects.filter(revoked_at__isnull=False, valid_until__gt=now)
    return gateway_side.Trust(
        authorities=(
            gateway_side.CertificateAuthority(
                "Motcua", _pem(anchor), tuple(_pem(one) for one in house.standing_intermediates)
            ),
        ),
        time_stamping=(
            gateway_side.TimeStampingAuthority(
                "Motcua TSA", f"{settings.MOTCUA_SITE}/chung-thu/dau-thoi-gian", _pem(anchor)
            ),
        ),
        revoked=tuple(revoked.order_by("id").values_list("fingerprint", flat=True)),
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
