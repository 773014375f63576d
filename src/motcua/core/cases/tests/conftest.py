"""A ward at work: its people, the three packs that ship in force, and a clock that stands still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motcua.core import clock, jobs
from motcua.core.cases import reference, statuses
from motcua.core.cases.actions import submit
from motcua.core.cases.intake import Application
from motcua.core.cases.models import Case
from motcua.core.cases.tests import people
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.payments import actions as payments
from motcua.core.payments import queries as payment_queries
from motcua.core.registers.contrib import sandbox
from motcua.core.services import queries as service_queries

SERVICES = Path(__file__).parents[5] / "services"


def bring_services() -> None:
    from motcua.core.services import actions as services

    with acting(SYSTEM):
        for folder in ("khai-sinh", "trich-luc-ho-tich", "tro-cap-huu-tri-xa-hoi"):
            services.publish(SYSTEM, services.import_pack(SYSTEM, SERVICES / folder))


@pytest.fixture
def office(db: None) -> Iterator[people.Ward]:
    """The ward, with the services in force; nobody acts yet."""
    reference.forget()
    service_queries.forget()
    statuses.by_code.cache_clear()
    sandbox.forget()
    bring_services()
    yield people.ward()
    sandbox.forget()


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """It is Friday morning; call with another moment to move on."""

    class Now:
        moment = people.FRIDAY_MORNING

    def move(moment: dt.datetime) -> None:
        Now.moment = moment

    monkeypatch.setattr(clock, "now", lambda: Now.moment)
    return move


def birth_answers(name: str = "TRẦN NGỌC MINH CHÂU") -> dict[str, object]:
    return {"child": {"name": name}, "copies": 0}


def apply_for(actor: Actor, slug: str, answers: dict[str, object], **more: object) -> Application:
    """An application of the actor for themself, with everything registers know already found."""
    from motcua.core.cases import prefill
    from motcua.core.cases.actions.submit import party_facts

    pack = service_queries.current(slug, clock.today())
    assert actor.party_id is not None
    with acting(actor):
        looked = prefill.find(actor, pack, answers=answers, applicant=party_facts(actor.party_id).as_facts())
    assert pack.version_id is not None
    return Application(
        service_version_id=pack.version_id,
        answers=answers,
        found=looked.found,
        submitter_party_id=actor.party_id,
        applicant_party_id=actor.party_id,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def born(office: people.Ward) -> Case:
    """A birth, applied for on Friday morning by the mother."""
    mother = people.citizen("lan_anh")
    application = apply_for(mother, "khai-sinh", birth_answers())
    with acting(mother):
        made = submit(mother, application, new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def work() -> None:
    """Let the worker do what is due."""
    jobs.run_all()


def pay(case: Case) -> None:
    """Pay what is owed, as the sandbox bank would tell it."""
    with acting(SYSTEM):
        balance = payment_queries.balance(str(case.uuid))
        assert balance.due > 0
    cashier = Actor(ActorKind.OFFICER, "Thu ngân", officer_id=1, groups=frozenset({"cashier"}))
    with acting(cashier):
        payments.pay_at_counter(cashier, str(case.uuid))
