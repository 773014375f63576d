"""However often the last button is pressed, and by whichever door, one application makes one case."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection

from motcua.core.cases import actions, queries
from motcua.core.cases.intake import Application, Incomplete, NewVersion, Submitted
from motcua.core.cases.models import Case, Draft, NumberCounter
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import apply_for, birth_answers, bring_services
from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting


def cases() -> list[Case]:
    with acting(SYSTEM):
        return list(Case.objects.order_by("id"))


def test_a_double_click_makes_one_case_and_takes_one_number(office: people.Ward) -> None:
    mother, key = people.citizen("lan_anh"), new_uuid()
    application = apply_for(mother, "khai-sinh", birth_answers())
    with acting(mother):
        first = actions.submit(mother, application, key)
        second = actions.submit(mother, application, key)
    assert (second.case_uuid, second.number) == (first.case_uuid, first.number)
    assert (first.repeated, second.repeated) == (False, True)
    assert [case.number for case in cases()] == [first.number]
    assert NumberCounter.objects.get(scope=office.desk.code).last == 1


def test_another_key_is_another_case_with_the_next_number(office: people.Ward) -> None:
    mother = people.citizen("lan_anh")
    application = apply_for(mother, "khai-sinh", birth_answers())
    with acting(mother):
        numbers = [actions.submit(mother, application, new_uuid()).number for _ in range(2)]
    assert [number[-5:] for number in numbers] == ["-0001", "-0002"]


def test_the_serial_grows_past_9999(office: people.Ward) -> None:
    mother = people.citizen("lan_anh")
    with acting(SYSTEM):
        NumberCounter.objects.create(scope=office.desk.code, day=people.FRIDAY_MORNING.date(), last=9999)
    with acting(mother):
        made = actions.submit(mother, apply_for(mother, "khai-sinh", birth_answers()), new_uuid())
    assert made.number == f"{office.desk.code}-261120-10000"


def test_both_parents_registered_means_few_questions_and_no_paper(born: Case) -> None:
    assert born.asked <= 5
    assert born.found >= 20


def test_what_is_missing_is_named_at_its_field(office: people.Ward) -> None:
    mother = people.citizen("lan_anh")
    application = apply_for(mother, "khai-sinh", {"child": {"name": "  "}, "copies": 0})
    with acting(mother), pytest.raises(Incomplete) as refused:
        actions.submit(mother, application, new_uuid())
    assert [mistake.path for mistake in refused.value.mistakes] == ["child.name"]
    assert cases() == []


def test_nobody_submits_for_a_stranger(office: people.Ward) -> None:
    mother, stranger = people.citizen("lan_anh"), people.citizen("huong")
    application = apply_for(mother, "khai-sinh", birth_answers())
    with acting(stranger), pytest.raises(NotAllowed):
        actions.submit(stranger, application, new_uuid())


def test_a_case_of_another_person_is_not_there(born: Case) -> None:
    stranger = people.citizen("huong")
    with acting(stranger):
        with pytest.raises(NotFound):
            queries.case_for(stranger, born.uuid)
        assert Case.objects.count() == 0
        assert queries.my_cases(stranger) == []
        assert queries.search_cases(stranger, "nguyen thi lan anh") == []


def test_another_ward_does_not_see_it_either(office: people.Ward, born: Case) -> None:
    other = people.officer(people.ward("05455").committee, "civil_status_officer")
    with acting(other), pytest.raises(NotFound):
        queries.case_for_officer(other, born.uuid)
    own = people.officer(office.committee, "civil_status_officer")
    with acting(own):
        assert queries.case_for_officer(own, born.uuid).number == born.number


def test_the_three_doors_make_the_same_case_but_for_channel_and_roles(office: people.Ward) -> None:
    mother = people.citizen("lan_anh")
    online = apply_for(mother, "khai-sinh", birth_answers())
    clerk = people.officer(office.desk, "one_stop")
    partner = Actor(ActorKind.PARTNER, "Cổng Dịch vụ công quốc gia")
    doors: list[tuple[Actor, Application]] = [
        (mother, online),
        (clerk, replace(online, channel="counter", assisting_officer_id=clerk.officer_id)),
        (partner, replace(online, channel="api", external_ids={"dvcqg": "000.00.00.G22-261120-0007"})),
    ]
    for actor, application in doors:
        with acting(actor):
            actions.submit(actor, application, new_uuid())
    same = [
        (case.service_code, case.applicant_id, case.due_at, case.business_status_id, case.data["answers"],
         case.handling_agency_id, [task.element_id for task in case.tasks.all()])
        for case in cases()
    ]  # fmt: skip
    assert len(same) == 3
    assert same[0] == same[1] == same[2]
    assert [(case.channel, case.assisted, case.sync_state) for case in cases()] == [
        ("portal", False, "none"),
        ("counter", True, "none"),
        ("api", False, "pending"),
    ]


def begin(actor: Actor) -> Draft:
    """A draft of a birth, ready to be submitted."""
    draft = actions.start_draft(actor, "khai-sinh")
    draft.answers = birth_answers()
    draft.save()
    return draft


def test_beginning_again_finds_the_draft(office: people.Ward) -> None:
    mother = people.citizen("lan_anh")
    with acting(mother):
        draft = begin(mother)
        assert actions.start_draft(mother, "khai-sinh").uuid == draft.uuid
        made = actions.submit_draft(mother, draft.uuid)
        assert actions.submit_draft(mother, draft.uuid).repeated
        assert actions.start_draft(mother, "khai-sinh").uuid != draft.uuid
        with pytest.raises(Conflict, match=made.number):
            actions.discard_draft(mother, draft.uuid)


def publish_another_version() -> None:
    from motcua.core.services import actions as services
    from motcua.core.services.models import ServiceVersion

    with acting(SYSTEM):
        old = ServiceVersion.objects.get(service__slug="khai-sinh", state="published")
        files = {**old.files, "result.typ": old.files["result.typ"] + "\n"}
        version = services.import_pack(SYSTEM, files)
        services.publish(SYSTEM, version, in_force_from=people.FRIDAY_MORNING.date())


def test_a_version_published_meanwhile_is_told_and_the_answers_stay(office: people.Ward) -> None:
    mother = people.citizen("lan_anh")
    with acting(mother):
        draft = begin(mother)
        before = draft.service_version_id
    publish_another_version()
    with acting(mother):
        with pytest.raises(NewVersion):
            actions.submit_draft(mother, draft.uuid)
        assert actions.start_draft(mother, "khai-sinh").service_version_id != before
        assert Draft.objects.get(pk=draft.pk).answers["child"]["name"] == "TRẦN NGỌC MINH CHÂU"
        made = actions.submit_draft(mother, draft.uuid)
    assert made.number


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_case(friday: Callable[..., None]) -> None:
    from motcua.core.cases import reference
    from motcua.core.services import queries as services

    reference.forget()
    services.forget()
    bring_services()
    mother = people.citizen("lan_anh")
    application, key = apply_for(mother, "khai-sinh", birth_answers()), new_uuid()
    answers: list[Submitted] = []
    faults: list[BaseException] = []
    together = threading.Barrier(4)

    def press() -> None:
        try:
            together.wait(20)
            with acting(mother):
                answers.append(actions.submit(mother, application, key))
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    tabs = [threading.Thread(target=press) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(60)
    assert faults == []
    assert len({answer.case_uuid for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False, True, True, True]
    assert len(cases()) == 1
    assert NumberCounter.objects.get(scope=people.ward().desk.code).last == 1
