"""The server's process: is it alive, start it, end it. A process file alone is never believed."""

import contextlib
import enum
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import psycopg

from motcua.config.postgres.binaries import Binaries
from motcua.config.postgres.cluster import Cluster, environment
from motcua.config.postgres.errors import PostgresError

START_SECONDS = 300
"""Recovery after a crash replays up to `max_wal_size`; a start may take that long."""
STOP_SECONDS = 60
LOG_BYTES = 10_000_000


def postmaster(data: Path) -> int | None:
    """The process id of the live server of the folder `data`, or None.

    `postmaster.pid` outlives a killed server, and its number may since belong to any other process: it counts
    only while that process is a postgres at work in this very folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if pid in _servers(data, [pid]) else None


def start(cluster: Cluster, programs: Binaries) -> int:
    """Start the server detached from us and wait until it answers; returns its process id."""
    _await_orphans(cluster)
    _sweep(cluster)
    _keep_log_short(cluster)
    with cluster.log.open("ab") as log:
        beginning = log.tell()
        cluster.log.chmod(0o600)
        cluster.account.take(cluster.log)
        process = subprocess.Popen(
            [programs.program("postgres"), "-D", str(cluster.data)],
            cwd=cluster.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            umask=0o077,
            **cluster.account.subprocess_options(),
        )
    _await_answer(cluster, process, beginning)
    return process.pid


def end(cluster: Cluster, pid: int) -> None:
    """Stop the server: connections are cut, a checkpoint is written; after `STOP_SECONDS` without one."""
    for order, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, order)
        if _gone(cluster.data, pid, seconds):
            return
    raise PostgresError(f"PostgreSQL (process {pid}) does not stop. Look into {cluster.log}.")


class Reply(enum.Enum):
    """What a server says to who knocks."""

    WELCOME = "it takes connections"
    LATER = "it starts, recovers or stops"
    NOTHING = "its socket is gone or it knows us not"


def ask(cluster: Cluster) -> Reply:
    """Knock at the server's socket once."""
    try:
        with psycopg.connect(cluster.superuser(), connect_timeout=5):
            return Reply.WELCOME
    except psycopg.OperationalError as error:
        words = str(error)
    if "too many clients" in words or "connection slots" in words:
        return Reply.WELCOME
    if any(
        state in words for state in ("starting up", "not yet accepting", "recovery mode", "shutting down")
    ):
        return Reply.LATER
    return Reply.NOTHING


def settled(cluster: Cluster) -> int | None:
    """The process id of a server that takes connections, once it has recovered; None when there is none.

    A server that lives but cannot be reached is ended: its socket was swept away, or it knows other users.
    """
    deadline = time.monotonic() + START_SECONDS
    while (pid := postmaster(cluster.data)) is not None:
        reply = ask(cluster)
        if reply is Reply.WELCOME:
            return pid
        if reply is Reply.NOTHING and postmaster(cluster.data) == pid:
            end(cluster, pid)
        if time.monotonic() > deadline:
            raise PostgresError(
                f"PostgreSQL (process {pid}) has been recovering for {START_SECONDS} s: {cluster.log}"
            )
        time.sleep(0.05)
    return None


def _servers(data: Path, pids: list[int]) -> list[int]:
    """Those of `pids` that are processes of a postgres whose working folder is `data`."""
    place = data.resolve()
    found = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and process.name().startswith("postgres") and Path(process.cwd()) == place:
                found.append(pid)
        except (psutil.Error, OSError):
            continue
    return found


def _gone(data: Path, pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _servers(data, [pid]):
        if time.monotonic() > deadline:
            return False
        _bury(pid)
        time.sleep(0.02)
    return True


def _bury(pid: int) -> None:
    """Collect the process if it was our child; a zombie is no server."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _await_orphans(cluster: Cluster) -> None:
    """Wait for the children of a killed server to end; they still write into its shared memory."""
    deadline = time.monotonic() + STOP_SECONDS
    while orphans := _servers(cluster.data, psutil.pids()):
        if time.monotonic() > deadline:
            raise PostgresError(
                f"Processes of a killed PostgreSQL still run in {cluster.data}: {orphans}. End them and "
                "start again."
            )
        time.sleep(0.05)


def _sweep(cluster: Cluster) -> None:
    """Remove what a killed server left; PostgreSQL would wait for whoever has its number now."""
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    for left in cluster.sockets.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)


def _keep_log_short(cluster: Cluster) -> None:
    if cluster.log.exists() and cluster.log.stat().st_size > LOG_BYTES:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))


def _await_answer(cluster: Cluster, process: subprocess.Popen[bytes], beginning: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while ask(cluster) is not Reply.WELCOME:
        if process.poll() is not None:
            raise PostgresError(f"PostgreSQL did not start: {_last_words(cluster, beginning)}")
        if time.monotonic() > deadline:
            end(cluster, process.pid)
            raise PostgresError(
                f"PostgreSQL did not answer for {START_SECONDS} s: {_last_words(cluster, beginning)}"
            )
        time.sleep(0.02)


def _last_words(cluster: Cluster, beginning: int) -> str:
    """What the server wrote since its start, errors first, else the end of it."""
    lines = cluster.log.read_bytes()[beginning:].decode(errors="replace").splitlines()
    telling = [line for line in lines if "FATAL" in line or "HINT" in line or "PANIC" in line] or lines
    return f"{' '.join(telling[-3:]) or 'it said nothing'} (log: {cluster.log})"
