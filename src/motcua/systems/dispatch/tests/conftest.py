"""Two wards of one province, each with officers, on one axis in this installation."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.test import Client

from motcua.core import clock, jobs
from motcua.core.identity import actions as identity
from motcua.core.identity.models import Account
from motcua.core.identity.sessions import SessionStore
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Appointment, Officer
from motcua.systems.dispatch.actions import admitting, connecting, drafting, sending, signing
from motcua.systems.dispatch.actions.drafting import Draft
from motcua.systems.dispatch.jobs import poll_one
from motcua.systems.dispatch.models import Connection, Form, Incoming, Outgoing

FRIDAY_MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))


class Office:
    """An agency with its officers."""

    def __init__(self, agency: Agency) -> None:
        self.agency = agency

    def officer(self, position: str) -> Actor:
        row = Appointment.objects.select_related("officer", "position").get(
            agency=self.agency, position__code=position
        )
        return Actor(
            ActorKind.OFFICER,
            row.officer.name,
            officer_id=row.officer_id,
            agency_id=self.agency.pk,
            unit_ids=(self.agency.pk,),
            groups=frozenset(row.position.groups),
            level=2,
        )

    @property
    def clerk(self) -> Actor:
        return self.officer("civil_status_officer")

    @property
    def social(self) -> Actor:
        return self.officer("social_officer")

    @property
    def chair(self) -> Actor:
        return self.officer("chair")

    @property
    def vice(self) -> Actor:
        return self.officer("vice_chair")

    def browser(self, position: str = "civil-status-officer") -> Client:
        client = Client()
        code = f"{self.agency.code}.{position}".lower()
        with acting(SYSTEM):
            account = Account.objects.filter(username=code).first() or identity.open_officer_account(
                SYSTEM, Officer.objects.get(code=code), "Mot-cua-2026-thu-nghiem"
            )
        sign_in(client, account)
        session = SessionStore(session_key=client.cookies[settings.SESSION_COOKIE_NAME].value)
        session[AUTHENTICATION_METHODS_SESSION_KEY] = []
        request = HttpRequest()
        request.session = session
        record_authentication(request, Account.objects.get(pk=session[SESSION_KEY]), "mfa", at=time.time())
        session.save()
        return client


def runner() -> Client:
    """Who runs the axis, signed in."""
    post = (
        Appointment.objects.select_related("agency").filter(position__code="service_approver").earliest("pk")
    )
    return Office(post.agency).browser("service-approver")


class Axis:
    """The axis of this installation and the two offices on it."""

    def __init__(self) -> None:
        ward = organisations.competent_agency("commune_committee", "05443")
        others = organisations.agencies("commune_committee", province_code=ward.province_code)
        self.ours = Office(ward)
        self.theirs = Office(others.exclude(pk=ward.pk).earliest("code"))
        pairs = [(each.agency.code, each.agency.name) for each in (self.ours, self.theirs)]
        self.member, self.secret = admitting.admit(SYSTEM, "motcua-test", "Hai phường", pairs)
        self.connection: Connection = connecting.connect(
            SYSTEM, "Trục thử", Form.LOCAL, system_id="motcua-test", secret=self.secret,
            organ_ids=[code for code, _ in pairs],
        )  # fmt: skip

    def draft(self, **more: object) -> Draft:
        given: dict[str, object] = {
            "type_code": "CV",
            "subject": "V/v đề nghị xác minh thông tin hộ tịch",
            "body": "Kính đề nghị quý cơ quan xác minh.\nXin cảm ơn.",
            "receivers": [(self.theirs.agency.code, self.theirs.agency.name)],
            "leader_id": self.ours.chair.officer_id,
            "unit": "TP",
        }
        return Draft(**(given | more))  # type: ignore[arg-type]

    def signed(self, **more: object) -> Outgoing:
        letter = drafting.draft(self.ours.clerk, self.ours.agency.pk, self.draft(**more))
        drafting.submit(self.ours.clerk, letter.uuid)
        if letter.head_id:
            drafting.approve(self.ours.vice, letter.uuid)
        return signing.sign(self.ours.chair, letter.uuid)

    def sent(self, **more: object) -> Outgoing:
        letter = sending.send(self.ours.clerk, self.signed(**more).uuid)
        jobs.run_all()
        letter.refresh_from_db()
        return letter

    def poll(self) -> None:
        poll_one(self.connection.pk)
        jobs.run_all()
        poll_one(self.connection.pk)

    def arrived(self, letter: Outgoing) -> Incoming:
        self.poll()
        return Incoming.objects.get(agency_id=self.theirs.agency.pk, edxml_id=letter.edxml_id)


@pytest.fixture(autouse=True)
def friday(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """It is Friday morning; call with another moment to move on."""

    class Now:
        moment = FRIDAY_MORNING

    monkeypatch.setattr(clock, "now", lambda: Now.moment)

    def move(moment: dt.datetime) -> None:
        Now.moment = moment

    return move


@pytest.fixture
def axis(db: None) -> Iterator[Axis]:
    with acting(SYSTEM):
        yield Axis()
