"""Signing several results at once: each line stands for itself."""

from __future__ import annotations

from motcua.core.cases import actions
from motcua.core.cases.models import Case, Code, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers, work
from motcua.core.documents.models import Document
from motcua.core.errors import NotAllowed
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting


def births_to_sign(office: people.Ward, names: list[str]) -> list[Case]:
    """Births that are received and accepted: their certificates wait for the chair."""
    mother = people.citizen("lan_anh")
    clerk = people.officer(office.desk, "one_stop")
    registrar = people.officer(office.committee, "civil_status_officer")
    cases = []
    for name in names:
        with acting(mother):
            made = actions.submit(mother, apply_for(mother, "khai-sinh", birth_answers(name)), new_uuid())
        with acting(clerk):
            actions.receive(clerk, made.case_uuid)
        work()
        with acting(SYSTEM):
            case = Case.objects.get(uuid=made.case_uuid)
        with acting(registrar):
            actions.complete_task(registrar, step(case, "appraise").uuid, "accept")
        work()
        cases.append(case)
    return cases


def step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def sign(actor: Actor, cases: list[Case]) -> dict[str, actions.Signed]:
    with acting(actor):
        signed = actions.sign_results(actor, [step(case, "sign").uuid for case in cases])
    work()
    return {one.case_number: one for one in signed}


def test_a_broken_template_keeps_back_its_own_document_only(office: people.Ward) -> None:
    good, broken, last = births_to_sign(office, ["TRẦN AN", "TRẦN BÌNH", "TRẦN CHI"])
    with acting(SYSTEM):
        Document.objects.filter(case_id=broken.pk, kind="result").update(template="#panic(")
    done = sign(people.officer(office.committee, "chair"), [good, broken, last])
    assert [done[case.number].fault is None for case in (good, broken, last)] == [True, False, True]
    fault = done[broken.number].fault
    assert fault is not None
    assert "template" in fault.text("en")
    with acting(SYSTEM):
        assert Case.objects.get(pk=good.pk).business_status_id == Code.RETURNED
        assert Case.objects.get(pk=last.pk).business_status_id == Code.RETURNED
        assert Document.objects.get(case_id=broken.pk, kind="result").state == "draft"
    assert step(broken, "sign").state == "open"


def test_what_is_somebody_elses_to_sign_is_said_line_by_line(office: people.Ward) -> None:
    first, taken = births_to_sign(office, ["TRẦN AN", "TRẦN BÌNH"])
    chair = people.officer(office.committee, "chair")
    with acting(SYSTEM):
        other = people.officer(office.committee, "civil_status_officer")
        Task.objects.filter(case=taken, verb="sign").update(assignee_officer=other.officer_id)
    done = sign(chair, [first, taken])
    assert done[first.number].fault is None
    assert isinstance(done[taken.number].fault, NotAllowed)
