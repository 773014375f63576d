"""GovStack Registration: another system hands in, follows and works applications, as far as it was granted that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.cli.govstack import govstack as command
from motcua.core import clock, jobs
from motcua.core.cases import actions, reference
from motcua.core.cases.models import Case, Task
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import birth_answers, bring_services, pay
from motcua.core.errors import UserError
from motcua.core.identity.models import Account
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.systems.govstack import callers

pytestmark = pytest.mark.django_db
CALLER = "eGovStack/GOV/90000009/eregistrations-dev"
STRANGER = "eGovStack/GOV/90000009/somebody"
EXTRACT = "2.000635"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def face(settings: Any) -> Iterator[None]:
    settings.ROOT_URLCONF = "motcua.systems.govstack.urls"
    reference.forget()
    services.forget()
    bring_services()
    with acting(SYSTEM):
        callers.grant(
            CALLER, services=[EXTRACT, "1.001193"], level=2, statistics=True, legal_basis="Thử nghiệm"
        )
    yield
    reference.forget()


def ask(
    client: Client, method: str, path: str, body: Any = None, caller: str = CALLER, **headers: str
) -> Any:
    return client.generic(
        method,
        path,
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers={"Information-Mediator-Client": caller, **headers},
    )


def wanted(**more: Any) -> dict[str, Any]:
    data = {"whose": "mine", "copies": 2}
    return {"applicantId": people.known("khanh")["number"], "formData": {"data": data}, **more}


@pytest.fixture
def handed_in(client: Client) -> dict[str, Any]:
    answer = ask(client, "POST", f"/services/{EXTRACT}/applications", wanted())
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def case_of(shown: dict[str, Any]) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(uuid=shown["fileId"])


def test_an_application_handed_in_becomes_a_case_of_that_person(handed_in: dict[str, Any]) -> None:
    case = case_of(handed_in)
    assert (case.channel, case.service_code, case.applicant_name) == (
        "api",
        EXTRACT,
        people.known("khanh")["name"],
    )
    assert handed_in["serviceId"] == EXTRACT
    assert handed_in["applicationData"]["applicantId"] == people.known("khanh")["number"]
    assert handed_in["status"]["code"] in {"PENDING", "APPROVED"}


def test_the_same_once_more_is_the_same_application(client: Client, handed_in: dict[str, Any]) -> None:
    again = ask(client, "POST", f"/services/{EXTRACT}/applications", wanted())
    assert again.json()["fileId"] == handed_in["fileId"]
    keyed = {"Idempotency-Key": "mine-1"}
    first = ask(client, "POST", f"/services/{EXTRACT}/applications", wanted(), **keyed)
    second = ask(client, "POST", f"/services/{EXTRACT}/applications", wanted(created="later"), **keyed)
    assert first.json()["fileId"] == second.json()["fileId"] != handed_in["fileId"]


def test_a_form_encoded_body_is_read_as_well(client: Client) -> None:
    said = wanted()
    body = urlencode({"applicantId": said["applicantId"], "formData": json.dumps(said["formData"])})
    answer = client.generic(
        "POST",
        f"/services/{EXTRACT}/applications",
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"Information-Mediator-Client": CALLER},
    )
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ({"applicantId": "sgh123h5-bdb2"}, 400, "applicantId"),
        ({}, 400, "applicantId"),
        ({"formData": {"data": {"whose": "mine", "copies": -5}}}, 400, "copies"),
        ({"formData": {"data": {}, "eFormId": "khai-sinh"}}, 400, "form"),
        ({"documentUrls": ["giay/11ed9397-11ed-9397-bdb2-aaa123456789"]}, 400, "no PAPER"),
        ({"documentUrls": "giay"}, 400, "list"),
    ],
)
def test_what_is_wrong_in_an_application_is_told(
    client: Client, said: dict[str, Any], status: int, told: str
) -> None:
    given = {**wanted(), **said} if said else {"formData": {"data": {}}}
    answer = ask(client, "POST", f"/services/{EXTRACT}/applications", given)
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.content
    with acting(SYSTEM):
        assert not Case.objects.filter(channel="api").exists()


def test_nobody_hands_in_what_they_were_not_granted(client: Client) -> None:
    path = "/services/n0t-ex1st1ng-serv1ce-1d/applications"
    assert ask(client, "POST", path, wanted()).status_code == 404
    assert ask(client, "POST", f"/services/{EXTRACT}/applications", wanted(), STRANGER).status_code == 403
    assert ask(client, "POST", "/services/1.011606/applications", wanted()).status_code in (403, 404)
    with acting(SYSTEM):
        callers.end(CALLER)
    assert ask(client, "POST", f"/services/{EXTRACT}/applications", wanted()).status_code == 403


def test_applications_are_followed_by_whoever_handed_them_in(
    client: Client, handed_in: dict[str, Any]
) -> None:
    one = ask(client, "GET", f"/applications/{handed_in['fileId']}").json()
    assert one["applicationData"]["formData"]["data"]["copies"] == 2
    listed = ask(
        client, "GET", f"/applications?serviceId={EXTRACT}&maxResult=5&sortBy=created&sortOrder=asc"
    ).json()
    assert [each["fileId"] for each in listed] == [handed_in["fileId"]]
    number = people.known("khanh")["number"]
    assert ask(client, "GET", f"/applications?applicantId={number}").json()
    for nothing in ("serviceId=n0t-ex1st1ng", "applicantId=n0t-ex1st1ng-%23-1d", "firstResult=1"):
        assert ask(client, "GET", f"/applications?{nothing}").json() == []
    assert ask(client, "GET", "/applications?sortBy=salary").status_code == 400
    with acting(SYSTEM):
        callers.grant(STRANGER, services=[EXTRACT], legal_basis="Thử nghiệm")
    assert ask(client, "GET", "/applications", caller=STRANGER).json() == []
    assert ask(client, "GET", f"/applications/{handed_in['fileId']}", caller=STRANGER).status_code == 404
    assert ask(client, "GET", "/applications/n0t-ex1st1ng-file%23-1d").status_code == 404


def test_every_look_at_an_application_is_shown_to_the_person(
    client: Client, handed_in: dict[str, Any]
) -> None:
    ask(client, "GET", f"/applications/{handed_in['fileId']}")
    with acting(SYSTEM):
        looks = ledger.reads_of(people.known("khanh")["number"])
    assert any(look.who == CALLER and look.register == "cases" for look in looks)


def test_a_paper_sent_ahead_belongs_to_the_application_that_names_it(client: Client) -> None:
    def send(caller: str) -> Any:
        return client.post(
            "/documents",
            {
                "file": SimpleUploadedFile("giay-chung-sinh.pdf", PDF),
                "additionalMetadata": "additional metadata",
            },
            headers={"Information-Mediator-Client": caller},
        )

    document = send(CALLER).json()["documentId"]
    assert send(STRANGER).status_code == 403
    assert ask(client, "POST", "/documents").status_code == 400
    birth = {
        "applicantId": people.known("lan_anh")["number"],
        "formData": {"data": birth_answers()},
        "documentUrls": [f"birth_notice/{document}"],
    }
    stolen = {**birth, "applicantId": people.known("khanh")["number"]}
    first = ask(client, "POST", "/services/1.001193/applications", birth)
    assert first.json()["applicationData"]["documentUrls"] == [f"birth_notice/{document}"], first.content
    again = ask(client, "POST", "/services/1.001193/applications", stolen)
    assert (again.status_code, "sent here before" in again.json()["detail"]) == (400, True)


# ---- steps


@pytest.fixture
def clerk(client: Client) -> str:
    """The system now works for the ward's civil status officer."""
    ward = people.ward()
    officer = people.officer(ward.committee, "civil_status_officer")
    with acting(SYSTEM):
        account = Account.objects.filter(officer=officer.officer_id or 0).first()
        if account is None:
            account = Account.objects.create(username="GOVSTACK1", officer_id=officer.officer_id)
        callers.grant(
            CALLER,
            services=["1.001193"],
            level=2,
            officer=account.username,
            agency=ward.committee.code,
            legal_basis="Thử nghiệm",
        )
    return str(account.username)


