"""The desk of a ward: its officers signed in, a birth applied for by its mother."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    record_authentication,
)
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.cases import prefill, reference, statuses
from motcua.core.cases.actions import Application, submit
from motcua.core.cases.actions.submit import party_facts
from motcua.core.cases.models import Case
from motcua.core.identity import actions as identity
from motcua.core.identity.models import Account, Party
from motcua.core.identity.sessions import SessionStore
from motcua.core.identity.testing import sign_in
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Officer
from motcua.core.registers.contrib import sandbox
from motcua.core.registers.data import demo_people
from motcua.core.services import queries as services

WARD = "05443"
FRIDAY_MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))


class Desk:
    """The officers of a ward, each with a browser of their own."""

    def __init__(self) -> None:
        self.committee = organisations.competent_agency("commune_committee", WARD)
        self.desk = organisations.one_stop_of(self.committee)
        others = organisations.agencies("commune_committee", province_code=self.committee.province_code)
        self.neighbour = others.exclude(pk=self.committee.pk).earliest("code")

    def browser(self, code: str) -> Client:
        """Signed in as the officer of that code."""
        client = Client()
        sign_in(client, account(code))
        shows_second_factor(client)
        return client

    @property
    def clerk(self) -> Client:
        return self.browser(f"{self.desk.code}.one-stop-clerk".lower())

    @property
    def registrar(self) -> Client:
        return self.browser(f"{self.committee.code}.civil-status-officer".lower())

    @property
    def social(self) -> Client:
        return self.browser(f"{self.committee.code}.social-officer".lower())

    @property
    def chair(self) -> Client:
        return self.browser(f"{self.committee.code}.chair".lower())

    @property
    def stranger(self) -> Client:
        """The registrar of another ward."""
        return self.browser(f"{self.neighbour.code}.civil-status-officer".lower())


def shows_second_factor(client: Client, minutes_ago: int = 0) -> None:
    """The session remembers that the second factor was shown then, as allauth keeps it."""
    session = SessionStore(session_key=client.cookies[settings.SESSION_COOKIE_NAME].value)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = []
    request = HttpRequest()
    request.session = session
    user = Account.objects.get(pk=session[SESSION_KEY])
    record_authentication(request, user, "mfa", at=time.time() - minutes_ago * 60)
    session.save()


def account(code: str) -> Account:
    with acting(SYSTEM):
        known = Account.objects.filter(username=code).first()
        if known is not None:
            return known
        return identity.open_officer_account(
            SYSTEM, Officer.objects.get(code=code), "Mot-cua-2026-thu-nghiem"
        )


@pytest.fixture
def office(db: None) -> Iterator[Desk]:
    reference.forget()
    services.forget()
    statuses.by_code.cache_clear()
    sandbox.forget()
    with acting(SYSTEM):
        made = Desk()
    yield made
    sandbox.forget()


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """It is Friday morning; call with another moment to move on."""

    class Now:
        moment = FRIDAY_MORNING

    def move(moment: dt.datetime) -> None:
        Now.moment = moment

    monkeypatch.setattr(clock, "now", lambda: Now.moment)
    return move


def person(name: str) -> dict[str, Any]:
    found: dict[str, Any] = demo_people()["people"][name]
    return found


def citizen(name: str) -> Actor:
    """The demo person of that name, signed in."""
    known = person(name)
    with acting(SYSTEM):
        party, _ = Party.objects.get_or_create(
            personal_number=known["number"],
            defaults={
                "name": known["name"],
                "born": known["born"],
                "address_unit": known["residence_unit"],
                "phone": "0912345678",
            },
        )
    return Actor(ActorKind.CITIZEN, party.name, account_id=party.pk, party_id=party.pk, level=2)


def apply_for(who: str, slug: str, answers: dict[str, Any], **more: Any) -> Case:
    """The case of that person, applied for online."""
    actor = citizen(who)
    pack = services.current(slug, clock.today())
    assert actor.party_id is not None
    assert pack.version_id is not None
    with acting(actor):
        looked = prefill.find(actor, pack, answers=answers, applicant=party_facts(actor.party_id).as_facts())
        application = Application(
            service_version_id=pack.version_id, answers=answers, found=looked.found,
            submitter_party_id=actor.party_id, applicant_party_id=actor.party_id,
        )  # fmt: skip
        made = submit(actor, replace(application, **more), new_uuid())
    with acting(SYSTEM):
        return Case.objects.get(uuid=made.case_uuid)


@pytest.fixture
def birth(office: Desk) -> Case:
    """A birth, applied for on Friday morning by the mother."""
    return apply_for("lan_anh", "khai-sinh", {"child": {"name": "TRẦN NGỌC MINH CHÂU"}, "copies": 0})


@pytest.fixture
def pension(office: Desk) -> Case:
    """A social pension, received online, for which the system prepares a proposal."""
    return apply_for("suu", "tro-cap-huu-tri-xa-hoi", {"payment": {"method": "cash"}, "declared": True})


def work() -> None:
    """Let the worker do what is due."""
    jobs.run_all()


def again(case: Case) -> Case:
    with acting(SYSTEM):
        return Case.objects.get(pk=case.pk)
