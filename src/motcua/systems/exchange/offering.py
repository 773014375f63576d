"""What is offered: services and the drafts of their contracts, quotas, purposes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.words import legible
from motcua.systems.exchange import contracts, openapi, publishing
from motcua.systems.exchange.membership import FILERS, identifier, must, said
from motcua.systems.exchange.models import (
    UNPUBLISHED,
    Kind,
    Purpose,
    Quota,
    Right,
    Service,
    Subsystem,
    Version,
    VersionState,
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
    contracts.must_own(actor, subsystem)
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

    Until it is published it is written anew, and a proposal to publish it falls: nobody agreed to this. One draft waits
    at a time.
    """
    contracts.must_own(actor, service.subsystem)
    former = service.versions.select_for_update().order_by("-number").first()
    if former is not None and former.state in UNPUBLISHED:
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
    changed = {**contract, "state": VersionState.DRAFT, **contracts.NOT_PROPOSED}
    for name, value in changed.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(changed))
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
        contracts.must_own(actor, version.service.subsystem)
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
