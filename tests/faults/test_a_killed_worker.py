"""The worker is killed between signing and filing: the result is issued once, by the worker that comes after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from motcua.core.cases.models import Case, Code
from motcua.core.documents.models import Document
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from tests.faults.conftest import Visitor, cases_of, filled_in
from tests.faults.desk import appraise, receive, sign
from tests.people import number

PATIENCE = 240.0
Worker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def worker(world: str) -> Iterator[Worker]:
    """Starts a real worker on the run's database; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "motcua.cli.main", "worker"]
        started.append(subprocess.Popen(command, env=os.environ | {"MOTCUA_SITE": world}))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


def ask(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0]) if cursor.description else 0


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:g} s"
        time.sleep(0.1)


def test_the_result_is_issued_once_by_the_worker_that_comes_after(visitor: Visitor, worker: Worker) -> None:
    child = "Trần Thợ Ngã"
    mother = visitor(number("lan_anh"))
    filled_in(mother, child)
    mother.press("Nộp hồ sơ").must_say("Đã nộp hồ sơ")
    (case,) = cases_of(child)
    receive(visitor, case)
    appraise(visitor, case)
    sign(visitor, case)

    at_it = (
        "select count(*) from procrastinate_jobs where status = 'doing' and task_name = 'cases.run_service'"
    )
    with acting(SYSTEM):  # while we hold the case, the worker can begin to file it and not end
        Case.objects.select_for_update().get(pk=case.pk)
        first = worker()
        wait_until(lambda: ask(at_it) > 0, "the filing")
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert ask(at_it) > 0, "the job was left in the middle"
    assert result(case).state != "issued"
    ask("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")

    worker()
    wait_until(lambda: standing(case) == Code.RETURNED, "the return of the result")
    assert result(case).state == "issued"
    with acting(SYSTEM):
        issued = Event.objects.filter(case_id=case.pk, kind="case.result_issued")
        assert issued.count() == 1


def result(case: Case) -> Document:
    """The one result of the case; were there two, this fails."""
    with acting(SYSTEM):
        return Document.objects.get(case_id=case.pk, kind="result")


def standing(case: Case) -> int:
    with acting(SYSTEM):
        return int(Case.objects.values_list("business_status_id", flat=True).get(pk=case.pk))
