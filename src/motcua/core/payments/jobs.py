"""What is done about payments when nobody looks."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock, jobs
from motcua.core.payments import actions, receipts
from motcua.core.payments.gateway import gateways
from motcua.core.payments.models import Attempt, AttemptState, Receipt


@jobs.task(name="payments.ask_gateway")
def ask_gateway(attempt_id: int) -> None:
    """An attempt's time is over: ask the gateway what became of it, since a notice may have been lost."""
    attempt = Attempt.objects.get(pk=attempt_id)
    if attempt.finished:
        return
    said = gateways.get(attempt.provider).ask(attempt)
    if said is not None:
        actions.apply_said(attempt.provider, said)
        return
    Attempt.objects.filter(pk=attempt_id).update(state=AttemptState.CANCELLED, finished_at=clock.now())


@jobs.task(name="payments.write_receipt")
def write_receipt(receipt_id: int) -> None:
    """Set and seal the receipt of a payment."""
    rows = Receipt.objects.select_for_update(of=("self",)).select_related("obligation__account__bank")
    receipts.write(rows.get(pk=receipt_id))


@jobs.task(name="payments.import_statements", every="15 2 * * *")
def import_statements(timestamp: int = 0) -> None:
    """Each night: yesterday's statement of every gateway."""
    yesterday = clock.today() - dt.timedelta(days=1)
    for provider in gateways.names():
        actions.import_statement(provider, yesterday, gateways.get(provider).statement(yesterday))
