"""A number that comes late and doubted: one way to settle it, from the case or from its work item."""

from __future__ import annotations

import pytest

from motcua.core.cases import actions
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import work
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.registers import actions as registers
from motcua.core.registers.contrib import sandbox
from motcua.core.registers.models import NumberRequest

NUMBER = "019226000017"


@pytest.fixture
def registrar(office: people.Ward) -> Actor:
    return people.officer(office.committee, "civil_status_officer")


@pytest.fixture
def doubted(office: people.Ward, born: Case, registrar: Actor) -> Task:
    """The certificate is out, then the population database suspects a duplicate: the registrar's work item."""
    sandbox.behave("never")
    clerk, chair = people.officer(office.desk, "one_stop"), people.officer(office.committee, "chair")
    with acting(clerk):
        actions.receive(clerk, born.uuid)
    work()
    with acting(registrar):
        actions.complete_task(registrar, open_step(born, "appraise").uuid, "accept")
    work()
    with acting(chair):
        actions.sign_results(chair, [open_step(born, "sign").uuid])
    work()
    with acting(SYSTEM):
        request = NumberRequest.objects.get(case_id=born.pk)
        registers.settle_number_request(SYSTEM, request.pk, "suspected_duplicate", reason="Trùng họ tên")
    return open_step(born, "number")


def open_step(case: Case, verb: str) -> Task:
    with acting(SYSTEM):
        return Task.objects.get(case=case, state="open", verb=verb)


def still_open(case: Case) -> list[str]:
    with acting(SYSTEM):
        return list(Task.objects.filter(case=case, state="open").values_list("verb", flat=True))


def test_the_work_item_settles_the_request_itself(born: Case, doubted: Task, registrar: Actor) -> None:
    with acting(registrar):
        with pytest.raises(UserError, match="12 chữ số"):
            actions.complete_task(registrar, doubted.uuid, "issued", {"number": "12"}, "Không trùng")
        actions.complete_task(registrar, doubted.uuid, "issued", {"number": NUMBER}, "Không trùng")
    work()
    with acting(SYSTEM):
        request = NumberRequest.objects.get(case_id=born.pk)
        doubted.refresh_from_db()
    assert (request.state, request.number) == ("issued", NUMBER)
    assert (doubted.state, doubted.outcome) == ("done", "issued")
    assert still_open(born) == ["sign_again"]


def test_a_number_refused_for_good_ends_the_work_and_tells_the_mother_why(
    born: Case, doubted: Task, registrar: Actor
) -> None:
    with acting(registrar):
        with pytest.raises(UserError, match="reason"):
            actions.settle_number(registrar, born.uuid, "refused")
        actions.settle_number(registrar, born.uuid, "refused", reason="Trẻ đã có số từ lần đăng ký trước")
    work()
    assert still_open(born) == []
    with acting(SYSTEM):
        told = Message.objects.get(case_id=born.pk, kind="number.closed")
    assert "Trẻ đã có số" in told.body


def test_only_the_registrar_of_the_agency_settles_and_only_what_was_asked(
    office: people.Ward, born: Case, registrar: Actor
) -> None:
    chair = people.officer(office.committee, "chair")
    with acting(chair), pytest.raises(NotAllowed):
        actions.settle_number(chair, born.uuid, "issued", NUMBER, "Không trùng")
    with acting(registrar), pytest.raises(Conflict):
        actions.settle_number(registrar, born.uuid, "issued", NUMBER, "Không trùng")
