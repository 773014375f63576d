"""The officers' forms for what is told: declared, heard, given again, left; never approved by who asked."""

from __future__ import annotations

import json

from django.test import Client

from motcua.core import clock
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import bus
from motcua.systems.exchange.models import Subscription, Topic
from motcua.systems.exchange.tests.conftest import EDITOR, World
from motcua.systems.exchange.tests.test_forms import ROOM, desk, text

__all__ = ["desk"]


def test_a_topic_is_declared_heard_replayed_and_left(exchange: World, desk: Client) -> None:
    page = f"{ROOM}/he-thong/{exchange.register.uuid}/chu-de-moi/"
    sent = {"title": "Hộ tịch thay đổi", "code": "ho-tich", "legal_basis": "Luật Hộ tịch", "keep_days": "30"}
    wrong = desk.post(page, sent | {"schema": '{\n "type": }'})
    assert (wrong.status_code, "dòng 2: JSON viết sai" in text(wrong)) == (400, True)
    assert "Hộ tịch thay đổi" in text(wrong)
    assert desk.post(page, sent | {"schema": '{"type": "gì đó"}'}).status_code == 400
    schema = json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}})
    assert desk.post(page, sent | {"schema": schema})["Location"] == f"{ROOM}/tin-bao/ho-tich/"
    again = desk.post(page, sent | {"schema": schema})
    assert "Đã có chủ đề ho-tich" in text(again)
    topic = Topic.objects.get(code="ho-tich")
    asking = f"{ROOM}/tin-bao/ho-tich/xin-nhan/"
    bad = desk.post(
        asking, {"system": exchange.onestop.uuid, "mode": "push", "address": "mail:x", "why": "cập nhật"}
    )
    assert (bad.status_code, "mail:x" in text(bad), "cập nhật" in text(bad)) == (400, True, True)
    made = text(desk.post(asking, {"system": exchange.onestop.uuid, "mode": "pull", "why": "cập nhật"}))
    hears = Subscription.objects.get()
    assert str(hears.uuid) in made
    with acting(SYSTEM):
        bus.decide_subscription(EDITOR, hears, approve=True)
        bus.publish(topic, "a", {"n": 1})
        hears.refresh_from_db()
        bus.acknowledge(hears, [one.receipt for one in bus.take(hears)])
    here = f"{ROOM}/tin-bao/ho-tich/"
    replayed = {"act": "replay", "which": hears.pk, "since": f"{clock.today():%d/%m/%Y}"}
    assert desk.post(here, replayed | {"since": "hôm qua"}).status_code == 400
    desk.post(here, replayed)
    assert "1 tin" in text(desk.get(here))
    assert desk.post(here, {"act": "end", "which": hears.pk}).status_code == 400
    desk.post(here, {"act": "end", "which": hears.pk, "reason": "thôi"})
    hears.refresh_from_db()
    assert hears.state == "refused"
    changed = json.dumps({"type": "object", "properties": {"m": {"type": "integer"}}})
    telling = sent | {"schema": changed, "title": "Hộ tịch", "publishers": [str(exchange.onestop.pk)]}
    desk.post(f"{here}sua/", telling)
    topic.refresh_from_db()
    assert list(topic.publishers.all()) == [exchange.onestop]
    assert " checked" in text(desk.get(f"{here}sua/"))
    assert (topic.title, topic.shape) == ("Hộ tịch", 2)


def test_whoever_asked_to_hear_does_not_approve_it_on_the_page(exchange: World, desk: Client) -> None:
    bus.declare_topic(
        EDITOR, exchange.register, code="t", title="T", legal_basis="x", schema={"type": "object"}
    )
    desk.post(
        f"{ROOM}/tin-bao/t/xin-nhan/", {"system": exchange.onestop.uuid, "mode": "pull", "why": "cập nhật"}
    )
    hears = Subscription.objects.get()
    answer = desk.post(f"{ROOM}/tin-bao/", {"act": "approve", "which": hears.pk})
    assert answer.status_code == 403
    hears.refresh_from_db()
    assert hears.state == "applied"
