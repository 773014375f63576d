"""Killed, filled up, cut apart: what was answered is in the log. Long; run by `make soak`, the counts are printed."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from motcua.gateway.configuration import Right, Service
from motcua.gateway.reading import Verdict, containers, verify_log
from motcua.gateway.sandbox import Sandbox, open_subsystem
from tests.gateway.town import CLIENT, SERVICE, Provider, echo, free_port

pytestmark = pytest.mark.soak


class Pair:
    """Two gateways in processes of their own."""

    def __init__(
        self, folder: Path, *, provider: str = "", hosts: tuple[str, str] = ("127.0.0.1", "127.0.0.1")
    ) -> None:
        self.service = Provider()
        self.service.answer = echo
        self.box = Sandbox(folder, dt.datetime.now(dt.UTC).replace(microsecond=0))
        self.hosts = dict(zip("AB", hosts, strict=True))
        for code in "AB":
            self.box.add_gateway(code, f"{self.hosts[code]}:{free_port()}")
        base = provider or f"http://127.0.0.1:{self.service.port}"
        service = Service("mock1", base, timeout_ms=5_000, rights=(Right(CLIENT),))
        self.box.add_member("COM/4321", ["A"], [open_subsystem("TestClient", "A")])
        self.box.add_member("COM/1234", ["B"], [open_subsystem("TestService", "B", [service])])
        self.box.publish()
        self.port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.answered: list[str] = []
        self.refused = 0
        self._lock = threading.Lock()

    def start(self, code: str, *before: str, **settings: str) -> None:
        environment = {
            **os.environ,
            "MOTCUA_GATEWAY_CODE": code,
            "MOTCUA_GATEWAY_HOME": str(self.box.gateways[code].place),
            "MOTCUA_GATEWAY_CONFIGURATION": str(self.box.published),
            "MOTCUA_GATEWAY_CONFIGURATION_KEYS": str(self.box.folder / "control-plane"),
            "MOTCUA_GATEWAY_CLIENTS": f"{self.hosts[code]}:{self.port if code == 'A' else 0}",
            "MOTCUA_GATEWAY_PEERS": self.box.gateways[code].peers,
            "MOTCUA_GATEWAY_STATE": "127.0.0.1:0",
            **settings,
        }
        self.processes[code] = subprocess.Popen(
            [*before, sys.executable, "-m", "motcua.cli.main", "gateway"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        said = self.processes[code].stdout
        assert said is not None
        assert said.readline().startswith(b"gateway "), code

    def kill(self, code: str) -> None:
        self.processes[code].send_signal(signal.SIGKILL)
        self.processes[code].wait(10)

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            if process.poll() is None:
                process.kill()
                process.wait(5)
        self.service.close()

    def call(self, size: int = 500) -> bool:
        body = os.urandom(size)
        try:
            connection = http.client.HTTPConnection(self.hosts["A"], self.port, timeout=20)
            connection.request("POST", SERVICE + "/mock1", body, {"X-Road-Client": CLIENT})
            answer = connection.getresponse()
            whole = answer.read()
            connection.close()
        except (OSError, http.client.HTTPException):
            answer = None
        with self._lock:
            if answer is None or answer.status != 200:
                self.refused += 1
                return False
            assert whole == body
            self.answered.append(answer.getheader("x-road-id") or "")
            return True

    @contextlib.contextmanager
    def under_load(self, workers: int = 8) -> Iterator[None]:
        over = threading.Event()

        def work() -> None:
            while not over.is_set():
                if not self.call(random.choice((20, 500, 5_000, 100_000))):
                    time.sleep(0.02)

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            over.set()
            for each in threads:
                each.join(40)

    def journal(self, code: str) -> Path:
        return self.box.gateways[code].place / "journal"

    def lost(self) -> tuple[int, dict[str, Verdict]]:
        """How many answered messages are not in both logs."""
        verdicts = {code: verify_log(self.journal(code)) for code in "AB"}
        for code, each in verdicts.items():
            assert each.good, (code, each.faults[:5])
        known = verdicts["A"].query_ids & verdicts["B"].query_ids
        return len({each.encode() for each in self.answered} - known), verdicts


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.stop()


def test_killed_under_load_no_answered_message_is_lost(
    pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in "BA":
        pair.start(code, MOTCUA_GATEWAY_SEGMENT="4194304")
    kills = 0
    with pair.under_load():
        for _ in range(12):
            time.sleep(random.uniform(0.4, 1.2))
            code = random.choice("AB")
            pair.kill(code)
            kills += 1
            pair.start(code, MOTCUA_GATEWAY_SEGMENT="4194304")
        time.sleep(0.5)
    pair.kill("A")
    pair.kill("B")
    lost, verdicts = pair.lost()
    for query_id in random.sample(pair.answered, min(10, len(pair.answered))):
        assert {each.is_answer for each in containers(pair.journal("A"), query_id)} == {False, True}
    with capsys.disabled():
        print(
            f"\nkill -9: {kills} kills, {len(pair.answered)} answered, {pair.refused} refused, {lost} lost;"
            f" in the logs {verdicts['A'].answers} and {verdicts['B'].answers} answers,"
            f" {verdicts['A'].torn + verdicts['B'].torn} torn bytes cut off"
        )
    assert len(pair.answered) > 100
    assert lost == 0


@pytest.mark.parametrize("code", ["A", "B"])
def test_a_full_disk_refuses_before_it_loses(
    tmp_path: Path, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = Pair(tmp_path)
    small = pair.journal(code)
    small.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(small)], capture_output=True
    )
    if mounted.returncode:
        pair.stop()
        pytest.fail("this test mounts a small file system: run it as root, " + mounted.stderr.decode())
    try:
        for each in "BA":
            pair.start(each, MOTCUA_GATEWAY_SEGMENT="1048576")
        outcomes = [pair.call(60_000) for _ in range(200)]
        full_at = outcomes.index(False)
        assert full_at > 10
        assert not any(outcomes[full_at + 5 :])
        connection = http.client.HTTPConnection("127.0.0.1", pair.port, timeout=10)
        connection.request("GET", SERVICE + "/mock1", headers={"X-Road-Client": CLIENT})
        answer = connection.getresponse()
        assert answer.status == 503
        assert (answer.getheader("X-Road-Error") or "").endswith("LoggingFailed")
        pair.kill(code)
        lost, verdicts = pair.lost()
        with capsys.disabled():
            print(
                f"\nfull disk at {code}: {len(pair.answered)} answered, {pair.refused} refused, {lost} lost,"
                f" {verdicts[code].answers} answers in its log"
            )
        assert lost == 0
    finally:
        pair.stop()
        subprocess.run(["umount", str(small)], check=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    """Two network namespaces with a cable between them."""
    if shutil.which("ip") is None:
        pytest.fail("this test needs iproute2: apt-get install iproute2")
    mark = f"{os.getpid() % 10_000}"
    left, right = f"gwa{mark}", f"gwb{mark}"
    try:
        for each in (left, right):
            _ip("netns", "add", each)
            _ip("-n", each, "link", "set", "lo", "up")
        _ip(
            "link",
            "add",
            f"va{mark}",
            "netns",
            left,
            "type",
            "veth",
            "peer",
            "name",
            f"vb{mark}",
            "netns",
            right,
        )
        for space, link, address in ((left, f"va{mark}", "10.99.0.1"), (right, f"vb{mark}", "10.99.0.2")):
            _ip("-n", space, "addr", "add", f"{address}/24", "dev", link)
            _ip("-n", space, "link", "set", link, "up")
    except subprocess.CalledProcessError as error:
        _remove(left, right)
        pytest.fail(f"this test makes network namespaces: run it as root, {error.stderr.decode()}")
    yield left, right
    _remove(left, right)


def _remove(*spaces: str) -> None:
    for each in spaces:
        subprocess.run(["ip", "netns", "del", each], capture_output=True)


_CALL = (
    "import http.client,sys\n"
    "c=http.client.HTTPConnection('10.99.0.1',int(sys.argv[1]),timeout=40)\n"
    "c.request('GET',sys.argv[2],headers={'X-Road-Client':sys.argv[3]})\n"
    "r=c.getresponse();print(r.status,r.getheader('X-Road-Error') or '-',r.getheader('x-road-id') or '-')\n"
)
_SERVE = (
    "import http.server\n"
    "class H(http.server.BaseHTTPRequestHandler):\n"
    "  def do_GET(self):\n"
    "    self.send_response(200);self.send_header('Content-Length','2');self.end_headers();self.wfile.write(b'{}')\n"
    "http.server.ThreadingHTTPServer(('127.0.0.1',8123),H).serve_forever()\n"
)


def test_two_gateways_cut_apart_say_so_and_find_each_other_again(
    tmp_path: Path, namespaces: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    right = namespaces[1]
    inside = {code: ("ip", "netns", "exec", space) for code, space in zip("AB", namespaces, strict=True)}
    pair = Pair(tmp_path, provider="http://127.0.0.1:8123", hosts=("10.99.0.1", "10.99.0.2"))
    service = subprocess.Popen([*inside["B"], sys.executable, "-c", _SERVE], stderr=subprocess.DEVNULL)

    def call() -> tuple[str, float]:
        begun = time.monotonic()
        done = subprocess.run(
            [*inside["A"], sys.executable, "-c", _CALL, str(pair.port), SERVICE + "/mock1", CLIENT],
            capture_output=True,
            text=True,
            timeout=60,
        )
        status, error, query_id = done.stdout.split()
        if status == "200":
            pair.answered.append(query_id)
        return f"{status} {error}", time.monotonic() - begun

    try:
        for code in "BA":
            pair.start(code, *inside[code])
        time.sleep(0.5)
        assert call()[0] == "200 -"
        _ip("-n", right, "link", "set", f"vb{right[3:]}", "down")
        cut, took = call()
        assert cut == "502 Server.ClientProxy.NetworkError"
        assert took < 30
        again, _ = call()
        assert again == "502 Server.ClientProxy.NetworkError"
        _ip("-n", right, "link", "set", f"vb{right[3:]}", "up")
        begun = time.monotonic()
        healed = call()[0]
        while healed != "200 -" and time.monotonic() - begun < 40:
            time.sleep(0.5)
            healed = call()[0]
        waited = time.monotonic() - begun
        assert healed == "200 -"
        lost, _ = pair.lost()
        with capsys.disabled():
            print(f"\npartition: told after {took:.1f} s, healed {waited:.1f} s after the cable, {lost} lost")
        assert lost == 0
    finally:
        service.kill()
        service.wait(10)
        pair.stop()


def test_settings_are_refused_by_name(tmp_path: Path) -> None:
    environment = {**os.environ, "MOTCUA_GATEWAY_CODE": "", "MOTCUA_GATEWAY_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "motcua.cli.main", "gateway"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "MOTCUA_GATEWAY_CODE is not set" in done.stderr
