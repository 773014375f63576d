"""How the site and its migrations reach the database: two roles, one database, by environment or embedded."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from motcua.config.home import cluster_folder
from motcua.config.postgres.errors import PostgresError

APP_ROLE = "motcua_app"
OWNER_ROLE = "motcua_owner"
SUPERUSER = "postgres"
DATABASE = "motcua"
PORT = 5432
LONGEST_SOCKET_PATH = 103
"""Bytes: `sun_path` holds 108 on Linux and 104 on macOS, the closing zero among them."""

Parameters = dict[str, Any]
"""libpq keywords: host, port, dbname, user, and for a remote server password, sslmode and the like."""


def socket_folder(home: Path | None = None) -> Path:
    """The folder of the embedded server's socket: the cluster's, or a short private one when too long."""
    usual = cluster_folder(home) / "run"
    if len(os.fsencode(usual / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
        return usual
    digest = hashlib.sha256(os.fsencode(usual)).hexdigest()[:12]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if len(os.fsencode(base)) > 50:
        base = Path("/tmp")
    return base / f"motcua-{os.geteuid()}-{digest}"


def embedded_parameters(role: str, home: Path | None = None, database: str = DATABASE) -> Parameters:
    """What libpq needs to reach the embedded server as `role`; the server need not run."""
    return {"host": str(socket_folder(home)), "port": PORT, "dbname": database, "user": role}


def connection_parameters() -> dict[str, Parameters]:
    """Parameters of both roles, `app` and `owner`, without touching any server.

    `DATABASE_URL` and `DATABASE_OWNER_URL` when set (the owner's default is the former), else the embedded
    server.
    """
    app = os.environ.get("DATABASE_URL", "").strip()
    if not app:
        return {"app": embedded_parameters(APP_ROLE), "owner": embedded_parameters(OWNER_ROLE)}
    owner = os.environ.get("DATABASE_OWNER_URL", "").strip() or app
    return {"app": _parse("DATABASE_URL", app), "owner": _parse("DATABASE_OWNER_URL", owner)}


def is_embedded() -> bool:
    """Whether the database is the embedded one, for want of a `DATABASE_URL`."""
    return not os.environ.get("DATABASE_URL", "").strip()


def dsn(parameters: Parameters) -> str:
    """The parameters as one conninfo string."""
    return make_conninfo(**parameters)


def url(parameters: Parameters) -> str:
    """The parameters as a `postgresql://` URL; a socket's folder travels in the query."""
    rest = {key: str(value) for key, value in parameters.items() if key not in ("dbname", "user", "password")}
    password = parameters.get("password")
    who = quote(str(parameters.get("user", "")), safe="")
    if password:
        who += ":" + quote(str(password), safe="")
    return f"postgresql://{who}@/{quote(str(parameters.get('dbname', '')), safe='')}?{urlencode(rest)}"


def _parse(variable: str, text: str) -> Parameters:
    try:
        parameters = dict(conninfo_to_dict(text))
    except Exception as error:
        raise PostgresError(
            f"{variable} is not a PostgreSQL URL: {error}. It looks like "
            "postgresql://user:password@host:5432/motcua."
        ) from error
    if not parameters.get("dbname"):
        raise PostgresError(f"{variable} names no database: add it after the host, as in …/motcua.")
    return parameters
