"""A person at a browser, and applications they sign in to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting, enter
from motcua.systems.openid import keys
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import Application

LAN_ANH = "019195001234"


@pytest.fixture(autouse=True)
def _fresh(db: None) -> Iterator[None]:
    cache.clear()
    keys.forget()
    enter(SYSTEM)
    yield
    keys.forget()


@pytest.fixture
def person(client: Client) -> Client:
    """Lan Anh's browser, signed in at level 2."""
    with acting(SYSTEM):
        sign_in(client, LAN_ANH)
    return client


@pytest.fixture
def account() -> Account:
    return Account.objects.get(username=LAN_ANH)


@pytest.fixture
def app() -> Application:
    return application.make()


@pytest.fixture
def bank() -> Application:
    """An application under the FAPI 2.0 security profile."""
    return application.make("Ngân hàng Sen", fapi=True)
