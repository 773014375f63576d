"""“Which agency asked what about me”: whole, in words, for nobody but the person and who answers for them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from tests.people import number

from motcua.core import clock
from motcua.core.cases.queries import CASES
from motcua.core.exchange import actions
from motcua.core.exchange.line import Question
from motcua.core.identity.models import Mandate, Party
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actions import record_read
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations.models import Agency
from motcua.systems.exchange.tests.conftest import World
from motcua.systems.exchange.tests.test_operations import SERVICE, told

PAGE = "/lien-thong/ai-da-hoi/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.fixture
def lan_anh(exchange: World, client: Client) -> Client:
    with acting(SYSTEM):
        sign_in(client, number("lan_anh"))
    return client


def officer() -> Actor:
    with acting(SYSTEM):
        agency = Agency.objects.get(code="H55.237.00")
    return Actor(ActorKind.OFFICER, "Nông Thị Hoa", officer_id=1, agency_id=agency.pk, unit_ids=(agency.pk,))


def test_looks_here_questions_sent_and_calls_of_other_gateways_stand_together_in_words(
    exchange: World, lan_anh: Client
) -> None:
    who = number("lan_anh")
    record_read(officer(), purpose="khai-sinh", register="population", person_numbers=[who], record_ids=[])
    question = Question("Hỏi nơi cư trú", "Công an tỉnh", SERVICE, "khai-sinh", about=(who,))
    for _ in range(2):
        actions.send(officer(), question, key="a")
    told(exchange, "m1", clock.now(), service=f"{SERVICE}.v2", people=[who])
    page = text(lan_anh.get(PAGE))
    assert page.count("Tra cứu dân cư") == 2, "the question that was sent, once, and the other gateway's call"
    assert page.count("Đăng ký khai sinh") == 3
    assert "Ủy ban nhân dân phường" in page
    assert who not in page


def test_what_one_looked_up_oneself_is_no_agency_s_question(exchange: World, lan_anh: Client) -> None:
    who = number("lan_anh")
    citizen = Actor(ActorKind.CITIZEN, "Lan Anh")
    record_read(citizen, purpose="xem", register="population", person_numbers=[who], record_ids=[])
    assert "Chưa có cơ quan nào hỏi" in text(lan_anh.get(PAGE))


def acting_for(client: Client, kind: str, services: list[str] | None = None) -> Client:
    """She chooses to act for somebody of whom an agency asked."""
    with acting(SYSTEM):
        me, other = (Party.objects.get(personal_number=number(name)) for name in ("lan_anh", "suu"))
        mandate = Mandate.objects.create(
            principal=other,
            representative=me,
            kind=kind,
            service_codes=services or [],
            evidence="Quyết định",
            valid_from=dt.date(2026, 1, 1),
        )
    assert client.post("/lam-thay/", {"mandate": str(mandate.uuid)}).status_code == 303
    return client


@pytest.fixture
def suu_was_asked_about(exchange: World) -> None:
    with acting(SYSTEM):
        sign_in(Client(), number("suu"))
    told(exchange, "m1", clock.now(), people=[number("suu")])


def test_a_guardian_sees_who_asked_about_the_ward(suu_was_asked_about: None, lan_anh: Client) -> None:
    assert "Tra cứu dân cư" not in text(lan_anh.get(PAGE))
    page = text(acting_for(lan_anh, "guardian").get(PAGE))
    assert "Tra cứu dân cư" in page
    assert "Cơ quan nào đã hỏi về MA THỊ SỬU" in page


@pytest.mark.parametrize(("kind", "services"), [("proxy", []), ("guardian", ["khai-sinh"]), ("heir", [])])
def test_a_proxy_an_heir_and_a_mandate_for_some_services_see_nothing(
    suu_was_asked_about: None, lan_anh: Client, kind: str, services: list[str]
) -> None:
    answer = acting_for(lan_anh, kind, services).get(PAGE)
    assert answer.status_code == 403
    assert "Tra cứu dân cư" not in text(answer)


def test_it_is_told_in_english_too(exchange: World, lan_anh: Client) -> None:
    told(exchange, "m1", clock.now(), people=[number("lan_anh")])
    assert "asked another agency about you" in text(lan_anh.get(f"{PAGE}?lang=en"))


def test_looks_of_one_agency_on_one_day_stand_once_with_their_number(lan_anh: Client) -> None:
    for _ in range(3):
        record_read(
            officer(),
            purpose="Giải quyết hồ sơ",
            register=CASES,
            person_numbers=[number("lan_anh")],
            record_ids=[],
        )
    page = text(lan_anh.get(PAGE))
    assert page.count("Hỏi: hồ sơ của ông/bà. Để: Giải quyết hồ sơ. 3 lần.") == 1
