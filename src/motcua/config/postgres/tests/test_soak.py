"""Nothing acknowledged is lost: the server is killed again and again under load."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from motcua.config.home import cluster_folder
from motcua.config.postgres import ensure_running, status

KILLS = 8
WRITERS = 4


@pytest.fixture
def home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="mc-"))
    yield place
    found = status(place)
    if found.pid is not None:
        os.kill(found.pid, signal.SIGQUIT)
    shutil.rmtree(cluster_folder(place), ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)


@pytest.mark.soak
def test_every_row_that_was_acknowledged_survives_the_kills(home: Path) -> None:
    server = ensure_running(home)
    with psycopg.connect(server.owner_dsn) as owner:
        owner.execute("CREATE TABLE act (writer int, number int, PRIMARY KEY (writer, number))")
    acknowledged: list[tuple[int, int]] = []
    done = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not done.is_set():
            try:
                with psycopg.connect(server.app_dsn, autocommit=True, connect_timeout=5) as connection:
                    while not done.is_set():
                        number += 1
                        connection.execute("INSERT INTO act VALUES (%s, %s)", (writer, number))
                        acknowledged.append((writer, number))
            except psycopg.OperationalError:
                time.sleep(0.05)

    writers = [threading.Thread(target=write, args=(each,)) for each in range(WRITERS)]
    for each in writers:
        each.start()
    for _ in range(KILLS):
        time.sleep(0.5)
        before = len(acknowledged)
        os.kill(server.pid, signal.SIGKILL)
        server = ensure_running(home)
        assert before > 0
    time.sleep(0.5)
    done.set()
    for each in writers:
        each.join()
    with psycopg.connect(server.app_dsn) as connection:
        kept = set(connection.execute("SELECT writer, number FROM act").fetchall())
    assert len(acknowledged) > KILLS * 10
    assert set(acknowledged) <= kept
