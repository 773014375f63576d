"""Events in the words of GovStack's PubSub, from outside: told, heard, confirmed, by the rights of the exchange."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from motcua.cli.govstack import govstack
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus
from motcua.systems.exchange.models import Subscription, Topic
from motcua.systems.exchange.tests.conftest import EDITOR, World, exchange_of_two
from motcua.systems.govstack import callers

pytestmark = pytest.mark.django_db
REGISTER, WARD = "VN/GOV/H55/dan-cu", "VN/GOV/H55.237/mot-cua"
ROOM = f"/r1/{REGISTER}"
SCHEMA = {
    "type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"],
    "additionalProperties": False,
}  # fmt: skip
BIRTH = {"eventType": "newBirth", "event": {"place": "Bệnh viện A"}}


@pytest.fixture(autouse=True)
def world(settings: Any) -> World:
    """Both systems may use events through the face; the register tells births."""
    settings.ROOT_URLCONF = "motcua.systems.govstack.urls"
    with acting(SYSTEM):
        made = exchange_of_two()
        for name in (REGISTER, WARD):
            callers.grant(name, events=True, legal_basis="Quy chế phối hợp 12/2026")
    return made


def ask(
    method: str, path: str, body: Any = None, caller: str = WARD, header: str = "X-GovStack-Client"
) -> Any:
    return Client(headers={header: caller} if caller else {}).generic(
        method, path, "" if body is None else json.dumps(body), content_type="application/json"
    )


def declared() -> None:
    said = {"eventType": "newBirth", "schema": SCHEMA}
    assert ask("POST", f"{ROOM}/api/v1/eventType", said, REGISTER).status_code == 200


def heard(caller: str = WARD) -> dict[str, Any]:
    """The ward asked to hear births, and the register's owner let it."""
    asked = ask("POST", f"{ROOM}/api/v1/subs/newBirth", {"eventType": "newBirth", "delivery": "PULL"}, caller)
    assert asked.status_code == 200, asked.content
    with acting(SYSTEM):
        bus.decide_subscription(EDITOR, Subscription.objects.get(), approve=True)
    return dict(asked.json())


def test_an_event_is_told_heard_and_confirmed() -> None:
    assert ask("GET", f"{ROOM}/api/v1/eventType").status_code == 204
    declared()
    assert ask("GET", f"{ROOM}/api/v1/eventType").json() == ["newBirth"]
    assert ask("GET", f"{ROOM}/api/v1/eventType/newBirth").json() == {
        "eventType": "newBirth",
        "schema": SCHEMA,
    }
    asked = heard()
    assert (asked["state"], asked["delivery"]) == ("applied", "PULL")
    assert asked["subscriberId"] == {
        "instanceId": "VN", "memberClass": "GOV", "memberCode": "H55.237", "applicationCode": "mot-cua",
    }  # fmt: skip
    (mine,) = ask("GET", f"{ROOM}/api/v1/subs").json()
    assert (mine["id"], mine["state"]) == (asked["id"], "approved")

    assert ask("GET", f"{ROOM}/pull/v1/newBirth").status_code == 404, "none waits"
    told = ask("POST", f"{ROOM}/pub/v1/newBirth", BIRTH, REGISTER)
    assert told.status_code == 201
    number = told.json()["id"]
    given = ask("GET", f"{ROOM}/pull/v1/newBirth").json()
    assert (given["id"], given["event"], given["eventType"]) == (number, BIRTH["event"], "newBirth")
    assert given["publisherId"]["applicationCode"] == "dan-cu"
    assert ask("GET", f"{ROOM}/pub/v1/newBirth/{number}", caller=REGISTER).json()["acknowledged"] == 0
    assert ask("DELETE", f"{ROOM}/pull/v1/newBirth/{number}").status_code == 204
    assert ask("DELETE", f"{ROOM}/pull/v1/newBirth/{number}").status_code == 404
    status = ask("GET", f"{ROOM}/pub/v1/newBirth/{number}", caller=REGISTER).json()
    assert (status["subscribers"], status["acknowledged"]) == (1, 1)


def test_both_spellings_of_the_address_and_of_the_caller_are_understood() -> None:
    declared()
    answer = ask("GET", f"/{REGISTER}/api/v1/eventType", header="Information-Mediator-Client")
    assert answer.json() == ["newBirth"]


def test_of_one_key_an_event_waits_for_the_confirmation_of_the_one_before_it() -> None:
    declared()
    heard()
    first, second = (
        ask("POST", f"{ROOM}/pub/v1/newBirth?key=a", BIRTH, REGISTER).json()["id"] for _ in range(2)
    )
    assert ask("GET", f"{ROOM}/pull/v1/newBirth").json()["id"] == first
    assert ask("GET", f"{ROOM}/pull/v1/newBirth").status_code == 404
    ask("DELETE", f"{ROOM}/pull/v1/newBirth/{first}")
    assert ask("GET", f"{ROOM}/pull/v1/newBirth").json()["id"] == second


