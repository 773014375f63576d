"""The worker, as a program of its own on the test's database: it does jobs, also those another died over."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

TASK = "builtin:procrastinate.builtin_tasks.remove_old_jobs"


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts workers on call; they are stopped with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        started.append(subprocess.Popen([sys.executable, "-m", "motcua.cli.main", "worker"]))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def sql(statement: str, *values: Any) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None


def becomes(job: int, status: str, within: float = 120.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if sql("SELECT status::text FROM procrastinate_jobs WHERE id = %s", job) == status:
            return True
        time.sleep(0.1)
    return False


def enqueue() -> int:
    return app.configure_task(TASK).defer(max_hours=1000)


def test_a_job_is_done_within_seconds_and_a_stop_ends_the_worker(
    worker: Callable[[], "subprocess.Popen[bytes]"],
) -> None:
    running = worker()
    job = enqueue()
    assert becomes(job, "succeeded")
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0


def test_a_job_whose_worker_died_is_done_by_the_next(worker: Callable[[], "subprocess.Popen[bytes]"]) -> None:
    job = enqueue()
    dead = sql(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
    )
    sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", dead, job)
    worker()
    assert becomes(job, "succeeded")


def test_a_job_of_a_living_worker_is_left_to_it(worker: Callable[[], "subprocess.Popen[bytes]"]) -> None:
    theirs, ours = enqueue(), enqueue()
    alive = sql("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
    sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", alive, theirs)
    worker()
    assert becomes(ours, "succeeded")
    assert becomes(theirs, "doing", within=1)
