"""What is offered: services and their versions, notice of change, quotas, purposes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.words import legible
from motcua.systems.exchange import openapi, publishing
from motcua.systems.exchange.machines import Machine
from motcua.systems.exchange.membership import FILERS, identifier, must, said
from motcua.systems.exchange.models import (
    Group,
    Kind,
    Notice,
    Purpose,
    Quota,
    Right,
    Service,
    Subsystem,
    Version,
    VersionState,
)


def owns(actor: Actor, subsystem: Subsystem) -> bool:
    """Whether the actor decides for the system: its agency's head, its member's machine, those who run the exchange."""
    if actor.is_system or actor.has(*FILERS):
        return True
    if isinstance(actor, Machine):
        return actor.member_id == subsystem.member_id
    return actor.has("chair") and subsystem.member.agency_id in actor.unit_ids


def must_own(actor: Actor, subsystem: Subsystem) -> None:
    if not owns(actor, subsystem):
        raise NotAllowed(
            f"Chỉ {subsystem.member.name} hoặc người quản trị liên thông làm được việc này.",
            f"Only {subsystem.member.name} or the exchange's administrators may do this.",
        )


def add_purpose(actor: Actor, code: str, name: str, legal_basis: str) -> Purpose:
    """A reason for which data may be asked for. A change of its words counts from the next configuration on."""
    must(actor, FILERS)
    purpose, _ = Purpose.objects.update_or_create(
        code=identifier(code, "code"),
        defaults={"name": said(name, "name"), "legal_basis": said(legal_basis, "legal_basis")},
    )
    emit("exchange.purpose_set", actor, subject=("exchange_purpose", purpose.pk), data={"code": purpose.code})
    publishing.changed()
    return purpose


def offer(
    actor: Actor,
    subsystem: Subsystem,
    *,
    code: str,
    title: str,
    legal_basis: str,
    base_url: str,
    document: str = "",
    description: str = "",
    personal: bool = True,
    sandbox: bool = False,
) -> Version:
    """Describe a service and its first contract. It is a draft until it is published; said twice it is one."""
    must_own(actor, subsystem)
    same = Version.objects.filter(
        service__subsystem=subsystem,
        service__code=code.strip(),
        service__title=title.strip(),
        base_url=base_url.strip().rstrip("/"),
        openapi=document if document.strip() else "",
        number=1,
        state=VersionState.DRAFT,
    ).first()
    if same is not None:
        return same
    _contract(base_url, document)
    try:
        with transaction.atomic():
            service = Service.objects.create(
                subsystem=subsystem,
                code=identifier(code, "code"),
                title=said(title, "title"),
                description=legible(description, "description", multiline=True),
                legal_basis=said(legal_basis, "legal_basis"),
                personal=personal,
                sandbox=sandbox,
            )
    except IntegrityError as twice:
        raise Conflict(
            f"Hệ thống đã có dịch vụ {code}.", f"There is a service {code} already.", "code"
        ) from twice
    version = _draft(service, 1, base_url, document, "")
    emit(
        "exchange.service_offered",
        actor,
        subject=("exchange_service", service.pk),
        data={"code": service.code},
    )
    return version


def next_version(actor: Actor, service: Service, *, base_url: str, document: str, change: str) -> Version:
    """The next contract, which runs beside the former one. Rights are carried over where the endpoint still exists.

    While it is a draft it is written anew; one draft waits at a time.
    """
    must_own(actor, service.subsystem)
    former = service.versions.select_for_update().order_by("-number").first()
    if former is not None and former.state == VersionState.DRAFT:
        return _rewrite(actor, former, base_url, document, change)
    number = former.number + 1 if former else 1
    version = _draft(service, number, base_url, document, said(change, "change"))
    if former is not None:
        _carry_over(former, version)
    emit(
        "exchange.version_drafted",
        actor,
        subject=("exchange_version", version.pk),
        data={"service": service.code, "number": number},
    )
    return version


def _rewrite(actor: Actor, draft: Version, base_url: str, document: str, change: str) -> Version:
    contract = _contract(base_url, document)
    contract["change"] = said(change, "change") if draft.number > 1 else change.strip()
    if all(getattr(draft, name) == value for name, value in contract.items()):
        return draft
    for name, value in contract.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(contract))
    emit(
        "exchange.version_drafted",
        actor,
        subject=("exchange_version", draft.pk),
        data={"service": draft.service.code, "number": draft.number},
    )
    return draft


def _draft(service: Service, number: int, base_url: str, document: str, change: str) -> Version:
    return Version.objects.create(
        service=service, number=number, change=change, **_contract(base_url, document)
    )


def _contract(base_url: str, document: str) -> dict[str, Any]:
    """Columns of a version, checked. Raises UserError at `base_url` or `document`."""
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UserError(
            "Địa chỉ gốc phải có dạng https://máy/đường-dẫn, không kèm tham số.",
            "The base address must be https://host/path without a query.",
            field="base_url",
        )
    described = openapi.read(document, "document") if document.strip() else None
    return {
        "kind": Kind.OPENAPI if described else Kind.REST,
        "base_url": base_url.strip().rstrip("/"),
        "openapi": document if described else "",
        "endpoints": [
            {"method": one.method, "path": one.path, "summary": one.summary}
            for one in (described.endpoints if described else ())
        ],
    }


def _carry_over(former: Version, version: Version) -> None:
    known = {(one["method"], one["path"]) for one in version.endpoints}
    for right in former.rights.filter(withdrawn_at=None).order_by("id"):
        if right.method and known and (right.method, right.path) not in known:
            continue
        carried = Right.objects.create(
            version=version,
            subsystem=right.subsystem,
            group=right.group,
            method=right.method,
            path=right.path,
            legal_basis=right.legal_basis,
            granted_at=right.granted_at,
            granted_by=right.granted_by,
            until=right.until,
        )
        carried.purposes.set(right.purposes.all())


def publish_version(actor: Actor, version: Version) -> Version:
    """From the next configuration on it can be called; users of former versions are told."""
    locked = _locked(actor, version)
    if locked.state != VersionState.DRAFT:
        return locked
    locked.state, locked.published_at = VersionState.IN_FORCE, clock.now()
    locked.save(update_fields=["state", "published_at"])
    for former in locked.service.versions.filter(
        number__lt=locked.number, state__in=(VersionState.IN_FORCE, VersionState.DEPRECATED)
    ):
        _tell(former, f"Có phiên bản {locked.number} của “{locked.service.title}”: {locked.change}")
    emit(
        "exchange.version_published",
        actor,
        subject=("exchange_version", locked.pk),
        data={"service": locked.service.code, "number": locked.number},
    )
    publishing.changed()
    return locked


def deprecate(actor: Actor, version: Version, withdraw_on: dt.date, why: str) -> Version:
    """Announce the end of a version; whoever may call it is told. Not sooner than its notice period allows."""
    locked = _locked(actor, version)
    _check_in_force(locked)
    first = clock.today() + dt.timedelta(days=locked.notice_days)
    if users_of(locked) and withdraw_on < first:
        raise UserError(
            f"Phiên bản đang có bên dùng: phải báo trước {locked.notice_days} ngày, sớm nhất là {first:%d/%m/%Y}.",
            f"It is in use: {locked.notice_days} days of notice are due, {first:%Y-%m-%d} at the earliest.",
            field="withdraw_on",
        )
    locked.state, locked.deprecated_at, locked.withdraw_on = (
        VersionState.DEPRECATED,
        clock.now(),
        withdraw_on,
    )
    locked.save(update_fields=["state", "deprecated_at", "withdraw_on"])
    _tell(
        locked,
        f"“{locked.service.title}” phiên bản {locked.number} ngừng từ ngày {withdraw_on:%d/%m/%Y}: {said(why, 'why')}",
    )
    emit(
        "exchange.version_deprecated",
        actor,
        subject=("exchange_version", locked.pk),
        data={"withdraw_on": withdraw_on.isoformat(), "why": why},
    )
    return locked


def withdraw(actor: Actor, version: Version) -> Version:
    """End a version. Refused while somebody uses it and the announced day has not come."""
    locked = _locked(actor, version)
    if locked.state == VersionState.WITHDRAWN:
        return locked
    users = users_of(locked)
    if users and (locked.withdraw_on is None or clock.today() < locked.withdraw_on):
        day = f"ngày {locked.withdraw_on:%d/%m/%Y}" if locked.withdraw_on else "ngày sẽ báo trước"
        raise Conflict(
            f"Còn {len(users)} hệ thống đang dùng ({', '.join(map(str, users[:3]))}). Chỉ ngừng được từ {day}.",
            f"{len(users)} systems use it: announce the end first, or wait for {locked.withdraw_on or 'that day'}.",
        )
    locked.state = VersionState.WITHDRAWN
    locked.save(update_fields=["state"])
    emit("exchange.version_withdrawn", actor, subject=("exchange_version", locked.pk))
    publishing.changed()
    return locked


def stop(actor: Actor, version: Version, notice: str) -> Version:
    """Take no calls for now; callers read `notice`. An empty notice lets calls through again."""
    locked = _locked(actor, version)
    locked.stopped_for = legible(notice, "notice")
    locked.save(update_fields=["stopped_for"])
    emit(
        "exchange.version_stopped",
        actor,
        subject=("exchange_version", locked.pk),
        data={"notice": locked.stopped_for},
    )
    publishing.changed()
    return locked


def set_quota(
    actor: Actor,
    *,
    client: Subsystem | None,
    version: Version | None,
    per_minute: int = 0,
    per_day: int = 0,
    at_once: int = 0,
) -> Quota:
    """How much a client may call a service; None means each."""
    if version is not None:
        must_own(actor, version.service.subsystem)
    else:
        must(actor, FILERS)
    if min(per_minute, per_day, at_once) < 0:
        raise UserError("Hạn mức không được âm; 0 là không giới hạn.", "A quota is 0 (none) or more.")
    quota, _ = Quota.objects.update_or_create(
        client=client,
        version=version,
        defaults={"per_minute": per_minute, "per_day": per_day, "at_once": at_once},
    )
    emit(
        "exchange.quota_set",
        actor,
        subject=("exchange_quota", quota.pk),
        data={"per_minute": per_minute, "per_day": per_day, "at_once": at_once},
    )
    publishing.changed()
    return quota


def read_notice(actor: Actor, notice: Notice) -> None:
    """The notice's system has taken it in."""
    must_own(actor, notice.subsystem)
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=clock.now())


def users_of(version: Version) -> list[Subsystem]:
    """The systems that may call a version, by themselves or in a group."""
    rights = Right.objects.filter(version=version, withdrawn_at=None)
    groups = Group.objects.filter(rights__in=rights)
    direct = Subsystem.objects.filter(rights__in=rights)
    return list((direct | Subsystem.objects.filter(groups__in=groups)).distinct().select_related("member"))


def _tell(version: Version, text: str) -> None:
    for subsystem in users_of(version):
        Notice.objects.get_or_create(version=version, subsystem=subsystem, text=text)


def _locked(actor: Actor, version: Version) -> Version:
    locked = (
        Version.objects.select_for_update(of=("self",))
        .select_related("service__subsystem__member")
        .get(pk=version.pk)
    )
    must_own(actor, locked.service.subsystem)
    return locked


def _check_in_force(version: Version) -> None:
    if version.state not in publishing.OFFERED:
        raise Conflict(
            f"Phiên bản này {VersionState(version.state).label.lower()}.", f"The version is {version.state}."
        )
