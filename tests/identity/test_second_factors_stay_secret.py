"""The seed of an authenticator app and the recovery codes stand in no log, no event and no row in clear."""

from __future__ import annotations

import logging

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client

from motcua.core.identity.demo import PASSWORD, demo_code, demo_secret
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from tests.people import number

pytestmark = pytest.mark.django_db


def test_no_seed_and_no_recovery_code_stands_anywhere_in_clear(caplog: pytest.LogCaptureFixture) -> None:
    cache.clear()
    duc = number("duc")
    with acting(SYSTEM):
        account = Account.objects.get(username=duc)
        codes = RecoveryCodes.activate(account).get_unused_codes()
    with caplog.at_level(logging.DEBUG):
        for code in (demo_code(duc), codes[0], codes[0]):
            client = Client()
            client.post("/dang-nhap/", {"login": duc, "password": PASSWORD})
            client.post("/dang-nhap/buoc-hai/", {"code": code})
    with acting(SYSTEM):
        left = Authenticator.objects.get(user=account, type="recovery_codes").wrap().get_unused_codes()
        rows = " ".join(str(data) for data in Authenticator.objects.values_list("data", flat=True))
        ledger = " ".join(str(event.data) for event in Event.objects.all())
    assert len(left) == len(codes) - 1, "the code was good, once"
    for secret in (demo_secret(duc), *codes):
        assert secret not in rows
        assert secret not in ledger
        assert secret not in caplog.text
