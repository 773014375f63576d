"""A paper of an application proven by a credential: alike at the portal, at the counter, through another portal."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from typing import Any

import pytest
from django.test import Client

from motcua.core import clock
from motcua.core.cases import prefill
from motcua.core.cases.models import Case, Draft
from motcua.core.documents import actions as documents
from motcua.core.documents import store
from motcua.core.documents.models import Document, File
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.testing import extract_of
from tests.conftest import SignedIn
from tests.people import CLERK, number, person

pytestmark = pytest.mark.django_db
PENSION, PAPER = "1.014027", "birth_paper"


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


def test_a_declined_a_late_and_a_withdrawn_one_are_told_apart(
    clerk: Client, signed_in: SignedIn, extract: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    clerk.post(page)
    signed_in(number("suu")).post(f"/vi-so/dong-y/{question().uuid}/", {"decline": "1"})
    assert "Người nộp từ chối" in text_of(clerk.get(page))
    clerk.post(page)
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + dt.timedelta(minutes=11))
        assert "Đã quá giờ" in text_of(clerk.get(page))
    with acting(SYSTEM):
        documents.withdraw(SYSTEM, extract.pk, "Cấp nhầm")
    agrees(signed_in, "suu", extract)
    assert clerk.post(page, {"take": "1"}).status_code == 409


def test_an_answer_is_good_for_a_day(
    clerk: Client, signed_in: SignedIn, extract: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    clerk.post(page)
    agrees(signed_in, "suu", extract)
    now = clock.now()
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now + dt.timedelta(hours=25))
        answer = clerk.post(page, {"take": "1"})
    assert answer.status_code in (409, 303)
    with acting(SYSTEM):
        assert PAPER not in Draft.objects.get(service_code=PENSION).files


def test_the_desk_of_another_commune_does_not_see_the_visit(clerk: Client, signed_in: SignedIn) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    other = signed_in("h05.200.00.one-stop-clerk")
    assert other.get(page).status_code == 404
    assert clerk.get(page.replace(PAPER, "khong-co")).status_code == 404


def test_the_clerk_reads_it_in_english(clerk: Client) -> None:
    page = f"{visit_of(clerk)}giay-to/{PAPER}/chung-minh/"
    assert "Prove it by a credential" in text_of(clerk.get(f"{page}?lang=en"))
