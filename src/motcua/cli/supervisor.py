"""Keeps the house running: PostgreSQL, worker and site, each started again when it dies."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

import click

from motcua.cli.database import is_up_to_date
from motcua.cli.ports import require_free
from motcua.config import postgres
from motcua.config.home import folder

SETTLED_SECONDS = 60.0
LONGEST_PAUSE = 30.0
GRACE_SECONDS = 15.0
HEAD_START = 2.0
"""Seconds the site is given before the worker starts: waking both at once would delay the first page."""


@dataclass
class Part:
    """One program of the house. `pause` seconds pass before its next start, doubled at each early death."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 0.25
    start_at: float = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=_end_with_parent,
        )
        self.started_at = time.monotonic()

    def tend(self) -> str | None:
        """Start the program again when it has died; returns what there is to tell."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        _kill_group(self.process)
        self.process = None
        self.pause = 0.25 if now - self.started_at > SETTLED_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        self.start_at = now + self.pause
        return f"The {self.name} ended ({_why(code)}); it starts again in {self.pause:g} s."


@dataclass
class Supervisor:
    """Runs database, worker and site of this installation at `host`:`port`.

    `start()`, then `run()` until a signal, or `tend()` now and then by oneself; `stop()` in any case.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    say: Callable[[str], None] = click.echo
    parts: list[Part] = field(default_factory=list)
    _server: postgres.Server | None = None
    _stopping: bool = False

    @property
    def address(self) -> str:
        """The site's address as a browser on this machine takes it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Start everything: refuse a port that is taken, migrate a database that is not of this version."""
        require_free(self.host, self.port)
        self._tend_database()
        if not is_up_to_date():
            self.say("Bringing the database up to date …")
            migrate = [sys.executable, "-m", "motcua.cli.main", "migrate"]
            if subprocess.run(migrate, stdout=subprocess.DEVNULL, check=False).returncode:
                raise click.ClickException(
                    "The database could not be brought up to date; the reason is above."
                )
        environment = {"MOTCUA_SITE": self.address, "DJANGO_SETTINGS_MODULE": "motcua.config.settings"}
        environment |= os.environ
        self.parts = [
            Part("site", self._site_command(), environment),
            Part("worker", [sys.executable, "-m", "motcua.cli.main", "worker"], environment),
        ]
        if face := os.environ.get("MOTCUA_GOVSTACK", ""):
            self.parts.append(_govstack(face, environment))
        folder("static")
        self.parts[0].start()
        self.parts[1].start_at = time.monotonic() + HEAD_START

    def wait_until_served(self, seconds: float = 60.0) -> None:
        """Return when the first page was served; an error of the site's own counts as served."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tend()
            try:
                with urllib.request.urlopen(self.address + "/", timeout=10):
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.03)
        raise click.ClickException(f"The site did not answer at {self.address} within {seconds:g} s.")

    def tend(self) -> None:
        """Start again whatever has died."""
        self._tend_database()
        for part in self.parts:
            told = part.tend()
            if told:
                self.say(told)

    def run(self) -> None:
        """Tend the house until SIGTERM, SIGINT or SIGHUP, then stop it."""
        before = {
            each: signal.signal(each, self._ask_to_stop)
            for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        try:
            while not self._stopping:
                self.tend()
                time.sleep(0.5)
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
            self.stop()

    def stop(self) -> None:
        """Stop site and worker, what they are at finished first, then the embedded database."""
        running = [part.process for part in self.parts if part.process is not None]
        self.parts = []
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _kill_group(process)
        if self._server is not None:
            postgres.stop(self._server)
            self._server = None

    def _ask_to_stop(self, number: int, frame: object) -> None:
        self._stopping = True

    def _tend_database(self) -> None:
        if not postgres.is_embedded():
            if self._server is None and not self.parts:
                postgres.urls()
            return
        if self._server is None:
            self._server = postgres.ensure_running()
        elif not postgres.status(self._server.home).running:
            self.say("PostgreSQL ended; it starts again.")
            try:
                self._server = postgres.ensure_running(self._server.home)
            except postgres.PostgresError as error:
                self.say(str(error))

    def _site_command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "motcua.config.wsgi:application"),
            *("--host", self.host, "--port", str(self.port), "--no-ws", "--log-level", "warning"),
            *("--workers", str(self.workers), "--blocking-threads", str(self.threads)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
        ]


def _govstack(port: str, environment: dict[str, str]) -> Part:
    """The GovStack face: the same site under another URL configuration, for our own gateway on this machine."""
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise click.ClickException(f"MOTCUA_GOVSTACK={port}: a port is expected, as 3333.")
    require_free("127.0.0.1", int(port))
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "motcua.config.wsgi:application"),
        *("--host", "127.0.0.1", "--port", port, "--no-ws", "--log-level", "warning", "--workers", "1"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
    ]
    return Part("GovStack face", command, environment | {"MOTCUA_GOVSTACK_FACE": "1"})


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what a dead program left behind: its own workers would go on holding the port."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _why(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def _end_with_parent() -> None:
    """Ask Linux to end this program when its supervisor is killed, so that the port is free again."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
