"""A register's changes as its subscribers hear them: which record, by a name of their own; never what it says."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
from django.test import Client
from tests.people import number

from motcua.core.ledger.actor import SYSTEM
from motcua.core.registers import actions as registers
from motcua.core.registers import queries
from motcua.core.sealing.keyring import PERSON, blind
from motcua.systems.exchange import bus, keys, membership
from motcua.systems.exchange.bus.keys_of_their_own import secret_of
from motcua.systems.exchange.feeds import REGISTER_SCHEMA
from motcua.systems.exchange.models import Delivery, Event, Subscription, Topic, TopicShape
from motcua.systems.exchange.tests.conftest import APPROVER, EDITOR, World


@pytest.fixture
def topic(exchange: World) -> Topic:
    return bus.declare_topic(
        EDITOR,
        exchange.register,
        code="dan-cu.thay-doi",
        title="Thay đổi dân cư",
        legal_basis="Luật Căn cước điều 10",
        schema=REGISTER_SCHEMA,
        register="population",
    )


def hearing(topic: Topic, system: Any) -> Subscription:
    return bus.decide_subscription(APPROVER, bus.subscribe(EDITOR, topic, system, why="x"), approve=True)


def move_house(who: str, residence: str) -> None:
    registers.write(SYSTEM, queries.POPULATION, number(who), {"residence_text": residence})


def name_of(subscription: Subscription, who: str) -> str:
    """As a subscriber computes it for a person whose number it holds, by the documentation."""
    told = f"population/{number(who)}".encode()
    return hmac.new(secret_of(subscription).encode(), told, "sha256").hexdigest()


def test_a_subscriber_knows_its_own_people_again_and_learns_nothing_else(
    exchange: World, topic: Topic
) -> None:
    hears = hearing(topic, exchange.onestop)
    move_house("lan_anh", "12 phố Mới")
    (event,) = bus.take(hears)
    assert event.key == event.payload["key"] == name_of(hears, "lan_anh")
    assert "residence_text" in event.payload["attributes"]
    said = json.dumps(event.payload, ensure_ascii=False)
    assert "12 phố Mới" not in said
    assert number("lan_anh") not in said
    assert blind(PERSON, number("lan_anh")) not in said


def test_two_subscribers_cannot_compare_what_they_hear(exchange: World, topic: Topic) -> None:
    first = hearing(topic, exchange.onestop)
    thue = membership.add_subsystem(EDITOR, exchange.ward, code="thue", name="Thuế")
    second = hearing(topic, thue)
    move_house("lan_anh", "12 phố Mới")
    assert bus.take(first)[0].key != bus.take(second)[0].key


def test_changes_of_one_person_keep_their_order_and_their_name(exchange: World, topic: Topic) -> None:
    hears = hearing(topic, exchange.onestop)
    for residence in ("1 phố Cũ", "2 phố Cũ"):
        move_house("lan_anh", residence)
    move_house("duc", "3 phố Cũ")
    first = bus.take(hears)
    assert [one.key for one in first] == [name_of(hears, "lan_anh"), name_of(hears, "duc")]
    bus.acknowledge(hears, [one.receipt for one in first])
    assert [one.key for one in bus.take(hears)] == [name_of(hears, "lan_anh")]


def test_the_record_s_own_key_lies_sealed(exchange: World, topic: Topic) -> None:
    move_house("lan_anh", "12 phố Mới")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select about, payload, key from exchange_event")
        for row in cursor.fetchall():
            assert number("lan_anh") not in "".join(map(str, row))
    assert Event.objects.get().about == f"population/{number('lan_anh')}"


def test_the_secret_of_names_is_the_subscriber_s_alone_and_outlives_that_of_pushes(
    exchange: World, topic: Topic, client: Client
) -> None:
    ward = keys.issue(exchange.ward, subsystem=exchange.onestop)
    owner = keys.issue(exchange.province, subsystem=exchange.register)
    hears = hearing(topic, exchange.onestop)

    def ask(key: str) -> Any:
        return client.get(
            f"/lien-thong/api/v1/subscriptions/{hears.uuid}/key-secret",
            headers={"Authorization": f"Bearer {key}"},
        )

    before = ask(ward).json()["key_secret"]
    bus.change_secret(EDITOR, hears)
    assert ask(ward).json()["key_secret"] == before == secret_of(Subscription.objects.get(pk=hears.pk))
    assert ask(owner).status_code == 404


def test_a_register_that_nobody_tells_of_makes_no_event(exchange: World) -> None:
    move_house("lan_anh", "12 phố Mới")
    assert not Event.objects.exists()


# ---- a shape that changes under its subscribers


def test_a_new_shape_has_a_number_and_what_was_told_before_keeps_its_own(
    exchange: World, client: Client
) -> None:
    wide = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    narrow = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}

    def declare(schema: dict[str, Any]) -> Topic:
        return bus.declare_topic(
            EDITOR, exchange.register, code="doi", title="Đổi", legal_basis="x", schema=schema
        )

    hears = hearing(declare(wide), exchange.onestop)
    bus.publish(Topic.objects.get(code="doi"), "a", {"n": 1})
    assert declare(wide).shape == 1, "the same shape is no new one"
    assert declare(narrow).shape == 2
    bus.publish(Topic.objects.get(code="doi"), "b", {"name": "hai"})
    told = bus.take(hears)
    assert [(one.payload, one.shape) for one in told] == [({"n": 1}, 1), ({"name": "hai"}, 2)]
    ward = keys.issue(exchange.ward, subsystem=exchange.onestop)
    old = client.get(
        "/lien-thong/api/v1/topics/doi/shapes/1", headers={"Authorization": f"Bearer {ward}"}
    ).json()
    assert old["schema"] == wide
    bus.acknowledge(hears, [one.receipt for one in told])
    bus.replay(APPROVER, hears, position=0)
    assert [one.shape for one in bus.take(hears)] == [1, 2]
    assert TopicShape.objects.filter(topic__code="doi").count() == 2
    assert Delivery.objects.filter(state="dead").count() == 0
