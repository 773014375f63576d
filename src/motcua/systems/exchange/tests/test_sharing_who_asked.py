"""“Who asked about me” over several installations: whom it is told, what is counted, and accounts laid together."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from tests.people import number

from motcua.core import clock
from motcua.core.exchange import line
from motcua.core.exchange.line import NotAnswered, Question
from motcua.core.exchange.models import Fault
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import openings, who_asked
from motcua.systems.exchange.models import Opening
from motcua.systems.exchange.tests.conftest import World
from motcua.systems.exchange.who_asked import End, Line

PAGE, DOOR = "/lien-thong/ai-da-hoi/", "/lien-thong/api/v1/who-asked"
WARD, STRANGER = "VN/GOV/H55.237/mot-cua", "VN/GOV/G99/la"
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def shared(exchange: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The page is shared with the ward, whose calls our gateway brings."""
    gateway = {
        "url": "http://127.0.0.1:9",
        "networks": ["127.0.0.0/8"],
        "authentication": {"style": "x_road", "client": "VN/GOV/H55/dan-cu"},
    }
    peer = {"name": "Ủy ban nhân dân phường", "service": f"{WARD}/ai-da-hoi"}
    file = tmp_path / "connections.yaml"
    file.write_text(yaml.safe_dump({"destinations": {"gateway": gateway}, "who_asked": [peer]}))
    monkeypatch.setenv("MOTCUA_CONNECTIONS", str(file))
    settings.MOTCUA_EXCHANGE_GATEWAY_ADDRESSES = ["127.0.0.1"]


def ask(who: str, *, client: str = WARD, message: str = "m1", level: int = 2, **headers: str) -> Any:
    """A question as our gateway brings it."""
    return Client(headers={"X-Road-Client": client, "X-Road-Id": message, **headers}).post(
        DOOR, json.dumps({"person": who, "level": level}), content_type="application/json"
    )


def looked_at(who: str, purpose: str, call: str = "") -> None:
    reader = Actor(ActorKind.PARTNER, "Chi cục Thuế", call=call)
    record_read(reader, purpose=purpose, register="population", person_numbers=[who], record_ids=[])


# ---- accounts laid together


def told(call: str, end: End, minute: int = 0, place: str = "") -> Line:
    return Line(NOON + dt.timedelta(minutes=minute), "ai đó", "gì đó", "để làm gì", True, end, call, place)


def test_a_call_of_which_both_ends_tell_stands_once_in_the_words_of_the_one_that_answered() -> None:
    asked, answered = told("a m1", End.ASKED), told("a m1", End.ANSWERED, place="tỉnh")
    (one,) = who_asked.together([[asked], [answered]])
    assert (one.place, one.at_both_ends) == ("tỉnh", True)
    (alone,) = who_asked.together([[asked], []])
    assert not alone.at_both_ends


def test_an_id_used_for_many_questions_hides_none_of_them() -> None:
    asked = [told("a m1", End.ASKED)]
    answered = [told("a m1", End.ANSWERED, minute) for minute in range(3)]
    assert [one.end for one in who_asked.together([asked, answered])] == [End.ANSWERED] * 3
    assert len(who_asked.together([answered, asked])) == 3


def test_calls_of_two_systems_with_the_same_id_are_two_and_looks_without_a_call_stay() -> None:
    lines = [told("a m1", End.ASKED), told("b m1", End.ASKED), told("", End.ASKED), told("", End.ASKED)]
    assert len(who_asked.together([lines])) == 4


def test_the_newest_stands_first() -> None:
    lines = who_asked.together([[told("a m1", End.ASKED, 1)], [told("b m2", End.ANSWERED, 2)]])
    assert [one.call for one in lines] == ["b m2", "a m1"]


# ---- answering


def test_a_peer_is_told_and_the_person_sees_that_it_asked(client: Client) -> None:
    who = number("lan_anh")
    looked_at(who, "Quản lý thuế", "VN/GOV/G18/thue x1")
    said = ask(who).json()
    assert [(one["who"], one["end"], one["call"]) for one in said["asked"]] == [
        ("Chi cục Thuế", "answered", "VN/GOV/G18/thue x1")
    ]
    assert who not in json.dumps(said)
    ask(who)
    ask(who, message="m2")
    with acting(SYSTEM):
        sign_in(client, who, level=0)
    page = client.get(PAGE).content.decode()
    assert "Ủy ban nhân dân phường: 3 lần" in page, "each is counted, whatever id its asker gave it"


def test_about_somebody_unknown_the_answer_is_as_about_somebody_nobody_asked_about() -> None:
    nobody, unasked = ask("001999999999").json(), ask(number("duc")).json()
    for said in (nobody, unasked):
        (opened,) = said.pop("opened")
        assert opened["times"] == 1
    assert nobody == unasked == {"asked": [], "more": False}


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"client": STRANGER}, 403),
        ({"client": ""}, 401),
        ({"message": ""}, 401),
        ({"X-Forwarded-Proto": "https"}, 401),
        ({"level": 0}, 422),
        ({"who": ""}, 422),
    ],
)
def test_nobody_else_is_answered(how: Mapping[str, Any], status: int) -> None:
    answer = ask(**{"who": number("duc"), **how})
    assert answer.status_code == status
    assert not Opening.objects.exists()


