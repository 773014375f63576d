"""Reading what is owed and paid, and the two lists that must be empty."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from motcua.core.payments.models import (
    Attempt,
    AttemptState,
    Obligation,
    ObligationState,
    Receipt,
    StatementLine,
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What a reference owes and has paid, in đồng."""

    due: int
    paid: int
    lines: tuple[Obligation, ...]

    @property
    def settled(self) -> bool:
        return self.due == 0


def balance(reference: str) -> Balance:
    lines = tuple(Obligation.objects.filter(reference=reference).order_by("id"))
    return Balance(
        due=sum(line.amount for line in lines if line.state == ObligationState.DUE),
        paid=sum(line.amount for line in lines if line.state == ObligationState.PAID),
        lines=lines,
    )


def newest_attempt(reference: str) -> Attempt | None:
    return Attempt.objects.filter(reference=reference).order_by("-id").first()


def attempt(uuid: str) -> Attempt | None:
    return Attempt.objects.filter(uuid=uuid).first()


def receipts(reference: str) -> list[Receipt]:
    return list(
        Receipt.objects.filter(obligation__reference=reference).select_related("obligation").order_by("id")
    )


def paid_without_case() -> list[StatementLine]:
    """Money on a statement or notice that pays nothing we know of: to be found or given back."""
    return list(StatementLine.objects.filter(settled=False).order_by("day", "id"))


def case_without_money(provider: str | None = None) -> list[Attempt]:
    """Attempts we hold for paid, older than a day, that no statement line bears out."""
    from motcua.core import clock

    rows = Attempt.objects.filter(state=AttemptState.SUCCESS, finished_at__date__lt=clock.today()).exclude(
        Exists(StatementLine.objects.filter(attempt=OuterRef("pk"), settled=True))
    )
    if provider:
        rows = rows.filter(provider=provider)
    return list(rows.order_by("id"))
