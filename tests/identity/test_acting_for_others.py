"""Acting for a child, a company, another person: chosen, limited, in every event, and ended under one's hands."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases.models import Draft
from motcua.core.errors import NotAllowed, NotFound
from motcua.core.identity import mandates, queries
from motcua.core.identity.models import Account, Mandate, MandateKind, Party
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.registers.models import Record
from tests.identity.conftest import actor_of, given, party
from tests.people import number

pytestmark = pytest.mark.django_db
BIRTH, EXTRACT = "1.001193", "2.000635"


def in_hands(name: str, mandate: Mandate | None = None) -> Client:
    client = Client()
    with acting(SYSTEM):
        sign_in(client, number(name), mandate=mandate)
    return client


def test_a_mandate_is_given_on_line_for_some_services_seen_by_both_and_ended_by_either() -> None:
    suu, duc = in_hands("suu"), in_hands("duc")
    last = clock.today() + dt.timedelta(days=60)
    typed = {
        "number": number("duc"), "name": "Trần Minh Đức", "scope": "some", "service": [EXTRACT],
        "until-day": last.day, "until-month": last.month, "until-year": last.year,
    }  # fmt: skip
    assert suu.post("/lam-thay/uy-quyen/", typed).status_code == 303
    page = suu.get("/lam-thay/").content.decode()
    assert "TRẦN MINH ĐỨC" in page
    theirs = duc.get("/lam-thay/").content.decode()
    assert "MA THỊ SỬU" in theirs
    with acting(SYSTEM):
        mandate = Mandate.objects.get(principal=party("suu"))
    assert mandate.service_codes == [EXTRACT]
    assert duc.post(f"/lam-thay/{mandate.uuid}/thoi/").status_code == 303
    assert "Đã hết: 1" in suu.get("/lam-thay/").content.decode()


def test_an_unknown_number_and_a_wrong_name_are_told_alike_and_keep_what_was_typed() -> None:
    suu = in_hands("suu")
    typed = {"name": "Ai Đó", "scope": "all", "until-day": "31", "until-month": "12", "until-year": "2026"}
    said = []
    for wrong in ("019095999999", number("duc")):
        page = suu.post("/lam-thay/uy-quyen/", {**typed, "number": wrong})
        assert page.status_code == 422
        assert "Ai Đó" in page.content.decode()
        said.append(re.findall(r'govuk-error-message">(.*?)</p>', page.content.decode(), re.DOTALL))
    assert said[0] == said[1]
    assert said[0]


def test_naming_others_has_a_limit() -> None:
    suu = in_hands("suu")
    typed = {"number": "019095999999", "name": "A", "scope": "all"}
    pages = [suu.post("/lam-thay/uy-quyen/", typed).content.decode() for _ in range(21)]
    assert "quá nhiều lần" in pages[-1]
    assert "quá nhiều lần" not in pages[0]


def test_the_director_acts_for_the_company_and_lets_somebody_work_for_it() -> None:
    director, employee = in_hands("duc"), in_hands("huong")
    assert "CHÈ TÂN CƯƠNG" in director.get("/lam-thay/").content.decode()
    with acting(SYSTEM):
        by_law = Mandate.objects.get(representative=party("duc"), kind=MandateKind.LEGAL_REPRESENTATIVE)
        assert by_law.principal.kind == "organisation"
    director.post("/lam-thay/", {"mandate": str(by_law.uuid)})
    last = clock.today() + dt.timedelta(days=90)
    typed = {
        "number": number("huong"), "name": "Dương Thu Hương", "scope": "all",
        "until-day": last.day, "until-month": last.month, "until-year": last.year,
    }  # fmt: skip
    assert director.post("/lam-thay/uy-quyen/", typed).status_code == 303
    with acting(SYSTEM):
        work = Mandate.objects.get(representative=party("huong"), kind=MandateKind.EMPLOYEE)
        assert work.principal_id == by_law.principal_id
    employee.post("/lam-thay/", {"mandate": str(work.uuid)})
    assert employee.get("/lam-thay/uy-quyen/").status_code == 403, "an employee empowers nobody"
    with acting(SYSTEM):
        event = Event.objects.filter(kind="mandate.given", subject_id=work.pk).get()
    assert (event.party_id, event.principal_id, event.mandate_id) == (
        party("duc").pk, by_law.principal_id, by_law.pk,
    )  # fmt: skip


def test_a_director_no_longer_in_the_register_acts_for_the_company_no_more() -> None:
    with acting(SYSTEM):
        held = mandates.refresh(actor_of("duc"), party("duc"))
        mine = next(one for one in held if one.kind == MandateKind.LEGAL_REPRESENTATIVE)
        Record.objects.filter(register_id="enterprises", superseded_at=None).update(superseded_at=clock.now())
        assert mine.pk not in {one.pk for one in mandates.refresh(actor_of("duc"), party("duc"))}
        mine.refresh_from_db()
    assert mine.revoked_because == mandates.NO_LONGER


def test_what_the_register_says_is_not_ended_by_the_people_themselves() -> None:
    with acting(SYSTEM):
        held = mandates.refresh(actor_of("duc"), party("duc"))
    by_law = next(one for one in held if one.kind == MandateKind.LEGAL_REPRESENTATIVE)
    with pytest.raises(NotAllowed):
        mandates.revoke(actor_of("duc"), by_law)


# Attacks


def test_a_mandate_for_one_service_opens_no_other() -> None:
    mandate = given("suu", "duc", services=[EXTRACT])
    duc = actor_of("duc", mandate)
    client = in_hands("duc", mandate)
    with acting(duc), pytest.raises(NotAllowed):
        cases.start_draft(_limited(duc, EXTRACT), BIRTH)
    assert client.post("/thu-tuc/khai-sinh/nop/").status_code == 403
    for whole in ("/giay-to/", "/tin/", "/co-so-du-lieu/cua-toi/", "/ai-da-xem/"):
        assert client.get(whole).status_code == 403, whole
    assert client.get("/ho-so/").status_code == 200
    assert client.post("/thu-tuc/trich-luc-ho-tich/nop/").status_code == 303


def _limited(actor: Actor, *codes: str) -> Actor:
    from dataclasses import replace

    return replace(actor, services=frozenset(codes))


def test_a_draft_begun_for_another_is_not_submitted_for_oneself_or_under_another_mandate() -> None:
    mandate = given("suu", "duc")
    duc = actor_of("duc", mandate)
    with acting(duc):
        draft = cases.start_draft(duc, EXTRACT)
    alone = actor_of("duc")
    other = actor_of("duc", given("teo", "duc"))
    for wrong in (alone, other):
        with acting(wrong), pytest.raises((NotFound, NotAllowed)):
            cases.save_page(wrong, draft.uuid, "x", {})
        with acting(wrong), pytest.raises((NotFound, NotAllowed)):
            cases.submit_draft(wrong, draft.uuid)


def test_a_mandate_ended_in_the_middle_of_an_application_stops_it_and_keeps_the_draft() -> None:
    mandate = given("suu", "duc")
    client = in_hands("duc", mandate)
    begun = client.post("/thu-tuc/trich-luc-ho-tich/nop/")
    assert begun.status_code == 303
    with acting(SYSTEM):
        draft = Draft.objects.get(party=party("duc"), principal=party("suu"))
        mandates.revoke(actor_of("suu"), mandate)
    led = client.post(f"/don/{draft.uuid}/xem-lai/", {})
    assert led.headers["Location"] == "/tai-khoan/thay-mat/da-het/"
    page = client.get(led.headers["Location"])
    assert page.status_code == 403
    assert "MA THỊ SỬU" in page.content.decode()
    assert client.post("/tai-khoan/thay-mat/da-het/").status_code == 303
    assert client.get("/ho-so/").status_code == 200
    assert client.get(f"/don/{draft.uuid}/").status_code == 404
    again = in_hands("duc", given("suu", "duc"))
    assert again.get(f"/don/{draft.uuid}/").status_code == 200, "the draft waits for a new mandate"


@pytest.mark.parametrize("days", [-1, 0])
def test_a_mandate_counts_to_the_end_of_its_last_day(days: int) -> None:
    mandate = given("suu", "duc")
    with acting(SYSTEM):
        Mandate.objects.filter(pk=mandate.pk).update(valid_until=clock.today() + dt.timedelta(days=days))
    led = in_hands("duc", mandate).get("/ho-so/")
    assert led.status_code == (302 if days < 0 else 200)


def test_nobody_takes_up_the_mandate_of_another() -> None:
    mandate = given("suu", "duc")
    assert in_hands("huong").post("/lam-thay/", {"mandate": str(mandate.uuid)}).status_code == 404
    assert in_hands("huong").post(f"/lam-thay/{mandate.uuid}/thoi/").status_code == 404
    assert in_hands("huong", mandate).get("/ho-so/").status_code == 302


def test_who_is_empowered_does_not_empower_others() -> None:
    mandate = given("suu", "duc")
    with acting(SYSTEM), pytest.raises(NotAllowed):
        mandates.give(
            actor_of("duc", mandate), principal=party("suu"), representative=party("huong"), kind="proxy", evidence="",
            until=clock.today(),
        )  # fmt: skip


def test_a_person_gives_only_the_kinds_that_are_theirs_to_give() -> None:
    for kind in (
        MandateKind.PARENT,
        MandateKind.GUARDIAN,
        MandateKind.LEGAL_REPRESENTATIVE,
        MandateKind.HEIR,
    ):
        with acting(SYSTEM), pytest.raises(NotAllowed):
            mandates.give(
                actor_of("suu"), principal=party("suu"), representative=party("duc"), kind=kind, evidence="",
                until=clock.today(),
            )  # fmt: skip


@pytest.fixture
def family() -> tuple[Account, Record]:
    """A mother with an account and her child under 18."""
    from motcua.core.identity import actions

    with acting(SYSTEM):
        for record in Record.objects.filter(register_id="population", superseded_at=None).order_by("-id"):
            born = dt.date.fromisoformat(record.facts["born"])
            if not record.facts.get("mother_number") or not 1 < (clock.today() - born).days / 365.25 < 17:
                continue
            mother = record.facts["mother_number"]
            if Party.objects.filter(personal_number=mother).exists():
                continue
            found = actions.party_from_register(SYSTEM, mother, purpose="thử", kind="eid")
            return actions.open_account(SYSTEM, found, None), record
    raise AssertionError("the sample holds families")


def test_a_child_who_turned_18_is_represented_no_more(
    family: tuple[Account, Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    mother, child = family
    client = Client()
    with acting(SYSTEM):
        held = mandates.refresh(queries.actor_of(mother), mother.party)  # type: ignore[arg-type]
        mandate = next(one for one in held if one.principal.personal_number == child.key)
    born = dt.date.fromisoformat(child.facts["born"])
    assert mandate.valid_until is not None
    birthday = mandate.valid_until + dt.timedelta(days=1)
    assert (birthday.year - born.year, birthday.month) == (18, birthday.month)
    sign_in(client, mother, mandate=mandate)
    assert client.get("/ho-so/").status_code == 200
    monkeypatch.setattr(clock, "today", lambda: birthday)
    assert client.get("/ho-so/").headers["Location"] == "/tai-khoan/thay-mat/da-het/"
    with acting(SYSTEM):
        assert mandate.pk not in {
            one.pk
            for one in mandates.refresh(queries.actor_of(mother), mother.party)  # type: ignore[arg-type]
        }


def test_a_parent_s_right_that_an_officer_ended_by_a_ruling_does_not_come_back(
    family: tuple[Account, Record],
) -> None:
    mother, _ = family
    assert mother.party is not None
    with acting(SYSTEM):
        held = mandates.refresh(queries.actor_of(mother), mother.party)
        mandates.revoke(SYSTEM, held[0], "Quyết định 12/2026 của Tòa án")
        assert held[0].principal_id not in {
            one.principal_id for one in mandates.refresh(queries.actor_of(mother), mother.party)
        }


def test_the_header_says_for_whom_one_acts_and_offers_the_choice_on_every_page() -> None:
    client = in_hands("huong")
    assert "Làm thay " not in client.get("/").content.decode()
    mandate = given("suu", "huong")
    page = client.get("/thu-tuc/").content.decode()
    assert f'name="mandate" value="{mandate.uuid}"' in page
    assert "Làm thay MA THỊ SỬU" in page
    chosen = client.post("/lam-thay/", {"mandate": str(mandate.uuid), "next": "/"})
    assert (chosen.status_code, chosen.headers["Location"]) == (303, "/")
    page = client.get("/thu-tuc/").content.decode()
    assert page.count("Làm thay MA THỊ SỬU") == 1, "in the header, no longer in the menu"
    assert "Trở về việc của tôi" in page
    client.post("/lam-thay/", {"mandate": "", "next": "/"})
    assert "Trở về việc của tôi" not in client.get("/thu-tuc/").content.decode()


def test_a_mandate_that_ended_is_no_longer_offered_in_the_header() -> None:
    client, mandate = in_hands("huong"), given("suu", "huong")
    with acting(SYSTEM):
        mandates.revoke(SYSTEM, mandate)
    assert str(mandate.uuid) not in client.get("/thu-tuc/").content.decode()
