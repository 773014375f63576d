"""A mistake in a register, met in a case: its keeper is told, the case goes on or waits, and takes up the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from motcua.core import clock, jobs
from motcua.core.cases import actions, doubts, queries
from motcua.core.cases.actions.draft import _stored
from motcua.core.cases.models import Case, Code, Draft, Task
from motcua.core.cases.tests import people
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import corrections
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Correction, Register
from motcua.core.services import queries as services

BIRTH, PENSION = "1.001193", "1.013821"
OTHER = "Tày"


@pytest.fixture
def mother(office: people.Ward) -> Actor:
    schemas.forget()
    return people.citizen("lan_anh")


def draft_of(mother: Actor) -> Draft:
    with acting(mother):
        return actions.start_draft(mother, "khai-sinh")


def doubted(mother: Actor, draft: Draft, path: str = "mother.ethnicity") -> Correction:
    with acting(mother):
        return actions.doubt_in_application(
            mother, draft.uuid, path, should_be=OTHER, reason="Giấy khai sinh số 44/1995 ghi khác"
        )


def keeper(office: people.Ward) -> Actor:
    return people.officer(office.committee, "civil_status_officer")


def submitted(mother: Actor, draft: Draft) -> Case:
    with acting(mother):
        draft.refresh_from_db()
        draft.answers = {**draft.answers, "child": {"name": "TRẦN NGỌC MINH CHÂU"}, "copies": 0}
        draft.save()
        made = actions.submit_draft(mother, draft.uuid)
    jobs.run_all()
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def again(case: Case) -> None:
    with acting(SYSTEM):
        case.refresh_from_db()


def comparisons(case: Case) -> int:
    with acting(SYSTEM):
        return int(case.tasks.filter(verb="compare", state=Task.State.OPEN).count())


def rule(monkeypatch: pytest.MonkeyPatch, waits: bool) -> None:
    """Let the service say whether a case waits."""
    monkeypatch.setattr(doubts, "rule_of", lambda pack, path: waits)


def test_the_keeper_is_told_with_the_day_the_law_sets_and_the_form_has_the_right_answer(
    mother: Actor, office: people.Ward
) -> None:
    draft = draft_of(mother)
    asked = doubted(mother, draft)
    assert asked.due_at == dt.datetime(2026, 11, 26, 17, 0, tzinfo=people.FRIDAY_MORNING.tzinfo)
    with acting(keeper(office)) as officer:
        assert [one.pk for one in corrections.open_for(officer)] == [asked.pk]
    with acting(mother):
        draft.refresh_from_db()
    assert draft.answers["mother"]["ethnicity"] == OTHER


def test_saying_it_twice_is_one_doubt(mother: Actor) -> None:
    draft = draft_of(mother)
    assert doubted(mother, draft).pk == doubted(mother, draft).pk
    assert len(doubts.of_case(0, draft.key)) == 1


def test_a_doubt_met_while_acting_for_another_goes_with_their_application(
    mother: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    father = people.citizen("duc")
    for_her = replace(father, principal_id=mother.party_id)
    draft = draft_of(for_her)
    doubted(for_her, draft)
    with acting(for_her):
        stored = _stored(for_her, draft.uuid, None)
    assert stored is not None
    assert stored[0].doubted


def test_what_no_register_said_and_what_is_not_mine_cannot_be_doubted(mother: Actor) -> None:
    draft = draft_of(mother)
    for path in ("child.name", "marriage.number", "relation"):
        with pytest.raises(NotFound):
            doubted(mother, draft, path)
    stranger = people.citizen("duc")
    with acting(stranger), pytest.raises(NotFound):
        actions.doubt_in_application(stranger, draft.uuid, "mother.ethnicity", should_be="x", reason="y")
    with acting(mother), pytest.raises(UserError) as fault:
        actions.doubt_in_application(mother, draft.uuid, "mother.ethnicity", should_be="x", reason=" ")
    assert fault.value.field == "reason"


def test_a_case_that_goes_on_is_marked_and_takes_up_the_corrected_fact(
    mother: Actor, office: people.Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(monkeypatch, waits=False)
    draft = draft_of(mother)
    asked = doubted(mother, draft)
    case = submitted(mother, draft)
    assert not doubts.holds(case)
    (met,) = doubts.of_case(case.pk, case.idempotency_key)
    assert (met.path, met.is_open, met.waits) == ("mother.ethnicity", True, False)
    with acting(keeper(office)) as officer:
        corrections.correct(officer, asked.uuid, document="Giấy khai sinh số 44/1995")
    jobs.run_all()
    again(case)
    assert case.data["found"]["mother.ethnicity"]["value"] == OTHER
    assert case.data["different"] == []
    assert comparisons(case) == 0


def test_a_refusal_leaves_the_difference_to_an_officer(
    mother: Actor, office: people.Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(monkeypatch, waits=False)
    draft = draft_of(mother)
    asked = doubted(mother, draft)
    case = submitted(mother, draft)
    with acting(keeper(office)) as officer:
        corrections.refuse(officer, asked.uuid, reason="Sổ gốc ghi như đang có")
    jobs.run_all()
    again(case)
    assert case.data["different"] == ["mother.ethnicity"]
    assert comparisons(case) == 1
    assert doubts.of_case(case.pk, case.idempotency_key)[0].answer == "Sổ gốc ghi như đang có"


def received(case: Case, office: people.Ward) -> None:
    with acting(people.officer(office.desk, "one_stop")) as desk:
        actions.receive(desk, case.uuid)
    jobs.run_all()
    again(case)


def waiting(case: Case) -> tuple[list[str], int]:
    """What the case stands before: its open steps, and the services it has asked for."""
    with acting(SYSTEM):
        steps = case.tasks.filter(state=Task.State.OPEN, token_id__isnull=False)
        return sorted(str(one) for one in steps.values_list("uuid", flat=True)), int(
            case.service_requests.filter(state="waiting").count()
        )


def test_a_case_that_waits_takes_no_step_until_the_answer_and_then_goes_on_by_itself(
    mother: Actor, office: people.Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(monkeypatch, waits=True)
    draft = draft_of(mother)
    asked = doubted(mother, draft)
    case = submitted(mother, draft)
    received(case, office)
    stood = waiting(case)
    assert doubts.holds(case)
    assert stood[1], "the process stands before a step of the state"
    jobs.run_all()
    assert waiting(case) == stood
    with acting(keeper(office)) as officer:
        corrections.correct(officer, asked.uuid, document="Giấy khai sinh số 44/1995")
    jobs.run_all()
    again(case)
    assert not doubts.holds(case)
    assert waiting(case) != stood


def test_an_officer_s_step_waits_for_the_keeper_s_answer(
    mother: Actor, office: people.Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(monkeypatch, waits=True)
    case = submitted(mother, draft_of(mother))
    received(case, office)
    clerk = people.officer(office.committee, "civil_status_officer")
    with acting(clerk):
        actions.doubt_in_case(clerk, case.uuid, "mother.ethnicity", should_be=OTHER, reason="Sổ gốc ghi khác")
        (step,) = Task.objects.filter(case=case, state=Task.State.OPEN, token_id__isnull=False)
    with acting(clerk), pytest.raises(Conflict, match="waits for Ủy ban nhân dân phường Phan Đình Phùng"):
        actions.complete_task(clerk, step.uuid, "accept")


def test_the_clock_stands_still_only_where_the_register_names_the_law(
    mother: Actor, office: people.Ward, monkeypatch: pytest.MonkeyPatch, friday: Callable[[dt.datetime], None]
) -> None:
    rule(monkeypatch, waits=True)
    row = Register.objects.get(pk="civil_status")
    row.schema = {**row.schema, "clock_stands_by": "Luật thử Điều 1"}
    row.save()
    schemas.forget()
    draft = draft_of(mother)
    asked = doubted(mother, draft)
    case = submitted(mother, draft)
    received(case, office)
    assert case.business_status_id == Code.STOPPED
    assert case.due_at is None
    assert case.data["stopped"]["legal_basis"] == "Luật thử Điều 1"
    friday(people.FRIDAY_MORNING + dt.timedelta(days=3))
    with acting(keeper(office)) as officer:
        corrections.correct(officer, asked.uuid, document="Giấy khai sinh số 44/1995")
    jobs.run_all()
    again(case)
    assert case.business_status_id != Code.STOPPED
    assert case.due_at is not None
    assert case.due_at > clock.now()
    schemas.forget()


def test_an_officer_tells_the_keeper_from_the_case(
    mother: Actor, office: people.Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule(monkeypatch, waits=False)
    case = submitted(mother, draft_of(mother))
    clerk = people.officer(office.committee, "civil_status_officer")
    with acting(clerk):
        assert queries.case_for(clerk, case.uuid).found["mother.ethnicity"]
        actions.doubt_in_case(clerk, case.uuid, "mother.ethnicity", should_be=OTHER, reason="Sổ gốc ghi khác")
    again(case)
    assert case.data[doubts.DOUBTED]
    assert len(doubts.of_case(case.pk, case.idempotency_key)) == 1


def test_the_line_of_prefill_says_whether_a_case_waits(office: people.Ward) -> None:
    pack = services.current("khai-sinh", clock.today())
    assert doubts.rule_of(pack, "mother.ethnicity") is False
    assert doubts.rule_of(pack, "child.name") is None
