"""PostgreSQL is killed while people submit: every number that was shown to somebody is there once afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from motcua.cli.demonstration.person import Lost, Person
from motcua.config.home import cluster_folder
from motcua.config.postgres import SUPERUSER, embedded_parameters, status
from motcua.config.postgres.connection import dsn
from motcua.core.identity.demo import PASSWORD, demo_code
from motcua.core.sealing import envelope, master
from tests.people import number

PEOPLE = ("lan_anh", "duc", "mai")
EACH = 6
FURNISH = (
    "from motcua.cli.waking import wake; wake(); from motcua.config import world; world.furnish(people=300)"
)
TROUBLE = (Lost, httpx.HTTPError)


@pytest.fixture
def home() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="mc-"))
    yield place
    found = status(place)
    if found.pid is not None:
        os.kill(found.pid, signal.SIGQUIT)
    shutil.rmtree(cluster_folder(place), ignore_errors=True)
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def site(home: Path) -> Iterator[str]:
    """`motcua serve` in a home of its own, furnished as the demonstration is."""
    ours = ("DATABASE_", "MOTCUA_SECRET")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment |= {
        "MOTCUA_HOME": str(home),
        "MOTCUA_SANDBOX": "1",
        "MOTCUA_SITE": address,
        "MOTCUA_UNLIMITED": "1",
    }
    serve = [sys.executable, "-m", "motcua.cli.main", "serve", "--port", str(port), "--workers", "1"]
    house = subprocess.Popen(serve, env=environment)
    try:
        wait_for(address)
        subprocess.run([sys.executable, "-c", FURNISH], env=environment, check=True)
        yield address
    finally:
        house.terminate()
        house.wait(60)


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address, timeout=5).status_code < 500:
                return
        assert time.monotonic() < deadline, f"{address} is not served"
        time.sleep(0.2)


@pytest.mark.soak
def test_every_number_that_was_shown_is_there_once(site: str, home: Path) -> None:
    shown: dict[str, str] = {}
    troubled: list[str] = []

    def submit_some(who: str) -> None:
        person = Person(site, who)
        for turn in range(EACH):
            child = f"Trần {who.replace('_', ' ').title()} {'Ơ' * (turn + 1)}"
            shown[child.upper()] = submit(person, who, child, troubled)

    people = [threading.Thread(target=submit_some, args=(who,)) for who in PEOPLE]
    for each in people:
        each.start()
    while len(shown) < len(PEOPLE):
        time.sleep(0.05)
    killed = status(home).pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    for each in people:
        each.join(180)
        assert not each.is_alive()
    assert len(shown) == len(PEOPLE) * EACH
    assert troubled, "the kill was felt by nobody: it proved nothing"
    there = kept(home)
    assert Counter(there) == Counter((child, case_number) for child, case_number in shown.items())


def submit(person: Person, who: str, child: str, troubled: list[str]) -> str:
    """Apply as somebody does who tries again when the site stumbles; returns the number shown."""
    deadline = time.monotonic() + 120
    where = ""
    while True:
        try:
            if not where:
                sign_in(person, who)
                person.open("/thu-tuc/khai-sinh/nop/").press("Đồng ý tra cứu và bắt đầu")
                if "/don/" not in person.url:
                    raise person.lost("no application was begun")
                where = person.url.split("/trang/")[0].split("/xem-lai/")[0].rstrip("/")
            person.open(f"{where}/trang/child/")
            if person.has_button("Lưu và tiếp tục"):
                person.press("Lưu và tiếp tục", {"child.name": child})
                person.open(f"{where}/trang/copies/").press("Lưu và tiếp tục", {"copies": "0"})
                person.open(f"{where}/xem-lai/").press("Nộp hồ sơ")
            return person.must_say("Đã nộp hồ sơ").find(r"H55\.237\.00-\d{6}-\d{4}")
        except TROUBLE as trouble:
            troubled.append(str(trouble))
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def sign_in(person: Person, who: str) -> None:
    """Sign in unless that was done; a code is taken once, so the next one may be needed."""
    person.open("/dang-nhap/")
    if not person.has_button("Đăng nhập"):
        return
    person.press("Đăng nhập", {"login": number(who), "password": PASSWORD})
    for ahead in (0, 30):
        if person.says("Bước hai"):
            person.press("Đăng nhập", {"code": demo_code(number(who), at=time.time() + ahead)})


def kept(home: Path) -> list[tuple[str, str]]:
    """(child, number) of every birth that stands in the database."""
    with psycopg.connect(dsn(embedded_parameters(SUPERUSER, home, "motcua"))) as connection:
        keys = connection.execute("select id, wrapped, master from sealing_datakey").fetchall()
        ciphers = {key_id: AESGCM(master.unwrap(wrapped, name)) for key_id, wrapped, name in keys}
        question = "select data, number from cases_case where service_code = '1.001193'"
        rows = connection.execute(question).fetchall()
    opened = [
        (envelope.unseal(ciphers[envelope.key_id_of(data)], data, "cases_case.data"), case)
        for data, case in rows
    ]
    return [(json.loads(data)["answers"]["child"]["name"], str(case)) for data, case in opened]
