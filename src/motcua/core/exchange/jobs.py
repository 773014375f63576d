"""The outbox's worker."""

from __future__ import annotations

from motcua.core import jobs
from motcua.core.exchange import actions


@jobs.task(name="exchange.carry")
def carry(errand_id: int) -> None:
    actions.carry(errand_id)
