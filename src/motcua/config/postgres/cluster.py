"""The data folder of the embedded server: making it, its configuration, its two roles and its database."""

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from motcua.config.home import cluster_folder, home, is_root
from motcua.config.postgres import binaries
from motcua.config.postgres.accounts import Account, calling_user, server_account
from motcua.config.postgres.binaries import Binaries
from motcua.config.postgres.connection import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    PORT,
    SUPERUSER,
    dsn,
    embedded_parameters,
    socket_folder,
)
from motcua.config.postgres.errors import PostgresError

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")

CONFIGURATION: Mapping[str, str] = {
    "listen_addresses": "''",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
}
"""jit is off because its compilation costs more than any of our short statements."""

RELAXED: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
"""For test data only: survives a killed server, but not a machine that loses power."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded server's places, and the account it runs under."""

    home: Path
    folder: Path
    sockets: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def superuser(self, database: str = "postgres") -> str:
        """A conninfo string of the superuser; only the server's account and its caller are let in as such."""
        return dsn(embedded_parameters(SUPERUSER, self.home, database))


def of_home(given: Path | None = None) -> Cluster:
    """The cluster of a home, its folders made and open to nobody else."""
    base = given or home()
    ordinary = base / "postgres" / "data"
    if is_root() and ordinary.is_dir():
        raise PostgresError(
            f"{ordinary} belongs to user number {ordinary.stat().st_uid}. Run as that user, or set "
            "MOTCUA_HOME to a "
            "folder for root."
        )
    account = server_account()
    folder = cluster_folder(base)
    try:
        if is_root():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.parent.chmod(0o755)  # whatever the umask: the service account has to pass
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PostgresError(
            f"{folder} cannot be made: {error.strerror}. Set MOTCUA_HOME elsewhere."
        ) from error
    account.take(folder)
    sockets = socket_folder(base)
    _make_private(sockets, account)
    return Cluster(base, folder, sockets, account)


def _make_private(sockets: Path, account: Account) -> None:
    """Make the socket folder; in a shared place such as /tmp refuse one that somebody else has put there."""
    sockets.mkdir(mode=0o700, exist_ok=True)
    account.take(sockets)
    found = sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise PostgresError(
            f"The socket folder {sockets} is not a private folder of {account.name}. Remove it and start "
            "again."
        )


def programs_for(cluster: Cluster) -> Binaries:
    """The PostgreSQL programs that fit the data folder; refuses data of a version that is not at hand."""
    marker = cluster.data / "PG_VERSION"
    try:
        major = int(marker.read_text().strip())
    except FileNotFoundError:
        return binaries.find()
    except ValueError as error:
        raise PostgresError(f"{marker} does not hold a version: is {cluster.data} a data folder?") from error
    try:
        return binaries.find(major)
    except PostgresError as error:
        raise PostgresError(
            f"The data in {cluster.data} was made by PostgreSQL {major}. {error} Move it over with "
            "pg_upgrade or "
            "`motcua backup` under the old version, or set MOTCUA_HOME to a new folder."
        ) from error


def prepare(cluster: Cluster, programs: Binaries) -> None:
    """Make the data folder unless it is there; it appears whole, by a rename."""
    if (cluster.data / "PG_VERSION").is_file():
        return
    if cluster.data.exists():
        raise PostgresError(f"{cluster.data} is not a PostgreSQL data folder. Move it away and start again.")
    aside = cluster.folder / "data.new"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    cluster.account.take(aside)
    command = [
        programs.program("initdb"),
        f"--pgdata={aside}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=PG_UNICODE_FAST",
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
    ]
    made = subprocess.run(
        command,
        cwd=cluster.folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        **cluster.account.subprocess_options(),
    )
    if made.returncode:
        raise PostgresError(f"initdb could not make {cluster.data}: {(made.stderr or made.stdout).strip()}")
    aside.rename(cluster.data)


def environment() -> dict[str, str]:
    """The environment of the server's programs: nothing of the caller's PG* settings, messages in English."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def configure(cluster: Cluster, settings: Mapping[str, str]) -> None:
    """Write configuration and access rules anew, so that every start has today's."""
    values = dict(CONFIGURATION) | {"unix_socket_directories": _quoted(str(cluster.sockets))} | dict(settings)
    lines = [f"{name} = {value}" for name, value in values.items()]
    _write(cluster, "postgresql.auto.conf", "")
    _write(cluster, "postgresql.conf", "\n".join(lines) + "\n")
    _write(cluster, "pg_hba.conf", "local all all peer map=motcua\n")
    people = sorted({cluster.account.name, calling_user()})
    maps = [f'motcua "{person}" {role}' for person in people for role in (SUPERUSER, OWNER_ROLE, APP_ROLE)]
    _write(cluster, "pg_ident.conf", "\n".join(maps) + "\n")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _write(cluster: Cluster, name: str, text: str) -> None:
    path = cluster.data / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    cluster.account.take(path)


def provision(cluster: Cluster) -> None:
    """Make the two roles, the database and its extensions; does nothing where they are.

    The owner migrates; the app role owns nothing and is held by row security. What it may do with a table
    follows from default privileges, so that a migration that takes a right away stays in force.
    """
    marker = cluster.folder / "provisioned"
    if marker.exists():
        return
    with psycopg.connect(cluster.superuser(), autocommit=True) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role))
                )
    with psycopg.connect(cluster.superuser("template1"), autocommit=True) as template:
        for extension in EXTENSIONS:
            template.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        grant_by_default(template, owner=OWNER_ROLE, app=APP_ROLE)
    with psycopg.connect(cluster.superuser(), autocommit=True) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )
    marker.touch(mode=0o600)


def grant_by_default(connection: psycopg.Connection, *, owner: str, app: str) -> None:
    """Let `app` read and write whatever `owner` makes from now on in the schema public of this database."""
    rights: tuple[LiteralString, ...] = (
        "SELECT, INSERT, UPDATE, DELETE ON TABLES",
        "USAGE, SELECT ON SEQUENCES",
        "EXECUTE ON ROUTINES",
    )
    for right in rights:
        connection.execute(
            sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} TO {}").format(
                sql.Identifier(owner), sql.SQL(right), sql.Identifier(app)
            )
        )


def _exists(connection: psycopg.Connection, question: LiteralString, name: str) -> bool:
    return connection.execute(question, (name,)).fetchone() is not None
