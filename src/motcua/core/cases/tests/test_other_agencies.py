"""Registers that are silent, marriages in another province, numbers that are doubted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from motcua.core.cases import actions, prefill, queries
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers, work
from motcua.core.errors import NotFound, Unavailable
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers.contrib import sandbox

Move = Callable[[dt.datetime], None]


def submitted(actor: Actor, answers: dict[str, object], **more: object) -> Case:
    application = apply_for(actor, "khai-sinh", answers, **more)
    with acting(actor):
        made = actions.submit(actor, application, new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def open_step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def received_and_accepted(office: people.Ward, case: Case) -> Actor:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    registrar = people.officer(office.committee, "civil_status_officer")
    with acting(registrar):
        actions.complete_task(registrar, open_step(case, "appraise").uuid, "accept")
    work()
    return registrar


def test_a_marriage_in_another_province_is_verified_there(office: people.Ward) -> None:
    case = submitted(people.citizen("mai"), birth_answers("NGUYỄN GIA BẢO"))
    registrar = received_and_accepted(office, case)
    step = open_step(case, "verify")
    assert step.agency_id not in (None, office.committee.pk)
    assert step.agency is not None
    assert step.agency.code.startswith("H05.")
    with acting(SYSTEM):
        there = people.officer(step.agency, "civil_status_officer")
    with acting(there):
        assert queries.case_for_officer(there, case.uuid).number == case.number
        actions.complete_task(there, step.uuid, "confirmed")
    work()
    with acting(registrar):
        actions.complete_task(registrar, open_step(case, "appraise").uuid, "accept")
    work()
    assert open_step(case, "sign").role == "chair"


def test_silence_of_the_other_commune_is_noted_and_the_case_goes_on(
    office: people.Ward, friday: Move
) -> None:
    case = submitted(people.citizen("mai"), birth_answers("NGUYỄN GIA BẢO"))
    received_and_accepted(office, case)
    waiting = open_step(case, "verify")
    friday(people.FRIDAY_MORNING + dt.timedelta(days=7))
    from motcua.core.cases.jobs import fire_timers

    with acting(SYSTEM):
        fire_timers(str(case.uuid))
        waiting.refresh_from_db()
        assert waiting.state == "withdrawn"
        fire_timers(str(case.uuid))
    work()
    assert open_step(case, "appraise").agency_id == office.committee.pk


@pytest.mark.parametrize(("mode", "state"), [("duplicate", "suspected_duplicate"), ("refuse", "refused")])
def test_a_doubted_number_is_an_officers_work(office: people.Ward, born: Case, mode: str, state: str) -> None:
    sandbox.behave(mode)
    received_and_accepted(office, born)
    step = open_step(born, "decide")
    assert (step.role, step.agency_id) == ("civil_status_officer", office.committee.pk)
    with acting(SYSTEM):
        assert Case.objects.get(pk=born.pk).data["facts"]["number"]["state"] == state


def test_a_silent_register_costs_questions_and_is_asked_again_later(
    office: people.Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    mother = people.citizen("lan_anh")

    def silent(reader: prefill.RegisterReader, arguments: list[object]) -> None:
        raise Unavailable("Cơ sở dữ liệu hộ tịch không trả lời.", "The register does not answer.")

    monkeypatch.setitem(prefill.SOURCES, "health.birth_notice", silent)
    with acting(mother):
        draft = actions.start_draft(mother, "khai-sinh")
        assert draft.down == ["health.birth_notice"]
        assert "child.sex" not in draft.found
        draft.answers = {
            "child": {
                "name": "TRẦN NGỌC MINH CHÂU", "sex": "Nam", "born": "2026-11-14", "birth_place": "Bệnh viện A",
            },
            "copies": 0,
        }  # fmt: skip
        draft.files = {"birth_notice": [str(new_uuid())]}
        draft.save()
        made = actions.submit_draft(mother, draft.uuid)
    monkeypatch.undo()
    from motcua.core.cases.jobs import verify_later

    with acting(SYSTEM):
        case = Case.objects.get(uuid=made.case_uuid)
        assert case.data["unverified"] == ["health.birth_notice"]
        verify_later(str(case.uuid))
        case.refresh_from_db()
    assert case.data["unverified"] == []
    assert "child.sex" in case.data["different"]
    assert open_step(case, "compare").data["different"] == case.data["different"]


def test_the_other_commune_sees_nothing_before_it_is_asked(office: people.Ward) -> None:
    case = submitted(people.citizen("mai"), birth_answers("NGUYỄN GIA BẢO"))
    with acting(SYSTEM):
        unit = case.data["found"]["marriage.unit"]["value"]
        there = people.officer(people.ward(unit).committee, "civil_status_officer")
    with acting(there), pytest.raises(NotFound):
        queries.case_for_officer(there, case.uuid)
