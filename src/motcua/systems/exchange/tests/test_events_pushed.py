"""Events that are pushed: signed, kept while the subscriber is away, put aside where it refuses them."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from motcua.core import jobs
from motcua.systems.exchange import bus
from motcua.systems.exchange.bus import pushing
from motcua.systems.exchange.models import Delivery, DeliveryState, Subscription, Topic
from motcua.systems.exchange.tests.conftest import APPROVER, EDITOR, Move, World

pytestmark = pytest.mark.usefixtures("road")


@contextmanager
def subscriber(
    status: Callable[[dict[str, Any]], int], port: int = 0
) -> Iterator[tuple[HTTPServer, list[Any]]]:
    """A subscriber's server: what it got with its signature, and what it answers."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            event = json.loads(body)
            got.append((event, body, self.headers["X-Motcua-Signature"]))
            self.send_response(status(event))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server, got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pushed_to(exchange: World, topic: Topic, port: int, attempts: int = 3) -> Subscription:
    asked = bus.subscribe(
        EDITOR,
        topic,
        exchange.onestop,
        why="x",
        mode="push",
        address=f"http://127.0.0.1:{port}/hear?x=1",
        attempts=attempts,
    )
    return bus.decide_subscription(APPROVER, asked, approve=True)


def test_a_pushed_event_is_signed_for_its_subscriber(exchange: World, topic: Topic) -> None:
    with subscriber(lambda _: 204) as (server, got):
        hears = pushed_to(exchange, topic, server.server_port)
        bus.publish(topic, "a", {"n": 1})
        jobs.run_all()
    (event, body, signed) = got[0]
    assert event["payload"] == {"n": 1}
    at = int(signed.split(",")[0].removeprefix("t="))
    assert signed == pushing.signature(Subscription.objects.get(pk=hears.pk).secret, body, at)
    assert Delivery.objects.get().state == DeliveryState.DONE


def test_an_event_is_delivered_after_an_hour_without_the_subscriber(
    exchange: World, topic: Topic, move: Move
) -> None:
    with subscriber(lambda _: 503) as (server, got):
        port = server.server_port
        hears = pushed_to(exchange, topic, port)
        bus.publish(topic, "a", {"n": 1})
        bus.publish(topic, "a", {"n": 2})
        jobs.run_all()
        assert len(got) == 1, "it says that it is away: nothing more is tried"
    for _ in range(60):
        move(dt.timedelta(minutes=1))
        assert pushing.push(hears) is False, "nobody answers at all"
    with subscriber(lambda _: 200, port) as (_, got):
        move(dt.timedelta(minutes=2))
        while pushing.push(hears):
            pass
    assert [one[0]["payload"]["n"] for one in got] == [1, 2]
    assert {one.state for one in Delivery.objects.all()} == {DeliveryState.DONE}


def test_a_pushed_event_that_the_subscriber_refuses_dies_and_the_others_arrive(
    exchange: World, topic: Topic, move: Move
) -> None:
    with subscriber(lambda event: 500 if event["key"] == "poison" else 200) as (server, got):
        hears = pushed_to(exchange, topic, server.server_port)
        bus.publish(topic, "poison", {"n": 666})
        for number in range(3):
            bus.publish(topic, f"good {number}", {"n": number})
        for _ in range(3):
            while pushing.push(hears):
                pass
            move(dt.timedelta(hours=1))
    assert [one[0]["payload"]["n"] for one in got] == [666, 0, 1, 2, 666, 666]
    dead = Delivery.objects.get(state=DeliveryState.DEAD)
    assert dead.fault == "HTTP 500"
