"""Signing: one or five hundred results at once, each by who may sign it, in the form that the delegation gives."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from motcua.core.cases import policies, results
from motcua.core.cases.actions.work import complete_task
from motcua.core.cases.models import Task
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actor import Actor

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of one task: the case's number, and why not where it was not signed."""

    task_uuid: uuid.UUID
    case_number: str
    fault: UserError | None = None


def sign_results(actor: Actor, task_uuids: Sequence[uuid.UUID], *, second_factor: Any = None) -> list[Signed]:
    """Sign the results of these sign tasks and end the tasks; one that cannot be signed keeps no other back.

    Raises UserError for an empty or too long list, NotFound when a task is not there or not this officer's.
    """
    if not task_uuids or len(task_uuids) > AT_ONCE:
        raise UserError(
            f"Chọn từ 1 đến {AT_ONCE} văn bản để ký.", f"Choose between 1 and {AT_ONCE} documents to sign."
        )
    from motcua.core.documents import actions as documents

    tasks = list(
        Task.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(uuid__in=task_uuids, verb__in=("sign", "sign_again"))
        .order_by("id")
    )
    if len(tasks) != len(set(task_uuids)):
        raise NotFound(
            "Có văn bản không còn chờ ký. Tải lại danh sách.", "Some documents no longer wait. Reload."
        )
    ready, done = [], []
    for task in tasks:
        fault = _hindrance(actor, task)
        if fault is None:
            ready.append((task, results.to_sign(task)))
        else:
            done.append(Signed(task.uuid, task.case.number, fault))
    if ready:
        documents.sign(
            actor, [document for _, document in ready if document is not None], second_factor=second_factor
        )
    for task, _ in ready:
        complete_task(actor, task.uuid, "signed")
        done.append(Signed(task.uuid, task.case.number))
    return done


def _hindrance(actor: Actor, task: Task) -> UserError | None:
    if not policies.may_do(actor, task, task.case):
        return NotAllowed("Ông/bà không có nhiệm vụ ký văn bản này.", "Signing this is not your duty.")
    if task.state != Task.State.OPEN:
        return Conflict("Văn bản đã được ký hoặc thu lại.", "It was signed or withdrawn meanwhile.")
    if results.to_sign(task) is None:
        return Conflict("Chưa có dự thảo để ký.", "There is no draft to sign yet.")
    return None