def test_what_did_not_come_by_our_gateway_is_not_answered(settings: Any) -> None:
    settings.MOTCUA_EXCHANGE_GATEWAY_ADDRESSES = ["10.0.0.7"]
    assert ask(number("duc")).status_code == 401


def test_one_person_is_asked_about_thirty_times_an_hour_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motcua.core.identity.limits.time.time", lambda: 1_800_000_000.0)
    answers = [ask(number("duc"), message=f"m{place}").status_code for place in range(openings.MOST + 1)]
    assert answers == [200] * openings.MOST + [429]
    assert ask(number("lan_anh")).status_code == 200


# ---- asking


class Ward:
    """What the ward's installation answers, and how often it was asked."""

    def __init__(self, said: Any) -> None:
        self.said, self.asked = said, list[Any]()

    def carry(self, question: Question, message: str, *, within: float | None = None) -> Any:
        self.asked.append(question.body)
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def page_of(
    client: Client, ward: Ward, monkeypatch: pytest.MonkeyPatch, level: int = 2, query: str = ""
) -> str:
    monkeypatch.setattr(line, "carry", ward.carry)
    with acting(SYSTEM):
        sign_in(client, number("lan_anh"), level=level)
    return str(client.get(PAGE + query).content.decode())


KNOWN_THERE = {
    "at": "2026-11-20T05:00:00+00:00", "who": "Công an phường", "what": "Dân cư", "purpose": "Đăng ký tạm trú",
    "answered": True, "end": "asked", "call": "VN/GOV/H55.237/mot-cua z9",
}  # fmt: skip


def test_who_is_asked_is_asked_once_in_five_minutes_and_it_stands_in_the_ledger(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = Ward({"asked": [KNOWN_THERE], "more": False, "opened": []})
    for _ in range(2):
        page = page_of(client, ward, monkeypatch)
        assert "Đăng ký tạm trú" in page
        assert "Ghi tại: Ủy ban nhân dân phường." in page
    assert ward.asked == [{"person": number("lan_anh"), "on_behalf": "", "level": 2}]
    (event,) = Event.objects.filter(kind="exchange.peers_asked")
    assert event.data == {"asked": [f"{WARD}/ai-da-hoi"], "silent": []}
    clock_moved = clock.now() + dt.timedelta(seconds=openings.FRESH + 1)
    monkeypatch.setattr(clock, "now", lambda: clock_moved)
    page_of(client, ward, monkeypatch)
    assert len(ward.asked) == 2


@pytest.mark.parametrize(
    "said",
    [
        NotAnswered(Fault.SLOW, "too slow"),
        None,
        [],
        {"asked": "x", "more": False, "opened": []},
        {"asked": [{**KNOWN_THERE, "at": "hôm qua"}], "more": False, "opened": []},
        {"asked": [{**KNOWN_THERE, "at": "2026-11-20T05:00:00"}], "more": False, "opened": []},
        {"asked": [{**KNOWN_THERE, "end": "x"}], "more": False, "opened": []},
        {"asked": [{**KNOWN_THERE, "who": 7}], "more": False, "opened": []},
    ],
)
def test_a_peer_that_gives_no_usable_answer_is_named_and_asked_again_next_time(
    client: Client, monkeypatch: pytest.MonkeyPatch, said: Any
) -> None:
    looked_at(number("lan_anh"), "Quản lý thuế")
    ward = Ward(said)
    page = page_of(client, ward, monkeypatch)
    assert "Chưa hỏi được mọi nơi" in page
    assert "<li>Ủy ban nhân dân phường</li>" in page
    assert "Quản lý thuế" in page
    assert "Not every place could be asked" in page_of(client, ward, monkeypatch, query="?lang=en")
    assert len(ward.asked) == 2


def test_what_a_peer_writes_is_shown_as_text(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {**KNOWN_THERE, "who": "<script>alert(1)</script>", "purpose": "x" * 5_000}
    page = page_of(client, Ward({"asked": [bad], "more": False, "opened": []}), monkeypatch)
    assert "<script>alert" not in page
    assert "x" * 301 not in page


def test_for_who_has_not_shown_to_be_that_person_nobody_is_asked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = Ward({"asked": [KNOWN_THERE], "more": False, "opened": []})
    page = page_of(client, ward, monkeypatch, level=0)
    assert not ward.asked
    assert "Đây mới là những lần ghi tại nơi này" in page


def test_looks_of_one_s_own_push_no_agency_off_the_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = number("lan_anh")
    looked_at(who, "Quản lý thuế")
    for _ in range(who_asked.SHOWN + 2):
        record_read(
            Actor(ActorKind.CITIZEN, "Lan Anh"), purpose="xem", register="population", person_numbers=[who],
            record_ids=[],
        )  # fmt: skip
    ward = Ward({"asked": [], "more": False, "opened": []})
    assert "Quản lý thuế" in page_of(client, ward, monkeypatch)
