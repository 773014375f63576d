"""Steps about the case itself: decide by rule, tell people, refuse, give back."""

from __future__ import annotations

from motcua.core.cases import decisions, standing
from motcua.core.cases.actions.endings import refuse_in_process
from motcua.core.cases.actions.work import give_back
from motcua.core.cases.handlers.registry import FaultInProcess, Result, Work, handles
from motcua.core.cases.models import Code
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.services.pack.deciding import NoOutcome


@handles("decision.run", inline=True)
def run_decision(work: Work) -> Result:
    """Evaluate the decision of the header `decision` and keep the run; the facts get `decision.<name>`."""
    name = str(work.parameter("decision", ""))
    case = work.case
    decider = decisions.Decider(
        work.pack,
        case.service_version_id,
        case.handling_agency_id,
        work.facts["today"],
        case.data.get("found", {}),
    )
    try:
        value = decider.decide(name, work.facts)
    except NoOutcome as gap:
        raise FaultInProcess("no_outcome", str(gap)) from gap
    decisions.store(case, decider.made)
    known = case.data.get("facts", {}).get("decision", {})
    return {"decision": {**known, name: value}}


@handles("notify", inline=True)
def notify(work: Work) -> Result:
    """Tell the applicant, or note for the officers (header `to` = handling, receiving), in words of the pack."""
    kind = str(work.parameter("kind", "case.progress"))
    emit(
        "case.notice",
        work.actor,
        case_id=work.case.pk,
        data={"kind": kind, "to": work.parameter("to", "applicant")},
    )
    if work.parameter("to", "applicant") == "applicant":
        defer("cases.tell_applicant", case_uuid=str(work.case.uuid), kind=kind)
    return None


@handles("case.refuse", inline=True)
def refuse(work: Work) -> Result:
    """Refuse with the reason of the officer's step, else that of the rule; both with the law they stand on."""
    ruled = _last_decision(work)
    reason = str(work.facts.get("reason") or ruled.get("reason_vi") or "Không đủ điều kiện theo quy định.")
    basis = str(work.parameter("legal_basis") or ruled.get("law") or _basis(work))
    refuse_in_process(work.case, work.actor, reason, basis, str(ruled.get("rule") or ""))
    return {"refused": True}


@handles("case.return", inline=True)
def give_result_back(work: Work) -> Result:
    """The result lies in the vault of whom it belongs to: the case is closed."""
    if work.case.business_status_id != Code.FINISHED:
        standing.move(work.case, Code.FINISHED, work.actor)
    give_back(work.case, work.actor)
    return None


def _last_decision(work: Work) -> dict[str, object]:
    run = work.case.decision_runs.exclude(gear="shadow").order_by("-id").first()
    return {} if run is None else dict(run.outcome)


def _basis(work: Work) -> str:
    day = work.facts["today"]
    return "; ".join(
        f"{law.title.vi} {law.ref}" + (f" ({law.articles})" if law.articles else "")
        for law in work.pack.legal_basis
        if law.validity.holds(day)
    )
