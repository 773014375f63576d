"""What every test of whole journeys finds: the clients of people and officers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from tests.house import forget

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
