"""The GovStack faces, from outside: shapes and statuses in today's and the older spelling, and who may what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from motcua.core.ledger import queries as ledger
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.outbound import client as outbound
from motcua.core.registers import consent, versions
from motcua.core.registers.models import Agreement, Consent
from motcua.systems.govstack import callers
from motcua.systems.sandboxes.http import Answer, Call, told
from motcua.systems.sandboxes.serving import served

pytestmark = pytest.mark.django_db
CALLER = "eGovStack/GOV/90000009/digitalregistries"
STRANGER = "eGovStack/GOV/90000009/somebody"
MOTHER = {"ID": "EE3", "FirstName": "John", "LastName": "Helsinki", "BirthCertificateID": "RR-2"}
DATA = "/data/registryname/111"


@pytest.fixture(autouse=True)
def face(settings: Any) -> None:
    settings.ROOT_URLCONF = "motcua.systems.govstack.urls"
    text = {"type": "text", "personal": False, "search": "exact"}
    title = {"vi": "Trường", "en": "Field"}
    with acting(SYSTEM):
        versions.define(
            {
                "registryname": {
                    "name": "Sổ thử",
                    "name_en": "Test registry",
                    "owner": "G15",
                    "key": "Mã",
                    "key_en": "ID",
                    "version": 111,
                    "legal_basis": "Thử nghiệm",
                    "subjects": [],
                    "access": {
                        "test": {
                            "vi": "Thử",
                            "en": "Test",
                            "partners": [CALLER],
                            "acts": ["read", "search", "write", "history"],
                            "legal_basis": "Thử nghiệm",
                        }
                    },
                    "attributes": {
                        name: {**text, **title}
                        for name in ("first_name", "last_name", "birth_certificate_id")
                    },
                }
            }
        )


def ask(client: Client, method: str, path: str, body: Any = None, caller: str = CALLER) -> Any:
    return client.generic(
        method,
        path,
        "" if body is None else json.dumps(body),
        content_type="application/json",
        headers={"Information-Mediator-Client": caller} if caller else {},
    )


@pytest.fixture
def born(client: Client) -> None:
    assert ask(client, "POST", f"{DATA}/create", {"write": {"content": MOTHER}}).status_code == 200


def test_a_record_is_created_and_created_again_is_the_same(client: Client, born: None) -> None:
    again = ask(client, "POST", f"{DATA}/create", {"write": {"content": MOTHER}})
    assert again.json() == {"content": MOTHER}
    other = ask(client, "POST", f"{DATA}/create", {"write": {"content": {**MOTHER, "FirstName": "Jack"}}})
    assert other.status_code == 409


def test_a_record_is_read_by_what_it_holds(client: Client, born: None) -> None:
    found = ask(client, "POST", f"{DATA}/read", {"query": {"content": {"FirstName": "John"}}})
    assert found.json() == {"content": MOTHER}
    nothing = ask(client, "POST", f"{DATA}/read", {"query": {"content": {"ID": "khong"}}})
    assert (nothing.status_code, nothing.json()) == (404, {"detail": "no record found"})


def test_exists_takes_bare_content_and_answers_either_way(client: Client, born: None) -> None:
    yes = ask(client, "POST", f"{DATA}/exists", MOTHER).json()["answer"]
    no = ask(client, "POST", f"{DATA}/exists", {"query": {"content": {"ID": "khong"}}}).json()["answer"]
    assert (yes["status"], no["status"]) == (True, False)
    assert isinstance(no["message"], str)


def test_an_update_changes_one_and_without_a_query_nothing(client: Client, born: None) -> None:
    change = {"query": {"content": {"ID": "EE3"}}, "write": {"content": {"LastName": "Tampere"}}}
    done = ask(client, "PUT", f"{DATA}/update", change)
    assert done.json()["write"]["content"]["LastName"] == "Tampere"
    assert ask(client, "PUT", f"{DATA}/update", {}).status_code == 200
    kept = ask(client, "POST", f"{DATA}/read", {"query": {"content": {"ID": "EE3"}}}).json()["content"]
    assert kept["LastName"] == "Tampere"


@pytest.mark.parametrize("spelling", ["updateEntries", "update-entries"])
def test_entries_are_updated_in_both_spellings(client: Client, born: None, spelling: str) -> None:
    change = {"query": {"content": {"FirstName": "John"}}, "write": {"content": {"LastName": "Turku"}}}
    assert ask(client, "PUT", f"{DATA}/{spelling}", change).json() == {"count": 1}
    assert ask(client, "PUT", f"{DATA}/{spelling}", {}).json() == {"count": 0}


@pytest.mark.parametrize("spelling", ["updateOrCreate", "update-or-create"])
def test_update_or_create_does_either(client: Client, spelling: str) -> None:
    said = {"query": {"content": {"ID": "EE9"}}, "write": {"content": {**MOTHER, "ID": "EE9"}}}
    assert ask(client, "POST", f"{DATA}/{spelling}", said).json()["content"]["ID"] == "EE9"
    said["write"]["content"]["FirstName"] = "Jack"
    assert ask(client, "POST", f"{DATA}/{spelling}", said).json()["content"]["FirstName"] == "Jack"


@pytest.mark.parametrize("spelling", ["readValue", "read-value"])
def test_one_value_is_read(client: Client, born: None, spelling: str) -> None:
    assert ask(client, "GET", f"{DATA}/EE3/{spelling}/FirstName.json").json() == "John"
    assert ask(client, "GET", f"{DATA}/EE3/{spelling}/FirstName.txt").content == b"John"
    assert ask(client, "GET", f"{DATA}/khong/{spelling}/FirstName.json").status_code == 404


def test_a_list_counts_what_it_shows_and_is_searched_by_a_field(client: Client, born: None) -> None:
    ask(
        client, "POST", f"{DATA}/create", {"write": {"content": {**MOTHER, "ID": "EE4", "FirstName": "Anna"}}}
    )
    whole = ask(client, "GET", DATA).json()
    assert (whole["count"], whole["next"], whole["previous"]) == (2, "", None)
    some = ask(client, "GET", f"{DATA}?search=Anna&filter=FirstName").json()
    assert [one["ID"] for one in some["results"]] == ["EE4"]
    ordered = ask(client, "GET", f"{DATA}?ordering=FirstName&pagesize=1").json()
    assert ordered["results"][0]["FirstName"] == "Anna"
    assert "page=2" in ordered["next"]


def test_nothing_is_removed_and_what_is_not_there_is_gone(client: Client, born: None) -> None:
    assert ask(client, "DELETE", f"{DATA}/khong/delete").status_code == 204
    assert ask(client, "DELETE", f"{DATA}/EE3/delete").status_code == 403


def test_only_a_caller_that_the_schema_names_is_served(client: Client, born: None) -> None:
    asked = {"query": {"content": {"ID": "EE3"}}}
    assert ask(client, "POST", f"{DATA}/read", asked, STRANGER).status_code == 403
    assert ask(client, "POST", f"{DATA}/read", asked, "").status_code == 400
    assert ask(client, "POST", f"{DATA}/read", asked, "1nval1d/GOV/9/app").status_code == 400
    assert ask(client, "GET", "/databases", caller=STRANGER).json()["databases"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{DATA}/read", {"query": {"content": {"Khac": "1"}}}, 400),
        ("POST", f"{DATA}/read", {"query": []}, 400),
        ("POST", f"{DATA}/read", [], 400),
        ("POST", f"{DATA}/create", {"write": {"content": {"FirstName": "x"}}}, 400),
        ("GET", f"{DATA}/create", None, 405),
        ("GET", "/data/registryname/abc", None, 404),
        ("GET", "/data/khong-co/1", None, 404),
        ("GET", f"{DATA}?page=0", None, 400),
        ("GET", "/data/MyPersonalDataUsage/1.0?userID=...&DatabaseID=1", None, 400),
    ],
)
def test_bad_questions_are_told_what_is_wrong(
    client: Client, method: str, path: str, body: Any, status: int
) -> None:
    assert ask(client, method, path, body).status_code == status


def test_a_database_shows_its_schema_and_who_read_is_told(client: Client, born: None) -> None:
    (one,) = ask(client, "GET", "/databases").json()["databases"]
    read = ask(client, "GET", f"/database/{one['id']}").json()
    assert read == one
    assert set(read["schema"]["properties"]) == {"ID", "FirstName", "LastName", "BirthCertificateID"}
    assert ask(client, "GET", "/database/8438778473").status_code == 404
    usage = ask(client, "GET", f"/data/myPersonalDataUsage?userID=019195001234&DatabaseID={one['id']}")
    assert usage.json() == []


def test_a_schema_is_drafted_by_whoever_was_granted_it_and_holds_nothing_yet(client: Client) -> None:
    (one,) = ask(client, "GET", "/databases").json()["databases"]
    change = {
        "id": one["id"],
        "schema": {"properties": {"MiddleName": {"type": "string", "description": "Middle"}}},
    }
    assert ask(client, "POST", "/database/modify", change).status_code == 403
    with acting(SYSTEM):
        callers.grant(CALLER, registers=["registryname"], legal_basis="Thử nghiệm")
    drafted = ask(client, "POST", "/database/modify", change).json()
    assert (drafted["is_draft"], drafted["version"]) == (True, "112")
    assert drafted["schema"]["properties"]["MiddleName"]["description"] == "Middle"
    assert {"FirstName", "LastName", "BirthCertificateID"} <= set(drafted["schema"]["properties"])
    assert ask(client, "GET", "/data/registryname/112").status_code == 404
    assert ask(client, "DELETE", f"/database/{drafted['id']}").json() == "Success"
    assert ask(client, "GET", f"/database/{drafted['id']}").status_code == 404
    assert ask(client, "DELETE", f"/database/{one['id']}").status_code == 403


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, 400),
        ({"id": "1"}, 400),
        ({"id": 8438778473}, 404),
        ({"schema": {"properties": {}}}, 400),
        ({"schema": {"properties": {"FirstName": {"type": "string"}}}}, 400),
        ({"schema": {"properties": {"FirstName": {"type": "poem"}}}}, 400),
        ({"schema": {"properties": {"FirstName": "string"}}}, 400),
        ({"schema": []}, 400),
    ],
)
def test_a_draft_that_says_nothing_or_nonsense_is_refused(
    client: Client, said: dict[str, Any], status: int
) -> None:
    with acting(SYSTEM):
        callers.grant(CALLER, registers=["registryname"], legal_basis="Thử nghiệm")
    (one,) = ask(client, "GET", "/databases").json()["databases"]
    given = said if said == {} or "id" in said else {"id": one["id"], **said}
    assert ask(client, "POST", "/database/modify", given).status_code == status


# ---- consent

PERSON = "019195001234"


@pytest.fixture
def agreed() -> Agreement:
    """A person agreed that what a test registry holds of them is used."""
    with acting(SYSTEM):
        row = consent.write_agreement(
            slug="test_use",
            register="registryname",
            fields=["first_name"],
            purpose="Thử",
            purpose_en="Test",
            controller="G15",
            legal_basis="Thử nghiệm",
            days=30,
        )
        consent.put_in_force(row)
        person = Actor(ActorKind.CITIZEN, "Người có dữ liệu", party_id=4711, level=2)
        consent.give(person, PERSON, "test_use")
    return row


def test_who_relies_on_a_consent_asks_whether_it_stands(client: Client, agreed: Agreement) -> None:
    path = "/service/verification"
    (offered,) = ask(client, "GET", f"{path}/data-agreements/").json()["dataAgreements"]
    assert (offered["id"], offered["active"]) == (str(agreed.uuid), True)
    whole = ask(client, "GET", f"/service/data-agreement/{agreed.uuid}/").json()
    assert whole["revisions"][-1]["predecessorHash"] == whole["revisions"][-2]["serializedHash"]
    told = ask(client, "GET", f"{path}/consent-records/?individualId={PERSON}").json()
    (given,) = told["consentRecords"]
    assert (given["optIn"], given["state"], told["pagination"]["totalItems"]) == (True, "signed", 1)
    assert ask(client, "GET", f"{path}/consent-record/{given['id']}/").json()["consentRecord"] == given
    with acting(SYSTEM):
        row = Consent.objects.get(uuid=given["id"])
        consent.withdraw(SYSTEM, row.uuid, PERSON)
        looks = ledger.reads_of(PERSON)
    assert any(look.who == CALLER and look.purpose == "GovStack Consent" for look in looks)
    assert not ask(client, "GET", f"{path}/consent-record/{given['id']}/").json()["consentRecord"]["optIn"]
    elsewhere = f"{path}/consent-records/?individualId={PERSON}&dataAgreementId=n0t"
    assert ask(client, "GET", elsewhere).json()["consentRecords"] == []


def test_nobody_else_learns_of_consents(client: Client, agreed: Agreement) -> None:
    path = "/service/verification"
    assert ask(client, "GET", f"{path}/data-agreements/", caller=STRANGER).json()["dataAgreements"] == []
    asked = f"{path}/consent-records/?individualId={PERSON}"
    assert ask(client, "GET", asked, caller=STRANGER).json()["consentRecords"] == []
    assert ask(client, "GET", f"/service/data-agreement/{agreed.uuid}/", caller=STRANGER).status_code == 404
    with acting(SYSTEM):
        given = Consent.objects.get()
    assert ask(client, "GET", f"{path}/consent-record/{given.uuid}/", caller=STRANGER).status_code == 404
    assert ask(client, "GET", f"{path}/consent-records/").status_code == 400
    assert ask(client, "GET", f"{path}/consent-record/n0t/").status_code == 404


# ---- registration


def test_services_and_their_forms(client: Client) -> None:
    from motcua.core.cases.tests.conftest import bring_services

    bring_services()
    listed = ask(client, "GET", "/services").json()
    birth = next(one for one in listed if one["id"] == "1.001193")
    assert set(birth) == {"id", "name", "version", "type", "isExecutable", "isClosed", "description"}
    assert ask(client, "GET", "/services/1.001193").json() == birth
    (form,) = ask(client, "GET", "/services/1.001193/eForms").json()
    assert set(form) == {"eFormId", "name", "description", "version", "latest"}
    assert ask(client, "GET", f"/eForms/{form['eFormId']}").json()["formSchema"]["properties"]
    assert ask(client, "GET", "/services/n0t-ex1st1ng").status_code == 404


# ---- information mediator

ID = {
    "object_type": "SUBSYSTEM",
    "xroad_instance": "VN",
    "member_class": "GOV",
    "member_code": "G01",
    "subsystem_code": "PEOPLE",
}
SERVICE = {
    **ID, "object_type": "SERVICE", "service_code": "person", "service_type": "OPENAPI",
    "endpoint_list": [{"method": "GET", "path": "/*"}],
}  # fmt: skip


def gateway_like(call: Call) -> Answer:
    """The metaservices of a gateway, in X-Road's shapes."""
    if call.path == "/listClients":
        return told({"member": [{"id": ID, "name": "Dân cư"}]})
    if not call.path.startswith("/r1/VN/GOV/G01/PEOPLE/"):
        return Answer(500, b"{}", headers={"X-Road-Error": "Server.ClientProxy.UnknownMember"})
    if call.path.endswith("/getOpenAPI"):
        return Answer(200, b"openapi: 3.1.0\n", "application/yaml")
    return told({"service": [SERVICE]})


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    outbound.forget()
    with served({"gateway": gateway_like}) as address:
        place: dict[str, Any] = {"url": f"{address}/gateway", "networks": ["127.0.0.0/8"]}
        place |= {"authentication": {"style": "x_road", "client": "VN/PROVINCE/H55/MOTCUA"}}
        file = tmp_path / "connections.yaml"
        file.write_text(yaml.safe_dump({"destinations": {"gateway": place}}), "utf-8")
        monkeypatch.setenv("MOTCUA_CONNECTIONS", str(file))
        yield
    outbound.forget()


