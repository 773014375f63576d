"""Foreigners sign in by VNeID: known here by the paper that an officer has seen, or told why not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from motcua.core import clock
from motcua.core.identity import enrolment, papers
from motcua.core.identity.models import Account, Evidence, EvidenceKind, IdentityPaper, Party, Session
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.eid import holders, sandbox
from motcua.systems.eid.tests.test_eid import agree, arrive, prove, sign_in_by_eid

pytestmark = pytest.mark.django_db
MARIE, MINJUN = "FRA-19FR00417", "KOR-M70215984"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    cache.clear()
    sandbox.forget()
    yield
    sandbox.forget()


def passport(key: str) -> papers.Paper:
    """The passport as VNeID knows it."""
    known = holders.holder(key)
    assert known is not None
    assert known.paper is not None
    return replace(known.paper, sex="Nữ" if known.paper.sex == "F" else "Nam")


@pytest.fixture
def marie(db: None) -> Party:
    """Marie, whose passport was seen at a counter; she has no account yet."""
    with acting(SYSTEM):
        return papers.party_of(SYSTEM, passport(MARIE), kind=EvidenceKind.CARD_SEEN)


def said(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_foreigner_on_record_is_signed_in_at_level_2_as_who_they_are(client: Client, marie: Party) -> None:
    back = sign_in_by_eid(client, MARIE)
    assert back.headers["Location"] == "/tai-khoan/", said(back)
    assert "DUPONT MARIE CLAIRE" in said(client.get("/tai-khoan/"))
    sign_in_by_eid(Client(), "fra 19fr 00417")
    with acting(SYSTEM):
        account = Account.objects.get(username=MARIE)
        assert account.party_id == marie.pk
        assert {session.level for session in Session.objects.filter(account=account)} == {2}
        assert Evidence.objects.filter(party=marie, kind=EvidenceKind.EID, reference="vneid").count() == 1
        assert Party.objects.filter(name=marie.name).count() == 1


def test_the_consent_page_names_the_paper(client: Client) -> None:
    arrive(client)
    prove(client, MARIE)
    page = said(client.get("/vneid/dong-y/"))
    for told in (MARIE, "Giấy tờ, ngày sinh, giới tính, quốc tịch", "Mức 2"):
        assert told in page


def test_a_foreigner_whom_no_counter_has_seen_is_sent_there(client: Client) -> None:
    back = sign_in_by_eid(client, MINJUN)
    assert back.status_code == 403
    assert MINJUN in said(back)
    assert "Mang giấy tờ đến bộ phận một cửa một lần" in said(back)
    with acting(SYSTEM):
        assert not Party.objects.filter(name="KIM MIN JUN").exists()
        assert not Account.objects.filter(username=MINJUN).exists()
    english = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert "Bring it to a one-stop desk once" in said(sign_in_by_eid(english, MINJUN))


def test_a_paper_that_was_replaced_here_is_told_as_such(client: Client, marie: Party) -> None:
    with acting(SYSTEM):
        papers.renew(SYSTEM, marie, replace(passport(MARIE), number="26FR00001"))
    back = sign_in_by_eid(client, MARIE)
    assert back.status_code == 403
    assert f"còn ghi giấy tờ cũ {MARIE}" in said(back)
    with acting(SYSTEM):
        assert not Account.objects.filter(party=marie).exists()


def test_another_person_s_name_under_the_number_is_told(client: Client, marie: Party) -> None:
    with acting(SYSTEM):
        Party.objects.filter(pk=marie.pk).update(name="DURAND ANNE", folded="durand anne")
    back = sign_in_by_eid(client, MARIE)
    assert back.status_code == 409
    assert "họ tên hoặc ngày sinh khác" in said(back)


def test_a_paper_that_has_ended_opens_nothing(
    client: Client, marie: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = replace(passport(MARIE), valid_until=clock.today() - dt.timedelta(days=1))
    known = holders.Holder(MARIE, ended.name, 2, paper=replace(ended, sex="F"))
    arrive(client)
    prove(client, MARIE)
    address = agree(client)
    monkeypatch.setattr(holders, "holder", lambda number: known)
    back = client.get(address)
    assert back.status_code == 400
    assert "Giấy tờ đã hết hạn từ ngày" in said(back)


def test_an_account_locked_at_the_paper_s_end_stays_so_until_the_desk_saw_the_new_one(
    client: Client, marie: Party
) -> None:
    sign_in_by_eid(client, MARIE)
    with acting(SYSTEM):
        IdentityPaper.objects.filter(party=marie).update(valid_until=clock.today() - dt.timedelta(days=1))
        enrolment.watch_papers()
    assert sign_in_by_eid(Client(), MARIE).headers["Location"] == reverse("account_inactive")
