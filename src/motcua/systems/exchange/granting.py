"""Rights: asked for from the catalogue with purposes, decided by the service's owner, withdrawn when they lapse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.gateway.configuration import Endpoint
from motcua.gateway.shape import ShapeError
from motcua.systems.exchange import publishing
from motcua.systems.exchange.contracts import must_own
from motcua.systems.exchange.membership import said, settle
from motcua.systems.exchange.models import (
    AccessRequest,
    Group,
    Purpose,
    Right,
    Subsystem,
    Version,
)

Pair = tuple[str, str]
"""A method and a path pattern; `("", "")` is the whole service."""


def request_access(
    actor: Actor,
    version: Version,
    subsystem: Subsystem,
    *,
    purposes: Sequence[str],
    why: str,
    endpoints: Sequence[Pair] = (),
) -> AccessRequest:
    """Ask a service's owner to let a system call it, for purposes that have a legal basis."""
    must_own(actor, subsystem)
    if version.state not in publishing.OFFERED:
        raise Conflict("Dịch vụ này không còn nhận đề nghị.", "This version takes no requests.")
    known = _purposes(purposes)
    pairs = [_pair(version, one) for one in endpoints]
    try:
        with transaction.atomic():
            asked = AccessRequest.objects.create(
                version=version,
                subsystem=subsystem,
                endpoints=[list(one) for one in pairs],
                why=said(why, "why"),
                asked_at=clock.now(),
                asked_by=actor.label,
                asked_account=actor.account_id,
            )
    except IntegrityError as twice:
        raise Conflict(
            "Đã có một đề nghị của hệ thống này đang chờ.", "A request of this system waits already."
        ) from twice
    asked.purposes.set(known)
    emit(
        "exchange.access_asked",
        actor,
        subject=("exchange_request", asked.pk),
        data={"subsystem": str(subsystem), "service": version.wire_code, "purposes": list(purposes)},
    )
    return asked


def decide_request(
    actor: Actor,
    request: AccessRequest,
    *,
    approve: bool,
    reason: str = "",
    until: dt.date | None = None,
) -> AccessRequest:
    """The owner grants exactly what was asked, for the purposes that were named; or says why not."""
    asked = (
        AccessRequest.objects.select_for_update(of=("self",))
        .select_related("version__service__subsystem__member", "subsystem__member")
        .get(pk=request.pk)
    )
    must_own(actor, asked.version.service.subsystem)
    settle(actor, asked, approve, reason)
    if approve:
        purposes = [one.code for one in asked.purposes.all()]
        basis = "; ".join(one.legal_basis for one in asked.purposes.all())
        for method, path in asked.endpoints or [("", "")]:
            grant(
                actor,
                asked.version,
                subsystem=asked.subsystem,
                endpoint=(method, path),
                purposes=purposes,
                legal_basis=basis,
                until=until,
            )
        emit("exchange.access_granted", actor, subject=("exchange_request", asked.pk))
    else:
        emit(
            "exchange.access_refused",
            actor,
            subject=("exchange_request", asked.pk),
            data={"reason": asked.reason},
        )
    return asked


def grant(
    actor: Actor,
    version: Version,
    *,
    purposes: Sequence[str],
    legal_basis: str,
    subsystem: Subsystem | None = None,
    group: Group | None = None,
    endpoint: Pair = ("", ""),
    until: dt.date | None = None,
) -> Right:
    """Let a system or a group call a version. Granted before: the purposes are added."""
    must_own(actor, version.service.subsystem)
    if (subsystem is None) == (group is None):
        raise UserError("Chọn một hệ thống hoặc một nhóm.", "One system or one group.", field="subject")
    known = _purposes(purposes)
    method, path = _pair(version, endpoint) if endpoint != ("", "") else endpoint
    right, fresh = Right.objects.get_or_create(
        version=version,
        subsystem=subsystem,
        group=group,
        method=method,
        path=path,
        withdrawn_at=None,
        defaults={
            "legal_basis": said(legal_basis, "legal_basis"),
            "granted_at": clock.now(),
            "granted_by": actor.label,
            "until": until,
        },
    )
    if not fresh and right.until != until:
        right.until = until
        right.save(update_fields=["until"])
    right.purposes.add(*known)
    emit(
        "exchange.right_granted",
        actor,
        subject=("exchange_right", right.pk),
        data={"right": str(right), "purposes": list(purposes)},
    )
    publishing.changed()
    return right


def withdraw_right(actor: Actor, right: Right, reason: str) -> None:
    """From the next configuration on the call is refused."""
    must_own(actor, right.version.service.subsystem)
    locked = Right.objects.select_for_update().get(pk=right.pk)
    if locked.withdrawn_at is None:
        locked.withdrawn_at, locked.withdrawn_reason = clock.now(), said(reason, "reason")
        locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        emit(
            "exchange.right_withdrawn",
            actor,
            subject=("exchange_right", locked.pk),
            data={"reason": locked.withdrawn_reason},
        )
        publishing.changed()


def _purposes(codes: Sequence[str]) -> list[Purpose]:
    found = list(Purpose.objects.filter(code__in=codes))
    missing = sorted(set(codes) - {one.code for one in found})
    if missing:
        raise UserError(
            f"Chưa có mục đích {', '.join(missing)}.",
            f"No such purpose: {', '.join(missing)}.",
            field="purposes",
        )
    if not found:
        raise UserError("Chọn ít nhất một mục đích.", "Choose one purpose at least.", field="purposes")
    return found


def _pair(version: Version, pair: Pair) -> Pair:
    try:
        endpoint = Endpoint(*pair)
    except ShapeError as wrong:
        raise UserError(f"Điểm truy cập chưa đúng: {wrong}.", f"{wrong}.", field="endpoints") from wrong
    known = {(one["method"], one["path"]) for one in version.endpoints}
    wild = "*" in endpoint.method or "**" in endpoint.path
    if known and not wild and (endpoint.method, endpoint.path) not in known:
        raise UserError(
            f"Dịch vụ không có {endpoint.method} {endpoint.path}.",
            f"The service has no {endpoint.method} {endpoint.path}.",
            field="endpoints",
        )
    return endpoint.method, endpoint.path
