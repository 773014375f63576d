"""Money that fits nothing is somebody's work: matched with a payment of their agency, or explained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.payments import actions, queries
from motcua.core.payments.gateway import Line, settled
from motcua.core.payments.models import Attempt, StatementLine
from motcua.core.payments.reconciling import settle_statement_line

pytestmark = pytest.mark.django_db
FEE = actions.FeeDue("copies", "Lệ phí bản sao trích lục", 16_000, "Thông tư 281/2016/TT-BTC")


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    with acting(SYSTEM):
        yield


def officer(*groups: str, code: str = "H55.237") -> Actor:
    """Somebody of the one-stop desk of that agency."""
    desk = organisations.one_stop_of(organisations.agency(code))
    return Actor(
        ActorKind.OFFICER,
        "Hà",
        officer_id=1,
        agency_id=desk.pk,
        unit_ids=(desk.pk,),
        groups=frozenset(groups),
    )


@pytest.fixture
def attempt() -> Attempt:
    agency = organisations.agency("H55.237")
    actions.owe(SYSTEM, "case-1", [FEE], agency_id=agency.pk, payer_party_id=None)
    return actions.start_attempt(SYSTEM, "case-1")


def stray(amount: int = 16_000, reference: str = "FT1", code: str = "MCMISTYPED") -> StatementLine:
    actions.import_statement("sandbox_bank", clock.today(), [Line(reference, code, amount)])
    return StatementLine.objects.get(bank_reference=reference)


def test_a_mistyped_code_is_matched_and_pays(attempt: Attempt) -> None:
    told: list[str] = []
    listener = lambda reference, **_: told.append(reference)  # noqa: E731
    settled.register(listener)
    line = stray()
    typed = attempt.code.lower()
    settle_statement_line(officer("cashier"), line.pk, "Người nộp gõ nhầm mã", f"{typed[:4]} {typed[4:]}")
    assert queries.balance("case-1").settled
    assert told == ["case-1"]
    assert queries.paid_without_case() == []
    event = Event.objects.get(kind="payment.statement_settled")
    assert (event.actor_label, event.data["code"]) == ("Hà", attempt.code)


def test_money_given_back_is_explained_and_pays_nothing(attempt: Attempt) -> None:
    line = stray(5_000)
    with pytest.raises(UserError, match="reason"):
        settle_statement_line(officer("steering"), line.pk, "  ")
    settle_statement_line(officer("steering"), line.pk, "Đã hoàn cho người chuyển")
    assert queries.paid_without_case() == []
    assert not queries.balance("case-1").settled
    with pytest.raises(Conflict):
        settle_statement_line(officer("cashier"), line.pk, "Lần nữa")


def test_an_amount_that_does_not_fit_is_not_matched(attempt: Attempt) -> None:
    line = stray(15_000)
    with pytest.raises(UserError, match=r"16\.000"):
        settle_statement_line(officer("cashier"), line.pk, "Thiếu", attempt.code)
    assert [one.pk for one in queries.paid_without_case()] == [line.pk]


def test_what_is_paid_already_is_not_paid_by_other_money(attempt: Attempt) -> None:
    actions.import_statement("sandbox_bank", clock.today(), [Line("FT0", attempt.code, 16_000)])
    with pytest.raises(UserError, match="twice"):
        settle_statement_line(officer("cashier"), stray().pk, "Nộp lại", attempt.code)


def test_what_was_paid_at_the_counter_is_not_paid_by_other_money(attempt: Attempt) -> None:
    actions.pay_at_counter(officer("cashier"), "case-1")
    with pytest.raises(UserError, match="otherwise"):
        settle_statement_line(officer("cashier"), stray().pk, "Nộp lại", attempt.code)


def test_only_who_takes_money_or_steers_reconciles_and_only_for_their_agency(attempt: Attempt) -> None:
    line = stray()
    with pytest.raises(NotAllowed):
        settle_statement_line(officer("civil_status_officer"), line.pk, "x", attempt.code)
    elsewhere = officer("cashier", code="H55.238")
    with pytest.raises(UserError, match="no payment"):
        settle_statement_line(elsewhere, line.pk, "x", attempt.code)
    wrong = stray(1_000, "FT2", attempt.code)
    assert wrong.attempt_id == attempt.pk
    with pytest.raises(NotFound):
        settle_statement_line(elsewhere, wrong.pk, "x")
