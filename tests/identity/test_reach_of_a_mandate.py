"""How far a mandate reaches and how long: asked of the database itself, row security and all."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.cases import actions as cases
from motcua.core.cases import prefill, queries
from motcua.core.cases.actions.submit import party_facts
from motcua.core.cases.intake import Application
from motcua.core.cases.models import Case, CaseReference, Draft
from motcua.core.documents.models import Document, VaultItem
from motcua.core.errors import NotFound
from motcua.core.identity import mandates
from motcua.core.identity.models import Mandate
from motcua.core.identity.testing import sign_in
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.services import queries as services
from tests.identity.conftest import actor_of, given, party
from tests.people import number

pytestmark = pytest.mark.django_db
BIRTH, EXTRACT = "1.001193", "2.000635"


def extract_for(actor: Actor) -> Case:
    """An application for an extract, by the actor for whom they act for."""
    pack = services.current(EXTRACT, clock.today())
    assert pack.version_id is not None
    assert actor.party_id is not None
    assert actor.principal is not None
    answers = {"whose": "mine", "copies": 1}
    with acting(actor):
        facts = party_facts(actor.principal).as_facts()
        looked = prefill.find(actor, pack, answers=answers, applicant=facts)
        made = cases.submit(
            actor,
            Application(
                service_version_id=pack.version_id, answers=answers, found=looked.found,
                submitter_party_id=actor.party_id, applicant_party_id=actor.principal,
            ),
            new_uuid(),
        )  # fmt: skip
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


def seen_by(actor: Actor) -> set[int]:
    """The cases that the database lets the actor read, whatever Python would say."""
    with acting(actor):
        return set(Case.objects.values_list("pk", flat=True))


@pytest.fixture
def mandate() -> Mandate:
    return given("lan_anh", "huong")


@pytest.fixture
def handed_in(mandate: Mandate) -> Case:
    """Hương has asked for an extract on behalf of Lan Anh."""
    return extract_for(actor_of("huong", mandate))


def test_every_event_of_a_case_says_who_acted_for_whom_by_which_mandate(
    mandate: Mandate, handed_in: Case
) -> None:
    actor = actor_of("huong", mandate)
    with acting(actor):
        cases.withdraw(actor, handed_in.uuid, "Không cần nữa")
    with acting(SYSTEM):
        events = Event.objects.filter(case_id=handed_in.pk, account_id=actor.account_id)
        kinds = {event.kind for event in events}
        said = {(event.party_id, event.principal_id, event.mandate_id) for event in events}
    assert {"case.submitted", "case.withdrawn"} <= kinds
    assert said == {(party("huong").pk, party("lan_anh").pk, mandate.pk)}


def test_the_representative_sees_the_case_while_the_mandate_stands_and_the_principal_always(
    mandate: Mandate, handed_in: Case
) -> None:
    alone, acting_for, principal = actor_of("huong"), actor_of("huong", mandate), actor_of("lan_anh")
    assert all(handed_in.pk in seen_by(one) for one in (alone, acting_for, principal))
    with acting(SYSTEM):
        mandates.revoke(principal, mandate)
    assert handed_in.pk not in seen_by(alone)
    assert handed_in.pk in seen_by(principal)
    with acting(alone), pytest.raises(NotFound):
        queries.case_for(alone, handed_in.uuid)
    with acting(alone):
        assert not CaseReference.objects.filter(case=handed_in).exists()


def test_a_mandate_that_lapsed_by_its_day_shows_nothing_more(
    mandate: Mandate, handed_in: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(SYSTEM):
        Mandate.objects.filter(pk=mandate.pk).update(valid_until=clock.today())
    alone = actor_of("huong")
    assert handed_in.pk in seen_by(alone)
    tomorrow = clock.today() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "today", lambda: tomorrow)
    assert handed_in.pk not in seen_by(alone)


def test_a_former_representative_keeps_the_receipt_and_nothing_else(
    mandate: Mandate, handed_in: Case
) -> None:
    with acting(SYSTEM):
        mandates.revoke(actor_of("lan_anh"), mandate)
        sign_in(client := Client(), number("huong"))
    page = client.get("/lam-thay/").content.decode()
    assert handed_in.number in page
    assert client.get(f"/ho-so/{handed_in.uuid}/").status_code == 404
    assert handed_in.number not in client.get("/ho-so/").content.decode()
    alone = actor_of("huong")
    with acting(alone):
        assert [one.number for one in queries.handed_in_for_others(alone)] == [handed_in.number]


def test_a_former_representative_is_told_nothing_more(mandate: Mandate, handed_in: Case) -> None:
    principal = actor_of("lan_anh")
    with acting(SYSTEM):
        mandates.revoke(principal, mandate)
        before = Message.objects.filter(party_id=party("huong").pk, case_id=handed_in.pk).count()
    with acting(principal):
        cases.withdraw(principal, handed_in.uuid, "Không cần nữa")
    jobs.run_all()
    with acting(SYSTEM):
        assert Message.objects.filter(party_id=party("huong").pk, case_id=handed_in.pk).count() == before
        assert Message.objects.filter(party_id=party("lan_anh").pk, case_id=handed_in.pk).exists()


def test_the_database_too_keeps_a_mandate_to_the_services_it_names(handed_in: Case) -> None:
    own = extract_for(actor_of("lan_anh"))
    for codes, sees in (([EXTRACT], True), ([BIRTH], False)):
        limited = actor_of("huong", given("lan_anh", "huong", services=codes))
        assert limited.services == frozenset(codes)
        assert (own.pk in seen_by(limited)) is sees
        with acting(limited):
            assert CaseReference.objects.filter(case=own).exists() is sees


def test_drafts_results_and_vault_of_other_services_are_closed_to_a_limited_mandate() -> None:
    principal, whose = actor_of("lan_anh"), party("lan_anh").pk
    with acting(principal):
        cases.start_draft(principal, EXTRACT)
    with acting(SYSTEM):
        held = VaultItem.objects.filter(party_id=whose).count()
        owned = Document.objects.filter(owner_party_id=whose).count()
    for codes, sees in (([EXTRACT], True), ([BIRTH], False)):
        limited = actor_of("huong", given("lan_anh", "huong", services=codes))
        with acting(limited):
            assert Draft.objects.filter(party_id=whose).exists() is sees
    whole = actor_of("huong", given("lan_anh", "huong"))
    with acting(whole):
        assert VaultItem.objects.filter(party_id=whose).count() == held
        assert Document.objects.filter(owner_party_id=whose).count() == owned


def test_the_scope_does_not_outlive_the_act(mandate: Mandate) -> None:
    limited = actor_of("huong", given("lan_anh", "huong", services=[BIRTH]))
    own = extract_for(actor_of("huong"))
    with acting(SYSTEM):
        with acting(limited):
            pass
        assert Case.objects.filter(pk=own.pk).exists()
    assert own.pk in seen_by(actor_of("huong"))


def test_a_request_brings_the_scope_of_its_session_to_the_database(handed_in: Case) -> None:
    limited = given("lan_anh", "huong", services=[BIRTH])
    client = Client()
    with acting(SYSTEM):
        sign_in(client, number("huong"), mandate=limited)
    assert client.get(f"/ho-so/{handed_in.uuid}/").status_code == 404
    assert handed_in.number not in client.get("/ho-so/").content.decode()
