"""NATS killed again and again, once with its disk, under writers and takers: nothing is lost, all stays in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.jobs import carry_events
from motcua.systems.exchange.models import Delivery, Subscription, Topic
from motcua.systems.exchange.tests.conftest import (
    APPROVER,
    EDITOR,
    SCHEMA,
    NatsServer,
    by_nats,
    exchange_of_two,
)

KEYS, EACH, TAKERS = ("a", "b", "c", "d"), 100, 2
PATIENCE_S = 120


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_nor_turned_round_while_nats_dies_five_times(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "REST_S", 0.1)
    server = NatsServer(tmp_path / "store")
    server.start()
    by_nats(server, settings)
    topic, hears = _furnished()
    got: list[tuple[str, int]] = []
    done = threading.Event()
    deadline = time.monotonic() + PATIENCE_S
    writers = [threading.Thread(target=_tell, args=(topic, key)) for key in KEYS]
    takers = [threading.Thread(target=_hear, args=(hears, got, done, deadline)) for _ in range(TAKERS)]
    try:
        for one in [*writers, *takers]:
            one.start()
        for time_of_death in range(5):
            time.sleep(0.7)
            server.kill()
            if time_of_death == 3:
                server.folder = tmp_path / "a new disk"
            time.sleep(0.3)
            server.start()
        for one in writers:
            one.join(PATIENCE_S)
        while len(got) < len(KEYS) * EACH and time.monotonic() < deadline:
            carry_events()
            time.sleep(0.1)
    finally:
        done.set()
        for one in takers:
            one.join(30)
        server.kill()
    print(f"{len(got)} of {len(KEYS) * EACH} events, each once, in the order of their key")
    assert len(got) == len(set(got)) == len(KEYS) * EACH
    for key in KEYS:
        assert [number for name, number in got if name == key] == list(range(EACH))
    with acting(SYSTEM):
        assert set(Delivery.objects.values_list("state", "attempts")) == {("done", 1)}


def _furnished() -> tuple[Topic, Subscription]:
    with acting(SYSTEM):
        world = exchange_of_two()
        topic = bus.declare_topic(
            EDITOR, world.register, code="soak", title="Soak", legal_basis="x", schema=SCHEMA
        )
        asked = bus.subscribe(EDITOR, topic, world.onestop, why="x", lease_seconds=600)
        return topic, bus.decide_subscription(APPROVER, asked, approve=True)


def _tell(topic: Topic, key: str) -> None:
    for number in range(EACH):
        _closing(lambda number=number: bus.publish(topic, key, {"n": number}))  # type: ignore[misc]
        time.sleep(0.03)
    connection.close()


def _hear(hears: Subscription, got: list[tuple[str, int]], done: threading.Event, deadline: float) -> None:
    while not done.is_set() and time.monotonic() < deadline:
        taken = _closing(lambda: bus.take(hears, 20))
        got += [(one.key, one.payload["n"]) for one in taken]
        _closing(lambda taken=taken: bus.acknowledge(hears, [one.receipt for one in taken]))  # type: ignore[misc]
        if not taken:
            time.sleep(0.05)
    connection.close()


def _closing(act: Callable[[], Any]) -> Any:
    """In a transaction of its own."""
    with acting(SYSTEM):
        return act()
