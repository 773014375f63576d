"""An objection was upheld: what was decided is taken back, and the same application is decided again, by a case of
its own, so that nothing of the first is overwritten."""

from __future__ import annotations

import uuid
from typing import Any

from motcua.core.cases import papers
from motcua.core.cases.actions.submit import submit
from motcua.core.cases.intake import Application, Submitted
from motcua.core.cases.models import Case, Financial
from motcua.core.cases.results import result_id
from motcua.core.documents.files import hand_in_again
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting


def decide_again(actor: Actor, objection: Case, reason: str) -> Submitted:
    """Withdraw the result objected to and open the case that decides anew; a repeat finds that case.

    It comes under the rules of the first receipt, with the answers, findings and papers of then, at the agency that
    handles it now and with a new day (Law on Complaints 02/2011/QH13 art. 31: the decision is annulled, and made
    again). What was paid is not paid twice; an entry in the civil-status books and a personal number stay the same.
    """
    with acting(SYSTEM):
        decided = Case.objects.select_for_update().get(pk=objection.decided_case_id or 0)
        _withdraw_result(actor, decided, reason)
        key = uuid.uuid5(objection.uuid, "decide again")
        made = submit(SYSTEM, _application(decided, key), key)
        decided.data = {**decided.data, "replaced_by": str(made.case_uuid)}
        decided.save(update_fields=["data"])
        emit(
            "case.replaced",
            actor,
            case_id=decided.pk,
            data={"objection": objection.number, "by": made.number, "reason": reason},
        )
    return made


def _withdraw_result(actor: Actor, decided: Case, reason: str) -> None:
    from motcua.core.documents import actions as documents
    from motcua.core.documents.models import Document

    result = Document.objects.filter(pk=result_id(decided) or 0, state="issued").first()
    if result is not None:
        documents.withdraw(actor, result.pk, reason)


def _application(decided: Case, key: uuid.UUID) -> Application:
    data: dict[str, Any] = decided.data
    answers, given = data.get("answers", {}), data.get("papers", {})
    again = hand_in_again(papers.named(given, answers), key)
    return Application(
        service_version_id=decided.service_version_id,
        answers=papers.renamed(answers, again),
        found=data.get("found", {}),
        files=papers.renamed(given, again),
        submitter_party_id=decided.submitter_id,
        applicant_party_id=decided.applicant_id,
        beneficiary_party_id=decided.beneficiary_id,
        assisting_officer_id=decided.assisting_officer_id,
        receiving_agency_id=decided.receiving_agency_id,
        parent_dossier=decided.parent_dossier,
        channel=decided.channel,
        unverified=tuple(data.get("unverified", ())),
        language=data.get("language", "vi"),
        again={
            "number": decided.number,
            "paid": decided.financial_state in (Financial.PAID, Financial.WAIVED),
            "registered_under": decided.pk if _stands_in_a_book(decided) else None,
        },
    )


def _stands_in_a_book(decided: Case) -> bool:
    entry = decided.data.get("facts", {}).get("entry") or {}
    return entry.get("state") == "effective" and bool(entry.get("book"))
