"""A step of the process: take it, put it back, do it with one of its outcomes."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core.attempting import attempt
from motcua.core.cases import actions
from motcua.core.cases.models import Task
from motcua.core.cases.queries import CaseView, TaskView
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.access import policy
from motcua.core.organisations import queries as organisations
from motcua.core.services import queries as services
from motcua.systems.onestop import paper_book
from motcua.systems.onestop.desk import actor_of, already, case_of, go, lang_of, moved_on, page
from motcua.systems.onestop.wording import OUTCOMES, said

WITH_OWN_PAGE = {
    "receive": "tiep-nhan",
    "return": "tra-ket-qua",
    "take_over": "nhan-ban-giao",
    "number": "so-dinh-danh",
}
"""Steps that are an act of their own."""
USUAL_OUTCOME = {"incident": "retry"}
NEEDS_REASON = frozenset({"refuse", "refused", "reject", "depart", "not_confirmed", "upheld", "dismissed"})


@policy("officer")
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, task_uuid: uuid.UUID) -> HttpResponse:
    """Do a step: choose what came of it, say why where that goes against somebody or against the proposal."""
    case, task = _found(request, task_uuid)
    if task.state != "open":
        return already(request, "case", case.uuid)
    if task.verb in ("sign", "sign_again"):
        return go(request, "signing")
    if task.verb in WITH_OWN_PAGE:
        return go(request, "act", case.uuid, WITH_OWN_PAGE[task.verb])
    if request.method == "GET":
        return page(request, "step", _context(request, case, task, None))
    outcome = request.POST.get("outcome", "")
    fault = attempt(lambda: _complete(request, case, task, outcome))
    if fault is None:
        done = Text(f"Xong bước “{task.name}”.", f"Done: “{task.name_en or task.name}”.")
        return go(request, "case", case.uuid, said=done)
    if moved_on(fault) and _found(request, task_uuid)[1].state != "open":
        return already(request, "case", case.uuid)
    return page(request, "step", _context(request, case, task, fault), status=fault.status)


@policy("officer")
@require_POST
def take(request: HttpRequest, task_uuid: uuid.UUID) -> HttpResponse:
    """Take a step for oneself."""
    case, task = _found(request, task_uuid)
    fault = attempt(lambda: actions.take(actor_of(request), task.uuid))
    if fault is not None:
        return already(request, "case", case.uuid)
    said_so = Text("Bước này do ông/bà xử lý.", "This step is yours now.")
    return go(request, "case", case.uuid, said=said_so)


@policy("officer")
@require_POST
def give_back(request: HttpRequest, task_uuid: uuid.UUID) -> HttpResponse:
    """Put a step back for colleagues; when it is no longer one's own, nothing happens."""
    case, task = _found(request, task_uuid)
    try:
        actions.give_up(actor_of(request), task.uuid)
    except NotFound:
        return already(request, "case", case.uuid)
    said_so = Text("Đã để lại bước này cho đồng nghiệp.", "The step is back for your colleagues.")
    return go(request, "case", case.uuid, said=said_so)


def _found(request: HttpRequest, task_uuid: uuid.UUID) -> tuple[CaseView, TaskView]:
    """The step and its case. NotFound for those of other agencies."""
    row = Task.objects.select_related("case").filter(uuid=task_uuid, applicant_task=False).first()
    if row is None:
        raise NotFound()
    case = case_of(request, row.case.uuid)
    return case, next(task for task in case.tasks if task.uuid == task_uuid)


def _complete(request: HttpRequest, case: CaseView, task: TaskView, outcome: str) -> None:
    if outcome not in _outcomes(task):
        raise UserError("Chọn kết quả của bước này.", "Choose what came of this step.", "outcome")
    data: dict[str, Any] = {}
    if outcome == "accept" and request.POST.get("verify") and may_ask_elsewhere(case, task):
        data["verification"] = {"needed": True, "unit": _unit(request)}
    if outcome == "found":
        data["entry"] = paper_book.entry(request.POST.dict(), task.agency)
    reason = request.POST.get("reason", "")
    if outcome in NEEDS_REASON and not reason.strip():
        raise UserError("Nhập lý do.", "Give the reason.", "reason")
    actions.complete_task(actor_of(request), task.uuid, outcome, data, reason)


def _outcomes(task: TaskView) -> tuple[str, ...]:
    return task.outcomes or (USUAL_OUTCOME.get(task.verb, "done"),)


def may_ask_elsewhere(case: CaseView, task: TaskView) -> bool:
    """Whether the process has a verification by another commune that the officer may still set going."""
    pack = services.pack(case.service_version_id)
    known = any(rule.path == "verification.needed" for rule in pack.derive)
    return known and task.verb == "appraise" and not any(other.verb == "verify" for other in case.tasks)


def _unit(request: HttpRequest) -> str:
    """The commune that is asked, by code or by name. Raises UserError when the name fits none or several."""
    words = request.POST.get("unit", "").strip()
    if words.isdecimal():
        found = organisations.unit(words)
        if found is not None and found.level == "commune":
            return found.code
    matches = organisations.find_units(words) if words else []
    if len(matches) == 1:
        return matches[0].code
    offered = "; ".join(f"{unit.label} ({unit.code})" for unit in matches[:5])
    raise UserError(
        f"Ghi rõ xã, phường cần hỏi, kèm tỉnh. {offered}" if offered else "Ghi xã, phường cần hỏi, kèm tỉnh.",
        f"Name the commune to be asked, with its province. {offered}".strip(),
        "unit",
    )


def _context(request: HttpRequest, case: CaseView, task: TaskView, fault: UserError | None) -> dict[str, Any]:
    lang = lang_of(request)
    typed = request.POST
    field = None if fault is None else fault.field
    placed = field in ("outcome", "reason", "unit", *paper_book.TEXTS, *paper_book.DAYS)
    proposal = next((run for run in reversed(case.decisions) if run.proposed is not None), None)
    return {
        "case": case,
        "task": task,
        "outcomes": [(outcome, said(OUTCOMES, outcome, lang)) for outcome in _outcomes(task)],
        "chosen": typed.get("outcome") or (_outcomes(task)[0] if len(_outcomes(task)) == 1 else None),
        "reason": typed.get("reason", ""),
        "asks_elsewhere": may_ask_elsewhere(case, task),
        "verify": bool(typed.get("verify")),
        "unit": typed.get("unit", ""),
        "proposal": proposal,
        "book": paper_book.again(typed.dict()) if "found" in task.outcomes else None,
        "field": field,
        "fault": "" if fault is None else fault.text(lang),
        "errors": [] if fault is None else [(fault.text(lang), f"#{field}" if placed else "#step")],
    }