def test_the_rights_are_those_of_the_exchange() -> None:
    said = {"eventType": "newBirth", "schema": SCHEMA}
    assert ask("POST", f"{ROOM}/api/v1/eventType", said).status_code == 403, "in one's own room only"
    declared()
    assert ask("POST", f"{ROOM}/api/v1/eventType", said, REGISTER).status_code == 409
    assert ask("POST", f"{ROOM}/pub/v1/newBirth", BIRTH).status_code == 403, "not declared as its publisher"
    wanted = {"eventType": "newBirth", "delivery": "PULL"}
    assert ask("POST", f"{ROOM}/api/v1/subs/newBirth", wanted).json()["state"] == "applied"
    assert ask("POST", f"{ROOM}/api/v1/subs/newBirth", wanted).status_code == 409
    assert ask("GET", f"{ROOM}/pull/v1/newBirth").status_code == 409, "its owner has not decided"
    told = ask("POST", f"{ROOM}/pub/v1/newBirth", BIRTH, REGISTER).json()["id"]
    assert ask("GET", f"{ROOM}/pub/v1/newBirth/{told}").status_code == 404, "for its publisher and owner only"


def test_without_a_grant_for_events_nothing_is_answered_and_without_a_system_neither() -> None:
    declared()
    with acting(SYSTEM):
        callers.grant(WARD, statistics=True, legal_basis="Quy chế")
        callers.grant("VN/GOV/H55/khong-co", events=True, legal_basis="Quy chế")
    assert ask("GET", f"{ROOM}/api/v1/eventType").status_code == 403
    assert ask("GET", f"{ROOM}/api/v1/eventType", caller="VN/GOV/G99/la").status_code == 403
    assert ask("GET", f"{ROOM}/api/v1/eventType", caller="VN/GOV/H55/khong-co").status_code == 403
    assert ask("GET", f"{ROOM}/api/v1/eventType", caller="").status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "pub/v1/newBirth", {"eventType": "other", "event": {}}, 400, "eventType"),
        ("POST", "pub/v1/newBirth", {"eventType": "newBirth", "event": {"place": 7}}, 400, "place"),
        ("POST", "pub/v1/newBirth", {"eventType": "newBirth", "event": "x"}, 400, "event"),
        ("POST", "pub/v1/newBirth", [], 400, "object"),
        ("POST", "pub/v1/nothing", {"eventType": "nothing", "event": {}}, 404, ""),
        ("GET", "pub/v1/newBirth/no-number", None, 404, ""),
        ("GET", f"pub/v1/newBirth/{uuid.UUID(int=7)}", None, 404, ""),
        ("POST", "api/v1/eventType", {"eventType": "x", "schema": {"type": 7}}, 400, "JSON Schema"),
        ("POST", "api/v1/eventType", {"eventType": "a b/c", "schema": {}}, 400, ""),
        ("POST", "api/v1/eventType", {"schema": {}}, 400, "eventType"),
        ("POST", "api/v1/subs/newBirth", {"eventType": "newBirth"}, 400, "options.address"),
        ("POST", "api/v1/subs/newBirth", {"delivery": "POST"}, 400, "PUSH or PULL"),
        ("GET", "api/v1/subs/newBirth", None, 404, ""),
        ("GET", "pull/v1/newBirth", None, 404, ""),
        ("DELETE", "api/v1/eventType/newBirth", None, 403, "not taken back"),
        ("PUT", "api/v1/eventType", None, 405, ""),
    ],
)
def test_what_is_wrong_is_named(method: str, path: str, body: Any, status: int, said: str) -> None:
    declared()
    answer = ask(method, f"{ROOM}/{path}", body, REGISTER)
    assert answer.status_code == status, answer.content
    assert said in answer.content.decode()


def test_a_room_nobody_has_is_not_found_and_one_with_a_wrong_name_is_named() -> None:
    assert ask("GET", "/r1/VN/GOV/H99/la/api/v1/eventType").status_code == 404
    assert ask("GET", "/r1/1VN/GOV/H99/la/api/v1/eventType").status_code == 400


def test_who_hears_may_stop_and_is_pushed_to_where_it_says() -> None:
    declared()
    pushed = {
        "eventType": "newBirth",
        "delivery": "PUSH",
        "options": {"address": "https://mot-cua.example.vn/tin"},
    }
    assert ask("POST", f"{ROOM}/api/v1/subs/newBirth", pushed).json()["delivery"] == "PUSH"
    assert ask("PATCH", f"{ROOM}/api/v1/subs/newBirth", pushed).status_code == 400
    assert ask("DELETE", f"{ROOM}/api/v1/subs/newBirth").status_code == 204
    assert ask("GET", f"{ROOM}/api/v1/subs/newBirth").status_code == 404
    assert ask("GET", f"{ROOM}/api/v1/subs").json() == []


def test_the_command_grants_events_and_says_so() -> None:
    with acting(SYSTEM):
        callers.end(WARD)
    runner = CliRunner()
    done = runner.invoke(govstack, ["grant", WARD, "--events", "--legal-basis", "Quy chế"])
    assert (done.exit_code, "tells and hears events" in done.output) == (0, True), done.output
    assert "tells and hears events" in runner.invoke(govstack, ["list"]).output


def test_what_is_declared_here_is_a_topic_like_any_other() -> None:
    declared()
    topic = Topic.objects.get(code="newBirth")
    assert topic.legal_basis == "Quy chế phối hợp 12/2026", "that of the grant"
    assert topic.shapes.count() == 1
