"""A leader whose key is on a token signs official letters: number, device, seal, sending."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from motcua.agent.desk import Desk
from motcua.agent.site import Site
from motcua.core import clock, jobs
from motcua.core.documents import queries
from motcua.core.documents.key_stores import SignedElsewhere
from motcua.core.errors import NotFound, UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines.pki.pkcs11 import Token
from motcua.systems.dispatch.actions import drafting, sending, signing
from motcua.systems.dispatch.models import Outgoing
from motcua.systems.dispatch.tests.conftest import Axis, axis
from tests.signing.conftest import LABEL, PIN, softhsm
from tests.signing.test_at_the_desk import enrol, through

__all__ = ["axis", "softhsm"]


@pytest.fixture
def token(softhsm: str) -> Token:
    return Token(softhsm, label=LABEL)


@pytest.fixture
def with_token(axis: Axis, token: Token) -> Iterator[Axis]:
    """The chair's key is on the token."""
    with acting(SYSTEM):
        enrol(token, axis.ours.chair.officer_id or 0, axis.ours.agency.pk)
        yield axis


def waiting_letter(world: Axis, **more: object) -> Outgoing:
    with acting(SYSTEM):
        letter = drafting.draft(world.ours.clerk, world.ours.agency.pk, world.draft(**more))
        return drafting.submit(world.ours.clerk, letter.uuid)


def begin_round(browser: Client, letter: Outgoing) -> tuple[str, str]:
    """From the letter's page to the round: its address and the code that the agent is told."""
    page = reverse("dispatch:outgoing", args=[letter.uuid])
    assert "Ký bằng thiết bị" in browser.get(page).text
    sent = browser.post(page, {"do": "device"})
    assert sent["Location"] == reverse("authority:device")
    begun = browser.get(sent["Location"])
    assert begun.status_code == 303
    found = re.search(
        r'<strong class="mc-number">(\w{4} \w{4})</strong>', browser.get(begun["Location"]).text
    )
    assert found
    return begun["Location"], found[1]


def by_agent(token: Token, code: str) -> list[str]:
    agent = Desk(token, lambda _: PIN, lambda _: None)
    return [one.fault for one in agent.sign(Site("http://site.test", transport=through(Client())), code)]


def test_the_chair_signs_a_letter_with_a_token_and_it_goes_out(with_token: Axis, token: Token) -> None:
    letter = waiting_letter(with_token)
    browser = with_token.ours.browser("chair")
    place, code = begin_round(browser, letter)
    assert by_agent(token, code) == [""]
    assert "Đã ký 1/1 văn bản" in browser.get(place).text
    with acting(SYSTEM):
        letter.refresh_from_db()
        assert (letter.stage, letter.sign) == ("issued", "01/UBND-TP")
        signed = signing.document_of(letter)
        assert signed is not None
        report = queries.verify_bytes(queries.content(signed))
        assert report.verdict == "valid"
        person, seal = report.signatures
        assert (person.signer, seal.organisation) == (letter.leader, with_token.ours.agency.name)
        sending.send(with_token.ours.clerk, letter.uuid)
        jobs.run_all()
        came = with_token.arrived(letter)
        assert (came.held, came.trusted) == ("", True)


def test_letters_wait_on_the_page_beside_the_steps_of_cases(with_token: Axis, token: Token) -> None:
    first, second = (
        waiting_letter(with_token),
        waiting_letter(with_token, subject="V/v phòng chống lũ", priority=2),
    )
    browser = with_token.ours.browser("chair")
    page = reverse("authority:device")
    shown = browser.get(page).text
    assert shown.index("phòng chống lũ") < shown.index(first.subject)
    begun = browser.post(page, {"task": [signing.key_of(first), signing.key_of(second)]})
    found = re.search(
        r'<strong class="mc-number">(\w{4} \w{4})</strong>', browser.get(begun["Location"]).text
    )
    assert found
    assert by_agent(token, found[1]) == ["", ""]
    with acting(SYSTEM):
        assert set(Outgoing.objects.values_list("stage", "number")) == {("issued", 1), ("issued", 2)}


def test_a_round_that_comes_to_nothing_keeps_the_number_for_the_next(with_token: Axis, token: Token) -> None:
    letter = waiting_letter(with_token)
    browser = with_token.ours.browser("chair")
    begin_round(browser, letter)
    with acting(SYSTEM):
        letter.refresh_from_db()
        assert (letter.stage, letter.number) == ("at_leader", 1)
        first = letter.draft_pk
        drafting.send_back(with_token.ours.chair, letter.uuid, "Sửa câu cuối")
        with pytest.raises(UserError) as wrong:
            drafting.redraft(with_token.ours.clerk, letter.uuid, with_token.draft(type_code="TB"))
        assert wrong.value.field == "type_code", "the number is of the book of letters"
        drafting.redraft(with_token.ours.clerk, letter.uuid, with_token.draft(body="Câu đã sửa."))
        drafting.submit(with_token.ours.clerk, letter.uuid)
    _, code = begin_round(browser, letter)
    assert by_agent(token, code) == [""]
    with acting(SYSTEM):
        letter.refresh_from_db()
        assert (letter.stage, letter.number) == ("issued", 1)
        assert letter.document_pk != first, "what was set before said something else"


def test_a_signature_for_a_letter_that_was_sent_back_meanwhile_is_not_taken(
    with_token: Axis, token: Token
) -> None:
    letter = waiting_letter(with_token)
    _, code = begin_round(with_token.ours.browser("chair"), letter)
    with acting(SYSTEM):
        drafting.send_back(with_token.ours.chair, letter.uuid, "Chưa đúng")
    assert "đã sang bước khác" in by_agent(token, code)[0]
    with acting(SYSTEM):
        letter.refresh_from_db()
        assert (letter.stage, letter.document_pk) == ("draft", None)


def test_without_the_device_nothing_is_signed_and_no_number_is_lost(with_token: Axis) -> None:
    letter = waiting_letter(with_token)
    with acting(SYSTEM):
        with pytest.raises(SignedElsewhere), acting(SYSTEM):
            signing.sign(with_token.ours.chair, letter.uuid)
        letter.refresh_from_db()
        assert letter.number is None
    answer = with_token.ours.browser("chair").post(
        reverse("dispatch:outgoing", args=[letter.uuid]), {"do": "sign"}
    )
    assert answer.status_code == 409
    assert "Ký bằng thiết bị" in answer.text


def test_a_number_that_was_not_signed_in_its_year_is_given_up_for_one_of_the_new(
    with_token: Axis, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = waiting_letter(with_token)
    with acting(SYSTEM):
        signing.prepare(with_token.ours.chair, letter.uuid)
        next_year = clock.now().replace(year=2027, month=1, day=4)
        monkeypatch.setattr(clock, "now", lambda: next_year)
        again = signing.prepare(with_token.ours.chair, letter.uuid)
        letter.refresh_from_db()
    assert (letter.year, letter.number, again.number) == (2027, 1, letter.sign)


def test_nobody_else_finds_a_letter_that_waits_for_the_chair(with_token: Axis) -> None:
    letter = waiting_letter(with_token)
    with acting(SYSTEM):
        assert signing.Letters().waiting(with_token.theirs.chair) == []
        assert signing.Letters().waiting(with_token.ours.vice) == []
        for key in ("letter:rác", "letter:00000000-0000-7000-8000-000000000000"):
            with pytest.raises(NotFound):
                signing.Letters().document(with_token.ours.chair, key)
        with pytest.raises(UserError):
            signing.finish(with_token.ours.chair, letter.uuid)
