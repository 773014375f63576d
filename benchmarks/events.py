"""Events between members: telling, fan-out and delivery, by PostgreSQL and by NATS JetStream in one run.

Telling: `told_per_second` is events by 4 threads over 100 keys, each event its own committed
transaction with its payload checked against the topic's JSON Schema and sealed, heard by 8 subscribers; `tell_cpu_ms`
is the CPU of one telling, one after another. Delivering: `delivered_per_second` is deliveries taken, decided on and
acknowledged by one process in batches of 200, each batch two committed transactions. An event counts as delivered to a
subscriber when its acknowledgement is committed; every event must reach every subscriber once, in the order of its key,
else the bench fails. Latency: `delivered_ms` and `delivered_ms_p99`, from before telling until a subscriber that asks
all the time has the event, one at a time.

Rounds of both take turns, medians of five. `nats_…` are the same by NATS JetStream (a nats-server of this run, its
store on this disk at its defaults): an event is durable in PostgreSQL before it is told taken, on either road. Without
a nats-server these figures are left out.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ROUNDS, TOLD, KEYS, TELLERS, SUBSCRIBERS, BATCH, SINGLES = 5, 120, 100, 4, 8, 200, 20
SCHEMA = {
    "type": "object",
    "required": ["n", "text"],
    "properties": {"n": {"type": "integer"}, "text": {"type": "string"}},
}
PAYLOAD = "Nội dung của một tin. " * 20


def run() -> dict[str, float]:
    """told_per_second, tell_cpu_ms, delivered_per_second, delivered_ms, delivered_ms_p99, and nats_… of each."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.events"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"benchmarks.events failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    from motcua.config import home, postgres

    os.environ["MOTCUA_HOME"] = str(home.home() / "bench-events")
    os.environ["MOTCUA_SANDBOX"] = "1"
    os.environ["MOTCUA_POOL"] = str(TELLERS + 2)
    os.environ["DJANGO_SETTINGS_MODULE"] = "motcua.config.settings"
    postgres.ensure_running()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    try:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        with _nats() as server:
            print(json.dumps(_figures(server)))
    finally:
        for each in connections.all():
            each.close()
            if getattr(each, "pool", None):
                each.close_pool()  # type: ignore[attr-defined]
        postgres.stop()


def _figures(server: str | None) -> dict[str, float]:
    roads = {"": ""} | ({"nats_": server} if server else {})
    measured: dict[str, list[float]] = {}
    world = _World()
    for _ in range(ROUNDS):
        for road, address in roads.items():
            with _by(address):
                for name, value in world.round().items():
                    measured.setdefault(road + name, []).append(value)
    return {name: round(statistics.median(values), 3) for name, values in measured.items()}


@contextmanager
def _by(server: str) -> Iterator[None]:
    """Events go by this server, or by PostgreSQL alone."""
    from django.conf import settings

    settings.MOTCUA_EVENTS_NATS = [server] if server else []
    settings.MOTCUA_EVENTS_STREAM = "bench"
    yield
    settings.MOTCUA_EVENTS_NATS = []


