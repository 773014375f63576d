"""Certificates of gateways and members: signed on request once approved, renewed with overlap, revoked."""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.db.models import QuerySet

from motcua.core import clock
from motcua.core.documents import trust
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.engines.pki import Service
from motcua.engines.pki.requests import RequestError, fingerprint_of, public_key_of
from motcua.systems.exchange import publishing
from motcua.systems.exchange.membership import APPROVERS, must, said
from motcua.systems.exchange.models import Certificate, Gateway, Member, Standing

LASTS = dt.timedelta(days=365)
WARN_BEFORE = dt.timedelta(days=30)
MOST = 3
"""Certificates of one kind in force at a time: the present one, the next, and one more for a mishap."""


def certify_gateway(actor: Actor, gateway: Gateway, request: str) -> Certificate:
    """The TLS certificate for a gateway's request (PKCS #10). The same key in force gets the same certificate again."""
    _approved(gateway)
    hosts = [each.rsplit(":", 1)[0].strip("[]") for each in gateway.addresses]
    return _certify(actor, gateway.member, gateway, request, hosts)


def certify_member(actor: Actor, gateway: Gateway, request: str) -> Certificate:
    """The certificate by which a member's messages are signed at the gateway."""
    _approved(gateway)
    return _certify(actor, gateway.member, None, request, [])


def revoke(actor: Actor, certificate: Certificate, reason: str) -> None:
    """From the next configuration on nobody believes it."""
    must(actor, APPROVERS)
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if locked.revoked_at is None:
        locked.revoked_at, locked.revoked_reason = clock.now(), said(reason, "reason")
        locked.save(update_fields=["revoked_at", "revoked_reason"])
        emit(
            "exchange.certificate_revoked",
            actor,
            subject=("exchange_certificate", locked.pk),
            data={"reason": locked.revoked_reason, "fingerprint": locked.fingerprint},
        )
        publishing.changed()


def in_force(member: Member, gateway: Gateway | None) -> QuerySet[Certificate]:
    """The certificates that count now, the newest last."""
    now = clock.now()
    return Certificate.objects.filter(
        member=member, gateway=gateway, revoked_at=None, valid_until__gt=now
    ).order_by("id")


def warn_of_ends() -> int:
    """Tell, once each, of certificates that end within 30 days and have no successor. Returns how many."""
    now, told = clock.now(), 0
    ending = Certificate.objects.filter(
        revoked_at=None, warned_at=None, valid_until__gt=now, valid_until__lt=now + WARN_BEFORE
    ).select_related("member", "gateway")
    for certificate in ending:
        if in_force(certificate.member, certificate.gateway).filter(pk__gt=certificate.pk).exists():
            continue
        Certificate.objects.filter(pk=certificate.pk).update(warned_at=now)
        emit(
            "exchange.certificate_ending",
            SYSTEM,
            subject=("exchange_certificate", certificate.pk),
            data={"until": certificate.valid_until.isoformat(), "member": certificate.member.code},
        )
        told += 1
    return told


def _certify(
    actor: Actor, member: Member, gateway: Gateway | None, request: str, hosts: list[str]
) -> Certificate:
    try:
        key = public_key_of(request.encode())
    except RequestError as wrong:
        raise UserError(
            f"Yêu cầu chứng thư không dùng được: {wrong}.", f"The request cannot be used: {wrong}.", "request"
        ) from wrong
    print_of_key = fingerprint_of(key)
    Member.objects.select_for_update().get(pk=member.pk)  # one at a time, so that the count below holds
    present = [one for one in in_force(member, gateway) if _is_vouched_for(one)]
    for one in present:
        if one.key_fingerprint == print_of_key and one.valid_until - clock.now() > WARN_BEFORE:
            return one
    if Certificate.objects.filter(key_fingerprint=print_of_key, revoked_at__isnull=False).exists():
        raise Conflict(
            "Khóa này có chứng thư đã thu hồi. Tạo khóa mới.",
            "A certificate of this key was revoked: make another.",
        )
    if len(present) >= MOST:
        raise Conflict(
            f"Đã có {MOST} chứng thư còn hạn. Thu hồi bớt rồi đề nghị lại.",
            f"{MOST} certificates are in force: revoke one first.",
        )
    issuer, start = trust.house().issuer, clock.now()
    name = gateway.code if gateway else f"{member.member_class}/{member.code}"
    service = Service(name, member.name, f"{member.member_class}/{member.code}")
    certificate = (
        issuer.issue_gateway(service, key, hosts=hosts, start=start, end=start + LASTS)
        if gateway
        else issuer.issue_service(service, key, start=start, end=start + LASTS)
    )
    row = _remember(member, gateway, certificate, print_of_key)
    emit(
        "exchange.certificate_issued",
        actor,
        subject=("exchange_certificate", row.pk),
        data={
            "member": member.code,
            "gateway": gateway.code if gateway else "",
            "fingerprint": row.fingerprint,
        },
    )
    publishing.changed()
    return row


def _is_vouched_for(one: Certificate) -> bool:
    """Whether the authority that issued it still stands; else its key is certified anew."""
    return trust.house().vouches_for(x509.load_pem_x509_certificate(one.pem.encode("ascii")))


def _remember(
    member: Member, gateway: Gateway | None, certificate: x509.Certificate, print_of_key: str
) -> Certificate:
    return Certificate.objects.create(
        member=member,
        gateway=gateway,
        pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        key_fingerprint=print_of_key,
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )


def _approved(gateway: Gateway) -> None:
    if gateway.state != Standing.APPROVED or gateway.member.state != Standing.APPROVED:
        raise Conflict(
            "Cổng hoặc thành viên chưa được duyệt, hoặc đang tạm ngừng.",
            "The gateway or its member is not approved, or suspended.",
        )
