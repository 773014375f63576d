"""An objection is a case: same service version, same agency, its own number, clock and task, tied to the decision."""

from __future__ import annotations

import uuid
from typing import Any

from motcua.core import clock
from motcua.core.cases import deadlines, process, reference
from motcua.core.cases.actions.making import run_statement
from motcua.core.cases.actions.submit import party_facts
from motcua.core.cases.models import Case, Code
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import Actor
from motcua.engines import working_time
from motcua.engines.text import fold

LIMIT = working_time.Limit.parse("30", "calendar_days")
"""A first complaint is settled within 30 days of acceptance (Law on Complaints 02/2011/QH13 art. 28)."""


def open_objection(actor: Actor, decided: Case, grounds: str, key: uuid.UUID) -> Case:
    """Make the case of an objection and its one task, for the chair of the agency that decided."""
    now = clock.now()
    due = deadlines.due(now, LIMIT, decided.handling_agency_id)
    applicant = party_facts(decided.applicant_id)
    assert actor.party_id is not None
    title = f"Khiếu nại hồ sơ {decided.number}"
    task = process.TaskRow(
        uuid=new_uuid(), token_id=None, element_id="", name="Xem xét khiếu nại", name_en="Consider the objection",
        role="chair", verb="objection", agency_id=decided.handling_agency_id, applicant_task=False,
        data={"grounds": grounds, "decided": str(decided.uuid), "outcomes": ["upheld", "dismissed"]},
        due_at=due, sort_at=due or now,
    )  # fmt: skip
    data: dict[str, Any] = {
        "answers": {"grounds": grounds},
        "found": {},
        "applicant": applicant.as_facts(),
        "facts": {"objection": {"decided": decided.number, "runs": _runs(decided)}},
        "papers": {},
    }
    run_statement(
        actor,
        key=key,
        case_uuid=new_uuid(),
        number=reference.number_shape(decided.receiving_agency_id, now.date()),
        now=now,
        place=process.Place(
            decided.receiving_agency_id, decided.handling_agency_id, decided.competent_agency_id, due
        ),
        plan=process.Plan(tasks=[task]),
        columns={
            "version": decided.service_version_id,
            "service_code": decided.service_code,
            "title": title,
            "applicant_name": applicant.name,
            "folded": fold(f"{applicant.name} {title}"),
            "status": int(Code.IN_PROCESS),
            "channel": decided.channel,
            "applicant": decided.applicant_id,
            "submitter": actor.party_id,
            "beneficiary": decided.beneficiary_id,
            "decided_case": decided.pk,
            "limit_amount": LIMIT.amount,
            "limit_unit": LIMIT.unit.value,
        },
        process_state={},
        data=data,
    )
    return Case.objects.get(submitter_id=actor.party_id, idempotency_key=key)


def _runs(decided: Case) -> list[str]:
    return [str(run) for run in decided.decision_runs.values_list("uuid", flat=True)]
