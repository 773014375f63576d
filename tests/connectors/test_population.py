"""The population database behind the SOAP connector: what comes back, and what is made of every kind of silence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from motcua.core import clock
from motcua.core.errors import Unavailable
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Read
from motcua.core.ledger.scope import acting
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.models import Answer
from motcua.core.registers import elsewhere
from motcua.core.registers import queries as registers
from motcua.core.registers.elsewhere import Known
from motcua.systems.sandboxes import moods
from tests.connectors.conftest import POPULATION, Connect

pytestmark = pytest.mark.django_db
LAN_ANH = "019195001234"
WHO: dict[str, Any] = {"name": "Nguyễn Thị Lan Anh", "born": "1995-03-08"}


@pytest.fixture(autouse=True)
def connected(connections: Connect) -> None:
    connections(POPULATION)


def look(**hints: Any) -> Known | None:
    with acting(SYSTEM):
        return elsewhere.look(SYSTEM, "population", "person", LAN_ANH, purpose="Khai sinh", **(hints or WHO))


def test_a_person_is_the_same_there_as_here() -> None:
    found = look()
    assert found is not None
    there = found.as_person()
    with acting(SYSTEM):
        here = registers.person(SYSTEM, LAN_ANH, purpose="so sánh")
    assert there is not None
    assert here is not None
    for name in "number name born sex ethnicity nationality residence_unit household spouse_number".split():
        assert getattr(there, name) == getattr(here, name), name
    assert there.record.source_label == "population"
    assert found.facts["spouse_name"] == "TRẦN MINH ĐỨC"


def test_the_look_is_logged_with_its_purpose() -> None:
    look()
    with acting(SYSTEM):
        last = Read.objects.latest("id")
    assert (last.register, last.purpose) == ("population", "Khai sinh")


def test_a_number_alone_shows_nobody() -> None:
    assert look(name="Trần Văn Khác", born="1995-03-08") is None
    assert look(name="Nguyễn Thị Lan Anh", born="1990-03-08") is None
    with pytest.raises(Silent) as silent:
        look(born="1995-03-08")
    assert silent.value.why == "wrong request"


def test_what_is_claimed_is_confirmed_or_not() -> None:
    def confirm(name: str) -> bool:
        with acting(SYSTEM):
            found = elsewhere.look(SYSTEM, "population", "confirm", LAN_ANH, purpose="Xác thực", name=name)
        assert found is not None
        return bool(found.facts["confirmed"])

    assert confirm("Nguyễn Thị Lan Anh")
    assert not confirm("Nguyễn Thị Lan")


def test_a_half_answer_leaves_the_rest_to_be_asked() -> None:
    moods.behave("population", "partial")
    found = look()
    assert found is not None
    assert found.facts["birth_year"] == 1995
    assert "born" not in found.facts
    assert "residence_unit" not in found.facts
    assert found.as_person() is None


def test_other_bytes_are_the_same_words() -> None:
    plain = look()
    moods.behave("population", "odd_encoding")
    with acting(SYSTEM):
        Answer.objects.all().delete()
    odd = look()
    assert plain is not None
    assert odd is not None
    assert odd.facts == plain.facts


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        ("down", "server error"),
        ("slow", "time-out"),
        ("no_access", "refused us"),
        ("limited", "rate limit"),
        ("wrong_schema", "wrong answer"),
        ("html", "wrong answer"),
        ("cut", "broken off"),
        ("huge", "too large"),
    ],
)
def test_every_failure_has_a_name_and_nothing_of_it_is_kept(mood: str, why: str) -> None:
    moods.behave("population", mood)
    with pytest.raises(Silent) as silent:
        look()
    assert silent.value.why == why
    with acting(SYSTEM):
        assert not Answer.objects.exists()


def test_an_answer_is_used_again_while_it_is_fresh_for_the_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    first = look()
    moods.behave("population", "down")
    again = look()
    assert first is not None
    assert again is not None
    assert (again.facts, again.at) == (first.facts, first.at)
    with acting(SYSTEM):
        assert Read.objects.filter(register="population", purpose="Khai sinh").count() == 2
    later = clock.now() + dt.timedelta(seconds=3601)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Unavailable):
        look()


def test_a_purpose_may_want_a_fresher_answer(connections: Connect) -> None:
    source = {**POPULATION["population"], "fresh_seconds": {"default": 3600, "Khai sinh": 0}}
    connections({"population": source})
    look()
    moods.behave("population", "down")
    with pytest.raises(Unavailable):
        look()


def test_a_kept_answer_is_sealed_and_its_question_cannot_be_read() -> None:
    look()
    from django.db import connection

    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select question, content from outbound_answer")
        ((question, content),) = cursor.fetchall()
    assert LAN_ANH not in question
    assert content.startswith("sealed1:")
    assert "LAN ANH" not in content


def test_a_wrong_file_of_connections_is_said_and_costs_only_the_prefilling(connections: Connect) -> None:
    connections({"population": {**POPULATION["population"], "connector": "khong_co"}})
    with pytest.raises(Unavailable):
        look()