@pytest.fixture
def birth(client: Client, clerk: str) -> Case:
    """A birth handed in, and received at the desk."""
    said = {"applicantId": people.known("lan_anh")["number"], "formData": {"data": birth_answers()}}
    case = case_of(ask(client, "POST", "/services/1.001193/applications", said).json())
    with acting(one_stop()):
        actions.receive(one_stop(), case.uuid)
    jobs.run_all()
    return case


def one_stop() -> Actor:
    with acting(SYSTEM):
        return people.officer(people.ward().desk, "one_stop")


def test_steps_of_the_officers_agency_are_listed_and_done(client: Client, clerk: str, birth: Case) -> None:
    (step,) = ask(client, "GET", f"/tasks?fileId={birth.uuid}").json()
    assert step["outcomes"]
    assert step["status"]["code"] == "PENDING"
    assert step in ask(client, "GET", "/tasks").json()
    assert [one["id"] for one in ask(client, "GET", f"/tasks?mainTaskId={step['mainTaskId']}").json()] == [
        step["id"]
    ]
    for nothing in ("fileId=n0t-ex1st1ng-file%23-1d", "mainTaskId=n0t", "assigneeId=n0t"):
        assert ask(client, "GET", f"/tasks?{nothing}").json() == []
    assert "formVariables" in ask(client, "GET", f"/tasks/{step['id']}").json()
    path = f"/tasks/{step['id']}/complete"
    assert ask(client, "POST", path, {"data": {}}).status_code == 400
    assert ask(client, "POST", path, {"data": {"outcome": "dance"}}).status_code == 400
    done = ask(client, "POST", path, {"data": {"outcome": "accept"}})
    assert (done.status_code, done.json()["id"]) == (200, step["id"]), done.content
    with acting(SYSTEM):
        row = Task.objects.get(uuid=step["id"])
    assert row.state == "done"
    assert CALLER in row.done_by_label
    assert ask(client, "POST", path, {"data": {"outcome": "accept"}}).status_code == 404
    assert (
        ask(client, "POST", "/tasks/n0t-ex1st1ng-task%23-1d/complete", {"data": {"outcome": "x"}}).status_code
        == 404
    )


