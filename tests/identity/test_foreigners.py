"""Foreigners: known by passport or residence card, with an account, a case, a new paper, and warning before it ends."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases import prefill
from motcua.core.cases.actions.submit import party_facts
from motcua.core.cases.intake import Application
from motcua.core.cases.models import Case
from motcua.core.errors import Conflict, UserError
from motcua.core.identity import actions, enrolment, papers
from motcua.core.identity import queries as identity
from motcua.core.identity.models import Account, Evidence, IdentityPaper, Party, Session
from motcua.core.identity.papers import Paper, sign_in_name
from motcua.core.identity.testing import sign_in
from motcua.core.jobs import run_all
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.notifications.models import Message
from motcua.core.registers.models import Record
from motcua.core.services import queries as services
from motcua.systems.onestop.models import Visit
from tests.people import CLERK, number

pytestmark = pytest.mark.django_db
FORM, FIND = "/mot-cua/tai-khoan/nuoc-ngoai/", "/mot-cua/tai-khoan/"
FIRST, LOGIN = "/dang-nhap/lan-dau/", "/dang-nhap/"
EXTRACT = "2.000635"
PASSWORD = "bưởi-diễn-ngọt-2026"


def typed(**other: Any) -> dict[str, Any]:
    last = clock.today() + dt.timedelta(days=400)
    return {
        "kind": "residence_card", "country": "VNM", "number": "nn 123456", "name": "Sengdara Khamla",
        "born-day": "3", "born-month": "4", "born-year": "1991", "sex": "Nam", "nationality": "LAO", "phone": "",
        "until-day": last.day, "until-month": last.month, "until-year": last.year, "evidence": "card_seen",
        "act": "account",
    } | other  # fmt: skip


def paper(**other: Any) -> Paper:
    facts: dict[str, Any] = {
        "kind": "passport", "country": "FRA", "number": "19AB12345", "name": "MARTIN JEAN-LUC", "sex": "Nam",
        "valid_until": clock.today() + dt.timedelta(days=900), "born": dt.date(1980, 2, 29), "nationality": "FRA",
    } | other  # fmt: skip
    return Paper(**facts)


def code_in(answer: Any) -> str:
    page = answer.content.decode()
    assert answer.status_code == 200, page[:400]
    found = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", page)
    assert found is not None
    return found[0]


def known(**other: Any) -> Party:
    with acting(SYSTEM):
        return papers.party_of(SYSTEM, paper(**other), kind="card_seen")


def test_a_residence_card_opens_an_account_and_its_number_signs_in_with_a_password(clerk: Client) -> None:
    code = code_in(clerk.post(FORM, typed()))
    person = Client()
    entered = {"number": "vnm nn-123456", "code": code, "password1": PASSWORD, "password2": PASSWORD}
    assert person.post(FIRST, entered).status_code == 303
    assert "SENGDARA KHAMLA" in person.get("/tai-khoan/").content.decode().upper()
    again = Client()
    signed = again.post(LOGIN, {"login": "VNM NN123456", "password": PASSWORD})
    assert signed.status_code == 302
    assert again.get("/tai-khoan/").status_code == 200
    with acting(SYSTEM):
        party = Party.objects.get(account__username="VNM-NN123456")
        assert (party.nationality, party.paper, party.level) == ("LAO", "VNM-NN123456", 1)
        assert party.personal_number is None
        assert Session.objects.filter(account__party=party).latest("created_at").level == 1
        assert Evidence.objects.get(party=party).kind == "card_seen"


def test_a_passport_s_chip_brings_a_foreigner_to_level_2(clerk: Client) -> None:
    place = clerk.post("/mot-cua/tai-khoan/doc-the/", {"document": "marie", "mood": "good"}).headers[
        "Location"
    ]
    page = clerk.get(place).content.decode()
    assert "FRA-19FR00417" in page
    assert "Pháp" in page
    code_in(clerk.post(f"{place}ma/", {"face": "same"}))
    with acting(SYSTEM):
        party = Party.objects.get(account__username="FRA-19FR00417")
        assert (party.level, party.name, party.born) == (2, "DUPONT MARIE CLAIRE", dt.date(1988, 4, 17))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": ""}, "kind"), ({"country": "ABC"}, "country"), ({"number": "1"}, "number"), ({"name": " "}, "name"),
        ({"born-year": "2090"}, "born"), ({"born-day": "31", "born-month": "2"}, "born"), ({"sex": "?"}, "sex"),
        ({"nationality": ""}, "nationality"), ({"nationality": "VNM"}, "nationality"),
        ({"until-year": "2020"}, "until"), ({"until-day": ""}, "until"), ({"evidence": ""}, "evidence"),
        ({"act": ""}, "act"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_at_its_field_and_keeps_what_was_typed(
    clerk: Client, wrong: dict[str, str], field: str
) -> None:
    answer = clerk.post(FORM, typed(**wrong))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'href="#{field}' in page
    assert "Sengdara Khamla" in page or field == "name"
    with acting(SYSTEM):
        assert not IdentityPaper.objects.exists()


def test_the_desk_finds_a_foreigner_by_number_and_by_name(clerk: Client) -> None:
    party = known()
    for words in ("FRA19AB12345", "19ab 12345", "martin", "Jean Martin"):
        found = clerk.post(FIND, {"who": words})
        assert found.status_code == 303, words
        assert found.headers["Location"] == f"{FORM}{party.uuid}/"
    assert clerk.post(FIND, {"who": "Nobody Known"}).status_code == 400


def test_the_same_number_of_another_country_is_another_person() -> None:
    assert known().pk != known(country="BEL", nationality="BEL").pk


def test_a_number_on_record_for_another_name_or_birthday_is_questioned() -> None:
    known()
    for other in ({"name": "DURAND PAUL"}, {"born": dt.date(1981, 1, 1)}):
        with acting(SYSTEM), pytest.raises(Conflict):
            papers.party_of(SYSTEM, paper(**other), kind="card_seen")


def test_a_second_look_at_the_same_paper_finds_the_same_person() -> None:
    assert known().pk == known().pk


def test_recovery_at_the_counter_waits_as_for_everybody(clerk: Client) -> None:
    code_in(clerk.post(FORM, typed()))
    page = clerk.post("/mot-cua/tai-khoan/ma/", {"number": "VNM-NN123456", "evidence": "card_seen"})
    code = code_in(page)
    entered = {"number": "VNM-NN123456", "code": code, "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post(FIRST, entered).status_code == 422, "it waits for a day or a second officer"


def test_lock_unlock_and_close_at_the_counter(clerk: Client) -> None:
    code_in(clerk.post(FORM, typed()))
    with acting(SYSTEM):
        account = Account.objects.get(username="VNM-NN123456")
    turned = f"/mot-cua/tai-khoan/{account.uuid}"
    refused = clerk.post(f"{turned}/lock/", {"reason": ""})
    assert refused.status_code == 400
    assert "Sengdara Khamla" in refused.content.decode()
    for act, active in (("lock", False), ("unlock", True), ("close", False)):
        assert clerk.post(f"{turned}/{act}/", {"reason": "Theo yêu cầu"}).status_code == 303
        account.refresh_from_db()
        assert account.is_active is active


def test_a_new_passport_takes_the_old_one_s_place_and_name_while_the_person_stays(clerk: Client) -> None:
    code_in(clerk.post(FORM, typed()))
    with acting(SYSTEM):
        party = Party.objects.get(account__username="VNM-NN123456")
    last = clock.today() + dt.timedelta(days=3000)
    new = {
        "kind": "passport", "country": "LAO", "number": "PA0099887",
        "until-day": last.day, "until-month": last.month, "until-year": last.year,
    }  # fmt: skip
    assert clerk.post(f"{FORM}{party.uuid}/", new).status_code == 303
    with acting(SYSTEM):
        assert Account.objects.get(party=party).username == "LAO-PA0099887"
        party.refresh_from_db()
        assert party.paper == "LAO-PA0099887"
        assert papers.party_by_paper("VNM-NN123456") is None
        with pytest.raises(Conflict):
            papers.party_of(
                SYSTEM, paper(kind="residence_card", country="VNM", number="NN123456", name="Sengdara Khamla",
                              born=dt.date(1991, 4, 3), nationality="LAO"),
                kind="card_seen",
            )  # fmt: skip
    assert clerk.post(f"{FORM}{party.uuid}/", {**new, "number": "x"}).status_code == 400


def test_somebody_whose_paper_ends_is_told_twice_then_locked_and_the_new_paper_unlocks(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = clock.today() + dt.timedelta(days=40)
    until = {"until-day": ends.day, "until-month": ends.month, "until-year": ends.year}
    code_in(clerk.post(FORM, typed(**until)))
    with acting(SYSTEM):
        account = Account.objects.select_related("party").get(username="VNM-NN123456")
    said = []
    for day in range(42):
        today = ends - dt.timedelta(days=40 - day)
        monkeypatch.setattr(clock, "today", lambda today=today: today)
        with acting(SYSTEM):
            said.append(enrolment.watch_papers())
            assert enrolment.watch_papers() == (0, 0), "once a day is enough"
    assert [day for day, (told, _) in enumerate(said) if told] == [10, 33]
    assert [day for day, (_, locked) in enumerate(said) if locked] == [41]
    account.refresh_from_db()
    assert not account.is_active
    with acting(SYSTEM):
        kinds = list(Message.objects.filter(party_id=account.party_id).values_list("kind", flat=True))
    assert kinds.count("account.paper_ends") == 2
    assert "account.paper_ended" in kinds
    assert account.party is not None
    page = clerk.get(f"{FORM}{account.party.uuid}/").content.decode()
    assert "Giấy tờ đã hết hạn" in page
    later = ends + dt.timedelta(days=500)
    new = {
        "kind": "residence_card", "country": "VNM", "number": "NN777777",
        "until-day": later.day, "until-month": later.month, "until-year": later.year,
    }  # fmt: skip
    assert clerk.post(f"{FORM}{account.party.uuid}/", new).status_code == 303
    account.refresh_from_db()
    assert account.is_active


def test_the_desk_begins_an_application_for_a_foreigner_without_an_account(clerk: Client) -> None:
    assert clerk.post(FORM, typed(act="visit", unit="không có xã này")).status_code == 400
    begun = clerk.post(FORM, typed(act="visit", unit="05443", address="Số 3, ngõ 1"))
    assert begun.status_code == 303
    with acting(SYSTEM):
        visit = Visit.objects.get()
        assert (visit.party.paper, visit.party.address_unit) == ("VNM-NN123456", "05443")
        assert not Account.objects.filter(party=visit.party).exists()
    assert "Sengdara Khamla" in clerk.get(begun.headers["Location"]).content.decode()


def test_a_person_gives_a_mandate_to_a_foreigner_by_their_paper_s_number() -> None:
    party = known()
    suu = Client()
    last = clock.today() + dt.timedelta(days=30)
    with acting(SYSTEM):
        sign_in(suu, number("suu"))
    given = {
        "number": "fra 19AB12345", "name": "Martin Jean-Luc", "scope": "all",
        "until-day": last.day, "until-month": last.month, "until-year": last.year,
    }  # fmt: skip
    assert suu.post("/lam-thay/uy-quyen/", given).status_code == 303
    with acting(SYSTEM):
        assert party.represents.get().kind == "proxy"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("019195001234", "019195001234"), (" 0191 9500 1234 ", "019195001234"), ("h55.237.chair", "h55.237.chair"),
        ("fra 19ab-12345", "FRA-19AB12345"), ("FRA-19AB12345", "FRA-19AB12345"), ("abc12345", "abc12345"),
    ],
)  # fmt: skip
def test_names_are_taken_as_people_write_them(words: str, name: str) -> None:
    assert sign_in_name(words) == name


def test_an_unknown_passport_and_a_wrong_password_are_answered_alike(clerk: Client) -> None:
    code_in(clerk.post(FORM, typed()))
    pages = []
    for who in ("VNM-NN123456", "VNM-NN000000"):
        page = Client().post(LOGIN, {"login": who, "password": "sai-mật-khẩu"}).content.decode()
        pages.append(re.findall(r"govuk-error-message[^>]*>(.*?)</p>", page, re.DOTALL))
    assert pages[0] == pages[1] != []


def test_citizens_open_none_of_these_pages() -> None:
    client = Client()
    with acting(SYSTEM):
        sign_in(client, number("duc"))
    for path in (FORM, "/mot-cua/tai-khoan/doc-the/", f"{FORM}{known().uuid}/"):
        assert client.get(path).status_code == 403, path


def test_numbers_and_countries_are_checked_before_anything_is_written() -> None:
    with acting(SYSTEM):
        for wrong in ({"country": "FR"}, {"number": "ab"}, {"number": "1" * 30}, {"valid_until": None}):
            with pytest.raises(UserError):
                papers.party_of(SYSTEM, paper(**wrong), kind="card_seen")
        assert not IdentityPaper.objects.exists()


def test_no_number_of_a_paper_stands_in_clear_in_the_database() -> None:
    from django.db import connection

    known()
    with acting(SYSTEM), connection.cursor() as cursor:
        for table in ("identity_identitypaper", "identity_party"):
            cursor.execute(f"select string_agg(t::text, ' ') from {table} t")
            assert "19AB12345" not in (cursor.fetchone()[0] or "")


def child_with_an_entry() -> Record:
    """Somebody whose birth stands in a book of the ward."""
    with acting(SYSTEM):
        return Record.objects.get(register_id="population", key=number("khanh"), superseded_at=None)


def test_a_foreigner_applies_at_the_portal_and_the_case_knows_them_by_their_paper() -> None:
    with acting(SYSTEM):
        party = papers.party_of(SYSTEM, paper(), kind="chip_read", level=2)
        party.address_unit, party.address_text = "05443", "Số 1, đường Hoàng Văn Thụ"
        party.save()
        account = actions.open_account(SYSTEM, party, PASSWORD)
        sign_in(client := Client(), account)
        actor = identity.actor_of(account, level=2)
    begun = client.post("/thu-tuc/trich-luc-ho-tich/nop/")
    assert begun.status_code == 303
    assert client.get(begun.headers["Location"]).status_code == 200
    pack = services.current(EXTRACT, clock.today())
    assert pack.version_id is not None
    answers = {"whose": "other", "subject": {"number": child_with_an_entry().key}, "copies": 1}
    with acting(actor):
        facts = party_facts(party.pk).as_facts()
        assert (facts["number"], facts["nationality"]) == ("FRA-19AB12345", "FRA")
        looked = prefill.find(actor, pack, answers=answers, applicant=facts)
        made = cases.submit(
            actor,
            Application(
                service_version_id=pack.version_id, answers=answers, found=looked.found,
                submitter_party_id=party.pk, applicant_party_id=party.pk,
            ),
            new_uuid(),
        )  # fmt: skip
    run_all()
    page = client.get(f"/ho-so/{made.case_uuid}/")
    assert page.status_code == 200
    assert made.number in page.content.decode()
    assert made.number in client.get("/ho-so/").content.decode()
    with acting(SYSTEM):
        case = Case.objects.get(uuid=made.case_uuid)
        assert case.data["applicant"]["number"] == "FRA-19AB12345"
        assert case.applicant_name == "MARTIN JEAN-LUC"
        assert Message.objects.filter(party_id=party.pk, case_id=case.pk).exists()
    clerk = Client()
    with acting(SYSTEM):
        sign_in(clerk, CLERK)
    seen = clerk.get(f"/mot-cua/ho-so/{made.case_uuid}/").content.decode()
    assert "MARTIN JEAN-LUC" in seen
    assert made.number in client.get("/ai-da-xem/").content.decode(), "the officer's look is told to them"


def test_the_counter_finds_a_foreigner_and_begins_with_the_paper_seen_again(clerk: Client) -> None:
    party = known()
    for words in ("FRA 19AB12345", "Martin Jean"):
        found = clerk.post("/mot-cua/quay/", {"who": words})
        assert found.headers["Location"] == f"{FORM}{party.uuid}/", words
    assert clerk.post(f"{FORM}{party.uuid}/tiep/", {"evidence": ""}).status_code == 400
    begun = clerk.post(f"{FORM}{party.uuid}/tiep/", {"evidence": "card_seen"})
    assert begun.status_code == 303
    with acting(SYSTEM):
        assert Visit.objects.get().party == party


def test_a_foreigner_is_a_side_of_a_notarised_proxy(clerk: Client) -> None:
    party = known()
    day = clock.today()
    document = {
        "kind": "proxy", "principal": number("suu"), "principal_name": "Ma Thị Sửu", "representative": "fra 19ab12345",
        "representative_name": "Martin Jean-Luc", "authority": "Phòng công chứng số 1", "paper_number": "7/2026/CC",
        "scope": "all", "dated-day": day.day, "dated-month": day.month, "dated-year": day.year,
    }  # fmt: skip

    def scan() -> SimpleUploadedFile:
        return SimpleUploadedFile("uy-quyen.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")

    enter = "/mot-cua/dai-dien/ghi-nhan/"
    other = clerk.post(enter, {**document, "representative_name": "Durand Paul", "paper": scan()})
    assert other.status_code == 400
    done = clerk.post(enter, {**document, "paper": scan()})
    assert done.status_code == 303
    assert "FRA-19AB12345" in clerk.get(done.headers["Location"]).content.decode()
    with acting(SYSTEM):
        assert party.represents.get().principal.personal_number == number("suu")


@pytest.mark.parametrize(
    "odd", ["\x00", "\u202e", "' or 1=1 --", "<script>", "a" * 3000, "１２３４５", "%", "-" * 9]
)
def test_odd_words_in_any_box_are_answered_and_never_break(clerk: Client, odd: str) -> None:
    for box in (
        "kind",
        "country",
        "number",
        "name",
        "sex",
        "nationality",
        "until-year",
        "born-day",
        "act",
        "unit",
    ):
        assert clerk.post(FORM, typed(**{box: odd})).status_code in (200, 400), box
    for path in (FIND, "/mot-cua/quay/"):
        assert clerk.post(path, {"who": odd}).status_code in (200, 303, 400), path
    assert Client().post(LOGIN, {"login": odd, "password": "x"}).status_code in (200, 302)
    typed_code = {"number": odd, "code": odd, "password1": "x", "password2": "x"}
    assert Client().post(FIRST, typed_code).status_code == 422
    reader = {"document": odd, "mood": odd}
    assert clerk.post("/mot-cua/tai-khoan/doc-the/", reader).status_code in (303, 400)
    assert Client().post("/dang-nhap/mo-tai-khoan/", reader).status_code in (303, 400)
