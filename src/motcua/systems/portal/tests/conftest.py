"""A mother at her phone: the three services in force, her account, a clock that stands still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.cases import reference, statuses
from motcua.core.identity.models import Account, Party
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.contrib import sandbox
from motcua.core.registers.data import demo_people
from motcua.core.services import actions as services
from motcua.core.services import queries as service_queries
from motcua.core.services.models import Service

SERVICES = Path(__file__).parents[5] / "services"
FRIDAY_MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))
SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is Friday morning."""
    monkeypatch.setattr(clock, "now", lambda: FRIDAY_MORNING)


@pytest.fixture
def door(db: None) -> Iterator[None]:
    """The three services are in force."""
    forget()
    with acting(SYSTEM):
        for folder in ("khai-sinh", "trich-luc-ho-tich", "tro-cap-huu-tri-xa-hoi"):
            if not Service.objects.filter(slug=folder, versions__state="published").exists():
                services.publish(SYSTEM, services.import_pack(SYSTEM, SERVICES / folder))
    yield
    forget()


def forget() -> None:
    """What this process remembers of a former test's world."""
    reference.forget()
    service_queries.forget()
    statuses.by_code.cache_clear()
    sandbox.forget()


def account_of(name: str) -> Account:
    """The account of a person of the demonstration."""
    person = demo_people()["people"][name]
    with acting(SYSTEM):
        known = Account.objects.filter(username=person["number"]).select_related("party").first()
        if known is not None:
            return known
        party, _ = Party.objects.get_or_create(
            personal_number=person["number"],
            defaults={
                "name": person["name"],
                "born": person["born"],
                "address_unit": person["residence_unit"],
            },
        )
        return Account.objects.create(username=person["number"], party=party)


@pytest.fixture
def signed_in(door: None) -> SignedIn:
    """A browser in which that person is signed in."""

    def browser(name: str) -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE="vi")
        sign_in(client, account_of(name))
        return client

    return browser


@pytest.fixture
def mother(signed_in: SignedIn) -> Client:
    return signed_in("lan_anh")


def work() -> None:
    """Let the worker do what is due."""
    jobs.run_all()
