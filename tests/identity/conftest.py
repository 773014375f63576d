"""What the journeys of accounts and mandates share: a desk, people by name, mandates, and nothing remembered."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from motcua.core.identity import mandates, queries
from motcua.core.identity.models import Account, Mandate, Party
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from tests.people import CLERK, number


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Nobody has tried anything yet, and no service is remembered of another test's world."""
    cache.clear()
    services.forget()


@pytest.fixture
def clerk() -> Client:
    """The one-stop desk of the ward."""
    client = Client()
    with acting(SYSTEM):
        sign_in(client, CLERK)
    return client


def party(name: str) -> Party:
    with acting(SYSTEM):
        return Party.objects.get(personal_number=number(name))


def given(principal: str, representative: str, **said: Any) -> Mandate:
    """A proxy from one to the other, unless said otherwise."""
    with acting(SYSTEM):
        told = {"kind": "proxy", "evidence": "Hợp đồng ủy quyền 12/2026", **said}
        return mandates.give(SYSTEM, principal=party(principal), representative=party(representative), **told)


def actor_of(name: str, mandate: Mandate | None = None) -> Actor:
    with acting(SYSTEM):
        return queries.actor_of(Account.objects.get(username=number(name)), mandate=mandate, level=2)
