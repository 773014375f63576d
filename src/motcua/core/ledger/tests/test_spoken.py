"""Why somebody acted is read by those who may, stands nowhere in clear, and cannot be changed unnoticed."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from motcua.core.ledger import log
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event, Spoken
from motcua.core.ledger.scope import acting
from motcua.core.ledger.spoken import COMMITMENT, reason_of
from motcua.core.sealing import rotation

pytestmark = pytest.mark.django_db
WORDS = "Bà Lan nộp giấy của em gái, đã xin lỗi"


def said(reason: str = WORDS, **more: object) -> Event:
    with acting(SYSTEM):
        return Event.objects.get(pk=emit("case.stopped", SYSTEM, data={"reason": reason, **more}))


def test_the_reason_is_read_with_its_event_and_lies_sealed() -> None:
    event = said(legal_basis="Điều 5")
    assert reason_of(event) == WORDS
    assert event.data["legal_basis"] == "Điều 5"
    with connection.cursor() as cursor:
        cursor.execute("select e::text || coalesce(s::text, '') from ledger_event e left join ledger_spoken s"
                       " on s.event_id = e.id where e.id = %s", [event.pk])  # fmt: skip
        (raw,) = cursor.fetchone()
    assert "Lan" not in raw
    assert event.data[COMMITMENT] in raw


def test_equal_words_have_unlike_commitments() -> None:
    assert said().data[COMMITMENT] != said().data[COMMITMENT], "nobody finds the words by trying"


def test_words_put_in_afterwards_are_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    event = said()
    spoken = Spoken.objects.get(event=event)
    spoken.salted = "0" * 32 + "Bà Lan không nộp gì"
    spoken.save()
    assert reason_of(Event.objects.get(pk=event.pk)) == ""
    assert "is not the one that was given" in caplog.text


def test_the_leaf_covers_the_commitment_and_a_new_key_does_not_touch_it() -> None:
    event = said()
    leaf = log.event_bytes(event)
    assert json.loads(leaf)["data"] == {COMMITMENT: event.data[COMMITMENT]}
    rotation.retire([Spoken.objects.get(event=event).sealing_group()])
    with acting(SYSTEM):
        rotation.reseal()
    again = Event.objects.get(pk=event.pk)
    assert reason_of(again) == WORDS
    assert log.event_bytes(again) == leaf


def test_erased_words_are_gone_and_the_event_stands() -> None:
    event = said()
    leaf = log.event_bytes(event)
    rotation.erase(Spoken.objects.get(event=event).sealing_group())
    again = Event.objects.get(pk=event.pk)
    assert reason_of(again) == ""
    assert log.event_bytes(again) == leaf


def test_an_act_without_a_reason_costs_no_row() -> None:
    event = said("")
    assert not Spoken.objects.filter(event=event).exists()
    assert event.data == {"reason": ""}


def test_reasons_from_before_are_still_read() -> None:
    with acting(SYSTEM):
        row = Event.objects.create(
            kind="case.stopped", actor_kind="system", actor_label="x", data={"reason": WORDS}
        )
    assert reason_of(row) == WORDS
