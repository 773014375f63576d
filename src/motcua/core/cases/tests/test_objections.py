"""What an objection changes: upheld, the decision falls and is made again; dismissed, it stands and says why."""

from __future__ import annotations

import pytest

from motcua.core.cases import actions, queries
from motcua.core.cases.models import Case, Code, Financial, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, work
from motcua.core.documents.models import Document
from motcua.core.errors import NotAllowed
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.payments import actions as payments
from motcua.core.payments import queries as owed


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


def step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def object_and_answer(office: people.Ward, person: Actor, case: Case, outcome: str, reason: str) -> Case:
    with acting(person):
        objection = actions.object_to(person, case.uuid, "Quyết định không đúng")
    chair = people.officer(office.committee, "chair")
    with acting(chair):
        actions.complete_task(chair, step(objection, "objection").uuid, outcome, reason=reason)
    work()
    return again(objection)


def made_anew(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(uuid=again(case).data["replaced_by"])


def told(case: Case, kind: str) -> str:
    with acting(SYSTEM):
        return str(Message.objects.get(case_id=case.pk, kind=kind).body)


@pytest.fixture
def refused(office: people.Ward, born: Case) -> Case:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.refuse_receipt(clerk, born.uuid, "Chưa đủ căn cứ")
    work()
    return born


def grant(office: people.Ward, case: Case) -> None:
    """Take a birth from its receipt to its certificate."""
    clerk, chair = people.officer(office.desk, "one_stop"), people.officer(office.committee, "chair")
    registrar = people.officer(office.committee, "civil_status_officer")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    with acting(registrar):
        actions.complete_task(registrar, step(case, "appraise").uuid, "accept")
    work()
    with acting(chair):
        (signed,) = actions.sign_results(chair, [step(case, "sign").uuid])
    assert signed.fault is None
    work()


def test_upheld_the_same_application_is_decided_again(office: people.Ward, refused: Case) -> None:
    mother = people.citizen("lan_anh")
    objection = object_and_answer(office, mother, refused, "upheld", "Hồ sơ đủ, tiếp nhận lại")
    anew = made_anew(refused)
    assert anew.number != refused.number
    assert anew.data["answers"] == refused.data["answers"]
    assert (anew.business_status_id, anew.service_version_id) == (Code.NEW, refused.service_version_id)
    assert anew.number in told(objection, "objection.upheld")
    grant(office, anew)
    assert again(anew).business_status_id == Code.RETURNED
    with acting(mother):
        texts = [item.text for item in queries.timeline(queries.case_for(mother, refused.uuid))]
        assert "Hủy quyết định, giải quyết lại bằng hồ sơ mới" in texts
        with pytest.raises(NotAllowed):
            actions.object_to(mother, refused.uuid, "Lần nữa")


def test_dismissed_the_decision_stands_and_the_reason_is_told(office: people.Ward, refused: Case) -> None:
    mother = people.citizen("lan_anh")
    objection = object_and_answer(office, mother, refused, "dismissed", "Trẻ đã được đăng ký ở xã khác.")
    assert objection.business_status_id == Code.RETURNED
    assert "Trẻ đã được đăng ký ở xã khác." in told(objection, "objection.dismissed")
    assert "replaced_by" not in again(refused).data
    with acting(SYSTEM):
        assert not Message.objects.filter(case_id=objection.pk, kind="case.returned").exists()


def test_a_certificate_objected_to_is_withdrawn_and_its_entry_kept(office: people.Ward, born: Case) -> None:
    grant(office, born)
    object_and_answer(office, people.citizen("lan_anh"), born, "upheld", "Giấy khai sinh ghi sai")
    with acting(SYSTEM):
        assert Document.objects.get(case_id=born.pk, kind="result").state == "withdrawn"
    anew = made_anew(born)
    grant(office, anew)
    first, second = (again(case).data["facts"] for case in (born, anew))
    assert second["entry"]["number"] == first["entry"]["number"]
    assert second["number"]["value"] == first["number"]["value"]
    with acting(SYSTEM):
        assert Document.objects.get(case_id=anew.pk, kind="result").state == "issued"


def test_what_was_paid_is_not_paid_twice(office: people.Ward) -> None:
    duc = people.citizen("duc")
    application = apply_for(duc, "trich-luc-ho-tich", {"whose": "mine", "copies": 2})
    with acting(duc):
        made = actions.submit(duc, application, new_uuid())
    with acting(SYSTEM):
        case = Case.objects.get(uuid=made.case_uuid)
        payments.waive(SYSTEM, owed.balance(str(case.uuid)).lines[0].pk, "thử")
    work()
    assert again(case).financial_state == Financial.PAID
    object_and_answer(office, duc, case, "upheld", "Trích lục thiếu nội dung")
    anew = made_anew(case)
    assert anew.business_status_id == Code.RETURNED
    with acting(SYSTEM):
        assert [line.state for line in owed.balance(str(anew.uuid)).lines] == ["waived"]
