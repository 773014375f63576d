"""Money is owed once, paid once, and every đồng has its case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from motcua.core import clock
from motcua.core.documents.models import Document
from motcua.core.documents.queries import content, verify_bytes
from motcua.core.errors import Conflict, NotAllowed
from motcua.core.jobs import run_all
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.payments import actions, jobs, queries
from motcua.core.payments.contrib import sandbox_bank as bank
from motcua.core.payments.gateway import Line, settled
from motcua.core.payments.models import Attempt, AttemptState
from motcua.engines import vietqr

pytestmark = pytest.mark.django_db
FEE = actions.FeeDue("copies", "Lệ phí bản sao trích lục", 16_000, "Thông tư 281/2016/TT-BTC")


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    with acting(SYSTEM):
        yield


def owing(reference: str = "case-1") -> str:
    agency = organisations.agency("H55.237")
    actions.owe(SYSTEM, reference, [FEE], agency_id=agency.pk, payer_party_id=None)
    return reference


def say(attempt: Attempt, state: str, amount: int | None = None) -> str:
    return actions.receive_notice("sandbox_bank", *bank.notice(bank.decide(attempt, state, amount=amount)))


def test_a_payment_settles_what_is_owed_and_gives_a_receipt() -> None:
    told: list[str] = []
    listener = lambda reference, **_: told.append(reference)  # noqa: E731
    settled.register(listener)
    attempt = actions.start_attempt(SYSTEM, owing())
    assert say(attempt, "success") == "paid"
    assert queries.balance("case-1").settled
    assert queries.receipts("case-1")[0].number.startswith("BL-H55.237-")
    assert told == ["case-1"]


def test_a_receipt_is_a_sealed_paper_in_words_and_figures() -> None:
    say(actions.start_attempt(SYSTEM, owing()), "success")
    run_all()
    (receipt,) = queries.receipts("case-1")
    document = Document.objects.get(pk=receipt.document_id or 0)
    assert (document.kind, document.state, document.number) == ("receipt", "issued", receipt.number)
    assert (
        document.data["amount_in_words"].startswith("Mười sáu nghìn")
        or "mười sáu nghìn" in document.data["amount_in_words"]
    )
    assert verify_bytes(content(document)).verdict == "valid"


def test_who_is_let_off_the_last_fee_need_not_wait() -> None:
    told: list[str] = []
    listener = lambda reference, **_: told.append(reference)  # noqa: E731
    settled.register(listener)
    owing()
    actions.waive(SYSTEM, queries.balance("case-1").lines[0].pk, "hộ nghèo")
    assert told == ["case-1"]


def test_the_code_to_scan_names_account_amount_and_transfer_code() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    read = vietqr.parse(attempt.payload)
    assert (read.amount, read.purpose) == (16_000, attempt.code)


def test_the_same_notice_twice_counts_once() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    body, headers = bank.notice(bank.decide(attempt, "success"))
    assert actions.receive_notice("sandbox_bank", body, headers) == "paid"
    assert actions.receive_notice("sandbox_bank", body, headers) == "repeated"
    assert len(queries.receipts("case-1")) == 1


def test_a_late_notice_of_an_earlier_state_does_not_undo_success() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    say(attempt, "success")
    assert say(attempt, "submitted") == "already paid"
    assert say(attempt, "failed") == "already paid"
    assert queries.balance("case-1").settled


def test_success_after_a_refusal_still_counts() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    say(attempt, "failed")
    assert say(attempt, "success") == "paid"


def test_a_notice_with_a_wrong_signature_is_refused() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    body, headers = bank.notice(bank.decide(attempt, "success"))
    with pytest.raises(NotAllowed):
        actions.receive_notice("sandbox_bank", body.replace(b"16000", b"16001"), headers)
    assert not queries.balance("case-1").settled


def test_a_wrong_amount_pays_nothing_and_becomes_somebody_s_work() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    assert say(attempt, "success", amount=1_000) == "wrong amount"
    assert not queries.balance("case-1").settled
    assert [line.amount for line in queries.paid_without_case()] == [1_000]


def test_two_tabs_pay_by_the_same_attempt() -> None:
    owing()
    assert actions.start_attempt(SYSTEM, "case-1").pk == actions.start_attempt(SYSTEM, "case-1").pk


def test_what_is_paid_cannot_be_paid_again() -> None:
    say(actions.start_attempt(SYSTEM, owing()), "success")
    with pytest.raises(Conflict):
        actions.start_attempt(SYSTEM, "case-1")


def test_a_lost_notice_is_made_good_by_asking() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    bank.decide(attempt, "success")
    jobs.ask_gateway(attempt.pk)
    assert queries.balance("case-1").settled


def test_an_attempt_of_which_the_bank_knows_nothing_ends() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    jobs.ask_gateway(attempt.pk)
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.CANCELLED


def test_a_statement_books_what_no_notice_told_and_is_read_once() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    lines = [Line("FT1", attempt.code, 16_000), Line("FT2", "MCUNKNOWN", 5_000)]
    assert actions.import_statement("sandbox_bank", clock.today(), lines) == 2
    assert actions.import_statement("sandbox_bank", clock.today(), lines) == 0
    assert queries.balance("case-1").settled
    assert [line.bank_reference for line in queries.paid_without_case()] == ["FT2"]


def test_money_we_hold_for_paid_and_no_statement_bears_out_is_listed() -> None:
    attempt = actions.start_attempt(SYSTEM, owing())
    say(attempt, "success")
    Attempt.objects.filter(pk=attempt.pk).update(finished_at=clock.now() - dt.timedelta(days=2))
    assert [one.pk for one in queries.case_without_money()] == [attempt.pk]
    actions.import_statement("sandbox_bank", clock.today(), [Line("FT9", attempt.code, 16_000)])
    assert queries.case_without_money() == []


def test_only_a_cashier_takes_money_at_the_desk() -> None:
    owing()
    clerk = Actor(ActorKind.OFFICER, "Hà", officer_id=1)
    with pytest.raises(NotAllowed):
        actions.pay_at_counter(clerk, "case-1")
    actions.pay_at_counter(Actor(ActorKind.OFFICER, "Hà", groups=frozenset({"cashier"})), "case-1")
    assert queries.balance("case-1").settled


def test_a_refund_is_a_decision_with_a_reason() -> None:
    say(actions.start_attempt(SYSTEM, owing()), "success")
    obligation = queries.balance("case-1").lines[0]
    actions.refund(SYSTEM, obligation.pk, "rút hồ sơ trước khi giải quyết")
    assert queries.balance("case-1").paid == 0
