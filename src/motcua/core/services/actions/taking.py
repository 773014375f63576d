"""Taking a pack in, putting a version in force, giving a pack out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from django.db import transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed
from motcua.core.ledger import head_key
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.services import hooks, policies, queries
from motcua.core.services import pack as packs
from motcua.core.services.actions.setting import put_rate
from motcua.core.services.models import Service, ServiceVersion, VersionState
from motcua.engines.text import fold

ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def import_pack(actor: Actor, where: Path | str | bytes | Mapping[str, str]) -> ServiceVersion:
    """Take in a pack from a folder, a zip or path → text; the same files again give the same version.

    Raises PackError with every fault, NotAllowed.
    """
    if not policies.abilities(actor)["import"]:
        raise NotAllowed("Chỉ người soạn thủ tục được nạp gói.", "Only a service editor takes packs in.")
    pack = packs.load(where)
    service = _service_of(pack)
    known = service.versions.filter(digest=pack.digest).order_by("number").first()
    if known is not None:
        return known
    return _add(actor, service, pack, note="", signed_by=packs.signer_of(where))


@transaction.atomic
def publish(actor: Actor, version: ServiceVersion, *, in_force_from: dt.date | None = None) -> ServiceVersion:
    """Put a version in force from a day on: the version before ends the day before, running cases keep theirs.

    Without a day, the pack's own; if a later version is in force by then, today. A second version of one day takes
    the first one's place. Raises Conflict, NotAllowed.
    """
    version = ServiceVersion.objects.select_for_update().select_related("service").get(pk=version.pk)
    if version.state == VersionState.PUBLISHED:
        return version
    if not policies.abilities(actor, version)["publish"]:
        raise NotAllowed(
            "Phiên bản này chưa được duyệt hoặc ông/bà không có quyền công bố.",
            "This version is not approved, or you may not publish.",
        )
    others = ServiceVersion.objects.select_for_update().filter(
        service=version.service, state=VersionState.PUBLISHED
    )
    last = others.order_by("-in_force_from").first()
    day = in_force_from or _day_for(version, last)
    if last is not None and last.in_force_from > day:
        raise Conflict(
            f"Đã có phiên bản áp dụng từ {last.in_force_from:%d/%m/%Y}; hãy chọn ngày sau đó.",
            f"A version is in force from {last.in_force_from.isoformat()}; choose a later day.",
        )
    if last is not None:
        _end(last, day)
    version.state, version.in_force_from = VersionState.PUBLISHED, day
    version.save(update_fields=["state", "in_force_from"])
    pack = packs.load(version.files)
    _name(version.service, pack)
    _take_rates(actor, pack, day if last is not None else None)
    emit(
        "service.published", actor, subject=("service_version", version.pk),
        data={"service": pack.code, "number": version.number, "digest": version.digest, "from": day.isoformat()},
    )  # fmt: skip
    queries.forget(version.pk)
    hooks.published.send(version=version, actor=actor)
    return version


def export_zip(version: ServiceVersion) -> bytes:
    """The version as one zip, its manifest of digests signed with this installation's key; the same bytes each time."""
    seal = packs.Seal(head_key.key_id(), head_key.public_bytes(), head_key.signing_key().sign)
    return packs.zipped(version.files, version.service.code, seal)


def _add(
    actor: Actor, service: Service, pack: packs.Pack, *, note: str, signed_by: str | None = None
) -> ServiceVersion:
    last = service.versions.order_by("-number").values_list("number", flat=True).first() or 0
    row = ServiceVersion.objects.create(
        service=service, number=last + 1, digest=pack.digest, manifest=dict(pack.manifest), files=pack.files,
        state=VersionState.DRAFT, in_force_from=pack.in_force_from, note=note,
    )  # fmt: skip
    emit(
        "service.imported", actor, subject=("service_version", row.pk),
        data={"service": pack.code, "number": row.number, "digest": pack.digest, "signed_by": signed_by},
    )  # fmt: skip
    queries.forget(row.pk)
    return row


def _service_of(pack: packs.Pack) -> Service:
    service = Service.objects.select_for_update().filter(code=pack.code).first()
    if service is not None:
        return service
    if Service.objects.filter(slug=pack.slug).exists():
        raise Conflict(
            f"Tên ngắn “{pack.slug}” đã dùng cho thủ tục khác; hãy đổi slug trong service.yaml.",
            f"The slug {pack.slug!r} belongs to another service; change slug in service.yaml.",
        )
    service = Service(code=pack.code, slug=pack.slug)
    _name(service, pack)
    return service


def _name(service: Service, pack: packs.Pack) -> None:
    names = [
        pack.code,
        pack.name("vi"),
        pack.name("en"),
        *(name for known in pack.known_as.values() for name in known),
    ]
    service.slug, service.name, service.name_en = pack.slug, pack.name("vi"), pack.name("en")
    service.field, service.online = pack.field, pack.online
    service.folded = " · ".join(dict.fromkeys(fold(name) for name in names))
    service.save()


def _day_for(version: ServiceVersion, last: ServiceVersion | None) -> dt.date:
    if last is None or last.in_force_from < version.in_force_from:
        return version.in_force_from
    return max(clock.today(), last.in_force_from)


def _end(last: ServiceVersion, day: dt.date) -> None:
    if last.in_force_from == day:
        last.state = VersionState.RETIRED
        last.save(update_fields=["state"])
    elif last.in_force_until is None or last.in_force_until >= day:
        last.in_force_until = day - ONE_DAY
        last.save(update_fields=["in_force_until"])


def _take_rates(actor: Actor, pack: packs.Pack, changed_from: dt.date | None) -> None:
    """The pack's amounts become lines of the installation, from the version's first day where they differ.

    Several packs may name one rate: a line never gives way to an older one.
    """
    for line in pack.rate_lines:
        since, until = line.validity.since or pack.in_force_from, line.validity.until
        day = max(since, changed_from) if changed_from else since
        if until is not None and until < day:
            continue
        standing = queries.rate_line(line.key, line.province, day)
        if standing is None or (standing.valid_from <= since and standing.amount != line.amount):
            put_rate(actor, line.key, line.province, line.amount, day, until, line.source, line.verified_on)
