"""A service in which the law wants the person themself: who acts for another is refused before anything is typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases.models import Draft
from motcua.core.errors import NotAllowed
from motcua.core.identity import mandates, queries
from motcua.core.identity.models import Account, Mandate, Party
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services import pack as packs
from motcua.core.services import queries as services
from tests.people import number

pytestmark = pytest.mark.django_db
SLUG = "trich-luc-ho-tich"
START = f"/thu-tuc/{SLUG}/nop/"
FOLDER = Path(__file__).parents[2] / "services" / SLUG


@pytest.fixture
def mandate() -> Mandate:
    """Đức may do everything for Sửu."""
    with acting(SYSTEM):
        suu, duc = (Party.objects.get(personal_number=number(who)) for who in ("suu", "duc"))
        return mandates.give(SYSTEM, principal=suu, representative=duc, kind="proxy", evidence="giấy")


@pytest.fixture
def in_person_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The service in force says that nobody applies for another."""
    services.forget()
    pack = replace(services.current(SLUG, clock.today()), represented=False)
    assert pack.version_id is not None
    monkeypatch.setitem(services._packs, pack.version_id, pack)
    yield
    services.forget()


def opened(mandate: Mandate | None) -> tuple[int, str]:
    client = Client()
    with acting(SYSTEM):
        sign_in(client, number("duc"), mandate=mandate)
    page = client.get(START)
    return page.status_code, page.content.decode()


@pytest.mark.usefixtures("in_person_only")
def test_who_acts_for_another_is_told_on_the_first_page(mandate: Mandate) -> None:
    status, words = opened(mandate)
    assert status == 403
    assert "người có yêu cầu phải tự làm" in words
    assert opened(None)[0] == 200


@pytest.mark.usefixtures("in_person_only")
def test_no_draft_is_begun_for_another_by_any_other_door(mandate: Mandate) -> None:
    with acting(SYSTEM):
        account = Account.objects.select_related("party").get(username=number("duc"))
        actor = queries.actor_of(account, mandate=mandate, level=2)
    with acting(actor), pytest.raises(NotAllowed) as refused:
        cases.start_draft(actor, SLUG)
    assert "phải tự làm" in refused.value.text("vi")
    with acting(SYSTEM):
        assert not Draft.objects.filter(principal_id=mandate.principal_id).exists()


def test_a_service_that_says_nothing_may_be_applied_for_on_another_s_behalf(mandate: Mandate) -> None:
    services.forget()
    assert opened(mandate)[0] == 200


def test_the_key_is_read_from_service_yaml_and_takes_only_yes_or_no() -> None:
    files = dict(packs.read_files(FOLDER))
    before, after = "applicants:", "represented: {}\napplicants:"
    assert packs.load(files).represented is True
    for said, kept in (("false", False), ("true", True)):
        told = files["service.yaml"].replace(before, after.format(said), 1)
        assert packs.load({**files, "service.yaml": told}).represented is kept
    wrong = files["service.yaml"].replace(before, after.format("sometimes"), 1)
    assert "represented" in [fault.key for fault in packs.check({**files, "service.yaml": wrong})]
