"""A case asks another agency by a letter: it begins to wait, hears what became of the letter, goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import Enum

from motcua.core import clock
from motcua.core.cases import awaiting, process, standing, statuses
from motcua.core.cases.models import Case, Task
from motcua.core.cases.running import Run
from motcua.core.errors import Conflict
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting

ANSWERED = "letter_answered"
"""The message of that name, for a process that waits for an answer by itself."""


class Heard(Enum):
    """What an agency did with a letter, and what that leaves for the officer to do ("" where nothing)."""

    ANSWERED = ("Đọc văn bản trả lời, giải quyết tiếp", "Read the answer and go on")
    RETURNED = (
        "Văn bản bị trả lại: gửi lại, hoặc giải quyết tiếp",
        "The letter was returned: send another, or go on",
    )
    GIVEN_BACK = ("", "")


def await_answer(
    case_id: int,
    key: str,
    letter: str,
    agencies: Mapping[str, str],
    until: dt.datetime | None,
    *,
    instead_of: str = "",
) -> None:
    """The case waits for these agencies (their names by id) to answer a letter, in place of another one it replaces.

    A case that has ended waits for nothing.
    """
    with acting(SYSTEM):
        case = _locked(case_id)
        if case.business_status_id in statuses.ENDED:
            return
        if instead_of:
            awaiting.keep(case, instead_of, None)
        row = {
            "letter": letter, "agencies": dict(agencies), "since": clock.now().isoformat(),
            "until": until.isoformat() if until else "",
        }  # fmt: skip
        awaiting.keep(case, key, row)
        emit("case.letter_awaited", SYSTEM, case_id=case.pk, data={"letter": letter, "until": row["until"]})
        if until is not None:
            defer(
                "cases.letter_overdue", case_uuid=str(case.uuid), key=key, schedule_at=process.real_time(until)
            )  # fmt: skip


def hear(case_id: int, key: str, agency_id: str, what: Heard, words: str) -> bool:
    """One agency's word about a letter. Returns whether the case still waits for others to answer that letter.

    A letter that the case does not wait for changes nothing, but for a process that waits for the answer by itself.
    """
    with acting(SYSTEM):
        case = _locked(case_id)
        row = case.data.get(awaiting.AWAITED, {}).get(key)
        if case.business_status_id in statuses.ENDED:
            return False
        left: dict[str, str] = {}
        if row is not None:
            left = {one: name for one, name in row["agencies"].items() if one != agency_id}
            awaiting.keep(case, key, {**row, "agencies": left} if left else None)
            if what is not Heard.GIVEN_BACK:
                name, name_en = what.value
                _offer(case, name, name_en, key, words)
            _go_on(case)
        if what is Heard.ANSWERED:
            Run(case, SYSTEM).message(ANSWERED, {"letter_answer": {"agency": agency_id, "letter": words}})
        return bool(left)


def stop_waiting(actor: Actor, case_id: int, key: str, reason: str) -> None:
    """The officer goes on without the answer, and says why. Raises Conflict when the case does not wait for it."""
    why = standing.require_reason(reason)
    with acting(SYSTEM):
        case = _locked(case_id)
        row = case.data.get(awaiting.AWAITED, {}).get(key)
        if row is None:
            raise Conflict(
                "Hồ sơ không còn chờ văn bản này.", "The case no longer waits for an answer to this letter."
            )
        awaiting.keep(case, key, None)
        told = {"reason": f"{row['letter']}: {why}"}
        emit("case.letter_given_up", actor, case_id=case.pk, data=told)
        _go_on(case)


def remind(case: Case, key: str) -> None:
    """The day has passed and somebody has not answered: work for the officer, who urges them or tells the head."""
    now = clock.now()
    for one in awaiting.of_case(case.data):
        if one.key == key and one.until is not None and one.until <= now:
            emit(
                "case.letter_late",
                SYSTEM,
                case_id=case.pk,
                data={"reason": f"{one.letter}: {', '.join(one.agencies)}"},
            )
            _offer(
                case, "Quá hạn chưa trả lời: đôn đốc, báo lãnh đạo", "No answer in time: urge, tell the head", key,
                f"{one.letter}: {', '.join(one.agencies)}",
            )  # fmt: skip


def _go_on(case: Case) -> None:
    if not awaiting.holds(case):
        standing.set_going(case)


def _offer(case: Case, name: str, name_en: str, key: str, message: str) -> None:
    """A work item about the letter, once while it is open."""
    known = case.tasks.filter(verb="letter", state=Task.State.OPEN, name=name)
    if not any(one.data.get("letter") == key for one in known):
        standing.offer_work(case, "letter", name, name_en, letter=key, message=message[:500])


def _locked(case_id: int) -> Case:
    return Case.objects.select_for_update().get(pk=case_id)
