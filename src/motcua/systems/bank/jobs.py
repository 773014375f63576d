"""A bank that tells late."""

from __future__ import annotations

from typing import Any

from motcua.core import jobs
from motcua.core.payments import actions
from motcua.core.payments.contrib import sandbox_bank


@jobs.task(name="bank.tell")
def tell(entry: dict[str, Any]) -> None:
    """Send a notice of what stands in the bank's book."""
    actions.receive_notice("sandbox_bank", *sandbox_bank.notice(entry))
