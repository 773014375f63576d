"""Revoking an authority of ours, or withdrawing a root: one person asks, another approves, and what stood below it is
asked for anew.

What it had issued is no longer believed from the moment on that is named; results that a time-stamp of another branch
proves older keep their worth. Where the root rests offline, its responder says so at once, and its list after the next
ceremony. A root that is withdrawn is followed by a new one (`withdrawing`).
"""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from motcua.core import clock
from motcua.core.documents import certificates, reissuing, revocation, succession, trust, withdrawing
from motcua.core.documents.models import AuthorityRevocation
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.engines.pki import Authority

REASONS = ("ca_compromise", "superseded", "cessation_of_operation", "unspecified")


def ask(
    actor: Actor, name: str, code: str, reason: str, since: dt.datetime | None = None
) -> AuthorityRevocation:
    """Ask that an authority be revoked or a root withdrawn; `since` when its key was lost (default: now). Raises
    UserError."""
    _check_may(actor, certificates.OFFICERS)
    house, now = trust.house(), clock.now()
    since = since or now
    own = certificate_of(house, name)
    if own is None:
        raise UserError(f"Không có tổ chức chứng thực “{name}”.", f"There is no authority {name!r}.", "name")
    if code not in REASONS:
        raise UserError("Chọn lý do thu hồi.", "Choose why it is revoked.", "code")
    if not reason.strip():
        raise UserError("Ghi lý do.", "Give the reason.", "reason")
    begun = own.not_valid_before_utc
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
    _settle(actor, asked, revoked=True)
    house = trust.house()
    own = certificate_of(house, asked.name)
    assert own is not None, "asked for by its name, and none is ever forgotten"
    emit(
        "authority.revoked",
        actor,
        subject=("authority_revocation", asked.pk),
        data={
            "name": asked.name,
            "serial": f"{own.serial_number:x}",
            "code": asked.code,
            "reason": asked.reason,
        },
    )
    if asked.name in house.roots:
        withdrawing.withdraw(asked.name, asked.since, asked.code)
    else:
        _revoke(house, asked, own)
    if trust.house().root_is_online:
        succession.perform()
        reissuing.ask_anew()
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


def certificate_of(house: trust.House, name: str) -> x509.Certificate | None:
    """The certificate of an authority or root of ours; None where there is none of that name."""
    if name in house.roots:
        return house.roots[name]
    return house.authorities[name].certificate if name in house.authorities else None


def _revoke(house: trust.House, asked: AuthorityRevocation, own: x509.Certificate) -> None:
    root = house.issuer_of(own) or house.root_name
    gone = trust.RevokedAuthority(asked.name, own.serial_number, asked.since, asked.code, root)
    withdrawing.remember(house, [gone])
    if trust.key_of(root) in house.keys.key_ids():
        key = house.keys.private_key(trust.key_of(root))
        revocation.sign_root_list(house, Authority(house.roots[root], key, trust.addresses_of(root)))


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
