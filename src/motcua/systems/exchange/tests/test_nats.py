"""Events by NATS when it is killed, comes back, loses its disk, is left for good; and what it is never told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from motcua.core import jobs
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus
from motcua.systems.exchange.bus import carrying
from motcua.systems.exchange.bus.line import Away, Letter, Line, line
from motcua.systems.exchange.jobs import carry_events, tidy
from motcua.systems.exchange.models import Event, Subscription, Topic
from motcua.systems.exchange.tests.conftest import (
    APPROVER,
    EDITOR,
    SCHEMA,
    NatsServer,
    World,
    by_nats,
    carried_at_once,
    exchange_of_two,
)
from motcua.systems.exchange.tests.test_events import numbers, take_all


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NatsServer]:
    """A server of this test's own, which may be killed."""
    made = NatsServer(tmp_path / "store")
    made.start()
    by_nats(made, settings)
    carried_at_once(monkeypatch)
    yield made
    made.kill()


@pytest.fixture
def topic(server: NatsServer, exchange: World) -> Topic:
    return bus.declare_topic(
        EDITOR, exchange.register, code="ho-tich", title="Hộ tịch", legal_basis="Luật Hộ tịch", schema=SCHEMA
    )


@pytest.fixture
def hears(exchange: World, topic: Topic) -> Subscription:
    asked = bus.subscribe(EDITOR, topic, exchange.onestop, why="cập nhật hồ sơ")
    return bus.decide_subscription(APPROVER, asked, approve=True)


def tell(topic: Topic, *told: int) -> None:
    for number in told:
        bus.publish(topic, "a", {"n": number})


def tell_two(topic: Topic) -> None:
    """A good one, and one that takes both back."""
    bus.publish(topic, "a", {"n": 1})
    bus.publish(topic, "a", {"n": "một"})


def test_what_is_told_while_nats_is_down_is_taken_and_arrives_when_it_is_back(
    server: NatsServer, topic: Topic, hears: Subscription
) -> None:
    tell(topic, 1)
    assert take_all(hears) == [1]
    server.kill()
    tell(topic, 2, 3)
    assert bus.take(hears) == [], "nothing has come, and nobody is told a lie"
    waiting = carrying.road()
    assert (waiting.by_nats, waiting.waiting) == (True, 2)
    with pytest.raises(Away):
        carrying.carry()
    server.start()
    carry_events()
    assert take_all(hears) == [2, 3]
    assert carrying.road().waiting == 0


def test_what_was_drawn_before_is_still_given_while_nats_is_down(
    server: NatsServer, topic: Topic, hears: Subscription
) -> None:
    tell(topic, 1, 2)
    first = bus.take(hears)
    assert numbers(first) == [1]
    server.kill()
    bus.acknowledge(hears, [first[0].receipt])
    assert numbers(bus.take(hears)) == [2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("patience", "left"), [(30.0, 0), (-1.0, 1)], ids=["at once", "by the worker"])
