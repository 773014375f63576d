"""The embedded server as the rest of the house sees it: `ensure_running`, `stop`, `status`, `urls`."""

import contextlib
import fcntl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from motcua.config.home import cluster_folder
from motcua.config.postgres import cluster as clusters
from motcua.config.postgres import connection, process
from motcua.config.postgres.binaries import OLDEST_MAJOR, Binaries
from motcua.config.postgres.cluster import Cluster
from motcua.config.postgres.errors import PostgresError


@dataclass(frozen=True, slots=True)
class Server:
    """A running embedded server. The two DSNs are libpq conninfo strings; `version` is like `18.6`."""

    app_dsn: str
    owner_dsn: str
    data_dir: Path
    pid: int
    version: str
    home: Path


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the embedded server of a home runs, and where its data lies."""

    running: bool
    pid: int | None
    data_dir: Path


def ensure_running(home: Path | None = None, *, settings: Mapping[str, str] | None = None) -> Server:
    """The embedded server of `home`, made and started at need. Any number of processes may call this at once.

    `settings` are extra lines of postgresql.conf, taken up when the server starts. Raises `PostgresError`
    that names cause and remedy.
    """
    cluster = clusters.of_home(home)
    with _locked(cluster):
        programs = clusters.programs_for(cluster)
        pid = process.settled(cluster)
        if pid is None:
            clusters.prepare(cluster, programs)
            clusters.configure(cluster, settings or {})
            pid = process.start(cluster, programs)
        clusters.provision(cluster)
    return Server(
        app_dsn=connection.dsn(connection.embedded_parameters(connection.APP_ROLE, cluster.home)),
        owner_dsn=connection.dsn(connection.embedded_parameters(connection.OWNER_ROLE, cluster.home)),
        data_dir=cluster.data,
        pid=pid,
        version=programs.version,
        home=cluster.home,
    )


def stop(server: Server | None = None) -> None:
    """Stop `server`, or that of our home; nothing happens when it does not run."""
    cluster = clusters.of_home(server.home if server else None)
    with _locked(cluster):
        pid = process.postmaster(cluster.data)
        if pid is not None:
            process.end(cluster, pid)


def status(home: Path | None = None) -> Status:
    """Whether the embedded server of `home` runs; starts nothing."""
    data = cluster_folder(home) / "data"
    pid = process.postmaster(data)
    return Status(pid is not None, pid, data)


def programs(home: Path | None = None) -> Binaries:
    """The PostgreSQL programs (`pg_dump`, `psql` …) that fit this home's data."""
    return clusters.programs_for(clusters.of_home(home))


def urls() -> tuple[str, str]:
    """The URLs of the app role and of the owner, of a database that is there and is PostgreSQL ≥ 18.

    Starts the embedded server unless `DATABASE_URL` names another one.
    """
    if connection.is_embedded():
        ensure_running()
    parameters = connection.connection_parameters()
    if not connection.is_embedded():
        for kind in ("app", "owner"):
            _check_version(parameters[kind])
    return connection.url(parameters["app"]), connection.url(parameters["owner"])


def _check_version(parameters: connection.Parameters) -> None:
    try:
        with psycopg.connect(**{"connect_timeout": 10, **parameters}) as reached:
            major = reached.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise PostgresError(
            f"The database of DATABASE_URL cannot be reached: {str(error).strip()}"
        ) from error
    if major < OLDEST_MAJOR:
        raise PostgresError(
            f"DATABASE_URL leads to PostgreSQL {major}; {OLDEST_MAJOR} or later is needed. Upgrade that "
            "server, or "
            "unset DATABASE_URL to use the embedded one."
        )


@contextlib.contextmanager
def _locked(cluster: Cluster) -> Iterator[None]:
    """Hold the cluster's lock; the system releases it when a holder dies."""
    with cluster.lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
