"""An installation of its own for the benches of cases: people of 200 communes, signed in, with saved drafts.

Lies in `$MOTCUA_HOME/bench`, on a server with the settings of a real one (every commit waits for the disk).
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNITS = 200
SLUG = "khai-sinh"


def settle() -> None:
    """Point the environment at the bench's home, start its server and Django. Call before anything else."""
    from motcua.config import home

    os.environ["MOTCUA_HOME"] = str(home.home() / "bench")
    os.environ["MOTCUA_SANDBOX"] = "1"
    os.environ["MOTCUA_POOL"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    _start_server()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", database="owner", verbosity=0, interactive=False)


@contextmanager
def standing() -> Iterator[Ground]:
    """The ground, ready; its server is stopped at the end."""
    from motcua.config import postgres

    settle()
    try:
        yield prepare()
    finally:
        from django.db import connections

        for each in connections.all():
            each.close()
            if getattr(each, "pool", None):
                each.close_pool()  # type: ignore[attr-defined]
        postgres.stop()


def _start_server() -> None:
    """Start the bench's server; a database made by other migrations than today's is thrown away first."""
    import psycopg

    import motcua
    from motcua.config import postgres

    postgres.ensure_running()
    package = Path(motcua.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(
        [*package.rglob("migrations/*.py"), *package.rglob("sql/*.sql"), *package.rglob("data/*.*")]
    ):
        digest.update(file.read_bytes())
    mark = Path(os.environ["MOTCUA_HOME"]) / "made_by"
    if not mark.exists() or mark.read_text() != digest.hexdigest():
        superuser = postgres.embedded_parameters(postgres.SUPERUSER, database="postgres")
        with psycopg.connect(**superuser, autocommit=True) as server:
            server.execute(f"drop database if exists {postgres.DATABASE} with (force)")
            server.execute(f"create database {postgres.DATABASE} owner {postgres.OWNER_ROLE}")
        mark.write_text(digest.hexdigest())


@dataclass(frozen=True)
class Ground:
    """What stands ready: by unit the party, its session cookie and agencies; the draft all others are copies of."""

    version: int
    parties: list[int]
    sessions: list[str]
    desks: list[int]
    committees: list[int]
    codes: list[str]
    found: dict[str, Any]
    answers: dict[str, Any]


def prepare() -> Ground:
    """Furnish the installation; what is there already is kept."""
    from motcua.config import world
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.organisations.models import Agency

    if not Agency.objects.exists():
        world.furnish(people=200)
    with acting(SYSTEM):
        version = _service()
        places = _units()
        parties = _parties(places)
        sessions = _sessions(parties)
        found, answers = _draft()
    return Ground(
        version, parties, sessions, [desk for _, _, desk in places], [committee for _, committee, _ in places],
        [code for code, _, _ in places], found, answers,
    )  # fmt: skip


def _service() -> int:
    from motcua.core import clock
    from motcua.core.errors import NotFound
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.services import actions, queries

    try:
        pack = queries.current(SLUG, clock.today())
    except NotFound:
        folder = Path(__file__).parents[1] / "services" / SLUG
        actions.publish(SYSTEM, actions.import_pack(SYSTEM, folder))
        pack = queries.current(SLUG, clock.today())
    assert pack.version_id is not None
    return pack.version_id


def _units() -> list[tuple[str, int, int]]:
    """(unit code, committee, desk) of 200 communes; those without agencies of their own get some."""
    from motcua.core.organisations.models import AdministrativeUnit, Agency
    from motcua.core.organisations.queries import in_force

    communes = AdministrativeUnit.objects.filter(in_force(None), level="commune").order_by("code")
    codes = list(communes.values_list("code", flat=True)[:UNITS])
    have = {
        (kind, code): pk
        for pk, kind, code in Agency.objects.filter(unit_code__in=codes).values_list(
            "pk", "kind", "unit_code"
        )
    }
    places = []
    for code in codes:
        ids = []
        for kind, suffix in (("commune_committee", ""), ("one_stop", ".00")):
            if (kind, code) not in have:
                have[kind, code] = Agency.objects.create(
                    code=f"B{code}{suffix}", name=f"{kind} {code}", folded=code, sort_key=code, kind=kind,
                    unit_code=code, province_code=code[:2], valid_from="2025-07-01",
                ).pk  # fmt: skip
            ids.append(have[kind, code])
        places.append((code, ids[0], ids[1]))
    return places


def _parties(places: list[tuple[str, int, int]]) -> list[int]:
    from motcua.core.identity.models import Party

    parties = []
    for index, (code, _, _) in enumerate(places):
        party, _ = Party.objects.get_or_create(
            personal_number=f"0991950{index:05d}",
            defaults={"name": f"NGUYỄN THỊ {index}", "born": "1995-03-08", "address_unit": code},
        )
        parties.append(party.pk)
    return parties


def _sessions(parties: list[int]) -> list[str]:
    from motcua.core.identity.models import Account

    keys = []
    for party in parties:
        account, made = Account.objects.get_or_create(party_id=party, defaults={"username": f"bench{party}"})
        if made:
            account.set_unusable_password()
            account.save()
        keys.append(sign_in(account))
    return keys


def sign_in(account: Any) -> str:
    """The cookie of a session of that account."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from motcua.core.identity.sessions import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["level"] = 2
    session.create()
    return str(session.session_key)


def _draft() -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts found for a mother whose marriage is registered, and her answers: more than twenty fields together."""
    from motcua.core import clock
    from motcua.core.cases import prefill
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.registers.data import demo_people
    from motcua.core.services import queries

    mother = demo_people()["people"]["lan_anh"]
    answers = {"child": {"name": "TRẦN NGỌC MINH CHÂU"}, "copies": 0}
    applicant = {"number": mother["number"], "name": mother["name"], "residence": mother["residence_unit"]}
    looked = prefill.find(SYSTEM, queries.current(SLUG, clock.today()), answers=answers, applicant=applicant)
    assert looked.found, "the registers found nothing: the bench would measure another form"
    return looked.found, answers


def save_drafts(ground: Ground, each: int) -> list[tuple[str, str]]:
    """Save `each` drafts in every unit, by SQL. Returns (draft uuid, session cookie), the units taking turns."""
    from django.db import connection

    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    fresh: list[tuple[str, str]] = []
    with acting(SYSTEM), connection.cursor() as cursor:
        for party, session, code in zip(ground.parties, ground.sessions, ground.codes, strict=True):
            found = {**ground.found}
            found["mother.residence_unit"] = {**found["mother.residence_unit"], "value": code}
            cursor.execute(
                "insert into cases_draft (uuid, party_id, service_version_id, service_code, channel, language, answers,"
                " found, down, files, page, pages_done, key, created_at, saved_at)"
                " select uuidv7(), %s, %s, '1.001193', 'portal', 'vi', %s, %s, '[]', '{}', '', '[]',"
                " gen_random_uuid(), now(), now() from generate_series(1, %s) returning uuid",
                [party, ground.version, json.dumps(ground.answers), json.dumps(found), each],
            )
            fresh += [(str(row[0]), session) for row in cursor.fetchall()]
    units = len(ground.parties)
    return [fresh[unit * each + turn] for turn in range(each) for unit in range(units)]


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process and those below it have used."""
    import psutil

    own = psutil.Process(pid)
    spent = 0.0
    for each in [own, *own.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # one may end while its time is asked for
            spent += sum(each.cpu_times()[:2])
    return spent


def in_another_process(module: str) -> dict[str, Any]:
    """Run a bench's module by itself, where Django is not set up yet, and read its figures."""
    import subprocess

    done = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
