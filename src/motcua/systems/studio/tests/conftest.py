"""A clerk and a second person at the studio's desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import queries


@pytest.fixture(autouse=True)
def as_system(db: None) -> Iterator[None]:
    queries.forget()
    with acting(SYSTEM):
        yield
    queries.forget()


@pytest.fixture
def editor(client: Client) -> Client:
    sign_in(client, "h55.01.service-editor")
    return client


@pytest.fixture
def approver(client: Client) -> Client:
    other = type(client)()
    sign_in(other, "h55.01.service-approver")
    return other
