"""What an officer sees: the work list, one case with its evidence, search."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from django.db import connection

from motcua.core import clock
from motcua.core.cases import policies
from motcua.core.cases.models import Case
from motcua.core.cases.queries.people import view_of
from motcua.core.cases.queries.views import CaseView, WorkRow
from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import Actor
from motcua.engines.text import fold

MOST = 500
CASES = "cases"
"""What the log of looks calls the files of cases, beside the registers."""
WORK = "Giải quyết hồ sơ"


@lru_cache(maxsize=8)
def _sql(name: str) -> str:
    return (Path(__file__).parents[1] / "sql" / f"{name}.sql").read_text("utf-8")


def work_list(
    actor: Actor,
    agency_id: int,
    role: str | None = None,
    *,
    state: str = "open",
    limit: int = 100,
    after: str = "",
    mine: bool = False,
) -> list[WorkRow]:
    """The steps that wait at an agency, the most urgent first; `after` is `WorkRow.after` of the last row seen.

    Filters by one constant agency and walks an index, so its cost does not grow with the number of cases. `state` is
    open or done (done: the latest first). Raises NotAllowed for an agency that is not the actor's.
    """
    if not actor.is_system and agency_id not in actor.unit_ids:
        raise NotAllowed("Ông/bà không làm việc tại cơ quan này.", "You do not work at this agency.")
    if state not in ("open", "done") or not 1 <= limit <= MOST:
        raise UserError("Danh sách không hợp lệ.", "There is no such list.", field="state")
    name = "done_list" if state == "done" else "work_list_of_role" if role else "work_list"
    moment, last = _position(after)
    parameters: dict[str, int | str | dt.datetime | None] = {
        "agency": agency_id,
        "role": role or "",
        "officer": actor.officer_id if mine else None,
        "moment": moment,
        "last": last,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_sql(name), parameters)
        return [WorkRow(*row) for row in cursor.fetchall()]


def _position(after: str) -> tuple[dt.datetime | None, int]:
    if not after:
        return None, 0
    moment, _, last = after.partition("~")
    try:
        return dt.datetime.fromisoformat(moment), int(last)
    except ValueError:
        raise UserError("Trang không hợp lệ.", "There is no such page.", field="after") from None


def counts(actor: Actor, agency_id: int) -> dict[str, int]:
    """How many steps wait at the agency: {role: n}, and `overdue`."""
    if not actor.is_system and agency_id not in actor.unit_ids:
        raise NotAllowed("Ông/bà không làm việc tại cơ quan này.", "You do not work at this agency.")
    with connection.cursor() as cursor:
        cursor.execute(_sql("work_counts"), {"agency": agency_id, "now": clock.now()})
        rows = cursor.fetchall()
    result = {role or "other": waiting for role, waiting, _ in rows}
    result["overdue"] = sum(overdue for _, _, overdue in rows)
    return result


def case_for_officer(actor: Actor, case_uuid: uuid.UUID) -> CaseView:
    """The case with the evidence of its decisions, to officers of agencies with a part in it.

    Every look is logged, and shown to the people of the case.
    """
    case = Case.objects.filter(uuid=case_uuid).select_related("applicant", "submitter", "beneficiary").first()
    if case is None or not policies.works_on(actor, case):
        raise NotFound()
    note_look(actor, case, WORK)
    view = view_of(actor, case, policies.abilities(actor, case))
    return replace(view, decisions=list(case.decision_runs.exclude(gear="shadow").order_by("id")))


def note_look(actor: Actor, case: Case, purpose: str) -> None:
    """Log that somebody looked into a case, under the numbers of its people. The state's own looks are none."""
    if actor.is_system:
        return
    people = (case.applicant, case.submitter, case.beneficiary)
    numbers = {one.number for one in people if one is not None and one.number}
    record_read(
        actor,
        purpose=purpose,
        register=CASES,
        person_numbers=sorted(numbers),
        record_ids=[case.pk],
        case_id=case.pk,
    )


def search_cases(actor: Actor, text: str, limit: int = 30) -> list[CaseView]:
    """Cases by number, name or service, with or without accents, among those the actor may see.

    Goes through a function that checks the right itself: trigram indexes are not used under row security.
    """
    words = fold(text[:200])
    if len(words) < 2:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select found from motcua_search_cases(%s, %s) as found", [words, limit])
        found = [row[0] for row in cursor.fetchall()]
    cases = {case.pk: case for case in Case.objects.filter(pk__in=found)}
    return [view_of(actor, cases[pk], policies.abilities(actor, cases[pk])) for pk in found if pk in cases]
