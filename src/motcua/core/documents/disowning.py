"""Revoking an authority of ours: one person asks, another approves, and what stood below it is asked for anew.

What it had issued is no longer believed from the moment on that is named; results that a time-stamp of another branch
proves older keep their worth. Where the root rests offline, its responder says so at once, and its list after the next
ceremony.
"""

from __future__ import annotations

import datetime as dt
import json

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from motcua.core import clock
from motcua.core.documents import certificates, expiry, revocation, succession, trust
from motcua.core.documents.models import AuthorityRevocation, Key
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.engines.pki import Authority

REASONS = ("ca_compromise", "superseded", "cessation_of_operation", "unspecified")


def ask(
    actor: Actor, name: str, code: str, reason: str, since: dt.datetime | None = None
) -> AuthorityRevocation:
    """Ask that an authority be revoked; `since` when its key was lost (default: now). Raises UserError."""
    _check_may(actor, certificates.OFFICERS)
    house, now = trust.house(), clock.now()
    since = since or now
    if name not in house.authorities:
        raise UserError(f"Không có tổ chức chứng thực “{name}”.", f"There is no authority {name!r}.", "name")
    if code not in REASONS:
        raise UserError("Chọn lý do thu hồi.", "Choose why it is revoked.", "code")
    if not reason.strip():
        raise UserError("Ghi lý do.", "Give the reason.", "reason")
    begun = house.authorities[name].certificate.not_valid_before_utc
    if not begun <= since <= now:
        raise UserError(
            f"Thời điểm phải từ {begun:%d/%m/%Y} đến bây giờ.", f"Between {begun:%d/%m/%Y} and now.", "since"
        )
    if name in {one.name for one in house.revoked()}:
        raise Conflict(f"{name} đã bị thu hồi.", f"{name} is revoked already.")
    try:
        with transaction.atomic():
            asked = AuthorityRevocation.objects.create(
                name=name,
                code=code,
                reason=reason.strip(),
                since=since,
                asked_at=now,
                asked_by=actor.label,
                asked_by_account=actor.account_id,
            )
    except IntegrityError as twice:
        raise Conflict(
            f"Đã có đề nghị thu hồi {name} đang chờ duyệt.", f"Revoking {name} waits for approval already."
        ) from twice
    subject = ("authority_revocation", asked.pk)
    emit("authority.revocation_asked", actor, subject=subject, data={"name": name, "reason": asked.reason})
    return asked


def approve(actor: Actor, revocation_id: int) -> AuthorityRevocation:
    """The second person agrees: it is revoked in the same act. Approved before: nothing happens again."""
    asked = _settling(actor, revocation_id)
    if asked.revoked:
        return asked
    _check_open(asked)
    if actor.account_id is not None and actor.account_id == asked.asked_by_account:
        raise NotAllowed(
            "Người đề nghị không tự duyệt. Người thứ hai xem và duyệt.",
            "Whoever asked does not approve: a second person does.",
        )
    house = trust.house()
    serial = house.authorities[asked.name].certificate.serial_number
    _settle(actor, asked, revoked=True)
    emit(
        "authority.revoked",
        actor,
        subject=("authority_revocation", asked.pk),
        data={"name": asked.name, "serial": f"{serial:x}", "code": asked.code, "reason": asked.reason},
    )
    _remember(house, trust.RevokedAuthority(asked.name, serial, asked.since, asked.code))
    root = house.issuer_of(house.authorities[asked.name].certificate) or house.root_name
    if trust.key_of(root) in house.keys.key_ids():
        key = house.keys.private_key(trust.key_of(root))
        revocation.sign_root_list(house, Authority(house.roots[root], key, trust.addresses_of(root)))
        succession.perform()
        ask_anew()
    trust.house().publish()
    return asked


def decline(actor: Actor, revocation_id: int) -> AuthorityRevocation:
    """The second person does not agree; nothing was revoked."""
    asked = _settling(actor, revocation_id)
    if not asked.settled_at:
        _settle(actor, asked, revoked=False)
        emit(
            "authority.revocation_declined",
            actor,
            subject=("authority_revocation", asked.pk),
            data={"name": asked.name},
        )
    return asked


def waiting() -> QuerySet[AuthorityRevocation]:
    """What waits for a second person."""
    return AuthorityRevocation.objects.filter(settled_at=None).order_by("id")


def ask_anew() -> int:
    """Ask for the next certificates of all who held one of a revoked authority, as far as it has a successor; where
    the key lies in a device, tell the holder. Returns how many were asked for."""
    house, asked = trust.house(), 0
    for gone in house.revoked():
        try:
            house.authority(trust.branch_named(gone.name))
        except trust.RootRests:
            continue
        for key in _bereft(gone.name):
            reason = f"Tổ chức chứng thực {trust.title_of(gone.name)} bị thu hồi"
            wish = certificates.Wish(
                key.purpose,
                key.agency_id,
                reason,
                officer_id=key.officer_id,
                name=key.subject,
                store=key.store,
                replaces=key,
            )
            try:
                with transaction.atomic():
                    certificates.ask(SYSTEM, wish)
                asked += 1
            except UserError:
                expiry.ends_soon.send(key=key, days=0)
    return asked


def _bereft(name: str) -> QuerySet[Key]:
    rows = Key.objects.filter(authority=name, revoked_at=None, valid_until__gt=clock.now(), replaced_by=None)
    return rows.exclude(pk__in=_asked_for()).order_by("id")


def _asked_for() -> QuerySet[Key]:
    from motcua.core.documents.models import CertificateRequest

    return CertificateRequest.objects.exclude(replaces=None).values("replaces_id")  # type: ignore[return-value]


def _remember(house: trust.House, gone: trust.RevokedAuthority) -> None:
    with trust.alone(house.home):
        rows = [one.to_json() for one in (*house.revoked(), gone)]
        trust.write_whole(house.trust / trust.REVOKED, json.dumps(rows, indent=1).encode())


def _check_may(actor: Actor, groups: frozenset[str]) -> None:
    if not (actor.is_system or actor.has(*groups)):
        raise NotAllowed(
            "Chỉ cán bộ của tổ chức chứng thực làm được việc này.",
            "Only the authority's own officers may do this.",
        )


def _settling(actor: Actor, revocation_id: int) -> AuthorityRevocation:
    _check_may(actor, certificates.APPROVERS)
    found = AuthorityRevocation.objects.select_for_update().filter(pk=revocation_id).first()
    if found is None:
        raise NotFound
    return found


def _check_open(asked: AuthorityRevocation) -> None:
    if asked.settled_at is not None:
        raise Conflict("Đề nghị này đã được giải quyết.", "This request was settled already.")


def _settle(actor: Actor, asked: AuthorityRevocation, *, revoked: bool) -> None:
    asked.settled_at, asked.settled_by, asked.revoked = clock.now(), actor.label, revoked
    asked.save(update_fields=["settled_at", "settled_by", "revoked"])
