"""One application through three doors: the cases differ by the door and by who stood in it, by nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.cases.models import Case, Draft, Task
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.payments.models import Obligation
from motcua.core.services import queries as services
from motcua.core.services.pack import finding
from motcua.systems.intake.contrib import national_portal
from tests.conftest import SignedIn
from tests.house import work
from tests.people import CLERK, number, person

FRIDAY_MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))
NAME = "Trần Ngọc Minh Châu"
BIRTH = "1.001193"


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three applications of one moment: their deadlines can be compared."""
    monkeypatch.setattr(clock, "now", lambda: FRIDAY_MORNING)


def by_the_portal(mother: Client) -> Case:
    begun = mother.post("/thu-tuc/khai-sinh/nop/")
    assert begun.status_code == 303, begun.content.decode()
    with acting(SYSTEM):
        draft = Draft.objects.latest("id")
    for page, answers in (("child", {"child.name": NAME}), ("copies", {"copies": "2"})):
        assert mother.post(f"/don/{draft.uuid}/trang/{page}/", answers).status_code == 303
    assert mother.post(f"/don/{draft.uuid}/xem-lai/").status_code == 303
    return newest("portal")


def by_the_counter(clerk: Client) -> Case:
    met = clerk.post("/mot-cua/quay/nguoi-nop/", {"number": number("lan_anh"), "evidence": "chip_read"})
    assert met.status_code == 303, met.content.decode()
    chosen = clerk.post(met["Location"], {"service": BIRTH})
    assert chosen.status_code == 303, chosen.content.decode()
    visit = chosen["Location"]
    for page, answers in (("child", {"child.name": NAME}), ("copies", {"copies": "2"})):
        kept = clerk.post(f"{visit}trang/{page}/", answers)
        assert kept.status_code == 303, kept.content.decode()
    handed_in = clerk.post(f"{visit}kiem-tra/")
    assert handed_in.status_code == 303, handed_in.content.decode()
    return newest("counter")


def by_another_portal(client: Client) -> Case:
    mother = person("lan_anh")
    with acting(SYSTEM):
        national_portal.register()
    body, headers = national_portal.signed(
        {
            "external_id": "G22-2026-1",
            "service": BIRTH,
            "applicant": {
                "name": mother["name"],
                "number": mother["number"],
                "born": str(mother["born"]),
                "level": 2,
            },
            "answers": {"child": {"name": NAME}, "copies": 2},
        }
    )
    answer = client.post(national_portal.PATH, body, headers.pop("Content-Type"), headers=headers)
    assert answer.status_code == 201, answer.content.decode()
    return newest("api")


def newest(channel: str) -> Case:
    with acting(SYSTEM):
        case = Case.objects.latest("id")
    assert case.channel == channel
    return case


def without_moments(told: Any) -> Any:
    """A structure without the instants at which registers were asked."""
    if isinstance(told, dict):
        return {
            name: without_moments(value) for name, value in told.items() if name not in ("at", "asked_at")
        }
    if isinstance(told, list):
        return [without_moments(one) for one in told]
    return told


def what_it_is(case: Case) -> dict[str, Any]:
    """Everything of a case that must not depend on the door it came by."""
    with acting(SYSTEM):
        case = Case.objects.get(pk=case.pk)
        tasks = Task.objects.filter(case=case).order_by("id")
        lines = Obligation.objects.filter(reference=str(case.uuid)).order_by("line")
        return {
            "service": (case.service_code, case.service_version_id, case.title),
            "people": (case.applicant_name, case.applicant_id, case.submitter_id),
            "agencies": (case.competent_agency_id, case.receiving_agency_id, case.handling_agency_id),
            "answers": case.data["answers"],
            "found": without_moments(case.data["found"]),
            "papers": case.data["papers"],
            "facts": without_moments({k: v for k, v in case.data["facts"].items() if k not in ("channel",)}),
            "measure": (case.asked, case.found),
            "limit": (case.limit_amount, case.limit_unit, case.due_at, case.promised_at),
            "status": (case.business_status_id, case.financial_state),
            "tasks": [
                (task.element_id, task.verb, task.role, task.state, task.agency_id, task.due_at)
                for task in tasks
            ],
            "fees": services.pack(case.service_version_id).fees(facts_of(case)),
            "owed": [
                (line.line, line.title, line.amount, line.source, line.state, line.account_id)
                for line in lines
            ],
        }


def facts_of(case: Case) -> dict[str, Any]:
    """What the fees are worked out from."""
    pack = services.pack(case.service_version_id)
    return pack.facts(
        case.data["answers"],
        finding.from_json(case.data["found"]),
        applicant={"number": number("lan_anh")},
        received=case.received_at,
    )


def test_three_doors_make_one_case(signed_in: SignedIn, client: Client) -> None:
    online, elsewhere = by_the_portal(signed_in(number("lan_anh"))), by_another_portal(client)
    assisted = by_the_counter(signed_in(CLERK))
    receive_as_the_counter_does(signed_in(CLERK), online, elsewhere)
    work()
    first, second, third = what_it_is(online), what_it_is(elsewhere), what_it_is(assisted)
    assert first == second
    assert first == third
    assert first["fees"], "the comparison of fees compares something"
    assert len(first["found"]) > 15


def receive_as_the_counter_does(clerk: Client, *cases: Case) -> None:
    """At the counter the papers were looked at while the person stood there; elsewhere the clerk does it now."""
    for case in cases:
        assert clerk.post(f"/mot-cua/ho-so/{case.uuid}/tiep-nhan/", {"reason": ""}).status_code == 303


def test_the_door_and_who_stood_in_it_are_written_down(signed_in: SignedIn, client: Client) -> None:
    online, elsewhere = by_the_portal(signed_in(number("lan_anh"))), by_another_portal(client)
    assisted = by_the_counter(signed_in(CLERK))
    assert [(one.channel, one.assisted) for one in (online, elsewhere, assisted)] == [
        ("portal", False),
        ("api", False),
        ("counter", True),
    ]
    assert assisted.assisting_officer_id is not None
    assert online.assisting_officer_id is elsewhere.assisting_officer_id is None
    assert len({one.number for one in (online, elsewhere, assisted)}) == 3
