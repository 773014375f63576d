"""Running cases go to a new version: what would become of each, a proposal, a second person's yes, the way back."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core.cases import moving
from motcua.core.cases.actions import moving as moves
from motcua.core.cases.models import Move
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import queries
from motcua.core.services.models import Service, ServiceVersion, VersionState
from motcua.systems.studio.desk import (
    DESK,
    Faults,
    actor_of,
    go,
    lang_of,
    page,
    service_of,
    typed,
)

SHOWN = 100
"""Cases that a page lists; all are counted."""
VERDICTS = {
    "moves": ("Chuyển được", "done"),
    "loses": ("Mất câu trả lời", "waiting"),
    "stops": ("Phải dừng", "late"),
}
STATES = {
    "moved": ("Đã chuyển", "done"),
    "held": ("Giữ lại", "late"),
    "back": ("Đã chuyển lại", "done"),
    "stayed": ("Không chuyển lại được", "late"),
}
MOVES = {
    "proposed": ("Chờ duyệt", "waiting"),
    "running": ("Đang chuyển", "waiting"),
    "done": ("Đã chuyển", "done"),
    "back": ("Đã chuyển lại", "quiet"),
    "refused": ("Không duyệt", "quiet"),
}


@policy(DESK)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Write the mapping and look what becomes of every running case. Changes nothing."""
    service, faults = service_of(code), Faults(lang_of(request))
    published = [row for row in queries.versions(code) if row.state == VersionState.PUBLISHED]
    given = {"to": str(published[0].number) if published else "", "map": "", "allow_loss": "", "reason": ""}
    seen: dict[str, Any] = {}
    if request.method == "POST":
        given = {name: typed(request, name) for name in given}
        try:
            to, mapping = _asked(service, given)
            if typed(request, "act") == "propose":
                made = _propose(request, to, mapping, given)
                return go(request, "move", made.uuid, said="Đã gửi đề nghị. Người thứ hai sẽ xem và duyệt.")
            seen = preview(to, mapping, lang_of(request))
        except UserError as fault:
            faults.add(fault, fault.field or "map")
    context = {
        "service": service,
        "versions": published,
        "given": given,
        "seen": seen,
        "moves": [(row, *MOVES[row.state]) for row in _moves(code)],
        "faults": faults,
        "errors": faults.summary,
    }
    return page(request, "moving", context, status=400 if faults else 200)


@policy(DESK)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, move_uuid: uuid.UUID) -> HttpResponse:
    """One move: what it would do while it waits, what it did, and the buttons of whoever may settle it."""
    row, actor, faults = moves.move_of(move_uuid), actor_of(request), Faults(lang_of(request))
    if request.method == "POST":
        try:
            return go(request, "move", row.uuid, said=_act(request, row))
        except UserError as fault:
            faults.add(fault, "reason" if fault.field == "reason" else "act")
            row = moves.move_of(move_uuid)
    waits = row.state == Move.State.PROPOSED
    context = {
        "row": row,
        "service": row.to_version.service,
        "state": MOVES[row.state],
        "mapping": _lines(row),
        "seen": _preview_of(row, lang_of(request)) if waits else {},
        "done": _done(row, lang_of(request)),
        "may_settle": moves.may_settle(actor, row),
        "own": actor.account_id is not None and actor.account_id == row.proposed_by_account,
        "waits": waits,
        "returns": row.state in (Move.State.RUNNING, Move.State.DONE),
        "faults": faults,
        "errors": faults.summary,
    }
    return page(request, "move", context, status=400 if faults else 200)


def preview(to: ServiceVersion, mapping: moving.Places, lang: str, from_ids: Any = None) -> dict[str, Any]:
    """How many cases move, stop or lose answers, and the first of them, with no person's name.

    The rules look through all cases, also those of agencies that this officer does not work at.
    """
    counted = dict.fromkeys(VERDICTS, 0)
    rows: list[dict[str, Any]] = []
    with acting(SYSTEM):
        for one in moving.preview(to, mapping):
            if from_ids is not None and one.case.service_version_id not in from_ids:
                continue
            counted[one.verdict] += 1
            if len(rows) < SHOWN:
                rows.append(_line(one, lang))
    return {"counted": counted, "rows": rows, "total": sum(counted.values())}


def _line(one: moving.Outlook, lang: str) -> dict[str, Any]:
    changed = one.due_at != one.case.due_at
    return {
        "number": one.case.number,
        "stands": ", ".join(name for _, name in one.stands),
        "verdict": VERDICTS[one.verdict],
        "stops": [stop[lang] for stop in one.stops],
        "lost": one.lost,
        "falls_away": one.falls_away,
        "unanswered": one.unanswered,
        "due": (one.case.due_at, one.due_at) if changed else None,
    }


def _asked(service: Service, given: dict[str, str]) -> tuple[ServiceVersion, moving.Places]:
    if not given["to"].isdigit():
        raise UserError("Chọn phiên bản mới.", "Choose the new version.", field="to")
    to = moving.version_of(service.code, int(given["to"]))
    pairs: dict[str, str] = {}
    for line in given["map"].splitlines():
        before, sign, after = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not (before and sign and after):
            raise UserError(
                f"Dòng “{line}” chưa đúng. Ghi dạng: mã cũ = mã mới.",
                f"The line {line!r} is not right. Write: old = new.",
                field="map",
            )
        pairs[before] = after
    mapping = moving.sort_out(pairs, moving.leaving(to))
    moving.check_mapping(mapping, to, moving.leaving(to))
    return to, mapping


def _propose(request: HttpRequest, to: ServiceVersion, mapping: moving.Places, given: dict[str, str]) -> Move:
    return moves.propose_move(
        actor_of(request), to, mapping, given["reason"], allow_loss=given["allow_loss"] == "yes"
    )


def _act(request: HttpRequest, row: Move) -> str:
    """Settle a move, or take it back. Returns what the next page says."""
    actor, act = actor_of(request), typed(request, "act")
    if act == "approve":
        moves.approve_move(actor, row.uuid)
        return "Đã duyệt. Hồ sơ đang được chuyển lần lượt."
    if act == "refuse":
        moves.refuse_move(actor, row.uuid, typed(request, "reason"))
        return "Đã trả lại kèm lý do. Không hồ sơ nào bị chuyển."
    moves.start_back(actor, row.uuid)
    return "Hồ sơ đang được chuyển lại lần lượt."


def _preview_of(row: Move, lang: str) -> dict[str, Any]:
    return preview(row.to_version, moving.Places.from_json(row.mapping), lang, row.from_versions)


def _done(row: Move, lang: str) -> dict[str, Any]:
    with acting(SYSTEM):
        found = list(row.cases.select_related("case").order_by("case_id"))
    counted: dict[str, int] = {}
    for one in found:
        counted[STATES[one.state][0]] = counted.get(STATES[one.state][0], 0) + 1
    lines = [(one.case.number, *STATES[one.state], one.why.get(lang, ""), one.lost) for one in found[:SHOWN]]
    return {"counted": counted, "rows": lines, "total": len(found)}


def _lines(row: Move) -> list[tuple[str, str]]:
    return [pair for part in row.mapping.values() for pair in part.items()]


def _moves(code: str) -> list[Move]:
    return list(Move.objects.filter(service_code=code).select_related("to_version").order_by("-id")[:20])
