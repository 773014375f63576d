"""From submission to returned result, as the people of a ward would go it."""

from __future__ import annotations

from motcua.core.cases import actions, queries
from motcua.core.cases.models import Case, Code, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import work
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


def step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def test_a_birth_becomes_an_entry_a_certificate_and_a_returned_case(office: people.Ward, born: Case) -> None:
    assert born.number == f"{office.desk.code}-261120-0001"
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, born.uuid)
    work()
    registrar = people.officer(office.committee, "civil_status_officer")
    with acting(registrar):
        actions.complete_task(registrar, step(born, "appraise").uuid, "accept")
    work()
    chair = people.officer(office.committee, "chair")
    with acting(chair):
        (signed,) = actions.sign_results(chair, [step(born, "sign").uuid])
    assert signed.fault is None
    work()
    case = again(born)
    assert case.business_status_id == Code.RETURNED
    assert case.data["facts"]["entry"]["state"] == "effective"
    with acting(people.citizen("lan_anh")) as mother:
        seen = queries.case_for(mother, born.uuid)
    assert seen.status.name == "Đã trả kết quả"
    assert [item.text for item in queries.timeline(seen)][:1] == ["Nộp hồ sơ"]
