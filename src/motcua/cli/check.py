"""`motcua check`: is this installation fit for the public? A line for each point, with its remedy."""

import json
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import LiteralString

import click
import psycopg

from motcua.cli.check_points import Point, judge
from motcua.cli.check_public import addresses, stand_ins
from motcua.config import postgres
from motcua.config.home import home, is_root
from motcua.config.postgres.connection import dsn

BACKUP_HOURS = 26
ROOM_BYTES = 5 * 10**9


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A list of objects: name, state, says, remedy.")
def check(as_json: bool) -> int:
    """Is this installation fit for the public? Ends with 1 when a point is at fault."""
    points = examine()
    if as_json:
        click.echo(json.dumps([asdict(point) for point in points], ensure_ascii=False, indent=1))
    else:
        for point in points:
            mark = {"good": "good ", "weak": "weak ", "fault": "FAULT"}[point.state]
            click.echo(f"{mark} {point.name}: {point.says}" + (f" → {point.remedy}" if point.remedy else ""))
    return 1 if any(point.state == "fault" for point in points) else 0


def examine() -> list[Point]:
    """Every point, those of the settings first, then of the database, of systems outside, of the machine."""
    from motcua.cli.waking import wake

    wake()
    return [
        *_settings(),
        *stand_ins(),
        *addresses(),
        *_accounts(),
        *_database(),
        *_outside(),
        *_events(),
        *_machine(),
    ]


def _settings() -> Iterator[Point]:
    from django.conf import settings

    yield judge("debug", not settings.DEBUG, "off", "on: pages show code and settings", "unset MOTCUA_DEBUG")
    yield judge(
        "sandbox",
        not getattr(settings, "MOTCUA_SANDBOX", False),
        "off",
        "on: made-up banks, registers and identities, and a clock that can be moved",
        "unset MOTCUA_SANDBOX",
    )
    site = str(getattr(settings, "MOTCUA_SITE", ""))
    yield judge(
        "TLS",
        site.startswith("https://") and bool(settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE),
        site,
        f"the site is {site or 'unnamed'}: sessions travel in the open",
        "put a TLS proxy before it and set MOTCUA_SITE=https://…",
    )
    plain = [face for face in settings.MOTCUA_FACES if not face.startswith("https://")]
    if settings.MOTCUA_FACES:
        yield judge(
            "faces",
            not plain,
            ", ".join(settings.MOTCUA_FACES),
            f"{', '.join(plain)}: sessions travel in the open",
            "name them as https://… in MOTCUA_FACES",
        )
    hosts = list(settings.ALLOWED_HOSTS)
    yield judge(
        "hosts",
        bool(hosts) and "*" not in hosts,
        ", ".join(hosts),
        "any name is answered",
        "set MOTCUA_HOSTS",
    )
    yield judge(
        "secret key",
        len(settings.SECRET_KEY) >= 50,
        "long enough",
        f"only {len(settings.SECRET_KEY)} characters",
        "remove the short one, a new one is made at the next start",
    )
    yield judge(
        "rate limits",
        getattr(settings, "ACCOUNT_RATE_LIMITS", None) is not False,
        "on",
        "off: passwords can be tried without end",
        "unset MOTCUA_UNLIMITED",
    )


def _accounts() -> Iterator[Point]:
    """Where people prove who they are, when that is another installation."""
    from django.conf import settings

    from motcua.core.errors import Unavailable
    from motcua.core.identity.sources import registry

    if not settings.MOTCUA_OPENID_ISSUER:
        return
    remedy = (
        "look at MOTCUA_OPENID_ISSUER and at that installation; until then only its entry in need is open"
    )
    try:
        registry.get("motcua").keys()
    except Unavailable as down:
        why = "; ".join(getattr(down, "__notes__", ())) or str(down)
        yield Point("accounts", "fault", f"{settings.MOTCUA_OPENID_ISSUER}: {why}", remedy)
    else:
        yield Point("accounts", "good", f"kept at {settings.MOTCUA_OPENID_ISSUER}, which answers")


DATABASE_POINTS: tuple[tuple[str, LiteralString, str, str, str], ...] = (
    (
        "app role",
        "SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) AND NOT EXISTS (SELECT 1 "
        "FROM pg_class "
        "WHERE relowner = r.oid) FROM pg_roles r WHERE rolname = current_user",
        "owns nothing and is held by row security",
        "is superuser, bypasses row security or owns tables",
        "let DATABASE_URL sign in as motcua_app and DATABASE_OWNER_URL as the owner",
    ),
    (
        "row security",
        "SELECT NOT EXISTS (SELECT 1 FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE NOT "
        "c.relrowsecurity)"
        " AND EXISTS (SELECT 1 FROM pg_policy)",
        "on wherever a policy is written",
        "a table has policies that are not in force, or no table has any",
        "motcua migrate",
    ),
    (
        "durability",
        "SELECT current_setting('fsync')::bool AND current_setting('synchronous_commit') <> 'off' "
        "AND current_setting('full_page_writes')::bool",
        "what is acknowledged is on disk",
        "the server may lose what it has acknowledged",
        "set fsync, synchronous_commit and full_page_writes to on",
    ),
    (
        "worker",
        "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 "
        "seconds')",
        "alive",
        "none has been heard of for 30 s: nothing is signed, sent or filed",
        "motcua serve, or motcua worker",
    ),
    (
        "public log",
        "SELECT NOT EXISTS (SELECT 1 FROM ledger_loghalt WHERE resolved_at IS NULL)",
        "goes on",
        "halted: a restore, or a signed head that is not in its tree; results are issued, and not logged",
        "compare it with its witnesses (motcua log compare), then motcua log resume STATEMENT",
    ),
    (
        "jobs",
        "SELECT NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'failed') AND NOT EXISTS "
        "(SELECT 1 FROM "
        "procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now() - interval '1 hour') < "
        "now() - interval '2 hours')",
        "none failed, none overdue",
        "some failed for good or have waited for two hours",
        "read the worker's log",
    ),
)


