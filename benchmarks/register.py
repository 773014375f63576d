"""Reading a person by key among ten million: policy, purpose and a row in the log for every look.

`reads_per_second`: looks by one process as an officer, each in a transaction of its own under row security, over keys
at random, per second of the process's CPU; `wall_reads_per_second` by the clock, `cpu_ms` of a look. Every look must
find its person, and the log must have grown by as many rows, else the bench fails. `http_reads_per_second`: the signed
API served by granian with two processes, 8 clients, by the clock; the requests are signed beforehand, each answer must
be the person asked for. Medians of five rounds. `seal_ms`: CPU milliseconds to seal and index one person;
`records`: how many stand there.

The register lies in `$MOTCUA_HOME/bench-register` and is made once, in some minutes: 10,000,000 rows by COPY, each with
a true blind index of its number; what they say is one of 500 really sealed people, used again (the text is bound to its
column only). Blind terms for searching stand in those 500 alone; indexes are made after the rows.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

RECORDS = 10_000_000
PATTERNS = 500
ROUNDS, LOOKS, REQUESTS, CLIENTS = 5, 1500, 1200, 8
READER = "bench-reader"
PURPOSE = "Quản lý thuế"
COLUMNS = "uuid, register_id, version, key, key_index, data, sealed, terms, valid_from, recorded_at"
Pattern = tuple[str, str, str, str]


def run() -> dict[str, float]:
    """reads_per_second, wall_reads_per_second, cpu_ms, http_reads_per_second, seal_ms, records."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.register"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"benchmarks.register failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    from motcua.config import home, postgres

    os.environ["MOTCUA_HOME"] = str(home.home() / "bench-register")
    os.environ["MOTCUA_SANDBOX"] = "1"
    os.environ["MOTCUA_POOL"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "motcua.config.settings")
    postgres.ensure_running()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        _make()
        print(json.dumps(_figures()))
    finally:
        for each in connections.all():
            each.close()
            if getattr(each, "pool", None):
                each.close_pool()  # type: ignore[attr-defined]
        postgres.stop()


def number_of(index: int) -> str:
    """The made-up number of the person at a place: twelve digits, no two alike."""
    return f"{900_000_000_000 + index}"


def _figures() -> dict[str, float]:
    looks = [_look() for _ in range(ROUNDS)]
    with _Site() as site:
        site.press(REQUESTS // 4)
        over_http = [site.press(REQUESTS) for _ in range(ROUNDS)]
    cpu, wall = (statistics.median(one[n] for one in looks) for n in (0, 1))
    return {
        "reads_per_second": round(1 / cpu),
        "wall_reads_per_second": round(1 / wall),
        "cpu_ms": round(cpu * 1000, 3),
        "http_reads_per_second": round(statistics.median(over_http)),
        "seal_ms": round(_seal_ms(), 3),
        "records": _count(),
        "load": round(os.getloadavg()[0], 2),
    }


def _look() -> tuple[float, float]:
    """Seconds of CPU and of the clock for one look, a transaction of its own under row security."""
    from motcua.core.ledger.actor import Actor, ActorKind
    from motcua.core.ledger.models import Read
    from motcua.core.registers import queries
    from motcua.core.registers.reading import Alone

    officer = Actor(ActorKind.OFFICER, "Công chức đo", officer_id=1, agency_id=1, unit_ids=(1,))
    keys = [number_of(random.randrange(RECORDS)) for _ in range(LOOKS)]
    before = Read.objects.count()
    cpu, wall = time.process_time(), time.perf_counter()
    for key in keys:
        found = queries.read(officer, queries.POPULATION, key, purpose=PURPOSE, alone=Alone())
        if found is None or "name" not in found.data:
            raise RuntimeError(f"nobody under {key}")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if Read.objects.count() - before != LOOKS:
        raise RuntimeError("a look was not logged")
    return cpu / LOOKS, wall / LOOKS


def _seal_ms() -> float:
    from motcua.core.registers.data.load import _population_record

    people = _people(PATTERNS)
    begun = time.process_time()
    for one in people:
        row = _population_record(one)
        for field in row._meta.concrete_fields:
            if field.name in {"key", "key_index", "sealed"}:
                field.pre_save(row, True)
    return (time.process_time() - begun) / len(people) * 1000


def _people(count: int) -> list[Any]:
    from motcua.core.registers.population_sample import Place, generate

    return generate([Place("05443", "Phường Phan Đình Phùng, Tỉnh Thái Nguyên", True)], people=count).people[
        :count
    ]


class _Site:
    """granian serving the site on a free port."""

    def __enter__(self) -> _Site:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "motcua.config.wsgi:application",
                "--host", "127.0.0.1", "--port", str(self.port), "--no-ws", "--log-level", "warning",
                "--workers", "2", "--blocking-threads", "4",
            ],
            stdout=self.log, stderr=subprocess.STDOUT, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"the site does not answer:\n{self._said()}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def press(self, requests: int) -> float:
        """Requests answered a second by all clients together."""
        told = [self._request(number_of(random.randrange(RECORDS))) for _ in range(requests)]
        shares = [told[client::CLIENTS] for client in range(CLIENTS)]
        faults: list[str] = []
        threads = [threading.Thread(target=self._client, args=(share, faults)) for share in shares]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise RuntimeError(f"{faults[0]}\n{self._said()}")
        return requests / (time.perf_counter() - begun)

    def _request(self, key: str) -> tuple[str, bytes]:
        from motcua.core import signed_requests
        from motcua.core.registers.data.businesses import sandbox_key

        path = f"/co-so-du-lieu/api/population/v1/records/{key}"
        signature = signed_requests.sign(
            b"", method="GET", path=path, key=sandbox_key(READER), signer="sandbox-tax"
        )
        return key, (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Purpose: tax\r\nX-Legal-Basis: Law\r\n"
            f"X-Request-Signature: {signature}\r\n\r\n"
        ).encode()

    def _client(self, share: list[tuple[str, bytes]], faults: list[str]) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 30) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for key, request in share:
                    line.sendall(request)
                    answer = line.recv(65536)
                    while b"\r\n\r\n" not in answer:
                        answer += line.recv(65536)
                    head, _, body = answer.partition(b"\r\n\r\n")
                    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                    while len(body) < length:
                        body += line.recv(65536)
                    if not head.startswith(b"HTTP/1.1 200") or json.loads(body)["key"] != key:
                        raise RuntimeError(f"no person: {answer[:600]!r}")
        except (OSError, RuntimeError, ValueError, IndexError) as wrong:
            faults.append(repr(wrong))

    def _said(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]


