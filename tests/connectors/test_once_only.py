"""A birth where the population register is another installation's: prefilled; with it down, asked and verified."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from motcua.core import clock, jobs
from motcua.core.cases.actions import submit
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers, bring_services
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Read
from motcua.core.ledger.scope import acting
from motcua.core.outbound import client
from motcua.core.registers.models import Record
from motcua.systems.sandboxes import moods
from tests.connectors.conftest import POPULATION, Connect

pytestmark = pytest.mark.django_db
DUC, LAN_ANH = "019093005678", "019195001234"
TYPED: dict[str, Any] = {
    "child": {"name": "TRẦN NGỌC MINH CHÂU", "home_place": "Thái Nguyên", "ethnicity": "Kinh"},
    "copies": 0,
    "relation": "mother",
    "mother": {
        "number": LAN_ANH,
        "name": "NGUYỄN THỊ LAN ANH",
        "born": "1995-03-08",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "residence_text": "Số 12, đường Hoàng Văn Thụ",
    },
    "father": {
        "number": DUC,
        "name": "TRẦN MINH ĐỨC",
        "born": "1993-11-20",
        "ethnicity": "Kinh",
        "nationality": "Việt Nam",
        "residence_text": "Số 12, đường Hoàng Văn Thụ",
    },
}


@pytest.fixture(autouse=True)
def moment(connections: Connect, monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    from motcua.core.cases import reference, statuses
    from motcua.core.services import queries as services

    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    reference.forget()
    services.forget()
    statuses.by_code.cache_clear()
    bring_services()
    connections(POPULATION)
    return moment


def nobody_is_registered_here() -> None:
    """What is found can then only have come from outside. The sandbox server reads what was committed before."""
    with acting(SYSTEM):
        Record.objects.filter(register_id="population").update(superseded_at=clock.now())


def applied(answers: dict[str, Any], **more: Any) -> Case:
    mother = people.citizen("lan_anh")
    application = apply_for(mother, "khai-sinh", answers, **more)
    with acting(mother):
        made = submit(mother, application, new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)


def test_a_birth_is_prefilled_from_the_other_installation() -> None:
    nobody_is_registered_here()
    case = applied(birth_answers())
    found = case.data["found"]
    assert found["mother.name"]["value"] == "NGUYỄN THỊ LAN ANH"
    assert found["father.name"]["value"] == "TRẦN MINH ĐỨC"
    assert found["father.name"]["register"] == "population"
    assert not case.data.get("unverified")
    with acting(SYSTEM):
        looks = Read.objects.filter(register="population")
        assert looks.count() >= 2
        purposes = [look.purpose for look in looks]
        assert purposes.count("Đăng ký khai sinh (1.001193)") == 2, "the mother, who applies, and the father"


def test_with_the_register_down_the_form_asks_and_the_register_is_compared_later() -> None:
    nobody_is_registered_here()
    moods.behave("population", "down")
    case = applied(TYPED, unverified=("population.person",))
    assert "mother.name" not in case.data["found"]
    assert case.data["unverified"] == ["population.person"]

    jobs.run_all()
    assert again(case).data["unverified"] == ["population.person"], (
        "still down: not verified, and asked again"
    )

    moods.behave("population", "")
    client.forget()
    make_due()
    jobs.run_all()
    verified = again(case)
    assert verified.data["unverified"] == []
    assert verified.data["verified"]["mother.name"]["value"] == "NGUYỄN THỊ LAN ANH"


def test_a_difference_becomes_an_officers_work() -> None:
    nobody_is_registered_here()
    moods.behave("population", "down")
    wrong = {**TYPED, "father": {**TYPED["father"], "name": "TRẦN MINH DŨNG"}}
    case = applied(wrong, unverified=("population.person",))
    moods.behave("population", "")
    client.forget()
    make_due()
    jobs.run_all()
    assert "father.name" in again(case).data["different"]
    with acting(SYSTEM):
        assert Task.objects.filter(case=case, verb="compare", state="open").exists()


def make_due() -> None:
    """Let the pauses between attempts pass."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set scheduled_at = now() where status = 'todo' and scheduled_at > now()"
        )


def test_what_was_found_stands_with_the_moment_at_which_it_was_said(
    moment: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(birth_answers())
    monkeypatch.setattr(clock, "now", lambda: moment + dt.timedelta(minutes=30))
    moods.behave("population", "down")
    used_again = applied(birth_answers("TRẦN NGỌC MINH ANH")).data["found"]["mother.name"]["at"]
    assert dt.datetime.fromisoformat(str(used_again)) == moment
