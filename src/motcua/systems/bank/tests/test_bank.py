"""The sandbox bank pays, refuses, is late, repeats itself and forgets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.payments import actions, queries
from motcua.core.payments.contrib import sandbox_bank
from motcua.core.payments.models import Attempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(db: None) -> Iterator[Attempt]:
    with acting(SYSTEM):
        fee = actions.FeeDue("copies", "Lệ phí bản sao", 16_000, "Thông tư")
        agency = organisations.agency("H55.237")
        actions.owe(SYSTEM, "case-1", [fee], agency_id=agency.pk, payer_party_id=None)
        yield actions.start_attempt(SYSTEM, "case-1", return_url="/ho-so/x/")


def choose(client: Client, attempt: Attempt, what: str) -> str:
    answer = client.post(f"/ngan-hang/{attempt.uuid}/", {"viec": what})
    attempt.refresh_from_db()
    return str(answer["Location"])


def test_the_page_says_that_it_is_no_bank_and_what_is_paid(client: Client, attempt: Attempt) -> None:
    page = client.get(f"/ngan-hang/{attempt.uuid}/").content.decode()
    assert "Đây không phải ngân hàng thật" in page
    assert "16.000 đ" in page


def test_paying_leads_back_and_settles(client: Client, attempt: Attempt) -> None:
    assert choose(client, attempt, "tra") == "/ho-so/x/"
    assert queries.balance("case-1").settled


@pytest.mark.parametrize(("what", "state"), [("tu_choi", "failed"), ("huy", "cancelled")])
def test_a_refusal_settles_nothing(client: Client, attempt: Attempt, what: str, state: str) -> None:
    choose(client, attempt, what)
    assert attempt.state == state
    assert not queries.balance("case-1").settled


def test_a_double_click_at_the_bank_pays_once(client: Client, attempt: Attempt) -> None:
    choose(client, attempt, "lap")
    client.post(f"/ngan-hang/{attempt.uuid}/", {"viec": "tra"})
    assert len(queries.receipts("case-1")) == 1


def test_a_lost_notice_is_found_by_the_statement(client: Client, attempt: Attempt) -> None:
    choose(client, attempt, "mat")
    assert not queries.balance("case-1").settled
    bank = sandbox_bank.SandboxBank()
    actions.import_statement("sandbox_bank", clock.today(), bank.statement(clock.today()))
    assert queries.balance("case-1").settled


def test_a_late_notice_comes_by_the_worker(client: Client, attempt: Attempt) -> None:
    choose(client, attempt, "tre")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where task_name = 'bank.tell'")
    jobs.run_all()
    assert queries.balance("case-1").settled


@pytest.mark.parametrize("mood", ["tre", "mat"])
def test_while_the_notice_is_awaited_the_bank_offers_no_second_transfer(
    client: Client, attempt: Attempt, mood: str
) -> None:
    choose(client, attempt, mood)
    assert attempt.state == "submitted"
    page = client.get(f"/ngan-hang/{attempt.uuid}/").content.decode()
    assert "Đừng chuyển lần nữa" in page
    assert 'name="viec"' not in page
    assert client.post(f"/ngan-hang/{attempt.uuid}/", {"viec": "tra"}).status_code == 200
    assert not queries.balance("case-1").settled
    actions.import_statement(
        "sandbox_bank", clock.today(), sandbox_bank.SandboxBank().statement(clock.today())
    )
    assert len(queries.receipts("case-1")) == 1


def test_a_genuine_notice_comes_in_by_the_door_and_a_forged_one_does_not(
    client: Client, attempt: Attempt
) -> None:
    body, headers = sandbox_bank.notice(sandbox_bank.decide(attempt, "success"))
    forged = client.post(
        "/ngan-hang/thong-bao/sandbox_bank/", body, "application/json", headers={"X-Bank-Signature": "00"}
    )
    assert forged.status_code == 403
    good = client.post(
        "/ngan-hang/thong-bao/sandbox_bank/",
        body,
        "application/json",
        headers={"X-Bank-Signature": headers["X-Bank-Signature"]},
    )
    assert good.json() == {"effect": "paid"}


def test_an_unknown_payment_is_not_found(client: Client) -> None:
    assert client.get("/ngan-hang/018f0000-0000-7000-8000-000000000000/").status_code == 404
