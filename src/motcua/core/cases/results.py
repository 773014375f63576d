"""The document that ends a case: drafted from the facts, numbered, handed to who signs it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.db import connection

from motcua.core.cases import reference, standing
from motcua.core.cases.facts import get
from motcua.core.cases.models import Case, Task
from motcua.core.errors import UserError
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM

_FIELD = re.compile(r"\{([a-z_.]+)\}")


def document_number(pack: Any, facts: Mapping[str, Any], case: Case, day: dt.date) -> str:
    """The number of the result by the pack's pattern: facts by path, and `{serial}`, counted per agency and year."""

    def value(match: re.Match[str]) -> str:
        path = match.group(1)
        found = _serial(case, pack.result.kind, day.year) if path == "serial" else get(facts, path)
        if found in (None, ""):
            raise UserError(
                f"Chưa có “{path}” để đánh số văn bản theo mẫu {pack.result.number_pattern}.",
                f"“{path}” is not known, and the number pattern {pack.result.number_pattern} needs it.",
            )
        return str(found)

    return _FIELD.sub(value, pack.result.number_pattern)


def _serial(case: Case, kind: str, year: int) -> int:
    scope = f"{kind} {reference.agency(case.competent_agency_id).code}"
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into cases_numbercounter as counter (scope, day, last) values (%s, %s, 1) "
            "on conflict (scope, day) do update set last = counter.last + 1 returning last",
            [scope, dt.date(year, 1, 1)],
        )
        return int(cursor.fetchone()[0])


def owners(case: Case) -> list[int]:
    """Whose vault the result belongs in: the beneficiary's and the applicant's, never an officer's."""
    return [party for party in dict.fromkeys((case.beneficiary_id, case.applicant_id)) if party is not None]


def result_id(case: Case) -> int | None:
    """The id of the document that is the result, once drafted."""
    found = case.data.get("result", {}).get("document")
    return None if found is None else int(found)


def to_sign(task: Task) -> int | None:
    """The id of the document that a sign task is about: the result, or its re-issue."""
    again = task.data.get("document")
    return int(again) if again else result_id(task.case)


def keep_result(case: Case, document: Any) -> None:
    case.data = {
        **case.data,
        "result": {"document": document.pk, "number": document.number, "title": document.title},
    }
    case.save(update_fields=["data"])


def draft_again(case: Case, pack: Any, facts: Mapping[str, Any]) -> None:
    """Set the result anew with what is known now, and offer it to the same signer; issuing it replaces the first."""
    from motcua.core.documents import actions as documents

    first = result_id(case)
    document = documents.draft(
        SYSTEM,
        kind="result",
        title=pack.result.title.vi,
        template=pack.template,
        data=pack.result_data(facts),
        agency_id=case.competent_agency_id,
        case_id=case.pk,
        case_number=case.number,
        owner_party_id=owners(case)[0],
        number=case.data["result"]["number"],
        title_en=pack.result.title.en,
        service_code=case.service_code,
    )
    case.data = {**case.data, "reissued": {"document": document.pk, "replaces": first}}
    case.save(update_fields=["data"])
    signer = next((signer.position for signer in pack.result.signed_by if signer.position), "chair")
    standing.offer_work(
        case, "sign_again", "Ký bản cấp lại", "Sign the re-issued document", role=signer, document=document.pk,
        outcomes=["signed"],
    )  # fmt: skip
    emit(
        "case.reissue_drafted",
        SYSTEM,
        case_id=case.pk,
        subject=("document", document.pk),
        data={"replaces": first},
    )


def issue_again(case: Case) -> None:
    """The re-issued result is signed: issue it, replace the first, and tell the people."""
    from motcua.core.documents import actions as documents
    from motcua.core.documents.models import Document

    again = case.data["reissued"]
    new, old = Document.objects.get(pk=again["document"]), Document.objects.get(pk=again["replaces"])
    if new.state != "issued":
        documents.issue(new, owners(case))
        documents.replace(SYSTEM, old, new)
    keep_result(case, new)
    emit("case.reissued", SYSTEM, case_id=case.pk, subject=("document", new.pk), data={"replaces": old.pk})
    defer("cases.tell_applicant", case_uuid=str(case.uuid), kind="case.reissued")
