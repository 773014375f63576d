"""Who is told that a certificate ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from motcua.core import clock
from motcua.core.documents import expiry, signing_keys
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Delivery, Message
from motcua.core.organisations.models import Appointment


@pytest.fixture
def sandbox_clock() -> Iterator[None]:
    yield
    clock.move_sandbox_to(None)


def test_the_holder_and_the_head_of_the_agency_get_an_e_mail_once(db: None, sandbox_clock: None) -> None:
    with acting(SYSTEM):
        post = Appointment.objects.get(agency__code="H55.237", position__code="social_officer")
        key = signing_keys.enrol_officer(post.officer_id, post.agency_id)
        clock.move_sandbox_to(key.valid_until - dt.timedelta(days=20))
        expiry.warn()
        expiry.warn()
        told = Message.objects.filter(kind="certificate.ends", key__contains=key.key_id)
        heads = Appointment.objects.filter(agency=post.agency, position__groups__contains=["chair"])
        addresses = Delivery.objects.filter(message__in=told).values_list("address", flat=True)
        wanted = {post.officer.email, *(head.officer.email for head in heads)}
        assert sorted(addresses) == sorted(wanted)
        assert "còn 20 ngày" in told[0].subject
