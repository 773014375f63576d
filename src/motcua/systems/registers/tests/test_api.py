"""The API as another system meets it: signed, for a purpose, by a law, and told no more than its rule says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from motcua.core import clock, signed_requests
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.queries import reads_of
from motcua.core.ledger.scope import acting
from motcua.core.registers import consent, reading, schema, signed
from motcua.core.registers import jobs as register_jobs
from motcua.core.registers.data import demo_people
from motcua.core.registers.data.businesses import sandbox_key
from motcua.core.registers.models import Reader, SeenRequest

BASE = "/co-so-du-lieu/api"
LAW = quote("Luật Quản lý thuế 108/2025/QH15 art. 30")


def number(name: str) -> str:
    return str(demo_people()["people"][name]["number"])


@pytest.fixture(autouse=True)
def readers(db: None) -> Iterator[None]:
    signed.forget()
    schema.forget()
    with acting(SYSTEM):
        for code in ("sandbox-tax", "sandbox-bank", "sandbox-insurance", "sandbox-statistics"):
            Reader.objects.get_or_create(
                code=code,
                defaults={
                    "name": code,
                    "public_key": sandbox_key(code).as_dict(private=False),
                    "legal_basis": "Luật",
                },
            )
        yield
    signed.forget()


def call(
    client: Client,
    who: str,
    path: str,
    *,
    method: str = "GET",
    use: str = "tax",
    body: Any = None,
    **headers: str,
) -> Any:
    content = b"" if body is None else json.dumps(body).encode()
    full = BASE + path
    signature = signed_requests.sign(content, method=method, path=full, key=sandbox_key(who), signer=who)
    given = {"X-Request-Signature": signature, "X-Purpose": use, "X-Legal-Basis": LAW, **headers}
    return client.generic(method, full, content, content_type="application/json", headers=given)


def test_a_system_reads_the_fields_of_its_rule_and_no_more(client: Client) -> None:
    answer = call(client, "sandbox-tax", f"/population/v1/records/{number('lan_anh')}")
    assert answer.status_code == 200
    assert set(answer.json()["data"]) == {"number", "name", "residence_unit", "residence_text"}
    assert answer["ETag"] == answer.json()["etag"]


def test_the_person_sees_the_system_its_purpose_and_its_law(client: Client) -> None:
    call(client, "sandbox-tax", f"/population/v1/records/{number('lan_anh')}")
    look = reads_of(number("lan_anh"))[0]
    assert look.who == Reader.objects.get(code="sandbox-tax").name
    assert look.purpose == "Quản lý thuế (Luật Quản lý thuế 108/2025/QH15 art. 30)"


def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    first = call(client, "sandbox-tax", f"/population/v1/records/{number('duc')}")
    again = call(
        client, "sandbox-tax", f"/population/v1/records/{number('duc')}", **{"If-None-Match": first["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({"X-Purpose": ""}, 400, "X-Purpose"),
        ({"X-Legal-Basis": ""}, 400, "X-Legal-Basis"),
        ({"X-Purpose": "curiosity"}, 403, "purpose"),
        ({"X-Request-Signature": ""}, 401, None),
        ({"X-Request-Signature": "e30..AAAA"}, 401, None),
    ],
)
def test_a_refusal_is_a_problem_that_says_what_to_mend(
    client: Client, headers: dict[str, str], status: int, field: str | None
) -> None:
    answer = call(client, "sandbox-tax", f"/population/v1/records/{number('duc')}", **headers)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem.get("field")) == (status, field)
    assert len(problem["detail"]) > 10


def test_a_request_counts_once(client: Client) -> None:
    path = f"{BASE}/population/v1/records/{number('duc')}"
    signature = signed_requests.sign(
        b"", method="GET", path=path, key=sandbox_key("sandbox-tax"), signer="sandbox-tax"
    )
    headers = {"X-Request-Signature": signature, "X-Purpose": "tax", "X-Legal-Basis": LAW}
    assert [client.get(path, headers=headers).status_code for _ in range(2)] == [200, 409]


def test_numbers_of_requests_are_forgotten_when_they_could_not_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(client, "sandbox-tax", f"/population/v1/records/{number('duc')}")
    with acting(SYSTEM):
        assert register_jobs.forget_requests() == 0
        assert SeenRequest.objects.count() == 1
        later = clock.now() + dt.timedelta(days=2)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert register_jobs.forget_requests() == 1
        assert not SeenRequest.objects.exists()


def test_a_key_of_another_system_signs_for_nobody(client: Client) -> None:
    path = f"{BASE}/population/v1/records/{number('duc')}"
    signature = signed_requests.sign(
        b"", method="GET", path=path, key=sandbox_key("sandbox-bank"), signer="sandbox-tax"
    )
    headers = {"X-Request-Signature": signature, "X-Purpose": "tax", "X-Legal-Basis": LAW}
    assert client.get(path, headers=headers).status_code == 401


def test_a_record_is_read_logged_and_counted_in_one_statement(client: Client) -> None:
    path = f"/population/v1/records/{number('duc')}"
    call(client, "sandbox-tax", path)  # schema and key are known from here on
    with CaptureQueriesContext(connection) as asked:
        assert call(client, "sandbox-tax", path).status_code == 200
    touching = [one["sql"] for one in asked if "registers_" in one["sql"] or "ledger_" in one["sql"]]
    assert len(touching) == 1
    assert "registers_look" in touching[0]
    assert [one.purpose.startswith("Quản lý thuế") for one in reads_of(number("duc"))[:2]] == [True, True]


def test_a_look_of_its_own_leaves_nobody_acting() -> None:
    nobody_there = {
        "names": ["kind", "units"], "said": ["officer", "{}"], "reader": None, "jti": None, "register": "population",
        "index": "0", "day": "2026-11-20", "now": "2026-11-20T00:00:00Z", "kind": "officer", "label": "x",
        "account": None, "officer": None, "agency": None, "purpose": "x", "people": [], "case": None,
        "application": None, "call": "",
    }  # fmt: skip
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute(reading.LOOK, nobody_there)
            assert cursor.fetchone() is None
            cursor.execute("select coalesce(current_setting('motcua.kind', true), '')")
            assert cursor.fetchone() == ("",)
    finally:
        apart.close()


def test_a_system_that_was_locked_out_reads_nothing(client: Client) -> None:
    path = f"/population/v1/records/{number('duc')}"
    assert call(client, "sandbox-tax", path).status_code == 200
    with acting(SYSTEM):
        Reader.objects.filter(code="sandbox-tax").update(active=False)
    signed.forget()
    assert call(client, "sandbox-tax", path).status_code == 401


def test_yes_or_no_is_all_that_is_told(client: Client) -> None:
    body = {"key": number("lan_anh"), "years": 18}
    answer = call(client, "sandbox-tax", "/population/v1/questions/of_age", method="POST", body=body)
    assert answer.json() == {"question": "of_age", "answer": True}
    unknown = call(client, "sandbox-tax", "/population/v1/questions/shoe", method="POST", body=body)
    assert unknown.status_code == 400


def test_a_reading_by_consent_is_refused_until_it_is_given(client: Client) -> None:
    from motcua.core.ledger.actor import Actor, ActorKind

    path = f"/population/v1/records/{number('lan_anh')}"
    assert call(client, "sandbox-bank", path, use="credit").status_code == 403
    with acting(SYSTEM):
        consent.give(Actor(ActorKind.CITIZEN, "Lan Anh", party_id=77), number("lan_anh"), "bank-customer")
    answer = call(client, "sandbox-bank", path, use="credit")
    assert set(answer.json()["data"]) == {"name", "residence_text"}


def test_only_the_master_writes_and_only_over_what_it_has_read(client: Client) -> None:
    path = f"/social_protection/v1/records/{number('teo')}"
    body = {"data": {"pension": False}}
    assert call(client, "sandbox-tax", path, method="PUT", use="tax", body=body).status_code == 403
    blind = call(client, "sandbox-insurance", path, method="PUT", use="insurance", body=body)
    assert blind.status_code == 428
    seen = call(client, "sandbox-insurance", path, use="insurance")
    ours = {"If-Match": seen["ETag"]}
    done = call(client, "sandbox-insurance", path, method="PUT", use="insurance", body=body, **ours)
    assert done.status_code == 200
    late = call(
        client,
        "sandbox-insurance",
        path,
        method="PUT",
        use="insurance",
        body={"data": {"merit": True}},
        **ours,
    )
    assert late.status_code == 409
    after = call(client, "sandbox-insurance", path, use="insurance").json()
    assert after["data"]["pension"] is False
    past = call(client, "sandbox-insurance", path + "/history", use="insurance").json()["records"]
    assert [one["data"]["pension"] for one in past] == [False, True]


def test_a_value_of_the_wrong_type_is_named(client: Client) -> None:
    path = f"/social_protection/v1/records/{number('teo')}"
    seen = call(client, "sandbox-insurance", path, use="insurance")
    answer = call(
        client, "sandbox-insurance", path, method="PUT", use="insurance", body={"data": {"pension": "maybe"}},
        **{"If-Match": seen["ETag"]},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["field"]) == (400, "pension")


def test_search_goes_by_words_and_by_attributes(client: Client) -> None:
    found = call(client, "sandbox-tax", "/enterprises/v1/records?text=che%20tan%20cuong").json()
    assert [one["data"]["name"] for one in found["records"]] == ["CÔNG TY TNHH CHÈ TÂN CƯƠNG MINH ĐỨC"]
    found = call(client, "sandbox-tax", "/enterprises/v1/records?industry=6201").json()
    assert len(found["records"]) == 1
    assert call(client, "sandbox-tax", "/enterprises/v1/records").status_code == 400
    assert call(client, "sandbox-tax", "/enterprises/v1/records?colour=red").status_code == 400


def test_statistics_hold_no_small_count(client: Client) -> None:
    told = call(
        client, "sandbox-statistics", "/population/v1/statistics?by=sex,born:year", use="statistics"
    ).json()
    assert all(group["count"] is None or group["count"] >= 5 for group in told["groups"])
    assert told["suppressed"] > 0


def test_changes_come_in_order_and_go_on_where_one_stopped(client: Client) -> None:
    first = call(client, "sandbox-tax", "/enterprises/v1/changes?limit=1").json()
    second = call(client, "sandbox-tax", f"/enterprises/v1/changes?limit=1&after={first['next']}").json()
    assert first["changes"][0]["id"] < second["changes"][0]["id"]
    assert (
        call(client, "sandbox-tax", f"/enterprises/v1/changes?after={second['next']}").json()["changes"] == []
    )


def test_each_register_describes_itself(client: Client) -> None:
    listed = client.get(f"{BASE}/").json()
    assert {one["register"] for one in listed} >= {"population", "enterprises", "addresses", "agencies"}
    for one in listed:
        told = client.get(one["openapi"]).json()
        assert told["openapi"].startswith("3.1")
        jsonschema.Draft202012Validator.check_schema(told["components"]["schemas"]["Record"])
    answer = call(client, "sandbox-tax", f"/population/v1/records/{number('duc')}").json()
    told = client.get(f"{BASE}/population/v1/openapi.json").json()
    jsonschema.validate(answer, {"$ref": "#/components/schemas/Record", "components": told["components"]})


@pytest.mark.parametrize(
    "path", ["/nothing/v1/records/1", "/population/v9/records/1", "/population/v1/records/000"]
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert call(client, "sandbox-tax", path).status_code == 404


def test_what_came_by_our_gateway_needs_no_second_signature(client: Client, settings: Any) -> None:
    settings.MOTCUA_EXCHANGE_GATEWAY_ADDRESSES = ["10.1.2.3"]
    asked = {
        "X-Road-Client": "sandbox-tax",
        "X-Road-Request-Id": "one",
        "X-Purpose": "tax",
        "X-Legal-Basis": LAW,
    }
    address = f"{BASE}/population/v1/records/{number('lan_anh')}"
    assert client.get(address, headers=asked).status_code == 401, "a neighbour that only says so"
    by_proxy = {**asked, "X-Forwarded-Proto": "https"}
    assert client.get(address, headers=by_proxy, REMOTE_ADDR="10.1.2.3").status_code == 401, "anybody"
    assert client.get(address, headers=asked, REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get(address, headers=asked, REMOTE_ADDR="10.1.2.3").status_code == 409, (
        "one exchange, one look"
    )
    stranger = {**asked, "X-Road-Client": "VN/GOV/G01/app", "X-Road-Request-Id": "two"}
    assert client.get(address, headers=stranger, REMOTE_ADDR="10.1.2.3").status_code == 401