def test_a_system_cannot_sign_for_its_officer(client: Client, clerk: str, birth: Case) -> None:
    (step,) = ask(client, "GET", f"/tasks?fileId={birth.uuid}").json()
    ask(client, "POST", f"/tasks/{step['id']}/complete", {"data": {"outcome": "accept"}})
    jobs.run_all()
    (sign,) = ask(client, "GET", f"/tasks?fileId={birth.uuid}").json()
    refused = ask(client, "POST", f"/tasks/{sign['id']}/complete", {"data": {"outcome": "signed"}})
    assert (sign["description"], refused.status_code) == ("sign", 403)


def test_without_an_officer_who_answers_there_are_no_steps(client: Client, birth: Case) -> None:
    with acting(SYSTEM):
        callers.grant(CALLER, services=["1.001193"], level=2, legal_basis="Thử nghiệm")
        step = Task.objects.get(case=birth, state="open")
    assert ask(client, "GET", "/tasks").json() == []
    assert (
        ask(client, "POST", f"/tasks/{step.uuid}/complete", {"data": {"outcome": "accept"}}).status_code
        == 403
    )


def test_an_officer_who_left_answers_no_more(client: Client, clerk: str, birth: Case) -> None:
    with acting(SYSTEM):
        Account.objects.filter(username=clerk).update(is_active=False)
    assert ask(client, "GET", "/tasks").status_code == 403


