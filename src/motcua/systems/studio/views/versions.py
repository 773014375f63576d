"""A version: what differs from the one before, what it does, and the second person's yes or no."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from motcua.core.errors import Conflict, UserError
from motcua.core.identity.access import policy
from motcua.core.services import policies
from motcua.core.services.models import ServiceVersion, VersionState
from motcua.systems.studio import actions, differences, trying, words
from motcua.systems.studio.desk import DESK, Faults, actor_of, go, lang_of, page, typed, version_of


@policy(DESK)
@require_GET
def version(request: HttpRequest, version_uuid: uuid.UUID) -> HttpResponse:
    """What this version changes; of one that waits also results, impact and the two buttons."""
    return _show(request, version_of(version_uuid), "", Faults(lang_of(request)))


@policy("group:service_approver")
@require_POST
def settle(request: HttpRequest, version_uuid: uuid.UUID) -> HttpResponse:
    """Approve, or send back with a reason. Done by a colleague already: the page says so and nothing is done twice."""
    row, actor, faults = version_of(version_uuid), actor_of(request), Faults(lang_of(request))
    try:
        if typed(request, "act") == "approve":
            done = actions.approve(actor, row)
            said = "Đã duyệt. Áp dụng từ ngày đã ghi; hồ sơ đang giải quyết giữ phiên bản cũ."
            return go(request, "version", done.uuid, said=said)
        done = actions.send_back(actor, row, typed(request, "reason"))
        return go(request, "version", done.uuid, said="Đã trả lại kèm lý do.")
    except Conflict as fault:
        if version_of(version_uuid).state != VersionState.PROPOSED:
            return go(request, "version", row.uuid)
        faults.add(fault, "cases")
    except UserError as fault:
        faults.add(fault, "reason" if fault.field == "reason" else "act")
    return _show(request, row, typed(request, "reason"), faults)


def _show(request: HttpRequest, row: ServiceVersion, reason: str, faults: Faults) -> HttpResponse:
    lang, actor = lang_of(request), actor_of(request)
    base = row.based_on or _before(row)
    state, kind = words.standing(row, lang)
    open_one = row.state in (VersionState.PROPOSED, VersionState.DRAFT)
    context = {
        "row": row,
        "service": row.service,
        "base": base,
        "state": state,
        "kind": kind,
        "groups": differences.grouped(differences.between(base.files, row.files, lang), lang) if base else [],
        "tried": trying.tried(row, lang) if open_one else None,
        "can": policies.abilities(actor, row),
        "own": actor.account_id is not None and actor.account_id == row.proposed_by_account,
        "reason": reason,
        "faults": faults,
        "errors": faults.summary,
    }
    return page(request, "version", context, status=400 if faults else 200)


def _before(row: ServiceVersion) -> ServiceVersion | None:
    """The version it is compared with when it was not made from one: the last published before it."""
    return (
        ServiceVersion.objects.filter(
            service=row.service, number__lt=row.number, state=VersionState.PUBLISHED
        )
        .order_by("-number")
        .first()
    )
