"""Where tests live: one server in `$MOTCUA_HOME/test` for all runs, and for each run a home and a database.

Loaded by pytest before anything reads the settings (`-p motcua.config.testing`). The run's database is told
by `DATABASE_URL`, as any other would be, so that programs started by a test find it too. Runs at the same
time do not meet. A migrated database is kept as a template, named by what it was migrated from.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

import psutil
import psycopg
from psycopg import sql

from motcua.config import home as homes
from motcua.config.postgres import APP_ROLE, OWNER_ROLE, SUPERUSER, embedded_parameters, ensure_running, stop
from motcua.config.postgres.cluster import RELAXED
from motcua.config.postgres.connection import dsn, url

PACKAGE = Path(__file__).resolve().parents[1]
TESTS = Path(os.environ.setdefault("MOTCUA_TEST_HOME", str(homes.home() / "test")))
"""Told to the workers of a run that shares its tests among processes (`pytest -n 2`); each has its own database."""
RUN = TESTS / str(os.getpid())
DATABASE = f"test_motcua_{os.getpid()}"
PEOPLE = 300
"""How many made-up people a test's world has."""
LOCK = 0x6D6F74637561
"""Key of the advisory lock under which databases are made: the letters of our name."""


def _settle() -> None:
    """Point the environment at this run's home and database.

    The key is one for all runs: the template keeps second factors that were sealed with it.
    """
    homes.secret("secret_key", of=TESTS)
    os.environ["MOTCUA_SECRET_KEY_FILE"] = str(TESTS / "secrets" / "secret_key")
    homes.secret("data_key", of=TESTS, length=32)
    os.environ["MOTCUA_DATA_KEY_FILE"] = str(TESTS / "secrets" / "data_key")
    os.environ["MOTCUA_HOME"] = str(RUN)
    os.environ["DATABASE_URL"] = url(embedded_parameters(APP_ROLE, TESTS, DATABASE))
    os.environ["DATABASE_OWNER_URL"] = url(embedded_parameters(OWNER_ROLE, TESTS, DATABASE))
    os.environ.setdefault("MOTCUA_SANDBOX", "1")


_settle()


def make_database() -> None:
    """Give this run its database, a copy of the migrated template; migrates one first when there is none."""
    _begin()
    with _alone() as server:
        _clear_away_the_dead(server)
        if not _is_there(server, _template()):
            _make_template(server)
        _copy(server)


def close_connections() -> None:
    """Close what is open here and now, outside a transaction; a thread with an event loop has other connections."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


class NobodyActs(AssertionError):
    """A look at rows that row security hides from whoever asks so."""


def watch(connection: Any, **signal: Any) -> None:
    """Let no statement of this connection look at protected rows where nobody can act: it would see none.

    Who acts is said in a transaction and ends with it, so outside of one it is nobody, in production as in a test.
    """
    if connection.alias == "default" and _refuse_nobody not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _refuse_nobody)  # those who add one take away the last


def _refuse_nobody(execute: Callable[..., Any], statement: Any, given: Any, many: bool, context: Any) -> Any:
    connection = context["connection"]
    if connection.settings_dict["NAME"] != DATABASE or connection.in_atomic_block:
        return execute(statement, given, many, context)  # a migration of the template holds its tables locked
    if found := _protected(DATABASE).search(str(statement)):
        raise NobodyActs(
            f"{found.group()} is looked at outside of a transaction, where nobody acts and row security shows "
            f"no row: put `with acting(…)` around it (motcua.core.ledger.scope). The statement: {statement}"
        )
    return execute(statement, given, many, context)


@cache
def _protected(name: str) -> re.Pattern[str]:
    """The tables of a database whose rows are seen only by whom a policy names; some are everybody's to read."""
    with psycopg.connect(dsn(embedded_parameters(OWNER_ROLE, TESTS, name))) as database:
        rows = database.execute(
            "SELECT relname FROM pg_class c WHERE relrowsecurity AND NOT EXISTS (SELECT FROM pg_policies p WHERE "
            "tablename = relname AND cmd IN ('SELECT', 'ALL') AND strpos(qual, 'motcua_') = 0)"
        ).fetchall()
    return re.compile(rf"\b({'|'.join(table for (table,) in rows)})\b" if rows else "(?!)")


