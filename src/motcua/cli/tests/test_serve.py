"""The house under fire: every part of it is killed, and the site is there again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click
import psutil
import pytest

from motcua.cli.ports import require_free
from motcua.cli.supervisor import LONGEST_PAUSE, Part
from motcua.config.home import cluster_folder
from motcua.config.postgres import status


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Its database is made once: one house after another stands in it."""
    place = Path(tempfile.mkdtemp(prefix="mc-"))
    yield place
    found = status(place)
    if found.pid is not None:
        os.kill(found.pid, signal.SIGQUIT)
    shutil.rmtree(cluster_folder(place), ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def house(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """`motcua serve`, up when the test begins."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
    with (home / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "motcua.cli.main", "serve", "--workers", "1", "--port", str(port)],
            env=environment | {"MOTCUA_HOME": str(home)},
            stdout=said,
            stderr=said,
            text=True,
        )
    try:
        assert is_served(port, by=process), (home / "said").read_text()
        assert appears(process, "worker"), (home / "said").read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def is_served(port: int, within: float = 180.0, by: "subprocess.Popen[str] | None" = None) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline and (by is None or by.poll() is None):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return True
        except urllib.error.HTTPError as answer:
            if answer.code < 500:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def parts_of(house: "subprocess.Popen[str]", word: str) -> list[psutil.Process]:
    living = [each for each in psutil.Process(house.pid).children() if each.status() != psutil.STATUS_ZOMBIE]
    return [each for each in living if word in each.cmdline()]


def appears(house: "subprocess.Popen[str]", word: str, within: float = 90.0) -> bool:
    deadline = time.monotonic() + within
    while not parts_of(house, word):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=90)[1]


def test_whatever_is_killed_is_there_again_and_a_stop_leaves_nothing(
    house: "subprocess.Popen[str]", home: Path, port: int
) -> None:
    database = status(home).pid
    assert database is not None
    os.kill(database, signal.SIGKILL)
    for word in ("granian", "worker"):
        for part in parts_of(house, word):
            part.kill()
    assert is_served(port), (home / "said").read_text()
    assert appears(house, "worker")
    assert status(home).pid not in (None, database)

    children = psutil.Process(house.pid).children(recursive=True)
    house.terminate()
    assert house.wait(120) == 0, (home / "said").read_text()
    assert gone(children)
    assert not status(home).running
    require_free("127.0.0.1", port)


def test_when_the_house_itself_is_killed_its_parts_end_and_the_port_is_free(
    house: "subprocess.Popen[str]", port: int
) -> None:
    parts = [*parts_of(house, "granian"), *parts_of(house, "worker")]
    assert len(parts) == 2
    house.kill()
    assert gone(parts)
    require_free("127.0.0.1", port)


def test_a_port_that_is_taken_is_named_with_its_holder_and_a_way_out(port: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(
            click.ClickException, match=rf"taken by process {os.getpid()} .*--port {port + 1}"
        ):
            require_free("127.0.0.1", port)


def test_a_port_left_by_a_closed_connection_is_free(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(("127.0.0.1", port)):
        server.accept()[0].close()
    require_free("127.0.0.1", port)


def test_a_part_that_dies_at_once_is_started_ever_more_slowly() -> None:
    part = Part("thing", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    part.start()
    pauses: list[float] = []
    while len(pauses) < 2:
        told = part.tend()
        if told:
            assert "exit 3" in told
            pauses.append(part.pause)
        time.sleep(0.02)
    assert pauses == [0.5, 1.0]
    assert LONGEST_PAUSE >= 1.0
