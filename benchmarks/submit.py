"""Submissions: the last POST of a saved draft, signed in, against pgbench writing the same rows.

Ours: the site under granian (two processes), its whole middleware (session, account and actor in one statement,
access policy, CSRF, transaction with row security), the form examined, the process started, and the one statement of
`cases.actions.submit`. 8 clients, drafts of 21 fields over 200 communes. pgbench: `-M simple -c 8`, the very statement
with the parameters written in, random people, agencies, drafts and keys; the same rows, the same row security, the
jobs' NOTIFY off on both sides, every commit waiting for the disk. Rounds take turns; committed cases are counted, never
answers, and an answer that is no redirect fails the bench. `ratio_to_pgbench` is the median of five rounds;
`cpu_ms` is CPU of the site's processes per committed case.
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import _cases_ground as grounds

CLIENTS = 8
ROUNDS = 5
SECONDS = 2.5
DRAFTS_EACH = 45
TOKEN = "b" * 32


def run() -> dict[str, float]:
    """ratio_to_pgbench, cpu_ms, cases_per_second, pgbench_per_second."""
    return grounds.in_another_process("benchmarks.submit")


def main() -> None:
    with grounds.standing() as ground:
        print(json.dumps(_figures(ground)))


def _figures(ground: grounds.Ground) -> dict[str, float]:
    drafts = grounds.save_drafts(ground, DRAFTS_EACH)
    script = _script(ground, drafts)
    with Site() as site:
        site.warm(drafts[:200])
        drafts = drafts[200:]
        ours, theirs, cpu = [], [], []
        for _ in range(ROUNDS):
            rate, cost, used = _round(site, drafts)
            drafts = drafts[used:]
            ours.append(rate)
            cpu.append(cost)
            theirs.append(_pgbench(script))
    return {
        "ratio_to_pgbench": round(statistics.median(o / t for o, t in zip(ours, theirs, strict=True)), 3),
        "cpu_ms": round(statistics.median(cpu), 2),
        "cases_per_second": round(statistics.median(ours), 1),
        "pgbench_per_second": round(statistics.median(theirs), 1),
    }


class Site:
    """granian serving the site on a free port."""

    def __enter__(self) -> Site:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "benchmarks._cases_site:application",
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
        raise RuntimeError(f"the site does not answer:\n{self.said()}")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def cpu(self) -> float:
        """Seconds of CPU that the site's processes have used."""
        return grounds.cpu_of(self.process.pid)

    def warm(self, drafts: list[tuple[str, str]]) -> None:
        """Let both processes compile the pack and learn the agencies before anything is timed."""
        self.press(drafts, 30.0)

    def press(self, drafts: list[tuple[str, str]], seconds: float) -> int:
        """Submit drafts with all clients for a while, or until there are none left. Returns how many were sent."""
        left = iter(drafts)
        lock, sent, faults = threading.Lock(), [0] * CLIENTS, []
        until = time.perf_counter() + seconds

        def client(number: int) -> None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 10) as line:
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while time.perf_counter() < until:
                        with lock:
                            draft = next(left, None)
                        if draft is None:
                            return
                        line.sendall(self.request(*draft))
                        answer = line.recv(65536)
                        while b"\r\n\r\n" not in answer:
                            answer += line.recv(65536)
                        if not answer.startswith(b"HTTP/1.1 302") or b"/ho-so/" not in answer:
                            raise RuntimeError(answer[:600].decode(errors="replace"))
                        sent[number] += 1
            except Exception as fault:
                faults.append(fault)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        if faults:
            raise RuntimeError(f"{faults[0]}\n{self.said()}")
        return sum(sent)

    def request(self, draft: str, session: str) -> bytes:
        return (
            f"POST /bench/{draft}/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: 0\r\n"
            f"Cookie: phien={session}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n\r\n"
        ).encode()


def _round(site: Site, drafts: list[tuple[str, str]]) -> tuple[float, float, int]:
    before, used, begun = _count(), site.cpu(), time.perf_counter()
    sent = site.press(drafts, SECONDS)
    passed, cpu, made = time.perf_counter() - begun, site.cpu() - used, _count() - before
    if made != sent or sent == len(drafts):
        raise RuntimeError(
            f"{sent} answers of {len(drafts)} drafts, but {made} cases: nothing can be said of that"
        )
    return made / passed, cpu / made * 1000, sent


