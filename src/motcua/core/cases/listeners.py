"""What other rooms announce and a case must hear: money settled, a personal number answered."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q

from motcua.core.cases import standing, statuses
from motcua.core.cases.facts import facts_of
from motcua.core.cases.models import Case, Code, Financial, Task
from motcua.core.cases.running import Run
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting


def listen() -> None:
    """Hang the listeners up; once per process."""
    from motcua.core.payments.gateway import settled
    from motcua.core.registers.connector import number_answered
    from motcua.core.registers.telling import correction_settled
    from motcua.core.services.hooks import cases_of_service

    cases_of_service.register(past_cases)
    settled.register(money_settled)
    number_answered.register(number_came)
    correction_settled.register(keeper_answered)


def money_settled(*, reference: str, obligation_ids: list[int], **_: Any) -> None:
    """Everything owed for the case is paid (or waived): the process goes on, in the payment's own transaction.

    A repeat finds nothing waiting and changes nothing. References of other rooms are not ours.
    """
    try:
        case_uuid = uuid.UUID(reference)
    except ValueError:
        return
    with acting(SYSTEM):
        case = Case.objects.select_for_update().filter(uuid=case_uuid).first()
        if case is None or case.financial_state == Financial.PAID:
            return
        from motcua.core.payments import queries as payments

        if payments.balance(reference).due > 0:
            return
        case.financial_state = Financial.PAID
        case.save(update_fields=["financial_state"])
        emit("case.paid", SYSTEM, case_id=case.pk, data={"obligations": list(obligation_ids)})
        if case.business_status_id == Code.PAYMENT and not Run(case, SYSTEM).awaits("settled"):
            standing.move(case, Code.IN_PROCESS, SYSTEM)
        Run(case, SYSTEM).message("settled", {"paid": True})


def number_came(*, request: Any) -> None:
    """The population database answered about a child of ours.

    While the process stands where it asked, it has read the answer itself. Later: an issued number re-issues the
    certificate, a suspected duplicate or a refusal becomes work for an officer.
    """
    if request.case_id is None:
        return
    with acting(SYSTEM):
        case = Case.objects.select_for_update().filter(pk=request.case_id).first()
        if case is None:
            return
        if "replaced_by" in case.data:
            case = Case.objects.select_for_update().get(uuid=case.data["replaced_by"])
        known = case.data.get("facts", {}).get("number") or {}
        if not known or known.get("state") == str(request.state):
            return
        number = {
            "state": str(request.state),
            "value": request.number or None,
            "reason": request.reason or None,
        }
        standing.remember(case, number=number)
        emit("case.number_answered", SYSTEM, case_id=case.pk, data=number)
        Run(case, SYSTEM).message("number_answered", {"number": number})
        if str(request.state) == "issued":
            defer("cases.reissue_result", case_uuid=str(case.uuid))
        else:
            _make_work_of_it(case, str(request.state), request.reason or "")


def keeper_answered(*, correction: Any) -> None:
    """A register's keeper has answered a doubt: every case that met it takes the answer up, in a job of its own."""
    with acting(SYSTEM):
        findings = list(correction.findings.values_list("case_id", "application"))
        met = Q(pk__in=[case for case, _ in findings if case is not None]) | Q(
            idempotency_key__in=[application for _, application in findings if application is not None]
        )
        for case in Case.objects.filter(met).exclude(business_status_id__in=statuses.ENDED):
            defer("cases.go_on", case_uuid=str(case.uuid))
            defer("cases.tell_applicant", case_uuid=str(case.uuid), kind=f"register.{correction.state}")


def _make_work_of_it(case: Case, state: str, reason: str) -> None:
    if case.tasks.filter(state=Task.State.OPEN, verb="number").exists():
        return
    words = {
        "suspected_duplicate": ("Xử lý nghi trùng số định danh", "Settle a suspected duplicate"),
        "refused": ("Xử lý từ chối cấp số định danh", "Settle a refused number"),
    }
    name, name_en = words.get(state, ("Xử lý phản hồi số định danh", "Settle an answer about the number"))
    standing.offer_work(
        case,
        "number",
        name,
        name_en,
        role="civil_status_officer",
        state=state,
        reason=reason,
        outcomes=["issued", "refused"],
    )
    if state == "refused":
        defer("cases.tell_applicant", case_uuid=str(case.uuid), kind="number.refused")


def past_cases(*, service_code: str, since: dt.date, until: dt.date) -> list[Any]:
    """The cases received in that time, with the facts of that day: whom a change of rules would have touched."""
    from motcua.core.services import queries as services
    from motcua.core.services.impact import PastCase

    rows = Case.objects.filter(
        service_code=service_code,
        received_at__date__gte=since,
        received_at__date__lte=until,
        decided_case=None,
    ).order_by("id")
    return [
        PastCase(
            row.number,
            str(row.uuid),
            row.applicant_name,
            facts_of(row, services.pack(row.service_version_id)),
        )
        for row in rows.iterator(chunk_size=500)
    ]


__all__ = ["keeper_answered", "listen", "money_settled", "number_came", "past_cases"]