def test_what_was_asked_for_is_sent_later(client: Client, birth: Case) -> None:
    path, more = f"/applications/{birth.uuid}", {"formData": {"data": {"copies": 3}}}
    assert ask(client, "PUT", path, more).status_code == 409
    with acting(one_stop()):
        actions.ask_supplement(one_stop(), birth.uuid, ["Số bản sao"], "Chưa rõ số bản")
    assert ask(client, "GET", path).json()["status"]["code"] == "SENDBACK"
    answered = ask(client, "PUT", path, more)
    assert (answered.status_code, answered.json()["status"]["code"]) == (200, "PENDING"), answered.content
    assert answered.json()["applicationData"]["formData"]["data"]["copies"] == 3
    assert ask(client, "PUT", "/applications/n0t-ex1st1ng-file%23-1d", more).status_code == 404


# ---- figures


@pytest.mark.parametrize("path", ["/data/statistics", "/data/statistics/1.0"])
def test_figures_count_what_ended_and_how(client: Client, handed_in: dict[str, Any], path: str) -> None:
    pay(case_of(handed_in))
    jobs.run_all()
    (whole,) = ask(client, "GET", path).json()
    assert (whole["processed"], whole["approved"], whole["rejected"], whole["sentBack"]) == (1, 1, 0, 0)
    assert ask(client, "GET", f"/applications/{handed_in['fileId']}").json()["status"]["code"] == "APPROVED"
    (other,) = ask(client, "GET", f"{path}?registrationName=1.001193").json()
    assert (other["processed"], other["references"]["registrationName"]) == (0, "1.001193")
    today = clock.today().isoformat()
    months = ask(client, "GET", f"{path}?startDate=2026-01-15&endDate={today}&timeframe=month").json()
    assert sum(one["processed"] for one in months) == 1
    assert months[0]["references"]["endDate"] == "2026-01-31"
    assert months[0]["references"]["timeframeMonth"]
    (nobody,) = ask(client, "GET", f"{path}?operator=Ingmar&role=Handler").json()
    assert nobody["processed"] == 0


@pytest.mark.parametrize(
    ("query", "caller", "status"),
    [
        ("", "", 400),
        ("", "GOV/90000009", 400),
        ("", STRANGER, 403),
        ("?registrationName=n0t-ex1st1ng", CALLER, 404),
        ("?startDate=30.01.2026", CALLER, 400),
        ("?startDate=2026-02-01&endDate=2026-01-01", CALLER, 400),
        ("?timeframe=hour", CALLER, 400),
        ("?startDate=2020-01-01&timeframe=day", CALLER, 400),
    ],
)
def test_figures_are_refused_with_what_is_wrong(client: Client, query: str, caller: str, status: int) -> None:
    assert ask(client, "GET", f"/data/statistics{query}", caller=caller).status_code == status


# ---- who is granted what


def test_grants_are_written_listed_and_ended_by_command() -> None:
    run = CliRunner().invoke
    basis = ("--legal-basis", "Nghị định 278/2025/NĐ-CP")
    made = run(command, ["grant", STRANGER, "--service", EXTRACT, "--statistics", *basis])
    assert (made.exit_code, made.output) == (0, f"{STRANGER}: hands in {EXTRACT}, has figures\n")
    assert f"{STRANGER}: hands in {EXTRACT}, has figures; {basis[1]}" in run(command, ["list"]).output
    assert run(command, ["end", STRANGER]).exit_code == 0
    assert STRANGER not in run(command, ["list"]).output
    assert isinstance(run(command, ["end", STRANGER]).exception, UserError)


@pytest.mark.parametrize(
    "wrong",
    [
        {"identifier": "khong dung"},
        {"legal_basis": " "},
        {"officer": "KHONG-CO", "agency": "H55.242"},
        {"agency": "H55.242"},
    ],
)
def test_a_grant_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    given: dict[str, Any] = {"identifier": STRANGER, "legal_basis": "Thử nghiệm", **wrong}
    with acting(SYSTEM), pytest.raises(UserError):
        callers.grant(given.pop("identifier"), **given)
