"""Decisions in their gears, money that moves the process, numbers that come late, workers that die."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import pytest

from motcua.core import jobs
from motcua.core.cases import actions, decisions, handlers, queries
from motcua.core.cases import jobs as case_jobs
from motcua.core.cases.handlers import registry
from motcua.core.cases.models import Case, Code, DecisionRun, Financial, ServiceRequest, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, pay, work
from motcua.core.documents.models import Document, VaultItem
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.registers import actions as registers
from motcua.core.registers.contrib import sandbox
from motcua.core.registers.models import NumberRequest, Record
from motcua.core.services import actions as services

Move = Callable[[dt.datetime], None]


def submitted(actor: Actor, slug: str, answers: dict[str, object]) -> Case:
    application = apply_for(actor, slug, answers)
    with acting(actor):
        made = actions.submit(actor, application, new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


def do(case: Case, verb: str, actor: Actor, outcome: str, reason: str = "") -> None:
    with acting(SYSTEM):
        task = Task.objects.get(case=case, state="open", verb=verb)
    with acting(actor):
        if verb == "sign":
            (signed,) = actions.sign_results(actor, [task.uuid])
            assert signed.fault is None
        else:
            actions.complete_task(actor, task.uuid, outcome, reason=reason)
    work()


def test_an_extract_is_paid_decided_signed_and_returned_on_a_sunday_night(
    office: people.Ward, friday: Move
) -> None:
    friday(people.FRIDAY_MORNING.replace(day=22, hour=22))
    duc = people.citizen("duc")
    case = submitted(duc, "trich-luc-ho-tich", {"whose": "mine", "copies": 2})
    assert again(case).business_status_id == Code.PAYMENT
    assert again(case).financial_state == Financial.DUE
    pay(case)
    work()
    case = again(case)
    assert (case.business_status_id, case.financial_state) == (Code.RETURNED, Financial.PAID)
    with acting(SYSTEM):
        run = DecisionRun.objects.get(case=case)
        assert (run.gear, run.adopted, run.outcome["value"]) == ("automatic", True, True)
        assert run.legal_basis
        assert decisions.replay(run)
        assert VaultItem.objects.filter(party_id=case.applicant_id, document__case_id=case.pk).count() == 1


def test_in_propose_gear_an_extract_is_signed_by_a_person(office: people.Ward) -> None:
    with acting(SYSTEM):
        services.set_gear(
            SYSTEM, "2.000635", "extract", "propose", valid_from=people.FRIDAY_MORNING.date(), legal_basis=""
        )
    case = submitted(people.citizen("duc"), "trich-luc-ho-tich", {"whose": "mine", "copies": 1})
    pay(case)
    work()
    with acting(SYSTEM):
        assert not Document.objects.filter(case_id=case.pk, kind="result", state="signed").exists()
    do(case, "decide", people.officer(office.committee, "civil_status_officer"), "found")
    do(case, "sign", people.officer(office.committee, "chair"), "signed")
    assert again(case).business_status_id == Code.RETURNED


def test_a_pack_that_would_sign_by_itself_in_another_gear_is_stopped(office: people.Ward) -> None:
    case = submitted(people.citizen("duc"), "trich-luc-ho-tich", {"whose": "mine", "copies": 1})
    pay(case)
    with acting(SYSTEM):
        run = DecisionRun.objects.get(case=case)
        run.gear = "propose"
        run.save()
    work()
    with acting(SYSTEM):
        request = ServiceRequest.objects.get(case=case, type="documents.automatic_sign")
        assert request.state == "waiting"
    jobs._tasks["cases.run_service"](request_uuid=str(request.uuid))
    do(case, "sign", people.officer(office.committee, "chair"), "signed")
    assert again(case).business_status_id == Code.RETURNED


def test_a_pension_is_proposed_adopted_signed_and_enrolled(office: people.Ward) -> None:
    case = submitted(
        people.citizen("suu"), "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True}
    )
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    do(case, "decide", people.officer(office.committee, "social_officer"), "adopt")
    do(case, "sign", people.officer(office.committee, "chair"), "signed")
    case = again(case)
    assert case.business_status_id == Code.RETURNED
    with acting(SYSTEM):
        (run,) = DecisionRun.objects.filter(case=case)
        assert (run.gear, run.proposed, run.adopted) == ("propose", True, True)
        number = people.known("suu")["number"]
        record = Record.objects.get(
            register_id="social_protection", key=number, superseded_at=None, valid_until=None
        )
        assert record.facts["social_pension"]["amount"] == 500_000


def test_a_person_refused_is_told_the_rule_and_how_to_object(office: people.Ward) -> None:
    case = submitted(
        people.citizen("teo"), "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True}
    )
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    do(case, "decide", people.officer(office.committee, "social_officer"), "adopt")
    with acting(SYSTEM):
        (run,) = DecisionRun.objects.filter(case=case)
    assert run.outcome["value"] is False
    assert run.outcome["rule"]
    assert run.outcome["reason_vi"]


def test_departing_from_a_proposal_needs_a_reason_and_is_kept(office: people.Ward) -> None:
    case = submitted(
        people.citizen("teo"), "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True}
    )
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    officer = people.officer(office.committee, "social_officer")
    with pytest.raises(Exception, match="reason"):
        do(case, "decide", officer, "depart")
    do(case, "decide", officer, "depart", "Lương hưu đã dừng từ tháng 10")
    with acting(SYSTEM):
        assert DecisionRun.objects.get(case=case).adopted is False


def birth_until_signed(office: people.Ward, case: Case) -> None:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    do(case, "appraise", people.officer(office.committee, "civil_status_officer"), "accept")
    do(case, "sign", people.officer(office.committee, "chair"), "signed")


def test_a_late_number_reissues_the_certificate_and_replaces_the_first(
    office: people.Ward, born: Case
) -> None:
    sandbox.behave("never")
    birth_until_signed(office, born)
    assert again(born).business_status_id == Code.RETURNED
    with acting(SYSTEM):
        request = NumberRequest.objects.get(case_id=born.pk)
        assert request.state == "requested"
        registers.settle_number_request(SYSTEM, request.pk, "issued", "019226000017")
    work()
    chair = people.officer(office.committee, "chair")
    with acting(chair):
        (row,) = [row for row in queries.work_list(chair, office.committee.pk) if row.verb == "sign_again"]
        actions.sign_results(chair, [row.task_uuid])
    work()
    with acting(SYSTEM):
        first, second = Document.objects.filter(case_id=born.pk, kind="result").order_by("id")
    assert (first.state, second.state) == ("replaced", "issued")
    assert first.replaced_by_id == second.pk


def test_a_worker_killed_between_steps_repeats_them_harmlessly(office: people.Ward, born: Case) -> None:
    birth_until_signed(office, born)
    with acting(SYSTEM):
        before = list(ServiceRequest.objects.filter(case=born).values_list("uuid", "state").order_by("id"))
        documents = Document.objects.filter(case_id=born.pk).count()
    for request_uuid, _ in before:
        jobs._tasks["cases.run_service"](request_uuid=str(request_uuid))
    for slip in ("receipt",):
        jobs._tasks["cases.write_slip"](case_uuid=str(born.uuid), slip=slip)
    with acting(SYSTEM):
        assert (
            list(ServiceRequest.objects.filter(case=born).values_list("uuid", "state").order_by("id"))
            == before
        )
        assert Document.objects.filter(case_id=born.pk).count() == documents


def test_what_the_state_cannot_do_becomes_somebodys_work(
    office: people.Ward, born: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = handlers.handler_for("civil_status.open_entry")

    def broken(work: registry.Work) -> Mapping[str, object]:
        raise RuntimeError("sổ đang khóa")

    registry._handlers["civil_status.open_entry"] = registry.Handler(real.type, broken, real.inline)
    try:
        clerk = people.officer(office.desk, "one_stop")
        with acting(clerk):
            actions.receive(clerk, born.uuid)
        work()
        registrar = people.officer(office.committee, "civil_status_officer")
        do(born, "appraise", registrar, "accept")
        with acting(SYSTEM):
            request = ServiceRequest.objects.get(case=born, type="civil_status.open_entry")
        for _ in range(case_jobs.ATTEMPTS):
            jobs._tasks["cases.run_service"](request_uuid=str(request.uuid))
    finally:
        registry._handlers["civil_status.open_entry"] = real
    with acting(registrar):
        (row,) = [row for row in queries.work_list(registrar, office.committee.pk) if row.verb == "incident"]
        incident = next(
            task
            for task in queries.case_for_officer(registrar, born.uuid).open_tasks
            if task.verb == "incident"
        )
        assert "sổ đang khóa" in incident.data["message"]
        actions.complete_task(registrar, row.task_uuid, "retry")
    work()
    with acting(SYSTEM):
        assert Task.objects.filter(case=born, state="open", verb="sign").exists()


def test_the_indicators_count_what_happened(office: people.Ward, born: Case) -> None:
    birth_until_signed(office, born)
    mother = people.citizen("lan_anh")
    with acting(mother):
        actions.rate(mother, born.uuid, 5, "Nhanh")
    from motcua.core.cases.counting import count_days
    from motcua.core.cases.models import IndicatorDay

    day = people.FRIDAY_MORNING.date()
    with acting(SYSTEM):
        count_days(day, day)
        count_days(day, day)
        row = IndicatorDay.objects.get(day=day, agency=office.committee)
    assert (row.received, row.online, row.finished, row.on_time, row.late, row.stars) == (1, 1, 1, 1, 0, 5)
    assert row.found > row.asked
