"""What every test of whole journeys finds: the clients of people and officers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.house import forget, fresh_world, served

SignedIn = Callable[..., Client]


@pytest.fixture
def clean_memory() -> Iterator[None]:
    """Nothing is remembered of another test's world."""
    forget()
    yield
    forget()


@pytest.fixture
def signed_in(db: None, clean_memory: None) -> SignedIn:
    """`signed_in("h55.237.chair")`: a client in which that account is signed in."""

    def client_of(username: str, *, level: int = 2, lang: str = "vi") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE=lang)
        with acting(SYSTEM):
            sign_in(client, username, level=level)
        return client

    return client_of


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of the site; what happens there stays until the file's last test."""
    with django_db_blocker.unblock(), fresh_world(), served() as address:
        yield address


def session_of(username: str, level: int = 2) -> str:
    """The key of a session of that account, as after password and second factor."""
    client = Client()
    with acting(SYSTEM):
        sign_in(client, username, level=level)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
