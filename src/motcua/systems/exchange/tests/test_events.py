"""Events: at least once, in the order of their key, through outages, repeats, and events that nobody can take."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.exchange import telling
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus, keys
from motcua.systems.exchange.bus.publishing import Busy
from motcua.systems.exchange.models import Delivery, DeliveryState, Subscription, Topic
from motcua.systems.exchange.tests.conftest import (
    APPROVER,
    EDITOR,
    SCHEMA,
    Move,
    World,
    exchange_of_two,
)

pytestmark = pytest.mark.usefixtures("road")


def numbers(taken: list[bus.Taken]) -> list[int]:
    return [one.payload["n"] for one in taken]


def take_all(subscription: Subscription) -> list[int]:
    """Everything that can be had, acknowledged."""
    found: list[int] = []
    while taken := bus.take(subscription):
        found += numbers(taken)
        bus.acknowledge(subscription, [one.receipt for one in taken])
    return found


def test_an_event_comes_once_more_until_it_is_acknowledged(
    topic: Topic, hears: Subscription, move: Move
) -> None:
    bus.publish(topic, "a", {"n": 1})
    first = bus.take(hears)
    assert numbers(first) == [1]
    assert bus.take(hears) == [], "under its lease it is given to nobody else"
    move(dt.timedelta(seconds=61))
    second = bus.take(hears)
    assert numbers(second) == [1]
    assert bus.acknowledge(hears, [first[0].receipt]) == 0, "the old receipt counts no more"
    assert bus.acknowledge(hears, [second[0].receipt]) == 1
    move(dt.timedelta(days=1))
    assert bus.take(hears) == []


def test_events_of_a_key_come_in_order_and_keys_do_not_wait_for_one_another(
    topic: Topic, hears: Subscription
) -> None:
    for key, number in (("a", 1), ("a", 2), ("b", 10), ("a", 3), ("b", 11)):
        bus.publish(topic, key, {"n": number})
    first = bus.take(hears)
    assert numbers(first) == [1, 10]
    bus.acknowledge(hears, [first[1].receipt])
    assert numbers(bus.take(hears)) == [11], "b goes on while a is in hand"
    bus.acknowledge(hears, [first[0].receipt])
    assert take_all(hears) == [2, 3]


def test_told_twice_it_is_one_event(topic: Topic, hears: Subscription) -> None:
    name = uuid.uuid4()
    assert bus.publish(topic, "a", {"n": 1}, event_id=name)[1] is True
    assert bus.publish(topic, "a", {"n": 1}, event_id=name)[1] is False
    assert take_all(hears) == [1]


def test_numbered_events_that_overtook_one_another_are_put_in_order(
    topic: Topic, hears: Subscription
) -> None:
    for number in (1, 3, 4, 2, 5):
        bus.publish(topic, "a", {"n": number}, sequence=number)
    assert take_all(hears) == [1, 2, 3, 4, 5]


def test_an_event_waits_a_minute_for_the_one_before_it_and_no_longer(
    topic: Topic, hears: Subscription, move: Move
) -> None:
    bus.publish(topic, "a", {"n": 1}, sequence=1)
    bus.publish(topic, "a", {"n": 3}, sequence=3)
    assert take_all(hears) == [1]
    move(dt.timedelta(seconds=61))
    assert take_all(hears) == [3]
    bus.publish(topic, "a", {"n": 2}, sequence=2)
    late = bus.take(hears)
    assert numbers(late) == [2]
    assert late[0].late, "the subscriber is told that a newer one came before"
    bus.acknowledge(hears, [late[0].receipt])
    bus.publish(topic, "a", {"n": 4}, sequence=4)
    assert take_all(hears) == [4]


def test_an_event_that_nobody_can_take_goes_to_the_dead_and_blocks_no_other_key(
    topic: Topic, hears: Subscription, move: Move
) -> None:
    bus.publish(topic, "poison", {"n": 666})
    bus.publish(topic, "poison", {"n": 667})
    bus.publish(topic, "good", {"n": 1})
    for attempt in range(3):
        for one in bus.take(hears):
            if one.key == "poison" and one.payload["n"] == 666:
                state = bus.reject(hears, one.receipt, "không đọc được")
                assert state == (DeliveryState.DEAD if attempt == 2 else DeliveryState.WAITING)
            else:
                bus.acknowledge(hears, [one.receipt])
        bus.publish(topic, "good", {"n": 2 + attempt})
        move(dt.timedelta(minutes=5))
    assert take_all(hears) == [667, 4]
    dead = Delivery.objects.get(state=DeliveryState.DEAD)
    assert (dead.attempts, dead.fault) == (3, "không đọc được")
    bus.redeliver(APPROVER, dead)
    assert take_all(hears) == [666]


def test_one_that_is_taken_and_never_acknowledged_dies_too(
    topic: Topic, hears: Subscription, move: Move
) -> None:
    bus.publish(topic, "a", {"n": 1})
    for _ in range(3):
        assert numbers(bus.take(hears)) == [1]
        move(dt.timedelta(minutes=2))
    assert bus.take(hears) == []
    assert Delivery.objects.get().state == DeliveryState.DEAD
    with pytest.raises(UserError, match="reason"):
        bus.drop(APPROVER, Delivery.objects.get(), " ")


def test_everything_is_given_again_from_a_point_on(topic: Topic, hears: Subscription) -> None:
    events = [bus.publish(topic, "a", {"n": number})[0] for number in range(5)]
    assert take_all(hears) == [0, 1, 2, 3, 4]
    assert bus.replay(APPROVER, hears, position=events[3].pk) == 2
    assert take_all(hears) == [3, 4]
    assert bus.replay(APPROVER, hears, since=events[0].at) == 5
    assert take_all(hears) == [0, 1, 2, 3, 4]


def test_who_joins_later_may_replay_what_was_told_before(exchange: World, topic: Topic) -> None:
    bus.publish(topic, "a", {"n": 1})
    later = bus.decide_subscription(
        APPROVER, bus.subscribe(EDITOR, topic, exchange.onestop, why="x"), approve=True
    )
    assert take_all(later) == []
    bus.replay(APPROVER, later, position=0)
    assert take_all(later) == [1]


def test_a_subscriber_has_no_more_in_hand_than_it_asked_for(exchange: World, topic: Topic) -> None:
    hears = bus.decide_subscription(
        APPROVER, bus.subscribe(EDITOR, topic, exchange.onestop, why="x", in_flight=2), approve=True
    )
    for number in range(5):
        bus.publish(topic, str(number), {"n": number})
    assert numbers(bus.take(hears)) == [0, 1]
    assert bus.take(hears) == []


def test_publishers_are_held_back_when_too_much_waits(topic: Topic, hears: Subscription) -> None:
    for number in range(3):
        bus.publish(topic, str(number), {"n": number})
    topic.most_waiting, topic.per_minute = 3, 3
    with pytest.raises(Busy, match="3 events a minute"):
        bus.publish(topic, "d", {"n": 4})
    topic.per_minute = 0
    with pytest.raises(Busy, match="far behind"):
        bus.publish(topic, "d", {"n": 4})
    assert len(take_all(hears)) == 3
    assert bus.publish(topic, "d", {"n": 4})[1], "taken again once they have caught up"


def test_the_shape_and_the_right_to_tell_are_checked(exchange: World, topic: Topic) -> None:
    with pytest.raises(UserError, match="shape at n"):
        bus.publish(topic, "a", {"n": "một"})
    with pytest.raises(NotAllowed):
        bus.publish(topic, "a", {"n": 1}, publisher=exchange.onestop)
    with pytest.raises(UserError, match="bytes"):
        bus.publish(topic, "a", {"n": 1, "x": "y" * 70_000})
    with pytest.raises(UserError, match="JSON Schema is wrong"):
        bus.declare_topic(
            EDITOR, exchange.register, code="x", title="x", legal_basis="x", schema={"type": "nothing"}
        )


def test_a_room_tells_without_knowing_who_hears(topic: Topic, hears: Subscription) -> None:
    telling.publish("ho-tich", "a", {"n": 7})
    telling.publish("nobody-declared-this", "a", {"n": 8})
    assert take_all(hears) == [7]


# ---- the API


def test_a_member_tells_hears_and_sees_the_receipt_over_the_api(
    exchange: World, topic: Topic, client: Client
) -> None:
    owner = keys.issue(exchange.province, subsystem=exchange.register)
    ward = keys.issue(exchange.ward, subsystem=exchange.onestop)

    def call(key: str, method: str, path: str, body: object = None) -> Any:
        answer = client.generic(
            method,
            f"/lien-thong/api/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        return answer.json() | {"status": answer.status_code} if answer.content[:1] == b"{" else answer.json()

    asked = call(ward, "POST", "topics/ho-tich/subscriptions", {"why": "cập nhật"})
    assert asked["state"] == "applied"
    assert call(ward, "POST", f"subscriptions/{asked['id']}/take")["status"] == 409
    bus.decide_subscription(APPROVER, Subscription.objects.get(), approve=True)
    told = call(owner, "POST", "topics/ho-tich/events", {"key": "a", "payload": {"n": 1}})
    assert told["status"] == 201
    refused = call(ward, "POST", "topics/ho-tich/events", {"key": "a", "payload": {"n": 1}})
    assert refused["status"] == 403
    wrong = call(owner, "POST", "topics/ho-tich/events", {"key": "a", "payload": {}})
    assert wrong["status"] == 400
    taken = call(ward, "POST", f"subscriptions/{asked['id']}/take")
    assert taken[0]["payload"] == {"n": 1}
    before = call(owner, "GET", f"topics/ho-tich/events/{told['id']}")
    assert before["receipts"][0]["state"] == "taken"
    call(ward, "POST", f"subscriptions/{asked['id']}/acknowledge", {"receipts": [taken[0]["receipt"]]})
    after = call(owner, "GET", f"topics/ho-tich/events/{told['id']}")
    assert after["receipts"][0]["state"] == "done"
    assert call(ward, "POST", f"subscriptions/{asked['id']}/replay", {"position": 0})["events"] == 1
    assert call("wrong", "GET", "topics")["status"] == 401


def test_nobody_hears_a_topic_twice_or_without_its_owner(
    exchange: World, topic: Topic, hears: Subscription
) -> None:
    with pytest.raises(Conflict):
        bus.subscribe(EDITOR, topic, exchange.onestop, why="x")
    bus.unsubscribe(APPROVER, hears, "không cần nữa")
    bus.publish(topic, "a", {"n": 1})
    hears.refresh_from_db()
    with pytest.raises(Conflict):
        bus.take(hears)


# ---- several at once


@pytest.mark.django_db(transaction=True)
def test_two_who_take_at_once_never_get_the_same_event_nor_break_the_order() -> None:
    with acting(SYSTEM):
        world = exchange_of_two()
        topic = bus.declare_topic(
            EDITOR, world.register, code="nhanh", title="Nhanh", legal_basis="x", schema=SCHEMA
        )
        hears = bus.decide_subscription(
            APPROVER, bus.subscribe(EDITOR, topic, world.onestop, why="x"), approve=True
        )
    got: list[tuple[str, int]] = []
    writers = [threading.Thread(target=_tell, args=(topic, name)) for name in ("a", "b", "a", "b")]
    takers = [threading.Thread(target=_hear, args=(hears, got, 80)) for _ in range(3)]
    for one in [*writers, *takers]:
        one.start()
    for one in [*writers, *takers]:
        one.join(60)
    with acting(SYSTEM):
        told = {
            key: list(Delivery.objects.filter(key=key).order_by("place").values_list("event_id", flat=True))
            for key in ("a", "b")
        }
    assert len(got) == 80
    for key, order in told.items():
        assert [position for name, position in got if name == key] == order


def _tell(topic: Topic, key: str) -> None:
    for number in range(20):
        with acting(SYSTEM):
            bus.publish(topic, key, {"n": number})
    connection.close()


def _hear(hears: Subscription, got: list[tuple[str, int]], until: int) -> None:
    deadline = time.monotonic() + 50
    while len(got) < until and time.monotonic() < deadline:
        with acting(SYSTEM):
            taken = bus.take(hears, 3)
        for one in taken:
            got.append((one.key, one.position))
        with acting(SYSTEM):
            bus.acknowledge(hears, [one.receipt for one in taken])
    connection.close()
