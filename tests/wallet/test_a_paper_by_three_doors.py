"""A paper of an application proven by a credential: alike at the portal, at the counter, through another portal."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from motcua.core import clock
from motcua.core.cases import prefill, proofs
from motcua.core.cases.models import Case, Draft
from motcua.core.documents import actions as documents
from motcua.core.documents import store
from motcua.core.documents.models import Document, File
from motcua.core.errors import Conflict
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.systems.intake.contrib import national_portal
from motcua.systems.wallet import asking, offers
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.testing import Phone, extract_of
from motcua.systems.wallet.tests.test_asking import sealed
from tests.conftest import SignedIn
from tests.people import CLERK, number, person

pytestmark = pytest.mark.django_db
PENSION, PAPER = "1.014027", "birth_paper"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def _the_population_database_knows_no_birthdays(monkeypatch: pytest.MonkeyPatch) -> None:
    known = prefill.SOURCES["population.person"]

    def without_birthday(reader: Any, arguments: list[Any]) -> Any:
        looked = known(reader, arguments)
        if looked is not None:
            looked.value.pop("born")
        return looked

    monkeypatch.setitem(prefill.SOURCES, "population.person", without_birthday)


@pytest.fixture
def extract(db: None, clean_memory: None) -> Document:
    """The extract of birth in the vault of Sửu, who asks for a pension."""
    with acting(SYSTEM):
        return extract_of("suu")


@pytest.fixture
def clerk(signed_in: SignedIn, extract: Document) -> Client:
    return signed_in(CLERK)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def visit_of(clerk: Client, who: str = "suu") -> str:
    """The person's visit at the counter, with the social pension chosen and whoever it is for typed."""
    met = clerk.post("/mot-cua/quay/nguoi-nop/", {"number": number(who), "evidence": "card_seen"})
    chosen = clerk.post(met["Location"], {"service": PENSION})
    assert chosen.status_code == 303, chosen.content.decode()
    visit: str = chosen["Location"]
    born = person("suu")["born"]
    typed = {
        "elder.born-day": str(born.day),
        "elder.born-month": str(born.month),
        "elder.born-year": str(born.year),
    }
    if who != "suu":
        clerk.post(f"{visit}trang/elder/", {"elder.number": number("suu"), "_correct": "elder.number"})
    kept = clerk.post(f"{visit}trang/elder/", typed)
    assert kept.status_code == 303, text_of(kept)
    assert (
        clerk.post(f"{visit}trang/payment/", {"payment.method": "cash", "declared": "true"}).status_code
        == 303
    )
    return visit


def question() -> Question:
    with acting(SYSTEM):
        return Question.objects.latest("id")


def sheet_of(uuid: str) -> str:
    with acting(SYSTEM):
        content = store.get(File.objects.get(uuid=uuid).sha256)
    assert b"/ByteRange" in content, "the sheet is sealed"
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()


def loaded_phone(extract: Document) -> Phone:
    """A phone of Sửu's with a wallet of its own, which holds the extract's credential."""
    phone = Phone(Client())
    with acting(SYSTEM):
        offer, tx_code = offers.make(SYSTEM, extract, Party.objects.get(personal_number=number("suu")))
        link = offers.link(offer)
    access = phone.token(link, tx_code).json()["access_token"]
    assert phone.ask_for(access, [phone.proof(phone.nonce(), str(settings.MOTCUA_SITE))]).status_code == 200
    return phone


def agrees(signed_in: SignedIn, who: str, extract: Document) -> Any:
    return signed_in(number(who)).post(f"/vi-so/dong-y/{question().uuid}/", {"document": str(extract.uuid)})


