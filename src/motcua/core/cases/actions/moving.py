"""Moving running cases to a new version: decided by two, done case by case, with a way back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core.cases import moving, standing
from motcua.core.cases.actions import moved_rows
from motcua.core.cases.models import Case, Move, MovedCase
from motcua.core.cases.moving import Outlook, Places
from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.services import policies
from motcua.core.services.models import ServiceVersion


def propose_move(
    actor: Actor,
    to: ServiceVersion,
    mapping: Places,
    reason: str,
    *,
    from_number: int | None = None,
    allow_loss: bool = False,
) -> Move:
    """Ask a second person for a move of the running cases. Raises NotAllowed, UserError, Conflict when one is open."""
    if not policies.abilities(actor)["propose"]:
        raise NotAllowed(
            "Chỉ người soạn thủ tục được đề nghị chuyển.", "Only a service editor proposes moves."
        )
    olds = moving.leaving(to, from_number)
    moving.check_mapping(mapping, to, olds)
    _none_open(to.service.code)
    move = Move.objects.create(
        service_code=to.service.code, to_version=to, from_versions=[old.pk for old in olds],
        mapping=mapping.as_json(), allow_loss=allow_loss, reason=standing.require_reason(reason),
        proposed_by_label=actor.label, proposed_by_account=actor.account_id, proposed_at=clock.now(),
    )  # fmt: skip
    _tell("move.proposed", actor, move, {"reason": move.reason, "mapping": move.mapping})
    return move


def approve_move(actor: Actor, move_uuid: uuid.UUID) -> Move:
    """A second person says yes; the worker then moves case after case. Raises NotAllowed for the proposer."""
    move = _settled(actor, move_uuid, Move.State.RUNNING)
    _tell("move.approved", actor, move, {})
    defer("cases.move_next", move_uuid=str(move.uuid), after=0)
    return move


def refuse_move(actor: Actor, move_uuid: uuid.UUID, reason: str) -> Move:
    """The cases stay; the proposal is kept with the reason."""
    reason = standing.require_reason(reason)
    move = _settled(actor, move_uuid, Move.State.REFUSED)
    move.reason = f"{move.reason}\n{actor.label}: {reason}"
    move.save(update_fields=["reason"])
    _tell("move.refused", actor, move, {"reason": reason})
    return move


def begin_move(
    to: ServiceVersion, mapping: Places, *, from_number: int | None = None, allow_loss: bool = False
) -> Move:
    """The operator's own move, ready to be made; the same one that was broken off is gone on with.

    Raises UserError, and Conflict when another move of the service is open.
    """
    olds = moving.leaving(to, from_number)
    moving.check_mapping(mapping, to, olds)
    wanted: dict[str, Any] = {
        "to_version_id": to.pk,
        "from_versions": [old.pk for old in olds],
        "mapping": mapping.as_json(),
    }
    begun = Move.objects.filter(service_code=to.service.code, state=Move.State.RUNNING, **wanted).first()
    if begun is not None:
        begun.allow_loss = allow_loss
        begun.save(update_fields=["allow_loss"])
        return begun
    _none_open(to.service.code)
    now = clock.now()
    return Move.objects.create(
        service_code=to.service.code, allow_loss=allow_loss, state=Move.State.RUNNING,
        proposed_by_label=SYSTEM.label, proposed_at=now, settled_by_label=SYSTEM.label, settled_at=now, **wanted,
    )  # fmt: skip


def waiting(move: Move) -> list[tuple[int, uuid.UUID]]:
    """The cases that are still to be moved, as (id, uuid), the oldest first."""
    return list(moving.running_under(move.from_versions).values_list("id", "uuid"))


def next_waiting(move: Move, after: int) -> tuple[int, uuid.UUID] | None:
    """The first of them above an id."""
    rows = moving.running_under(move.from_versions).filter(pk__gt=after)
    return rows.values_list("id", "uuid").first()


def move_case(move: Move, case_uuid: uuid.UUID) -> MovedCase | None:
    """Move one case, or note why it is held. One transaction, the case locked; None when it is no longer to be moved.

    The caller acts as the system. A repeat changes nothing.
    """
    with transaction.atomic():
        case = standing.lock(case_uuid)
        if case.service_version_id not in move.from_versions or case.finished_at is not None:
            return None
        number = ServiceVersion.objects.values_list("number", flat=True).get(pk=case.service_version_id)
        outlook = moving.look(case, move.to_version, Places.from_json(move.mapping), number)
        if outlook.stops or outlook.step is None:
            return _hold(move, case, outlook, _joined(outlook.stops))
        if outlook.lost and not move.allow_loss:
            return _hold(move, case, outlook, _loss(outlook.lost))
        return _move(move, case, outlook)


def finish_move(move: Move) -> None:
    """Every case was looked at: the move is done."""
    Move.objects.filter(pk=move.pk, state=Move.State.RUNNING).update(state=Move.State.DONE)


def start_back(actor: Actor, move_uuid: uuid.UUID) -> Move:
    """Ask for the way back: the worker restores case after case. Raises NotAllowed, Conflict."""
    move = move_of(move_uuid)
    if not may_settle(actor, move):
        raise NotAllowed("Ông/bà không có quyền chuyển lại.", "You may not take this back.")
    require_moved(move)
    _tell("move.back", actor, move, {})
    defer("cases.move_back_next", move_uuid=str(move.uuid), after=0)
    return move


def moved_cases(move: Move, after: int = 0) -> list[tuple[int, uuid.UUID]]:
    """The cases that this move has moved and nobody has brought back, as (id, uuid)."""
    rows = move.cases.filter(state=MovedCase.State.MOVED, case_id__gt=after).order_by("case_id")
    return list(rows.values_list("case_id", "case__uuid"))


def move_back(move: Move, case_uuid: uuid.UUID) -> MovedCase:
    """Restore one case as it was before the move, or note why it cannot be. One transaction, the case locked."""
    with transaction.atomic():
        case = standing.lock(case_uuid)
        row = move.cases.select_for_update(of=("self",)).select_related("case", "from_version").get(case=case)
        if row.state != MovedCase.State.MOVED:
            return row
        why = moved_rows.gone_further(case, row, move.to_version_id)
        if why is not None:
            row.state, row.why = MovedCase.State.STAYED, why
        else:
            moved_rows.restore(case, row)
            row.state = MovedCase.State.BACK
            emit(
                "case.moved_back", SYSTEM, case_id=case.pk, subject=("move", move.pk),
                data={"from": move.to_version.number, "to": row.from_version.number},
            )  # fmt: skip
        row.back_at = clock.now()
        row.save(update_fields=["state", "why", "back_at"])
        return row


def finish_back(move: Move) -> None:
    """Every case was looked at: what could go back is back."""
    Move.objects.filter(pk=move.pk).update(state=Move.State.BACK)


def move_of(move_uuid: uuid.UUID) -> Move:
    """The move of a public key. Raises NotFound."""
    move = Move.objects.select_related("to_version__service").filter(uuid=move_uuid).first()
    if move is None:
        raise NotFound("Không có đợt chuyển này.", "There is no such move.")
    return move


def may_settle(actor: Actor, move: Move) -> bool:
    """Whether the actor may say yes, no or back: an approver; not the proposer while it waits."""
    if actor.is_system:
        return True
    own = actor.account_id is not None and actor.account_id == move.proposed_by_account
    return policies.abilities(actor)["set_gear"] and not (own and move.state == Move.State.PROPOSED)


def require_moved(move: Move) -> None:
    """Raise Conflict when nothing can be brought back."""
    if move.state not in (Move.State.RUNNING, Move.State.DONE):
        raise Conflict("Đợt này không còn gì để chuyển lại.", "Nothing of this move can be taken back.")


def _settled(actor: Actor, move_uuid: uuid.UUID, state: Move.State) -> Move:
    move = Move.objects.select_for_update(of=("self",)).select_related("to_version__service").filter(
        uuid=move_uuid
    ).first()  # fmt: skip
    if move is None:
        raise NotFound("Không có đợt chuyển này.", "There is no such move.")
    if move.state != Move.State.PROPOSED:
        raise Conflict("Đề nghị này đã được xử lý.", "This proposal has been dealt with.")
    if not may_settle(actor, move):
        raise NotAllowed(
            "Người đề nghị không được tự duyệt; cần người thứ hai có nhiệm vụ duyệt.",
            "Whoever proposed it may not approve it; a second person with that duty has to.",
        )
    move.state, move.settled_at = state, clock.now()
    move.settled_by_label, move.settled_by_account = actor.label, actor.account_id
    move.save()
    return move


def _none_open(service_code: str) -> None:
    open_states = (Move.State.PROPOSED, Move.State.RUNNING)
    if Move.objects.filter(service_code=service_code, state__in=open_states).exists():
        raise Conflict(
            "Thủ tục này đang có một đợt chuyển chưa xong. Hoàn tất hoặc bác đợt đó trước.",
            "A move of this service is open. Finish or refuse it first; a move that was broken off goes on when the "
            "same command is given again.",
        )


def _hold(move: Move, case: Case, outlook: Outlook, why: Mapping[str, str]) -> MovedCase:
    row, _ = MovedCase.objects.update_or_create(
        move=move,
        case=case,
        defaults={
            "from_version_id": case.service_version_id, "state": MovedCase.State.HELD, "why": dict(why),
            "lost": list(outlook.lost), "at": clock.now(),
        },
    )  # fmt: skip
    return row


def _move(move: Move, case: Case, outlook: Outlook) -> MovedCase:
    before, former, at = moved_rows.image(case), case.service_version_id, clock.now()
    moved_rows.carry(case, move.to_version_id, outlook, Places.from_json(move.mapping), at)
    row, _ = MovedCase.objects.update_or_create(
        move=move,
        case=case,
        defaults={
            "from_version_id": former, "state": MovedCase.State.MOVED, "before": before,
            "after": moved_rows.mark(case), "lost": list(outlook.lost), "why": {}, "at": at,
        },
    )  # fmt: skip
    emit(
        "case.moved", SYSTEM, case_id=case.pk, subject=("move", move.pk),
        data={
            "from": outlook.from_number, "to": move.to_version.number, "lost": list(outlook.lost),
            "falls_away": list(outlook.falls_away), "due": case.due_at.isoformat() if case.due_at else None,
        },
    )  # fmt: skip
    return row


def _tell(kind: str, actor: Actor, move: Move, data: Mapping[str, Any]) -> None:
    said = {"service": move.service_code, "to": move.to_version.number, **data}
    emit(kind, actor, subject=("move", move.pk), data=said)


def _joined(stops: tuple[Mapping[str, str], ...]) -> dict[str, str]:
    return {lang: " ".join(stop[lang] for stop in stops) for lang in ("vi", "en")}


def _loss(lost: tuple[str, ...]) -> dict[str, str]:
    named = ", ".join(lost)
    return {
        "vi": f"Sẽ mất câu trả lời: {named}. Ghi bảng đối chiếu, hoặc cho phép mất.",
        "en": f"Answers would be lost: {named}. Map them, or allow the loss.",
    }


__all__ = [
    "approve_move", "begin_move", "finish_back", "finish_move", "may_settle", "move_back", "move_case",
    "move_of", "moved_cases", "next_waiting", "propose_move", "refuse_move", "require_moved", "start_back", "waiting",
]  # fmt: skip