def _database() -> Iterator[Point]:
    from motcua.cli.database import is_up_to_date

    try:
        postgres.urls()
        connection = psycopg.connect(dsn(postgres.connection_parameters()["app"]), autocommit=True)
    except (postgres.PostgresError, psycopg.OperationalError) as error:
        yield Point("database", "fault", str(error).strip(), "see the message")
        return
    with connection:
        version = connection.info.server_version
        yield Point("database", "good", f"PostgreSQL {version // 10_000}.{version % 10_000}")
        yield judge("schema", is_up_to_date(), "of this version", "of another version", "motcua migrate")
        for name, question, fine, bad, remedy in DATABASE_POINTS:
            yield _ask(connection, name, question, fine, bad, remedy)
    if postgres.is_embedded():
        yield Point(
            "server",
            "weak",
            "the embedded one: no replica, one machine",
            "for a ministry or a province set DATABASE_URL",
        )


def _documents() -> Iterator[Point]:
    """Whether results stay provable; silent where the database already said that it cannot be asked."""
    from django.db import Error

    from motcua.core.documents import archiving, succession
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    try:
        with acting(SYSTEM):
            found, late = archiving.backlog(), [one for one in succession.duties() if one.is_late]
    except Error:
        return
    remedy = "keep the worker running (documents.renew, nightly)"
    if found.lost:
        says = f"{found.lost} results were not renewed before their time-stamps ended"
        yield Point("renewals", "fault", says, remedy)
    else:
        waiting = f"{found.due} results wait for a newer time-stamp"
        yield judge("renewals", found.due == 0, "no result is due", waiting, remedy, "weak")
    yield judge(
        "time-stamping",
        not found.stamper_is_late,
        f"its certificate lasts until {found.stamper_ends:%d/%m/%Y}",
        f"its certificate ends on {found.stamper_ends:%d/%m/%Y}",
        "motcua authority order FILE",
        "weak",
    )
    waits = late[0].words.en if late else ""
    yield judge(
        "authorities", not late, "none waits for the root", waits, "motcua authority order FILE", "weak"
    )


def _ask(
    connection: psycopg.Connection, name: str, question: LiteralString, fine: str, bad: str, remedy: str
) -> Point:
    try:
        row = connection.execute(question).fetchone()
    except psycopg.Error as error:
        return Point(name, "fault", str(error).splitlines()[0], "motcua migrate")
    return judge(name, bool(row and row[0]), fine, bad, remedy)


def _outside() -> Iterator[Point]:
    """How the systems do that we call: the file of connections, and each destination that was called lately."""
    from motcua.core.outbound import figures
    from motcua.core.outbound.destinations import WrongConnections, connections

    try:
        known = connections().destinations
    except WrongConnections as wrong:
        yield Point("connections", "fault", str(wrong), "mend the file: docs/connectors.md")
        return
    counted = figures.of_all()
    for name in sorted(known):
        told = counted.get(name)
        if told is None:
            yield Point(f"to {name}", "good", "not called lately")
            continue
        worst = max(told.failed, key=lambda why: told.failed[why], default="")
        says = (
            f"{told.answered} of {told.calls} calls answered, {told.mean_ms:.0f} ms, circuit {told.circuit}"
        )
        yield judge(
            f"to {name}",
            told.circuit == "closed" and told.failures * 10 <= told.calls,
            says,
            f"{says}, mostly: {worst}",
            "see docs/connectors.md and the log motcua.outbound",
            "weak",
        )


def _events() -> Iterator[Point]:
    """Whether NATS carries events, where it is configured; nothing is lost while it does not."""
    from motcua.systems.exchange.bus import line

    if not line.configured():
        return
    try:
        newest = line.line().last()
    except line.Away as away:
        yield Point("events", "fault", f"NATS: {away}", "start nats-server -js, or see MOTCUA_EVENTS_NATS")
    else:
        yield Point("events", "good", f"NATS has stream {line.line().stream}, {newest} events so far")


def _machine() -> Iterator[Point]:
    place = home()
    mode = stat.S_IMODE(place.stat().st_mode)
    yield judge(
        "home",
        mode & 0o077 == 0,
        str(place),
        f"{place} is open to others (mode {mode:o})",
        f"chmod 700 {place}",
    )
    yield judge("account", not is_root(), "not root", "the site runs as root", "run it as a user", "weak")
    yield judge(
        "root key",
        not [*(place / "keys" / "signing").glob("authority-root*.key")],
        "offline",
        "the key of the root authority is on this machine",
        "motcua authority take-root-offline FILE",
        "weak",
    )
    free = shutil.disk_usage(place).free
    yield judge(
        "room",
        free > ROOM_BYTES,
        f"{free // 10**9} GB free",
        f"only {free // 10**6} MB free",
        "make room",
        "fault",
    )
    yield _backup_age(lambda: time.time())


def _backup_age(now: Callable[[], float]) -> Point:
    archives = list((home() / "backups").glob("*.tar"))
    remedy = "motcua backup, every night, and a copy elsewhere"
    if not archives:
        return Point("backup", "fault", "none has been made", remedy)
    hours = (now() - max(path.stat().st_mtime for path in archives)) / 3600
    return judge("backup", hours < BACKUP_HOURS, f"{hours:.0f} h old", f"{hours:.0f} h old", remedy)