WHO = {"GovStackInstance": "VN", "memberClass": "GOV", "memberCode": "G01", "applicationCode": "PEOPLE"}


def test_clients_are_listed_in_its_words(client: Client, gateway: None) -> None:
    expected = {"member": [{"objectType": {"object_type": "SUBSYSTEM"}, **WHO}]}
    assert client.get("/listClients").json() == expected
    assert client.get("/listClients?xRoadInstance=1nval1d").status_code == 400


@pytest.mark.parametrize("prefix", ["/r1", ""])
@pytest.mark.parametrize("what", ["listMethods", "allowedMethods"])
def test_methods_are_listed_in_both_spellings(client: Client, gateway: None, prefix: str, what: str) -> None:
    (found,) = client.get(f"{prefix}/VN/GOV/G01/PEOPLE/{what}").json()["member"]
    assert found["endpointList"] == {"member": [{"method": "GET", "path": "/*"}]}
    assert (found["serviceCode"], found["serviceType"]) == ("person", "OPENAPI")
    assert client.get(f"{prefix}/VN/GOV/G99/PEOPLE/{what}").status_code == 404
    assert client.get(f"{prefix}/VN/GOV/_invalid/PEOPLE/{what}").status_code == 400


def test_a_description_needs_a_service(client: Client, gateway: None) -> None:
    assert client.get("/r1/VN/GOV/G01/PEOPLE/getOpenAPI?serviceCode=person").content == b"openapi: 3.1.0\n"
    assert client.get("/VN/GOV/G01/PEOPLE/getOpenAPI").status_code == 400
    assert client.get("/VN/GOV/G01/PEOPLE/getOpenAPI?serviceCode=_x").status_code == 400


def test_without_a_gateway_it_is_said(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "none.yaml"
    file.write_text("{}", "utf-8")
    monkeypatch.setenv("MOTCUA_CONNECTIONS", str(file))
    assert client.get("/listClients").status_code == 503


def test_every_address_says_who_may_open_it() -> None:
    from motcua.core.identity.access import declares_policy
    from motcua.systems.govstack.urls import patterns

    assert all(declares_policy(one.callback) for one in patterns)
