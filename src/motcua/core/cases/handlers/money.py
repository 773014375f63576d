"""Money: what is due before the work begins becomes obligations; their settlement comes back as a message."""

from __future__ import annotations

from motcua.core.cases.handlers.registry import Result, Work, handles
from motcua.core.cases.models import Financial
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting


@handles("payments.charge", inline=True)
def charge(work: Work) -> Result:
    """Owe what the pack's fee lines say of these facts. Exempt lines are kept with 0, as waived."""
    from motcua.core.payments import actions as payments

    fees = [fee for fee in work.pack.fees(work.facts) if fee.pay == "before"]
    due = [fee for fee in fees if fee.amount > 0]
    case = work.case
    if due:
        with acting(SYSTEM):
            payments.owe(
                work.actor,
                str(case.uuid),
                due,
                agency_id=case.competent_agency_id,
                payer_party_id=case.applicant_id,
                case_id=case.pk,
            )
        case.financial_state = Financial.DUE
        if work.facts.get("again", {}).get("paid"):
            defer("cases.waive_paid_before", case_uuid=str(case.uuid))
    elif any(fee.exempt for fee in fees):
        case.financial_state = Financial.WAIVED
    case.save(update_fields=["financial_state"])
    total = sum(fee.amount for fee in due)
    emit("case.charged", SYSTEM, case_id=case.pk, data={"total": total, "lines": [fee.line for fee in due]})
    return {"charged": total}
