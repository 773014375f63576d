"""The work list: 100 rows of an officer's open steps among 100,000 cases, over HTTP, under row security.

Half of all cases lie with one desk, whose officer asks for the first page of the list; the other half over 200
communes. `cpu_ms` is CPU of the site's processes per request, `database_cpu_ms` that of PostgreSQL's;
`growth` is what both together cost among 100,000 cases over what they cost among 10,000: flat is 1.
"""

from __future__ import annotations

import json
import socket
import statistics
from typing import Any

from benchmarks import _cases_ground as grounds

FEW, MANY = 10_000, 100_000
REQUESTS, ROUNDS = 60, 5


def run() -> dict[str, float]:
    """cpu_ms, database_cpu_ms, growth."""
    return grounds.in_another_process("benchmarks.list")


def main() -> None:
    with grounds.standing() as ground:
        print(json.dumps(_figures(ground)))


def _figures(ground: grounds.Ground) -> dict[str, float]:
    agency = ground.desks[0]
    session = _officer(agency)
    from benchmarks.submit import Site

    with Site() as site:
        _fill(ground, agency, FEW)
        few = _measure(site, agency, session)
        _fill(ground, agency, MANY)
        many = _measure(site, agency, session)
    return {
        "cpu_ms": round(many[0], 2),
        "database_cpu_ms": round(many[1], 2),
        "growth": round(sum(many) / sum(few), 2),
    }


def _measure(site: Any, agency: int, session: str) -> tuple[float, float]:
    """Median CPU milliseconds of site and database for a request."""
    _ask(site, agency, session, 20)
    site_ms, database_ms = [], []
    for _ in range(ROUNDS):
        before, database = site.cpu(), _database_cpu()
        _ask(site, agency, session, REQUESTS)
        site_ms.append((site.cpu() - before) / REQUESTS * 1000)
        database_ms.append((_database_cpu() - database) / REQUESTS * 1000)
    return statistics.median(site_ms), statistics.median(database_ms)


def _ask(site: Any, agency: int, session: str, times: int) -> None:
    with socket.create_connection(("127.0.0.1", site.port), 30) as line:
        request = (
            f"GET /bench/list/{agency}/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: phien={session}\r\n\r\n"
        ).encode()
        for _ in range(times):
            line.sendall(request)
            answer = line.recv(262_144)
            while b"\r\n\r\n" not in answer:
                answer += line.recv(262_144)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(
                next(part for part in head.lower().split(b"\r\n") if part.startswith(b"content-length"))[16:]
            )
            while len(body) < length:
                body += line.recv(262_144)
            if not head.startswith(b"HTTP/1.1 200") or body.count(b"\n") != 99:
                raise RuntimeError(f"no list of 100 rows: {answer[:400]!r}\n{site.said()}")


def _database_cpu() -> float:
    """Seconds of CPU of the server and its backends."""
    from motcua.config import postgres

    return grounds.cpu_of(postgres.ensure_running().pid)


def _officer(agency: int) -> str:
    """The session of a clerk of the desk."""
    from motcua.core.identity.models import Account
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.core.organisations.models import Appointment, Officer, Position

    with acting(SYSTEM):
        position = Position.objects.filter(groups__contains=["one_stop"]).order_by("id")[0]
        officer, _ = Officer.objects.get_or_create(
            code="BENCH", defaults={"name": "Cán bộ đo", "folded": "can bo do"}
        )
        Appointment.objects.get_or_create(
            officer=officer,
            agency_id=agency,
            position=position,
            defaults={"valid_from": "2025-07-01", "source": "bench"},
        )
        account, _ = Account.objects.get_or_create(
            officer=officer, defaults={"username": "BENCH", "password": "!bench"}
        )
        return grounds.sign_in(account)


def _fill(ground: grounds.Ground, agency: int, wanted: int) -> None:
    """Grow the table to so many cases, each with an open step at its desk."""
    import psycopg
    from django.db import connection

    from motcua.config import postgres
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select count(*) from cases_case where number like 'L%'")  # other benches leave theirs
        missing = wanted - int(cursor.fetchone()[0])
        cursor.execute(
            _CASES,
            {
                "count": max(missing, 0), "version": ground.version, "parties": ground.parties, "desk": agency,
                "desks": ground.desks, "committees": ground.committees,
            },
        )  # fmt: skip
    with psycopg.connect(**postgres.embedded_parameters(postgres.OWNER_ROLE), autocommit=True) as owner:
        owner.execute("vacuum analyze cases_case")
        owner.execute("vacuum analyze cases_task")


_CASES = """
with drawn as (
  select n, 1 + n %% 200 as u, case when n %% 2 = 0 then %(desk)s else (%(desks)s::bigint[])[1 + n %% 200] end as desk
  from generate_series(1, %(count)s) n
), made as (
  insert into cases_case (
    uuid, number, service_version_id, service_code, title, applicant_name, folded, business_status_id, financial_state,
    delivery_state, sync_state, channel, assisted, applicant_id, submitter_id, competent_agency_id, receiving_agency_id,
    handling_agency_id, agency_ids, owner_system, received_at, due_at, promised_at, limit_unit, process_state, data,
    ended_as, asked, found, idempotency_key)
  select gen_random_uuid(), 'L' || gen_random_uuid(), %(version)s, '1.001193', 'Đăng ký khai sinh',
         'NGUYỄN THỊ ' || n, 'nguyen thi ' || n || ' dang ky khai sinh', 1, 'none', 'none', 'none', 'portal', false,
         (%(parties)s::bigint[])[u], (%(parties)s::bigint[])[u], (%(committees)s::bigint[])[u], desk,
         (%(committees)s::bigint[])[u], array[desk, (%(committees)s::bigint[])[u]], 'motcua',
         now() - n * interval '1 minute', now() + (n %% 4000) * interval '1 hour', now(), 'working_days', '{"n": 2}',
         '{"answers": {"child": {"name": "NGUYỄN MINH AN"}}, "applicant": {"name": "NGUYỄN THỊ A"}}', '', 5, 28,
         gen_random_uuid()
    from drawn
  returning id, receiving_agency_id, due_at
)
insert into cases_task (uuid, case_id, token_id, element_id, name, name_en, role, verb, agency_id, applicant_task, data,
                        offered_at, due_at, sort_at, state, outcome, reason, done_by_label)
select gen_random_uuid(), id, 1, 'receive', 'Tiếp nhận hồ sơ', 'Receive', 'one_stop', 'receive', receiving_agency_id,
       false, '{}', now(), due_at, due_at, 'open', '', '', ''
  from made
"""


if __name__ == "__main__":
    main()
