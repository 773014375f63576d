"""A personal number that was doubted or refused: an officer settles it, and with it the work that asked for that."""

from __future__ import annotations

import uuid

from motcua.core import clock
from motcua.core.cases import policies, standing
from motcua.core.cases.models import Case, Task
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.engines.text import personal_number

CONCLUSIONS = ("issued", "refused")
"""No duplicate, with the number that was issued; or a duplicate, or refused for good."""


def settle_number(
    actor: Actor, case_uuid: uuid.UUID, conclusion: str, number: str = "", reason: str = ""
) -> Case:
    """Settle the request for a child's number: the one way, whether it begins at the case or at its work item.

    Raises NotAllowed for whoever does not keep the civil-status books of the handling agency, Conflict when nothing
    was asked for or a number was issued already, UserError for what is to be mended.
    """
    from motcua.core.registers import actions as registers
    from motcua.core.registers import queries as asked

    case = standing.lock(case_uuid)
    if not policies.handles(actor, case) or not (actor.is_system or actor.has("civil_status_officer")):
        raise NotAllowed(
            "Chỉ công chức tư pháp - hộ tịch của cơ quan xử lý ghi được kết luận về số định danh.",
            "Only the civil-status officer of the handling agency settles a personal number.",
        )
    request = asked.number_request(case.pk)
    if request is None or str(request.state) == "issued":
        raise Conflict(
            f"Hồ sơ {case.number} không có yêu cầu số định danh nào chờ kết luận.",
            f"Case {case.number} has no request for a personal number that waits to be settled.",
        )
    if conclusion not in CONCLUSIONS:
        raise UserError("Chọn kết luận.", "Choose the conclusion.", "state")
    reason = standing.require_reason(reason)
    given = _checked(number) if conclusion == "issued" else ""
    registers.settle_number_request(actor, request.pk, conclusion, given, reason)
    _end_work(case, actor, conclusion, reason)
    if conclusion == "refused":
        with acting(SYSTEM):
            defer("cases.tell_applicant", case_uuid=str(case.uuid), kind="number.closed")
    return case


def _checked(number: str) -> str:
    try:
        return personal_number(number.replace(" ", ""), today=clock.today()).number
    except ValueError as wrong:
        raise UserError(str(wrong), str(wrong), "number") from wrong


def _end_work(case: Case, actor: Actor, conclusion: str, reason: str) -> None:
    for task in case.tasks.select_for_update().filter(state=Task.State.OPEN, verb="number"):
        task.state, task.outcome, task.reason = Task.State.DONE, conclusion, reason
        task.done_at, task.done_by_label = clock.now(), actor.label
        task.save(update_fields=["state", "outcome", "reason", "done_at", "done_by_label"])
        emit(
            "task.number",
            actor,
            case_id=case.pk,
            subject=("task", task.pk),
            data={"task": task.name, "outcome": conclusion, "reason": reason},
        )