def test_at_the_counter_the_wallet_answers_the_code_on_the_clerk_s_screen(
    clerk: Client, signed_in: SignedIn, extract: Document
) -> None:
    visit = visit_of(clerk)
    page = f"{visit}giay-to/{PAPER}/chung-minh/"
    assert page in clerk.get(f"{visit}giay-to/").content.decode()
    assert "Họ tên và ngày sinh" in text_of(clerk.get(page))
    assert clerk.post(page).status_code == 303
    waiting = clerk.get(page)
    assert waiting.content.decode().count("<svg") >= 2
    assert f'href="{page}"' in waiting.content.decode(), "without scripts a link looks again"
    suu = signed_in(number("suu"))
    asked = text_of(suu.get(f"/vi-so/dong-y/{question().uuid}/"))
    with acting(SYSTEM):
        desk = Event.objects.filter(kind="wallet.asked").latest("id")
    assert "Bộ phận" in asked or "Trung tâm" in asked, "the holder reads which desk asks"
    assert desk.officer_id is not None
    answered = agrees(signed_in, "suu", extract)
    assert answered["Location"] == "/vi-so/", "whoever answered from a phone is not led to the clerk's pages"
    came = text_of(clerk.get(f"{visit}giay-to/{PAPER}/tinh-trang/"))
    assert "Đã chứng minh" in came
    assert f"do {extract.agency.name} cấp, đang có hiệu lực" in came
    assert person("suu")["name"] in came
    taken = clerk.post(page, {"take": "1"})
    assert taken["Location"] == f"{visit}giay-to/"
    assert clerk.post(page, {"take": "1"}).status_code == 303, "a double click changes nothing"
    assert clerk.post(f"{visit}kiem-tra/").status_code == 303
    with acting(SYSTEM):
        case = Case.objects.get(service_code=PENSION, channel="counter")
        (sheet,) = case.data["papers"][PAPER]
        event = Event.objects.filter(kind="wallet.paper_proven").latest("id")
    assert event.officer_id == desk.officer_id
    told = sheet_of(sheet)
    assert person("suu")["name"] in told
    assert "Đang có hiệu lực khi kiểm tra" in told
    assert "Phiếu xác minh" in clerk.get(f"/mot-cua/ho-so/{case.uuid}/").content.decode()


def test_the_person_it_is_about_answers_from_their_own_phone_when_a_relative_applies(
    clerk: Client, signed_in: SignedIn, extract: Document
) -> None:
    visit = visit_of(clerk, "duc")
    page = f"{visit}giay-to/{PAPER}/chung-minh/"
    clerk.post(page)
    agrees(signed_in, "suu", extract)
    assert clerk.post(page, {"take": "1"}).status_code == 303
    with acting(SYSTEM):
        draft = Draft.objects.get(service_code=PENSION)
    assert number("suu") in re.sub(r"\s", "", sheet_of(draft.files[PAPER][0])), "the sheet says whose it is"


def test_a_relative_s_own_credential_proves_nothing_of_the_elder(clerk: Client, signed_in: SignedIn) -> None:
    with acting(SYSTEM):
        own = extract_of("khanh")
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    clerk.post(page)
    agrees(signed_in, "khanh", own)
    assert "của người khác" in text_of(clerk.get(page)), "said before anything is pressed"
    refused = clerk.post(page, {"take": "1"})
    assert refused.status_code == 409
    assert "của người khác" in text_of(refused)
    with acting(SYSTEM):
        assert PAPER not in Draft.objects.get(service_code=PENSION).files


def test_a_declined_and_a_late_answer_are_told_apart(
    clerk: Client, signed_in: SignedIn, extract: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    clerk.post(page)
    signed_in(number("suu")).post(f"/vi-so/dong-y/{question().uuid}/", {"decline": "1"})
    assert "Người nộp từ chối" in text_of(clerk.get(page))
    assert clerk.post(page, {"take": "1"}).status_code == 409
    clerk.post(page)
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + dt.timedelta(minutes=11))
        assert "Đã quá giờ" in text_of(clerk.get(page))


def test_a_credential_of_a_withdrawn_result_is_told_to_the_clerk_while_the_code_stays(
    clerk: Client, extract: Document
) -> None:
    phone = loaded_phone(extract)
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    clerk.post(page)
    with acting(SYSTEM):
        documents.withdraw(SYSTEM, extract.pk, "Cấp nhầm")
        request = phone.fetch(asking.link(question()))
    paths = [tuple(claim["path"]) for claim in request["dcql_query"]["credentials"][0]["claims"]]
    shown = phone.present(paths, nonce=request["nonce"], audience=request["client_id"])
    answer = {"vp_token": {"giay_to": [shown]}, "state": request["state"]}
    assert (
        phone.client.post(urlsplit(request["response_uri"]).path, sealed(request, answer)).status_code == 400
    )
    waiting = clerk.get(page)
    assert "Kết quả đã bị thu hồi hoặc thay thế" in text_of(waiting)
    assert "<svg" in waiting.content.decode()


