"""What a reader sees: the timeline in its order, and the fact views with the rights of whoever asks."""

from __future__ import annotations

import pytest
from django.db import connection

from motcua.core.cases import actions, decisions, queries
from motcua.core.cases.models import Case, DecisionRun, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, work
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.queries import reads_of
from motcua.core.ledger.scope import acting
from motcua.core.services import actions as services


def submitted(actor: Actor, slug: str, answers: dict[str, object]) -> Case:
    application = apply_for(actor, slug, answers)
    with acting(actor):
        made = actions.submit(actor, application, new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


@pytest.fixture
def pension(office: people.Ward) -> Case:
    """A social pension, received at the desk; the rules have proposed something."""
    case = submitted(
        people.citizen("suu"), "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True}
    )
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    return case


def past(actor: Actor, case: Case) -> list[tuple[str, str]]:
    with acting(actor):
        items = queries.timeline(queries.case_for(actor, case.uuid))
    return [(item.text, item.who) for item in items if item.state == "done"]


def test_the_system_is_the_author_of_what_follows_an_officers_act(office: people.Ward, pension: Case) -> None:
    clerk = people.officer(office.desk, "one_stop")
    texts = past(people.citizen("suu"), pension)
    received = next(place for place, (text, _) in enumerate(texts) if "iếp nhận" in text)
    ruled = texts.index(("Quyết định theo quy tắc", SYSTEM.label))
    assert texts[0][0] == "Nộp hồ sơ"
    assert texts[received][1] == clerk.label
    assert received < ruled


def test_a_fee_of_nothing_is_not_announced(office: people.Ward, born: Case) -> None:
    with acting(SYSTEM):
        charged = Event.objects.filter(case_id=born.pk, kind="case.charged")
        assert all(event.data["total"] == 0 for event in charged)
    assert "Thông báo phí, lệ phí" not in dict(past(people.citizen("lan_anh"), born))
    extract = submitted(people.citizen("duc"), "trich-luc-ho-tich", {"whose": "mine", "copies": 2})
    assert ("Thông báo phí, lệ phí", SYSTEM.label) in past(people.citizen("duc"), extract)


def test_in_shadow_the_rules_are_kept_and_the_officer_decides_unseeing(office: people.Ward) -> None:
    with acting(SYSTEM):
        services.set_gear(
            SYSTEM,
            "1.014027",
            "eligibility",
            "shadow",
            valid_from=people.FRIDAY_MORNING.date(),
            legal_basis="",
        )
    case = submitted(
        people.citizen("suu"), "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True}
    )
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        actions.receive(clerk, case.uuid)
    work()
    with acting(SYSTEM):
        run = DecisionRun.objects.get(case=case)
        assert (run.gear, run.proposed, run.adopted) == ("shadow", None, None)
        assert run.outcome["value"] is True
        task = Task.objects.get(case=case, state="open")
        assert decisions.replay(run)
    officer = people.officer(office.committee, "social_officer")
    with acting(officer):
        seen = queries.case_for_officer(officer, case.uuid)
    assert seen.decisions == []
    decided = seen.facts["decision"]["eligibility"]
    assert (decided["value"], decided["reason_vi"], decided["automatic"]) == (None, None, False)
    assert task.agency_id == office.committee.pk


def test_a_replay_that_an_officer_asked_for_is_an_event(office: people.Ward, pension: Case) -> None:
    officer = people.officer(office.committee, "social_officer")
    with acting(officer):
        assert decisions.replay(DecisionRun.objects.get(case=pension), officer)
    with acting(SYSTEM):
        event = Event.objects.get(case_id=pension.pk, kind="decision.replayed")
    assert (event.actor_label, event.data["same"]) == (officer.label, True)


def facts_seen(actor: Actor) -> tuple[int, int]:
    with acting(actor), connection.cursor() as cursor:
        cursor.execute("select (select count(*) from fact_case), (select count(*) from fact_task)")
        cases, tasks = cursor.fetchone()
    return cases, tasks


def test_the_fact_views_show_each_reader_their_own(office: people.Ward, pension: Case) -> None:
    cases, tasks = facts_seen(people.citizen("suu"))
    assert (cases, tasks > 0) == (1, True)
    assert facts_seen(people.officer(office.committee, "social_officer")) == (1, tasks)
    assert facts_seen(people.officer(office.desk, "one_stop")) == (1, tasks)
    assert facts_seen(people.officer(people.ward("05455").committee, "social_officer")) == (0, 0)
    assert facts_seen(people.citizen("duc")) == (0, 0)


def test_an_officers_look_into_a_case_is_shown_to_its_people(office: people.Ward, born: Case) -> None:
    clerk = people.officer(office.desk, "one_stop")
    with acting(clerk):
        queries.case_for_officer(clerk, born.uuid)
    with acting(SYSTEM):
        queries.case_for_officer(SYSTEM, born.uuid)
        looks = [
            look for look in reads_of(people.known("lan_anh")["number"]) if look.register == queries.CASES
        ]
    assert [(look.who, look.agency_id, look.case_id) for look in looks] == [
        (clerk.label, office.desk.pk, born.pk)
    ]
