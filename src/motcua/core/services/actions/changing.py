"""A clerk proposes, the pack's cases run, whom it touches is shown, a second person approves, it holds from a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.services import hooks, policies, queries
from motcua.core.services import impact as impacts
from motcua.core.services import pack as packs
from motcua.core.services.actions import taking
from motcua.core.services.changes import Change, applied
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.core.services.trial import Report
from motcua.core.services.trial import run_cases as run

LOOK_BACK = dt.timedelta(days=31)


@transaction.atomic
def propose_change(
    actor: Actor, service_code: str, changes: Sequence[Change], in_force_from: dt.date, note: str
) -> ServiceVersion:
    """A new version with these changes, waiting for a second person. Raises UserError, PackError, NotAllowed."""
    if not policies.abilities(actor)["propose"]:
        raise NotAllowed(
            "Chỉ người soạn thủ tục được đề nghị sửa.", "Only a service editor proposes changes."
        )
    if not changes:
        raise UserError("Chưa có gì thay đổi.", "Nothing is changed.", field="changes")
    if in_force_from < clock.today():
        raise UserError(
            "Ngày áp dụng không được ở quá khứ.", "The day it comes into force must not lie in the past.",
            field="in_force_from",
        )  # fmt: skip
    base = queries.version(_base_id(service_code, in_force_from))
    pack = packs.load(applied(base.files, changes, in_force_from))
    if pack.digest == base.digest:
        raise UserError("Chưa có gì thay đổi.", "Nothing is changed.", field="changes")
    row = taking._add(actor, base.service, pack, note=note)
    row.state, row.based_on, row.in_force_from = VersionState.PROPOSED, base, in_force_from
    row.changes = [change.as_json() for change in changes]
    row.proposed_by_label, row.proposed_by_account = actor.label, actor.account_id
    row.proposed_at = clock.now()
    row.save()
    emit(
        "service.proposed", actor, subject=("service_version", row.pk),
        data={"service": pack.code, "changes": row.changes, "from": in_force_from.isoformat(), "note": note},
    )  # fmt: skip
    return row


@transaction.atomic
def propose_version(
    actor: Actor, version: ServiceVersion, in_force_from: dt.date, note: str
) -> ServiceVersion:
    """A draft that came as a pack now waits for a second person. Raises NotAllowed, Conflict, UserError."""
    if not policies.abilities(actor)["propose"]:
        raise NotAllowed(
            "Chỉ người soạn thủ tục được đề nghị sửa.", "Only a service editor proposes changes."
        )
    row = ServiceVersion.objects.select_for_update(of=("self",)).select_related("service").get(pk=version.pk)
    if row.state != VersionState.DRAFT:
        raise Conflict("Phiên bản này không còn là bản nháp.", "This version is no longer a draft.")
    if in_force_from < clock.today():
        raise UserError(
            "Ngày áp dụng không được ở quá khứ.", "The day it comes into force must not lie in the past.",
            field="in_force_from",
        )  # fmt: skip
    row.state, row.in_force_from, row.note = VersionState.PROPOSED, in_force_from, note
    row.based_on = (
        ServiceVersion.objects.filter(
            service=row.service, state=VersionState.PUBLISHED, in_force_from__lte=in_force_from
        )
        .order_by("-in_force_from")
        .first()
    )
    row.proposed_by_label, row.proposed_by_account = actor.label, actor.account_id
    row.proposed_at = clock.now()
    row.save()
    emit(
        "service.proposed", actor, subject=("service_version", row.pk),
        data={"service": row.service.code, "from": in_force_from.isoformat(), "note": note},
    )  # fmt: skip
    return row


def run_cases(pack: packs.Pack) -> Report:
    """The pack's own test cases, run with the real engines and without a database."""
    return run(pack)


def impact(version: ServiceVersion) -> list[impacts.Touched]:
    """The cases of the last month that would have come out otherwise under this version."""
    if version.based_on is None:
        return []
    today = clock.today()
    answers = hooks.cases_of_service.send(
        service_code=version.service.code, since=today - LOOK_BACK, until=today
    )
    cases = [case for answer in answers for case in answer]
    before, after = packs.load(version.based_on.files), packs.load(version.files)
    return impacts.touched(before, after, cases, version.in_force_from)


@transaction.atomic
def approve(actor: Actor, version: ServiceVersion) -> ServiceVersion:
    """A second person says yes; the version then holds from its day. Its cases have to pass.

    Raises NotAllowed for the proposer or without the duty, Conflict when it is not (or no longer) proposed.
    """
    row = _proposed(version)
    if not actor.is_system and actor.account_id == row.proposed_by_account:
        raise NotAllowed(
            "Người đề nghị không được tự duyệt; cần người thứ hai.",
            "Whoever proposed it may not approve it; a second person has to.",
        )
    if not policies.abilities(actor, row)["approve"]:
        raise NotAllowed("Ông/bà không có quyền duyệt thủ tục.", "You may not approve services.")
    report = run(packs.load(row.files))
    if not report.passed:
        raise Conflict(
            f"Chưa duyệt được: {report.failures} ca kiểm thử của gói không đạt. Sửa rồi đề nghị lại.",
            f"This cannot be approved: {report.failures} of the pack's cases fail. Mend it and propose again.",
        )
    row.state = VersionState.APPROVED
    row.approved_by_label, row.approved_by_account, row.approved_at = (
        actor.label,
        actor.account_id,
        clock.now(),
    )
    row.save()
    emit("service.approved", actor, subject=("service_version", row.pk), data={"service": row.service.code})
    return taking.publish(actor, row, in_force_from=max(row.in_force_from, clock.today()))


@transaction.atomic
def reject(actor: Actor, version: ServiceVersion, reason: str) -> ServiceVersion:
    """The change is not made; the proposal stays on record with the reason."""
    row = _proposed(version)
    if not policies.abilities(actor, row)["reject"]:
        raise NotAllowed("Ông/bà không có quyền bác đề nghị này.", "You may not reject this proposal.")
    if not reason.strip():
        raise UserError("Hãy ghi lý do.", "Give the reason.", field="reason")
    row.state, row.note = VersionState.RETIRED, f"{row.note}\n{actor.label}: {reason}".strip()
    row.save(update_fields=["state", "note"])
    emit("service.rejected", actor, subject=("service_version", row.pk), data={"reason": reason})
    return row


def _proposed(version: ServiceVersion) -> ServiceVersion:
    row = ServiceVersion.objects.select_for_update(of=("self",)).select_related("service").get(pk=version.pk)
    if row.state != VersionState.PROPOSED:
        raise Conflict("Đề nghị này đã được xử lý.", "This proposal has been dealt with.")
    return row


def _base_id(service_code: str, on: dt.date) -> int:
    version_id = queries.current(service_code, on).version_id
    if version_id is None:
        raise LookupError(service_code)
    return version_id
