"""Where the day is played: on a site with its worker, or inside a test."""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

from motcua.cli.supervisor import Supervisor

PATIENCE = 90.0
"""Seconds to wait for the worker before something is held to be wrong."""


class Stage(Protocol):
    """What the play needs of the world beside its pages."""

    site: str

    def now_is(self, moment: dt.datetime) -> None:
        """Move the sandbox's clock."""

    def let_work_be_done(self) -> None:
        """Return when no job is due any more."""

    def population(self, mode: str, *, for_child: str, delay_seconds: int = 1) -> None:
        """Tell the sandbox population database how to behave."""

    def count_indicators(self) -> None:
        """Count the indicators anew."""


class LiveStage:
    """A site served by the supervisor, with its own worker."""

    def __init__(self, house: Supervisor) -> None:
        self.house = house
        self.site = house.address

    def now_is(self, moment: dt.datetime) -> None:
        from motcua.core import clock

        clock.move_sandbox_to(moment)
        time.sleep(0.3)  # the other processes look at the clock's file every 0.2 s

    def let_work_be_done(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.house.tend()
            if not _due_jobs():
                return
            time.sleep(0.1)
        raise RuntimeError(f"jobs are still waiting after {PATIENCE:g} s: {_due_jobs()}")

    def population(self, mode: str, *, for_child: str, delay_seconds: int = 1) -> None:
        from motcua.core.registers.contrib import sandbox

        sandbox.behave(mode, for_child=for_child, delay_seconds=delay_seconds)

    def count_indicators(self) -> None:
        from motcua.core.cases.jobs import count_indicators
        from motcua.core.ledger.actor import SYSTEM
        from motcua.core.ledger.scope import acting

        with acting(SYSTEM):
            count_indicators(days=31)

    def end(self) -> None:
        """Return to the real time."""
        from motcua.core import clock
        from motcua.core.registers.contrib import sandbox

        clock.move_sandbox_to(None)
        sandbox.forget()


def _due_jobs() -> list[str]:
    """Names of jobs that are due or being done, the sealer's and other periodic ones left out."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "select task_name from procrastinate_jobs where status in ('todo', 'doing') "
            "and (scheduled_at is null or scheduled_at <= now()) "
            "and task_name not in ('ledger.seal', 'documents.publish_trust', 'payments.import_statements')"
        )
        return [row[0] for row in cursor.fetchall()]
