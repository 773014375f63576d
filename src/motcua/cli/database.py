"""`motcua migrate`, and knowing cheaply whether it is needed."""

import hashlib
import importlib.metadata
import os
from pathlib import Path

import click
import psycopg
from psycopg import sql

from motcua.config import postgres
from motcua.config.postgres.cluster import grant_by_default
from motcua.config.postgres.connection import dsn

PACKAGE = Path(__file__).resolve().parents[1]
OTHERS_WITH_TABLES = ("django", "django-allauth", "procrastinate")


@click.command()
def migrate() -> None:
    """Bring the database to this version of the programs, as its owner."""
    postgres.urls()
    bring_up_to_date()
    click.echo("The database is up to date.")


def is_up_to_date() -> bool:
    """Whether the database was brought to exactly this version; one query, and no Django.

    The owner leaves a digest of all migrations as the comment of the database.
    """
    question = (
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    )
    try:
        with psycopg.connect(dsn(postgres.connection_parameters()["app"])) as connection:
            row = connection.execute(question).fetchone()
    except psycopg.OperationalError as error:
        raise postgres.PostgresError(f"The database cannot be reached: {str(error).strip()}") from error
    return row is not None and row[0] == _mark()


def bring_up_to_date() -> None:
    """Run Django's migrations on the alias `owner`, rights of the app role first."""
    from django.core.management import call_command

    from motcua.cli.waking import wake

    wake()
    parameters = postgres.connection_parameters()
    with psycopg.connect(dsn(parameters["owner"]), autocommit=True) as owner:
        _grant(owner, str(parameters["app"].get("user") or owner.info.user))
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    with psycopg.connect(dsn(parameters["owner"]), autocommit=True) as owner:
        owner.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(owner.info.dbname), sql.Literal(_mark())
            )
        )


def _grant(owner: psycopg.Connection, app: str) -> None:
    """Give the app role its rights to whatever the migrations make.

    Migrations name the role `motcua_app`; a server of one's own must have it, and the site must act as it.
    """
    role = postgres.APP_ROLE
    known = owner.execute(
        "SELECT pg_has_role(%s, oid, 'USAGE') FROM pg_roles WHERE rolname = %s", (app, role)
    ).fetchone()
    if known is None or not known[0]:
        raise postgres.PostgresError(
            f"DATABASE_URL signs in as {app}, who is not {role}. As a superuser: "
            f"CREATE ROLE {role} NOLOGIN; GRANT {role} TO {app};"
        )
    if app != owner.info.user:
        grant_by_default(owner, owner=owner.info.user, app=role)


def _mark() -> str:
    """A digest of every migration: our files, and the versions of the packages that bring theirs."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("migrations/*.py")):
        digest.update(os.fsencode(path.relative_to(PACKAGE)) + path.read_bytes())
    for name in OTHERS_WITH_TABLES:
        digest.update(f"{name} {importlib.metadata.version(name)}".encode())
    return f"motcua schema {digest.hexdigest()[:32]}"
