"""Background work, enqueued in the same transaction as the business write (procrastinate, in PostgreSQL).

Tasks are idempotent: a worker may die between doing and saying so, and the job then runs again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.db import connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

_tasks: dict[str, Callable[..., Any]] = {}


def task(
    *, name: str, retry: int = 8, queue: str = "default", lock: str | None = None, every: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare background work. It runs as the system, in one transaction; a failure is tried again `retry` times,
    each pause twice as long (2 s, 4 s …). `every` is a cron line, with seconds as a sixth field if wanted; such a task
    takes the moment as `timestamp`."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def run(**arguments: Any) -> Any:
            with acting(SYSTEM):
                return function(**arguments)

        strategy = RetryStrategy(max_attempts=retry, exponential_wait=2)
        declared = app.task(name=name, queue=queue, lock=lock, retry=strategy)(run)
        if every is not None:
            app.periodic(cron=every)(cast(Any, declared))
        _tasks[name] = run
        return function

    return declare


def defer(
    task_name: str,
    *,
    queueing_lock: str | None = None,
    schedule_at: dt.datetime | None = None,
    **arguments: Any,
) -> None:
    """Enqueue work in the present transaction. With a queueing lock, a job already waiting under it is enough."""
    with transaction.atomic(savepoint=False):  # where there is none yet, the look and the job need one
        if queueing_lock is not None and _already_waiting(queueing_lock):
            return
        app.configure_task(
            task_name, queueing_lock=queueing_lock, schedule_at=schedule_at, allow_unknown=True
        ).defer(**json.loads(json.dumps(arguments, default=str)))


def _already_waiting(queueing_lock: str) -> bool:
    """Whether a job waits under the lock. Who asks meanwhile waits for the other's transaction, and sees its job."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [queueing_lock])
        cursor.execute(
            "select 1 from procrastinate_jobs where queueing_lock = %s and status = 'todo' limit 1",
            [queueing_lock],
        )
        return cursor.fetchone() is not None


def run_all(limit: int = 500) -> int:
    """Run what is due, in order, in this process: for tests and for the demonstration's quiet moments.

    Returns how many jobs ran. An error is raised at once, the job left waiting.
    """
    done = 0
    while done < limit:
        job = _next_due()
        if job is None:
            return done
        number, name, arguments = job
        _tasks[name](**arguments)
        with connection.cursor() as cursor:
            cursor.execute("update procrastinate_jobs set status = 'succeeded' where id = %s", [number])
        done += 1
    raise RuntimeError(f"{limit} jobs ran and more are due: does a job enqueue itself?")


def _next_due() -> tuple[int, str, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, task_name, args from procrastinate_jobs where status = 'todo' and "
            "(scheduled_at is null or scheduled_at <= now()) order by priority desc, id limit 1"
        )
        row = cursor.fetchone()
    if row is None:
        return None
    arguments = row[2] if isinstance(row[2], dict) else json.loads(row[2])
    return row[0], row[1], arguments


__all__ = ["defer", "run_all", "task"]
