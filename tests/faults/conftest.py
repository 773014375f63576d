"""People at their browsers, without scripts, on a site that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from motcua.cli.demonstration.person import Person
from motcua.core.cases.models import Case, Draft
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers.contrib import sandbox
from tests.conftest import session_of

Visitor = Callable[..., Person]


@pytest.fixture
def visitor(world: str) -> Iterator[Visitor]:
    """`visitor("019195001234")`: a signed-in person with a browser; the registers answer as they should."""
    opened: list[Person] = []

    def open_browser(username: str = "", *, session: str = "") -> Person:
        person = Person(world, username or "ai đó")
        opened.append(person)
        if username:
            person.client.cookies.set(settings.SESSION_COOKIE_NAME, session or session_of(username))
        return person

    yield open_browser
    for person in opened:
        person.client.close()
    sandbox.forget()


def filled_in(person: Person, child: str, *, copies: str = "0") -> str:
    """Fill in the application for a birth up to the last look; returns its address."""
    person.open("/thu-tuc/khai-sinh/nop/").press("Đồng ý tra cứu và bắt đầu")
    person.open(f"/don/{newest_draft().uuid}/trang/child/")
    person.press("Lưu và tiếp tục", {"child.name": child}).press("Lưu và tiếp tục", {"copies": copies})
    return person.must_say("Xem lại trước khi nộp").url


def cases_of(child: str) -> list[Case]:
    with acting(SYSTEM):
        cases = Case.objects.filter(service_code="1.001193").order_by("id")
        return [case for case in cases if case.data["answers"]["child"]["name"] == child.upper()]


def newest_draft() -> Draft:
    with acting(SYSTEM):
        return Draft.objects.latest("id")
