"""Work put off by two people in the same moment."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from motcua.core import jobs

LOCK = "deferred in the same moment"


@pytest.mark.django_db(transaction=True)
def test_two_who_put_off_the_same_work_at_once_have_it_done_once() -> None:
    faults: list[BaseException] = []
    begun = threading.Event()

    def second() -> None:
        try:
            with transaction.atomic():
                begun.set()
                jobs.defer("exchange.publish", queueing_lock=LOCK)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    other = threading.Thread(target=second)
    with transaction.atomic():
        jobs.defer("exchange.publish", queueing_lock=LOCK)
        other.start()
        begun.wait(60)
        other.join(0.3)  # it waits for this transaction
        assert other.is_alive()
    other.join(60)
    assert faults == []
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where queueing_lock = %s", [LOCK])
        assert cursor.fetchone() == (1,)
        cursor.execute("delete from procrastinate_jobs where queueing_lock = %s", [LOCK])


@pytest.mark.django_db(transaction=True)
def test_who_is_in_no_transaction_holds_the_lock_until_the_work_is_put_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[bool] = []
    look = jobs._already_waiting

    def looked(lock: str) -> bool:
        held.append(connection.in_atomic_block)
        return look(lock)

    monkeypatch.setattr(jobs, "_already_waiting", looked)
    jobs.defer("exchange.publish", queueing_lock=LOCK)
    jobs.defer("exchange.publish", queueing_lock=LOCK)
    assert held == [True, True]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where queueing_lock = %s", [LOCK])
        assert cursor.fetchone() == (1,)