def test_an_answer_is_good_for_a_day(
    clerk: Client, signed_in: SignedIn, extract: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk.post(f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/")
    agrees(signed_in, "suu", extract)
    with acting(SYSTEM):
        paper = proofs.of_draft(Draft.objects.get(service_code=PENSION), PAPER)
        assert proofs.prover().standing(paper, "vi").state is proofs.State.PROVEN
        now = clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(hours=25))
        assert proofs.prover().standing(paper, "vi").state is proofs.State.OVER
        with pytest.raises(Conflict, match="Nothing was proven"):
            proofs.prover().take(SYSTEM, paper)


def test_who_has_no_personal_number_is_told_to_bring_the_paper(clerk: Client) -> None:
    typed = {"name": "Anna Nowak", "born-day": "8", "born-month": "3", "born-year": "1946", "unit": "05443"}
    met = clerk.post(
        "/mot-cua/quay/chua-co-so/", {**typed, "evidence": "card_seen", "reference": "Hộ chiếu ZE1"}
    )
    visit = clerk.post(met["Location"], {"service": PENSION})["Location"]
    page = f"{visit}giay-to/{PAPER}/chung-minh/"
    assert "chưa có số định danh cá nhân" in text_of(clerk.get(page))
    assert clerk.post(page).status_code == 409


def test_the_desk_of_another_commune_does_not_see_the_visit(clerk: Client, signed_in: SignedIn) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    other = signed_in("h05.200.00.one-stop-clerk")
    assert other.get(page).status_code == 404
    assert clerk.get(page.replace(PAPER, "khong-co")).status_code == 404


def test_the_clerk_reads_it_in_english(clerk: Client) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    assert "Prove it by a credential" in text_of(clerk.get(f"{page}?lang=en"))


# through another portal

ASK, HAND_IN = "/api/v1/intake/presentations", national_portal.PATH


@pytest.fixture
def outside(extract: Document) -> Client:
    """Another portal, known here."""
    with acting(SYSTEM):
        national_portal.register()
    return Client()


def send(outside: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    content, signed = national_portal.signed(body, path)
    return outside.post(path, content, signed.pop("Content-Type"), headers={**signed, **headers})


def look(outside: Client, asked: dict[str, Any]) -> Any:
    path = f"{ASK}/{asked['id']}"
    return outside.get(path, headers=national_portal.signed_question(path))


def ask(outside: Client, external_id: str = "G22-9", **more: Any) -> Any:
    suu = {"name": person("suu")["name"], "number": number("suu"), "level": 2}
    return send(
        outside,
        ASK,
        {"external_id": external_id, "service": PENSION, "paper": PAPER, "applicant": suu, **more},
    )


def hand_in(outside: Client, presentation: str, external_id: str = "G22-9", who: str = "suu") -> Any:
    applicant = {"name": person(who)["name"], "number": number(who), "level": 2}
    answers = {"elder": {"born": str(person("suu")["born"])}, "payment": {"method": "cash"}, "declared": True}
    papers = [{"paper": PAPER, "presentation": presentation}]
    given = {"external_id": external_id, "service": PENSION, "applicant": applicant, "answers": answers}
    return send(outside, HAND_IN, {**given, "papers": papers})


def test_another_portal_asks_and_hands_the_proof_over_with_the_application(
    outside: Client, signed_in: SignedIn, extract: Document
) -> None:
    asked = ask(outside)
    assert asked.status_code == 201, asked.content.decode()
    told = asked.json()
    assert (told["state"], told["to_prove"]) == ("waiting", ["Họ tên và ngày sinh"])
    assert ask(outside).json()["id"] == told["id"], "a question that waits goes on waiting"
    page = text_of(signed_in(number("suu")).get(urlsplit(told["page"]).path))
    assert "Cổng Dịch vụ công quốc gia" in page, "the holder reads through whom it is asked"
    assert hand_in(outside, told["id"]).status_code == 409
    agrees(signed_in, "suu", extract)
    proven = look(outside, told).json()
    assert (proven["state"], proven["issuer"]) == ("proven", extract.agency.name)
    assert number("suu") not in str(proven), "what was shown goes to the authority alone"
    made = hand_in(outside, told["id"])
    assert made.status_code == 201, made.content.decode()
    again = hand_in(outside, told["id"])
    assert (again.status_code, again.json()["number"]) == (200, made.json()["number"])
    assert look(outside, told).json()["state"] == "taken"
    with acting(SYSTEM):
        case = Case.objects.get(number=made.json()["number"])
        (sheet,) = case.data["papers"][PAPER]
        assert File.objects.get(uuid=sheet).case_id == case.pk
    assert person("suu")["name"] in sheet_of(sheet)
    assert ask(outside).status_code == 409, "the application was handed in"


def test_another_portal_s_own_wallet_presents(outside: Client, extract: Document) -> None:
    phone = loaded_phone(extract)
    told = ask(outside).json()
    request = phone.fetch(told["link"])
    paths = [tuple(claim["path"]) for claim in request["dcql_query"]["credentials"][0]["claims"]]
    path = f"{ASK}/{told['id']}/answer"
    stale = phone.present(paths, nonce="another", audience=request["client_id"])
    refused = send(outside, path, {"vp_token": {"giay_to": [stale]}}, **{"Accept-Language": "en"})
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")
    assert "another question" in refused.json()["title"]
    wrong = send(outside, path, {"vp_token": {"khac": ["x"]}})
    assert "vp_token holds one presentation" in wrong.json()["title"]
    shown = phone.present(paths, nonce=request["nonce"], audience=request["client_id"])
    answered = send(outside, path, {"vp_token": {"giay_to": [shown]}})
    assert (answered.status_code, answered.json()["state"]) == (200, "proven")
    assert send(outside, path, {"vp_token": {"giay_to": [shown]}}).status_code == 409
    assert hand_in(outside, told["id"]).status_code == 201


def test_a_presentation_counts_for_its_paper_its_application_its_person_and_its_portal(
    outside: Client, signed_in: SignedIn, extract: Document
) -> None:
    told = ask(outside).json()
    agrees(signed_in, "suu", extract)
    assert hand_in(outside, told["id"], "G22-10").status_code == 409
    other = hand_in(outside, told["id"], who="teo")
    assert other.status_code == 409
    assert "của người khác" in other.json()["title"]
    with acting(SYSTEM):
        Question.objects.filter(uuid=told["id"]).update(through="another.example")
    assert look(outside, told).status_code == 404
    unknown = hand_in(outside, told["id"])
    assert (unknown.status_code, unknown.json()["field"]) == (404, "presentation")
    with acting(SYSTEM):
        assert not Case.objects.filter(channel="api").exists()


def test_what_is_wrong_in_asking_is_said(outside: Client) -> None:
    no_such = ask(outside, paper="photo")
    assert (no_such.status_code, no_such.json()["field"]) == (404, "paper")
    assert PAPER in no_such.json()["title"], "the papers that can be proven are named"
    nobody = ask(outside, applicant={"name": "Anna Nowak"})
    assert nobody.status_code == 409
    assert "số định danh" in nobody.json()["title"]
    for paper in (
        {"paper": PAPER},
        {"paper": PAPER, "name": "a.pdf", "content": "eA==", "presentation": NOBODY},
    ):
        given = {
            "external_id": "G1",
            "service": PENSION,
            "applicant": {"name": "A"},
            "answers": {},
            "papers": [paper],
        }
        answer = send(outside, HAND_IN, given)
        assert answer.status_code == 422
        assert "presentation" in answer.json()["mistakes"][0]["message"]
    broken = {"paper": PAPER, "name": "a.pdf", "content": "!"}
    given = {
        "external_id": "G1",
        "service": PENSION,
        "applicant": {"name": "A"},
        "answers": {},
        "papers": [broken],
    }
    assert "base64" in send(outside, HAND_IN, given).json()["title"]
