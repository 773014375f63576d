"""The database: a server of your own by `DATABASE_URL`, else one that we start from the embedded programs."""

from motcua.config.postgres.binaries import OLDEST_MAJOR
from motcua.config.postgres.connection import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    SUPERUSER,
    connection_parameters,
    embedded_parameters,
    is_embedded,
)
from motcua.config.postgres.errors import PostgresError
from motcua.config.postgres.server import Server, Status, ensure_running, programs, status, stop, urls

__all__ = [
    "APP_ROLE",
    "DATABASE",
    "OLDEST_MAJOR",
    "OWNER_ROLE",
    "SUPERUSER",
    "PostgresError",
    "Server",
    "Status",
    "connection_parameters",
    "embedded_parameters",
    "ensure_running",
    "is_embedded",
    "programs",
    "status",
    "stop",
    "urls",
]