def _count() -> int:
    from django.db import connection

    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("select count(*) from cases_case")
        return int(cursor.fetchone()[0])


def _script(ground: grounds.Ground, drafts: list[tuple[str, str]]) -> Path:
    """The statement of a real submission as a pgbench script: literals for what is the same, variables for the rest."""
    from django.db import connection

    from motcua.core.cases.actions import making, submit
    from motcua.core.cases.actions.draft import application_of
    from motcua.core.cases.models import Draft
    from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
    from motcua.core.ledger.scope import acting

    caught: dict[str, Any] = {}
    with acting(SYSTEM):
        draft = Draft.objects.select_related("party").get(uuid=drafts[0][0])
        actor = Actor(ActorKind.CITIZEN, draft.party.name, account_id=1, party_id=draft.party_id, level=2)
        real = making.statement_parameters

        def catch(*args: Any, **kwargs: Any) -> dict[str, Any]:
            caught.update(real(*args, **kwargs))
            return caught

        making.statement_parameters = catch
        try:
            submit(actor, replace(application_of(draft), draft_uuid=None), uuid.uuid4())
        finally:
            making.statement_parameters = real
        with connection.cursor() as cursor:
            cursor.execute("select min(id), max(id) from cases_draft where submitted_case_id is null")
            first, last = cursor.fetchone()
    task = json.loads(caught["tasks"])[0]["uuid"]
    fresh = "md5('{0}' || :a || :b)::uuid"
    party, unit = "(array[" + ",".join(map(str, ground.parties)) + "])[:u]", ""
    agencies = {"committee": ground.committees, "desk": ground.desks}
    picked = {name: "(array[" + ",".join(map(str, ids)) + "])[:u]" for name, ids in agencies.items()}
    marks = {
        "key": fresh.format("k"), "uuid": fresh.format("c"), "event_uuid": fresh.format("e"),
        "submitter": party, "applicant": party, "party": party,
        "competent": picked["committee"], "handling": picked["committee"], "receiving": picked["desk"],
        "agencies": f"array[{picked['committee']}, {picked['desk']}]", "scope": "'bench-' || :u",
        "prefix": "'bench-' || :u || '-261121-'", "now": "now()",
        "draft": f"(select uuid from cases_draft where id = {first} + mod(:a, {last - first + 1}))",
    }  # fmt: skip
    unit = f"replace({{}}, '{task}', {fresh.format('t')}::text)"
    with connection.cursor() as cursor:
        literal = cursor.mogrify
        text = making.statement()
        for name, value in caught.items():
            sql = marks.get(name)
            if sql is None:
                sql = literal("%s", [value])
                sql = sql if isinstance(sql, str) else sql.decode()
            if name == "tasks":
                sql = unit.format(sql)
            text = text.replace(f"%({name})s", f"({sql})")
    text = re.sub(r"^--.*$", "", text, flags=re.M)
    script = Path(os.environ["MOTCUA_HOME"]) / "submit.pgbench"
    script.write_text(
        "\\set a random(1, 1000000000)\n\\set b random(1, 1000000000)\n"
        f"\\set u random(1, {len(ground.parties)})\n" + " ".join(text.split()) + ";\n",
        encoding="utf-8",
    )
    return script


def _pgbench(script: Path) -> float:
    from motcua.config import postgres

    server = postgres.ensure_running()
    program = postgres.programs().program("pgbench")
    environment = {**os.environ, "PGOPTIONS": "-c motcua.kind=system"}
    done = subprocess.run(
        [
            str(program), "-n", "-M", "simple", "-c", str(CLIENTS), "-j", "2", "-T", str(round(SECONDS)), "-f",
            str(script), server.app_dsn,
        ],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode or rate is None or (failed and failed.group(1) != "0"):
        raise RuntimeError(f"pgbench failed: {done.stderr[-3000:]}")
    return float(rate.group(1))


if __name__ == "__main__":
    main()
