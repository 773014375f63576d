"""Signing: one or five hundred results at once, each by who may sign it, in the form that the delegation gives."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from motcua.core.cases import awaiting, doubts, policies, results, standing
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


def sign_results(actor: Actor, task_uuids: Sequence[uuid.UUID]) -> list[Signed]:
    """Sign the results of these sign tasks and end the tasks; one that cannot be signed keeps no other back.

    Raises UserError for an empty or too long list, NotFound when a task is not there or not this officer's.
    """
    if not task_uuids or len(task_uuids) > AT_ONCE:
        raise UserError(
            f"Chọn từ 1 đến {AT_ONCE} văn bản để ký.", f"Choose between 1 and {AT_ONCE} documents to sign."
        )
    tasks = list(
        Task.objects.select_related("case")
        .filter(uuid__in=task_uuids, verb__in=("sign", "sign_again"))
        .order_by("id")
    )
    if len(tasks) != len(set(task_uuids)):
        raise NotFound(
            "Có văn bản không còn chờ ký. Tải lại danh sách.", "Some documents no longer wait. Reload."
        )
    return [_sign_one(actor, task) for task in tasks]


def _sign_one(actor: Actor, task: Task) -> Signed:
    """Sign and end one task, or neither: a fault undoes this line and leaves the others."""
    from motcua.core.documents import actions as documents

    number = task.case.number
    try:
        with transaction.atomic():
            standing.lock(task.case.uuid)
            task = Task.objects.select_for_update(of=("self",)).select_related("case").get(pk=task.pk)
            documents.sign(actor, [_ready(actor, task)])
            complete_task(actor, task.uuid, "signed")
    except UserError as fault:
        return Signed(task.uuid, number, fault)
    return Signed(task.uuid, number)


def _ready(actor: Actor, task: Task) -> int:
    """The id of the document to be signed now; raises what stands in the way."""
    if not policies.may_do(actor, task, task.case):
        raise NotAllowed("Ông/bà không có nhiệm vụ ký văn bản này.", "Signing this is not your duty.")
    doubts.require_going_on(task.case)
    awaiting.require_going_on(task.case)
    if task.state != Task.State.OPEN:
        raise Conflict("Văn bản đã được ký hoặc thu lại.", "It was signed or withdrawn meanwhile.")
    document = results.to_sign(task)
    if document is None:
        raise Conflict("Chưa có dự thảo để ký.", "There is no draft to sign yet.")
    return document
