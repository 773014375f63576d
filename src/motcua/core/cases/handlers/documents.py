"""Steps about the result: draft, sign by itself, issue."""

from __future__ import annotations

from typing import Any

from motcua.core.cases import results, standing
from motcua.core.cases.handlers.registry import FaultInProcess, NotYet, Result, Work, handles
from motcua.core.cases.models import Code, Delivery, Gear, Task
from motcua.core.ledger.actions import emit


@handles("documents.draft_result")
def draft_result(work: Work) -> Result:
    """Set the result from the pack's template and exactly the data that the pack names."""
    from motcua.core.documents import actions as documents
    from motcua.core.documents.models import Document

    case, pack = work.case, work.pack
    known = Document.objects.filter(pk=results.result_id(case) or 0, state="draft").first()
    if known is None:
        known = documents.draft(
            work.actor,
            kind="result",
            title=pack.result.title.vi,
            template=pack.template,
            data=pack.result_data(work.facts),
            agency_id=case.competent_agency_id,
            case_id=case.pk,
            case_number=case.number,
            owner_party_id=results.owners(case)[0],
            number=results.document_number(pack, work.facts, case, work.facts["today"]),
            title_en=pack.result.title.en,
            service_code=case.service_code,
        )
        results.keep_result(case, known)
        emit("case.result_drafted", work.actor, case_id=case.pk, subject=("document", known.pk))
    return {"result": {"document": known.pk, "number": known.number}}


@handles("documents.automatic_sign")
def automatic_sign(work: Work) -> Result:
    """The state signs by itself: only where a decision in automatic gear, with its legal basis, led here.

    In any other gear it is prepared, and offered to whom the pack names as signer.
    """
    from motcua.core.documents import actions as documents

    document = _document(work)
    if document.state in ("signed", "issued"):
        return None
    automatic = work.case.decision_runs.filter(gear=Gear.AUTOMATIC).exclude(legal_basis="").exists()
    if not automatic or not work.pack.result.automatic:
        _offer_to_signer(work)
        raise NotYet
    documents.sign(work.actor, [document.pk])
    return None


def _offer_to_signer(work: Work) -> None:
    waiting = work.case.tasks.filter(state=Task.State.OPEN, token_id=work.token_id)
    if not waiting.exists():
        signer = next((signer.position for signer in work.pack.result.signed_by if signer.position), "chair")
        standing.offer_work(
            work.case,
            "sign",
            "Ký kết quả",
            "Sign the result",
            role=signer,
            token_id=work.token_id,
            outcomes=["signed"],
        )


@handles("documents.issue_result")
def issue_result(work: Work) -> Result:
    """File the signed result: vault, public log, check page. The case is finished."""
    from motcua.core.documents import actions as documents

    case = work.case
    document = _document(work)
    if document.state != "issued":
        documents.issue(document, results.owners(case))
    case.delivery_state = Delivery.READY
    case.end_as({"kind": "granted", "document": document.pk})
    standing.move(case, Code.FINISHED, work.actor)
    emit("case.result_issued", work.actor, case_id=case.pk, subject=("document", document.pk))
    return {"result": {"document": document.pk, "number": document.number, "code": document.code}}


def _document(work: Work) -> Any:
    from motcua.core.documents.models import Document

    found = Document.objects.filter(pk=results.result_id(work.case) or 0).first()
    if found is None:
        raise FaultInProcess("no_result", "Hồ sơ chưa có dự thảo kết quả.")
    return found
