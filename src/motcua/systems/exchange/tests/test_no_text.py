"""What is no text (NUL, halves of characters) is refused with words at every door, and breaks nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.people import APPROVER as APPROVING_OFFICER

from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus, keys
from motcua.systems.exchange.models import Event, Service, Topic
from motcua.systems.exchange.tests.conftest import EDITOR, World
from motcua.systems.exchange.tests.test_forms import OFFER, ROOM

NUL = "\x00"
TOPIC = {"code": "k", "title": "T", "legal_basis": "x", "keep_days": "3", "schema": '{"type": "object"}'}


@pytest.fixture
def desk(exchange: World, client: Client) -> Client:
    bus.declare_topic(
        EDITOR, exchange.register, code="t", title="T", legal_basis="x", schema={"type": "object"}
    )
    with acting(SYSTEM):
        sign_in(client, APPROVING_OFFICER)
    return client


@pytest.mark.parametrize("page", ["tin-bao/%00/", "nhom/?ma=%00", "muc-dich/?ma=%00", "danh-muc/?q=%00"])
def test_no_address_with_nul_breaks(desk: Client, page: str) -> None:
    assert desk.get(f"{ROOM}/{page}").status_code == 400


@pytest.mark.parametrize("field", sorted(OFFER))
def test_no_field_of_an_offer_takes_nul(exchange: World, desk: Client, field: str) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/dich-vu-moi/"
    answer = desk.post(page, OFFER | {field: OFFER[field] + NUL})
    assert (answer.status_code, "U+0000" in answer.content.decode()) == (400, True)
    assert Service.objects.count() == 1


@pytest.mark.parametrize(
    "document",
    [
        'openapi: 3.0.0\ninfo: {title: "a\\0b"}\npaths: {/a: {get: {responses: {}, summary: "x\\0y"}}}',
        '{"openapi": "3.0.0", "info": {"title": "a"}, "paths": {"/a\\u0000": {"get": {"responses": {}}}}}',
        '{"openapi": "3.0.0", "info": {"title": "a"}, "paths": {"/\\ud800": {"get": {"responses": {}}}}}',
    ],
)
def test_no_description_hides_it_in_an_escape(exchange: World, desk: Client, document: str) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/dich-vu-moi/"
    answer = desk.post(page, OFFER | {"document": document})
    assert (answer.status_code, "không phải chữ" in answer.content.decode()) == (400, True)
    assert "Luật Cư trú điều 37" in answer.content.decode()


@pytest.mark.parametrize(
    "change", [{"schema": '{"title": "\\u0000"}'}, {"code": f"k{NUL}"}, {"register": NUL}, {"register": "x"}]
)
def test_no_topic_is_declared_with_it(exchange: World, desk: Client, change: dict[str, str]) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/chu-de-moi/"
    assert desk.post(page, TOPIC | change).status_code == 400
    assert Topic.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("topics/t/events", {"key": "a", "payload": {"x": "\x00"}}, 400),
        ("topics/t/events", {"key": "a", "payload": {"x": ["\ud800"]}}, 400),
        ("topics/t/events", {"key": "a\x00", "payload": {}}, 400),
        ("topics/t/events", {"key": "a", "payload": {}, "sequence": 2**70}, 400),
        ("topics/t/events", {"key": "a", "payload": {"x": float("inf")}}, 400),
        ("topics/%00/events", {"key": "a", "payload": {}}, 404),
        ("systems/dan-cu/topics", {**TOPIC, "shape": {"title": "\x00"}, "keep_days": 3}, 400),
    ],
)
def test_no_machine_gets_it_in(
    exchange: World, desk: Client, path: str, body: dict[str, Any], status: int
) -> None:
    owner = keys.issue(exchange.province, subsystem=exchange.register)
    answer = desk.generic(
        "POST",
        f"{ROOM}/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {owner}"},
    )
    assert answer.status_code == status
    assert not Event.objects.exists()


def test_what_only_looks_like_an_escape_is_text(exchange: World, desk: Client) -> None:
    assert bus.publish(Topic.objects.get(), "a", {"x": "viết \\u0000 trong tài liệu"})[1]