def test_what_is_told_while_another_one_carries_is_carried_by_that_one(
    patience: float, left: int, nats_server: NatsServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_nats(nats_server, settings)
    monkeypatch.setattr(carrying, "FOR_OTHERS_S", patience)
    with acting(SYSTEM):
        topic = bus.declare_topic(
            EDITOR, exchange_of_two().register, code="nhanh", title="x", legal_basis="x", schema=SCHEMA
        )
    send = Line.send

    def told_meanwhile(road: Line, letters: Sequence[Letter]) -> list[int]:
        monkeypatch.setattr(Line, "send", send)
        other = threading.Thread(target=_tell_alone, args=(topic, 2))
        other.start()
        other.join(30)
        return send(road, letters)

    monkeypatch.setattr(Line, "send", told_meanwhile)
    with acting(SYSTEM):
        tell(topic, 1)
    with acting(SYSTEM):
        assert Event.objects.count() == 2
        assert carrying.road().waiting == left
    with acting(SYSTEM):
        jobs.run_all()
    with acting(SYSTEM):
        assert carrying.road().waiting == 0


def test_those_who_ask_at_once_share_one_connection(nats_server: NatsServer, settings: Any) -> None:
    by_nats(nats_server, settings)
    begun, counted = threading.Barrier(8), list[int]()

    def ask() -> None:
        begun.wait(60)
        counted.append(line().connections())

    line()
    askers = [threading.Thread(target=ask) for _ in range(8)]
    for one in askers:
        one.start()
    for one in askers:
        one.join(60)
    assert counted == [1] * 8


def _tell_alone(topic: Topic, number: int) -> None:
    with acting(SYSTEM):
        tell(topic, number)
    connection.close()


def test_a_stream_that_lost_its_disk_is_filled_again_with_what_somebody_lacks(
    server: NatsServer, exchange: World, topic: Topic, hears: Subscription
) -> None:
    other = bus.subscribe(EDITOR, topic, exchange.register, why="chủ tin nghe tin của mình")
    tell(topic, 1, 2)
    assert take_all(hears) == [1, 2]
    tell(topic, 3)
    server.kill()
    server.folder = server.folder.with_name("a new disk")
    server.start()
    tell(topic, 4)
    assert take_all(hears) == [3, 4], "once each, in their order"
    assert take_all(other) == [1, 2, 3, 4]


def test_a_server_that_is_killed_and_started_again_goes_on_where_it_was(
    server: NatsServer, topic: Topic, hears: Subscription
) -> None:
    tell(topic, 1, 2, 3)
    first = bus.take(hears)
    server.kill()
    server.start()
    tell(topic, 4)
    bus.acknowledge(hears, [one.receipt for one in first])
    assert [*numbers(first), *take_all(hears)] == [1, 2, 3, 4]


def test_without_nats_again_everything_that_was_under_way_is_given_from_here(
    server: NatsServer, topic: Topic, hears: Subscription, settings: Any
) -> None:
    tell(topic, 1)
    server.kill()
    tell(topic, 2)
    settings.MOTCUA_EVENTS_NATS = []
    carry_events()
    tell(topic, 3)
    assert take_all(hears) == [1, 2, 3]
    carry_events()
    assert take_all(hears) == []


def test_who_asks_after_an_event_sees_it_wait_before_it_is_drawn(
    server: NatsServer, topic: Topic, hears: Subscription
) -> None:
    event, _ = bus.publish(topic, "a", {"n": 1})
    event.refresh_from_db()
    assert [(one.state, one.attempts) for one in bus.receipts(event)] == [("waiting", 0)]
    assert carrying.waiting_of(hears) == 1
    take_all(hears)
    assert [one.state for one in bus.receipts(event)] == ["done"]
    assert carrying.waiting_of(hears) == 0


def test_what_lies_in_the_stream_says_nothing_of_anybody(server: NatsServer, topic: Topic) -> None:
    event, _ = bus.publish(topic, "001099000011", {"n": 1, "name": "Nguyễn Văn Mẫu"})
    found = line().read(carrying.subject(topic.pk), 0, 10)
    assert [one.body for one in found] == [str(event.pk).encode()]
    stored = b"".join(path.read_bytes() for path in server.folder.rglob("*") if path.is_file())
    assert b"001099000011" not in stored
    assert "Nguyễn".encode() not in stored


def test_tidying_forgets_nothing_that_a_subscriber_has_not_drawn(
    server: NatsServer, topic: Topic, hears: Subscription
) -> None:
    tell(topic, 1, 2)
    Event.objects.update(at="2020-01-01T00:00:00Z")
    tidy()
    assert line().read(carrying.subject(topic.pk), 0, 10)[1:] == [], "what everybody drew has left the stream"
    assert take_all(hears) == [1, 2]
    tidy()
    assert not Event.objects.exists()
    tell(topic, 3)
    assert take_all(hears) == [3]


def test_a_wrong_password_and_a_missing_server_are_said_plainly(
    tmp_path: Path, settings: Any, nats_server: NatsServer
) -> None:
    locked = NatsServer(tmp_path / "locked", "--user", "motcua", "--pass", "right")
    locked.start()
    try:
        by_nats(locked, settings)
        with pytest.raises(Away, match="Authorization"):
            line().last()
        secret = tmp_path / "secret"
        secret.write_text("motcua:right\n", encoding="utf-8")
        settings.MOTCUA_EVENTS_NATS_SECRET_FILE = str(secret)
        assert line().last() == 0
    finally:
        locked.kill()
    with pytest.raises(Away):
        line().last()


@pytest.mark.django_db(transaction=True)
def test_an_event_is_carried_when_its_transaction_is_through_and_never_before(
    nats_server: NatsServer, settings: Any
) -> None:
    by_nats(nats_server, settings)
    with acting(SYSTEM):
        world = exchange_of_two()
        told = bus.declare_topic(
            EDITOR, world.register, code="sau", title="Sau", legal_basis="x", schema=SCHEMA
        )
    with pytest.raises(UserError, match="shape"), acting(SYSTEM):
        tell_two(told)
    with acting(SYSTEM):
        bus.publish(told, "a", {"n": 2})
        assert line().last() == 0
    assert line().last() == 1
    with acting(SYSTEM):
        assert json.loads(line().read(carrying.subject(told.pk), 0, 5)[0].body) == Event.objects.get().pk
