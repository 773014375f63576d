"""People are told once, in every way they can be reached, and nothing is lost when a carrier is down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from motcua.core import jobs
from motcua.core.errors import Unavailable
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.notifications import queries
from motcua.core.notifications.actions import notify
from motcua.core.notifications.models import Delivery

pytestmark = pytest.mark.django_db
TEXTS = {"vi": ("Đã tiếp nhận hồ sơ", "Hồ sơ H55 đã được tiếp nhận."), "en": ("Received", "We have it.")}


@pytest.fixture
def lan() -> Iterator[Party]:
    outbox = Path(settings.MOTCUA_HOME) / "outbox"
    for file in outbox.glob("*"):
        file.unlink()
    with acting(SYSTEM):
        yield Party.objects.create(name="Lan", phone="0912345678", email="lan@example.vn")


def sent(file: str) -> list[dict[str, str]]:
    path = Path(settings.MOTCUA_HOME) / "outbox" / file
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_message_reaches_inbox_phone_and_mail(lan: Party) -> None:
    notify(lan.pk, kind="case.received", key="k1", texts=TEXTS)
    jobs.run_all()
    assert [message.subject for message in queries.inbox(lan.pk)] == ["Đã tiếp nhận hồ sơ"]
    assert sent("sms.jsonl")[0]["to"] == "+84912345678"
    assert sent("email.jsonl")[0]["subject"] == "Đã tiếp nhận hồ sơ"


def test_the_same_thing_is_told_once(lan: Party) -> None:
    for _ in range(2):
        notify(lan.pk, kind="case.received", key="k1", texts=TEXTS)
    jobs.run_all()
    assert len(sent("sms.jsonl")) == 1


def test_a_carrier_that_is_down_is_tried_again(lan: Party) -> None:
    notify(lan.pk, kind="case.received", key="k1", texts=TEXTS)
    down = Path(settings.MOTCUA_HOME) / "outbox" / "down"
    down.parent.mkdir(exist_ok=True)
    down.touch()
    with pytest.raises(Unavailable):
        jobs.run_all()
    down.unlink()
    jobs.run_all()
    assert len(sent("sms.jsonl")) == 1


def test_a_number_that_takes_no_messages_is_noted_with_the_reason(lan: Party) -> None:
    notify(lan.pk, kind="k", key="k2", texts=TEXTS, contact={"phone": "12", "email": "lan@example.vn"})
    jobs.run_all()
    failed = Delivery.objects.get(channel="sandbox_sms")
    assert (failed.state, "12" in failed.reason) == ("failed", True)