def renew_database() -> None:
    """Put the database back to how the migrations left it, after a test that committed."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()  # type: ignore[attr-defined]
    with psycopg.connect(_superuser(), autocommit=True) as server:
        _drop(server, DATABASE)
        _copy(server)
    from motcua.core.sealing import keyring

    keyring.forget()


def drop_database() -> None:
    """Remove this run's database and home; the last run to end stops the server."""
    with psycopg.connect(_superuser(), autocommit=True) as server:
        _drop(server, DATABASE)
    shutil.rmtree(RUN, ignore_errors=True)
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(_runs[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        stop(ensure_running(TESTS))
    _runs.pop().close()


_runs: list[IO[bytes]] = []


def _begin() -> None:
    """Start the server, and hold it up for as long as this process lives."""
    homes.folder("", of=TESTS)
    _runs.append((TESTS / "runs").open("ab"))
    fcntl.flock(_runs[0], fcntl.LOCK_SH)
    ensure_running(TESTS, settings=RELAXED)


@contextmanager
def _alone() -> Iterator[psycopg.Connection]:
    """A superuser's connection under the lock that runs take to make databases."""
    with psycopg.connect(_superuser(), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        yield server


def _superuser() -> str:
    return dsn(embedded_parameters(SUPERUSER, TESTS, "postgres"))


@cache
def _template() -> str:
    """The template's name: a digest of all that decides what a migrated database holds.

    Taken once, so that a run ends with what it began with while somebody edits.
    """
    from django.conf import settings

    digest = hashlib.sha256(" ".join(settings.INSTALLED_APPS).encode())
    files = [
        *PACKAGE.rglob("migrations/*.py"),
        *PACKAGE.rglob("sql/*.sql"),
        PACKAGE / "config" / "settings.py",
    ]
    files += [path for path in PACKAGE.rglob("data/*") if path.is_file()]
    files += [
        PACKAGE.parents[1] / "requirements" / "test.txt",
        PACKAGE / "config" / "world.py",
        Path(__file__),
    ]
    files += (PACKAGE.parents[1] / "services").rglob("*")
    for path in sorted(file for file in files if file.is_file()):
        digest.update(os.fsencode(path) + path.read_bytes())
    digest.update(repr(_installed()).encode())
    return f"template_{digest.hexdigest()[:16]}"


def _installed() -> list[str]:
    from django.conf import settings

    return list(settings.INSTALLED_APPS)


def _make_template(server: psycopg.Connection) -> None:
    """Migrate a new database as its owner and furnish it; it takes the template's name when that is done."""
    from django.core.management import call_command
    from django.db import connections

    from motcua.config import world

    building = f"building_{os.getpid()}"
    _drop(server, building)
    server.execute(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(*map(sql.Identifier, (building, OWNER_ROLE)))
    )
    settings = [connections[alias].settings_dict for alias in ("default", "owner")]
    try:
        for each in settings:
            each["NAME"] = building
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        world.furnish(people=PEOPLE)
    finally:
        connections.close_all()
        for each in settings:
            each["NAME"] = DATABASE
    server.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (building, _template())))
    )


def _copy(server: psycopg.Connection) -> None:
    names = map(sql.Identifier, (DATABASE, _template(), OWNER_ROLE))
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(*names))


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_there(server: psycopg.Connection, name: str) -> bool:
    return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def _clear_away_the_dead(server: psycopg.Connection) -> None:
    """Drop what runs that were killed left, and templates of some hours ago, of other versions."""
    question = "SELECT datname FROM pg_database WHERE datname ~ '^(test_motcua|building)_[0-9]+$'"
    for (name,) in server.execute(question).fetchall():
        if not psutil.pid_exists(int(name.rpartition("_")[2])) or name == DATABASE:
            _drop(server, name)
    old = (
        "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%%' AND datname <> %s"
        " AND (pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '3 hours'"
    )
    for (name,) in server.execute(old, (_template(),)).fetchall():
        _drop(server, name)
    for left in TESTS.iterdir():
        if left.name.isdigit() and not psutil.pid_exists(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)