@contextmanager
def _nats() -> Iterator[str | None]:
    program = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/bin")
    if program is None:
        yield None
        return
    with socket.socket() as free, tempfile.TemporaryDirectory() as store:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = subprocess.Popen(
            [program, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", store],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await(port)
            yield f"nats://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def _await(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("nats-server does not answer")


class _World:
    """A member with a topic and its subscribers, new in each run."""

    def __init__(self) -> None:
        from motcua.core.ledger.actor import SYSTEM
        from motcua.core.ledger.scope import acting
        from motcua.systems.exchange import bus
        from motcua.systems.exchange.models import Member, Standing, Subsystem

        name = uuid.uuid4().hex[:12]
        with acting(SYSTEM):
            member = Member.objects.create(
                code=name, name="Đo", contact="-", state=Standing.APPROVED, asked_by="đo"
            )
            owner = Subsystem.objects.create(member=member, code="chu", name="Chủ tin")
            self.topic = bus.declare_topic(
                SYSTEM, owner, code=name, title="Đo", legal_basis="-", schema=SCHEMA
            )
            self.hearing = []
            for number in range(SUBSCRIBERS):
                system = Subsystem.objects.create(member=member, code=f"n{number}", name="Bên nhận")
                asked = bus.subscribe(
                    SYSTEM, self.topic, system, why="đo", in_flight=BATCH, lease_seconds=3_600
                )
                self.hearing.append(bus.decide_subscription(SYSTEM, asked, approve=True))

    def round(self) -> dict[str, float]:
        told = self._tell_together()
        delivered = self._deliver(TOLD)
        cpu = self._tell_alone()
        self._deliver(SINGLES)
        latencies = sorted(self._one_through() for _ in range(SINGLES))
        self._deliver(SINGLES, but=self.hearing[0])
        return {
            "told_per_second": told,
            "tell_cpu_ms": cpu,
            "delivered_per_second": delivered,
            "delivered_ms": latencies[len(latencies) // 2] * 1000,
            "delivered_ms_p99": latencies[-1] * 1000,
        }

    def _tell(self, key: str, number: int) -> None:
        from motcua.core.ledger.actor import SYSTEM
        from motcua.core.ledger.scope import acting
        from motcua.systems.exchange import bus

        with acting(SYSTEM):
            bus.publish(self.topic, key, {"n": number, "text": PAYLOAD})

    def _tell_together(self) -> float:
        faults: list[BaseException] = []

        def some(teller: int) -> None:
            from django.db import connection

            try:
                for number in range(teller, TOLD, TELLERS):
                    self._tell(str(number % KEYS), number)
            except BaseException as fault:
                faults.append(fault)
            finally:
                connection.close()

        threads = [threading.Thread(target=some, args=(teller,)) for teller in range(TELLERS)]
        begun = time.perf_counter()
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        if faults:
            raise faults[0]
        return TOLD / (time.perf_counter() - begun)

    def _tell_alone(self) -> float:
        begun = time.process_time()
        for number in range(SINGLES):
            self._tell(str(number), number)
        return (time.process_time() - begun) / SINGLES * 1000

    def _deliver(self, told: int, but: Any = None) -> float:
        """Everything to everybody, each once and in the order of its key; deliveries per second."""
        subscribers = [one for one in self.hearing if one is not but]
        begun, count = time.perf_counter(), 0
        for subscription in subscribers:
            got: list[tuple[str, int]] = []
            while taken := _committed(lambda subscription=subscription: _take(subscription)):  # type: ignore[misc]
                got += [(one.key, one.position) for one in taken]
            count += len(got)
            if len(set(got)) != told or len(got) != told:
                raise RuntimeError(f"{told} events were told, {len(got)} came")
            for key in {key for key, _ in got}:
                order = [position for name, position in got if name == key]
                if order != sorted(order):
                    raise RuntimeError(f"the events of {key} came in another order: {order}")
        return count / (time.perf_counter() - begun)

    def _one_through(self) -> float:
        begun = time.perf_counter()
        self._tell("một", 1)
        while not _committed(lambda: _take(self.hearing[0])):
            if time.perf_counter() - begun > 10:
                raise RuntimeError("an event did not come")
        return time.perf_counter() - begun


def _committed(act: Callable[[], Any]) -> Any:
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting

    with acting(SYSTEM):
        return act()


def _take(subscription: Any) -> Any:
    """Take a batch; it is acknowledged in the next transaction, as over the API."""
    from django.db import transaction

    from motcua.systems.exchange import bus

    taken = bus.take(subscription, BATCH)
    receipts = [one.receipt for one in taken]
    transaction.on_commit(lambda: _committed(lambda: bus.acknowledge(subscription, receipts)))
    return taken


if __name__ == "__main__":
    main()