def _count() -> int:
    from django.db import connection

    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select reltuples::bigint from pg_class where relname = 'registers_record'")
        return int(cursor.fetchone()[0])


def _make() -> None:
    """Fill the register, unless it was filled before by the same migrations."""
    import psycopg

    from motcua.config import postgres
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.registers.data import load_definitions
    from motcua.core.registers.data.businesses import sandbox_key
    from motcua.core.registers.models import Reader, Record

    with acting(SYSTEM):
        load_definitions()
        Reader.objects.update_or_create(
            code="sandbox-tax",
            defaults={
                "name": "Hệ thống thuế", "legal_basis": "Luật",
                "public_key": sandbox_key(READER).as_dict(private=False),
            },
        )  # fmt: skip
        if Record.objects.filter(register_id="population", key=number_of(RECORDS - 1)).exists():
            return
        patterns = _patterns()
    superuser = postgres.embedded_parameters(postgres.SUPERUSER)
    with psycopg.connect(**superuser, autocommit=True) as server:
        server.execute("set session_replication_role = replica")  # the one foreign key holds: one register
        server.execute("truncate registers_record cascade")
        indexes = _drop_indexes(server)
        _copy(server, patterns)
        server.execute("set maintenance_work_mem = '512MB'")
        for statement in indexes:
            server.execute(statement)
        server.execute("vacuum (analyze) registers_record")


def _patterns() -> list[Pattern]:
    """(key, data, sealed, terms) of really sealed people, as they lie in the table."""
    from motcua.core.registers.data.load import _population_record

    made = []
    for one in _people(PATTERNS):
        row = _population_record(one)
        fields = {field.name: field for field in row._meta.concrete_fields}
        made.append(
            (
                str(fields["key"].pre_save(row, True)),
                json.dumps(row.data, ensure_ascii=False),
                str(fields["sealed"].pre_save(row, True)),
                "{" + ",".join(map(str, row.terms)) + "}",
            )
        )
    return made


def _drop_indexes(server: Any) -> list[str]:
    """Drop every index but the primary key's; the statements that make them again."""
    constraints = server.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = 'registers_record'::regclass and contype = 'u'"
    ).fetchall()
    for name, _ in constraints:
        server.execute(f'alter table registers_record drop constraint "{name}"')
    indexes = server.execute(
        "select indexname, indexdef from pg_indexes where tablename = 'registers_record' and indexname not like '%pkey'"
    ).fetchall()
    for name, _ in indexes:
        server.execute(f'drop index "{name}"')
    again = [f'alter table registers_record add constraint "{name}" {how}' for name, how in constraints]
    return again + [definition for _, definition in indexes]


def _copy(server: Any, patterns: list[Pattern]) -> None:
    from motcua.core.sealing.keyring import PERSON, blind

    before = [f"\tpopulation\t1\t{key}\t" for key, _, _, _ in patterns]
    after = [f"\t{data}\t{sealed}\t" for _, data, sealed, _ in patterns]
    since = "\t2000-01-01\t2026-11-01T00:00:00+07\n"
    with server.cursor() as cursor, cursor.copy(f"copy registers_record ({COLUMNS}) from stdin") as copy:
        waiting: list[str] = []
        for index in range(RECORDS):
            terms = patterns[index][3] if index < PATTERNS else "{}"
            one = index % PATTERNS
            blinded = blind(PERSON, number_of(index))
            waiting.append(f"{index:032x}{before[one]}{blinded}{after[one]}{terms}{since}")
            if len(waiting) == 5000:
                copy.write("".join(waiting))
                waiting.clear()
        copy.write("".join(waiting))


if __name__ == "__main__":
    main()
