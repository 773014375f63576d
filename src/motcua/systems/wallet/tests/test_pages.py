"""Citizen and officer at their pages: carrying, showing by a code, asking, agreeing."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.db import connection
from django.test import Client

from conftest import ScopedClient
from motcua.core import clock
from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.sealing import envelope
from motcua.systems.wallet import asking
from motcua.systems.wallet.models import Question, Showing
from motcua.systems.wallet.testing import extract_of
from motcua.systems.wallet.tests.conftest import CHAIR, KHANH, LAN_ANH

pytestmark = pytest.mark.django_db
OVER_18 = "age_equal_or_over.18"
LIE_SEALED = {
    "showing": ("code", "presentation"),
    "credential": ("held",),
    "holderkey": ("sealed",),
    "question": ("key", "proven"),
}


def of(username: str, *, level: int = 2, lang: str = "vi") -> Client:
    client = ScopedClient()
    client.cookies["ngon_ngu"] = lang
    with acting(SYSTEM):
        sign_in(client, username, level=level)
    return client


def text_of(answer: object) -> str:
    page = answer.content.decode()  # type: ignore[attr-defined]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def asked(kind: str = "over_18", purpose: str = "Cấp giấy phép") -> Question:
    answer = of(CHAIR).post("/vi-so/ban/", {"kind": kind, "purpose": purpose})
    assert answer.status_code == 303, text_of(answer)
    with acting(SYSTEM):
        return Question.objects.latest("id")


def shown(citizen: Client, extract: Document, *claims: str) -> str:
    """The path of the code under which these claims are laid out."""
    answer = citizen.post(f"/vi-so/cho-xem/{extract.uuid}/", {"claims": list(claims)})
    assert answer.status_code == 303, text_of(answer)
    page = citizen.get(answer["Location"]).content.decode()
    return re.search(r"/vi-so/xem/[\w-]+/", page)[0]  # type: ignore[index]


def test_a_person_adds_an_extract_to_the_wallet(extract: Document) -> None:
    khanh = of(KHANH)
    assert "Trích lục khai sinh điện tử" in text_of(khanh.get("/vi-so/"))
    page = khanh.post(f"/vi-so/them/{extract.uuid}/")
    assert re.search(r"Nhập số này vào ví (\d{6}) ", text_of(page))
    assert "openid-credential-offer://?credential_offer_uri=" in page.content.decode()
    assert "<svg" in page.content.decode()


def test_a_weak_sign_in_is_asked_for_more(extract: Document) -> None:
    answer = of(KHANH, level=1).get(f"/vi-so/them/{extract.uuid}/")
    assert answer.status_code == 302


def test_another_s_extract_does_not_exist(extract: Document) -> None:
    lan_anh = of(LAN_ANH)
    assert "Chưa có giấy tờ nào" in text_of(lan_anh.get("/vi-so/"))
    for page in (f"/vi-so/them/{extract.uuid}/", f"/vi-so/cho-xem/{extract.uuid}/"):
        assert lan_anh.get(page).status_code == 404
        assert lan_anh.post(page, {"claims": OVER_18}).status_code == 404


def test_one_shows_an_age_by_a_code_to_somebody_without_an_account(extract: Document, client: Client) -> None:
    path = shown(of(KHANH), extract, OVER_18)
    assert "Chỉ xem được một lần" in text_of(client.get(path))
    seen = text_of(client.post(path))
    assert "Giấy tờ là thật" in seen
    assert "Đủ 18 tuổi trở lên Đúng" in seen
    assert "DƯƠNG QUỐC KHÁNH" not in seen
    assert "2001" not in seen


def test_a_code_is_seen_once_and_opening_it_takes_nothing(extract: Document, client: Client) -> None:
    path = shown(of(KHANH), extract, OVER_18)
    assert client.get(path).status_code == client.get(path).status_code == 200
    assert client.post(path).status_code == 200
    assert client.post(path).status_code == client.get(path).status_code == 410


def test_a_code_lapses_after_two_minutes(
    extract: Document, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shown(of(KHANH), extract, OVER_18)
    later = clock.now() + dt.timedelta(minutes=2, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.post(path).status_code == 410


def test_what_was_withdrawn_meanwhile_is_not_genuine(extract: Document, client: Client) -> None:
    path = shown(of(KHANH), extract, OVER_18)
    with acting(SYSTEM):
        documents.withdraw(SYSTEM, extract.pk, "Sai ngày sinh")
    assert "đã bị thu hồi hoặc thay thế" in text_of(client.post(path))


def test_one_must_choose_something(extract: Document) -> None:
    answer = of(KHANH).post(f"/vi-so/cho-xem/{extract.uuid}/", {})
    assert answer.status_code == 422
    assert "Chọn ít nhất một điều" in text_of(answer)


def test_another_s_code_page_does_not_exist(extract: Document) -> None:
    shown(of(KHANH), extract, OVER_18)
    with acting(SYSTEM):
        laid = Showing.objects.get()
    assert of(LAN_ANH).get(f"/vi-so/dang-cho-xem/{laid.uuid}/").status_code == 404


def test_nothing_of_a_presentation_lies_in_clear(extract: Document) -> None:
    shown(of(KHANH), extract, "full_name")
    question = asked()
    of(KHANH).post(f"/vi-so/dong-y/{question.uuid}/", {"document": str(extract.uuid)})
    for table, columns in LIE_SEALED.items():
        with acting(SYSTEM), connection.cursor() as cursor:
            cursor.execute(f"select {', '.join(columns)} from wallet_{table}")
            rows = cursor.fetchall()
        assert rows
        assert all(envelope.is_sealed(value) for row in rows for value in row if value is not None)


def test_an_officer_asks_the_person_agrees_and_only_that_is_seen(extract: Document) -> None:
    question = asked()
    desk = of(CHAIR)
    assert "Công dân quét mã" in text_of(desk.get(f"/vi-so/ban/{question.uuid}/"))
    khanh = of(KHANH)
    page = text_of(khanh.get(f"/vi-so/dong-y/{question.uuid}/"))
    assert "Cấp giấy phép" in page
    assert "Đủ 18 tuổi trở lên Đúng" in page
    answer = khanh.post(f"/vi-so/dong-y/{question.uuid}/", {"document": str(extract.uuid)})
    assert answer.status_code == 303
    told = text_of(desk.get(f"/vi-so/ban/{question.uuid}/tinh-trang/"))
    assert "Đã chứng minh" in told
    assert "Đủ 18 tuổi trở lên Đúng" in told
    assert "KHÁNH" not in told
    kinds = set(Event.objects.filter(kind__startswith="wallet.").values_list("kind", flat=True))
    assert {"wallet.asked", "wallet.agreed", "wallet.issued", "wallet.answered"} <= kinds


def test_a_shown_no_is_no_proof(db: None) -> None:
    with acting(SYSTEM):
        extract_of("khanh", born="2020-01-02")
        document = Document.objects.latest("id")
    question = asked()
    answer = of(KHANH).post(f"/vi-so/dong-y/{question.uuid}/", {"document": str(document.uuid)})
    assert answer.status_code == 303
    told = text_of(of(CHAIR).get(f"/vi-so/ban/{question.uuid}/"))
    assert "Không đạt" in told
    assert "Đã chứng minh" not in told


def test_the_person_declines_and_nothing_is_sent(extract: Document) -> None:
    question = asked("personal_number")
    assert of(KHANH).post(f"/vi-so/dong-y/{question.uuid}/", {"decline": "1"}).status_code == 303
    assert "Công dân từ chối" in text_of(of(CHAIR).get(f"/vi-so/ban/{question.uuid}/"))
    with acting(SYSTEM):
        question.refresh_from_db()
    assert question.proven == []


def test_a_question_answered_is_over(extract: Document) -> None:
    question = asked()
    khanh = of(KHANH)
    given = {"document": str(extract.uuid)}
    assert khanh.post(f"/vi-so/dong-y/{question.uuid}/", given).status_code == 303
    assert khanh.post(f"/vi-so/dong-y/{question.uuid}/", given).status_code == 409
    assert "đã được trả lời" in text_of(khanh.get(f"/vi-so/dong-y/{question.uuid}/"))


def test_who_carries_nothing_that_answers_is_told(extract: Document) -> None:
    question = asked()
    assert "chưa có giấy tờ trả lời được" in text_of(of(LAN_ANH).get(f"/vi-so/dong-y/{question.uuid}/"))
    answer = of(LAN_ANH).post(f"/vi-so/dong-y/{question.uuid}/", {"document": str(extract.uuid)})
    assert answer.status_code == 404


def test_an_officer_gives_a_purpose(extract: Document) -> None:
    answer = of(CHAIR).post("/vi-so/ban/", {"kind": "over_18", "purpose": "  "})
    assert answer.status_code == 422
    assert "Ghi mục đích" in text_of(answer)
    assert 'value="over_18" checked' in answer.content.decode()


def test_a_purpose_that_is_no_text_is_told_at_its_field(extract: Document) -> None:
    answer = of(CHAIR).post("/vi-so/ban/", {"kind": "over_18", "purpose": "Cấp\x00 giấy"})
    assert answer.status_code == 422
    assert "#purpose" in answer.content.decode()


def test_another_office_does_not_see_the_question(extract: Document) -> None:
    question = asked()
    assert of("h05.200.civil-status-officer").get(f"/vi-so/ban/{question.uuid}/").status_code == 404
    assert of(KHANH).get(f"/vi-so/ban/{question.uuid}/").status_code == 403


def test_every_question_can_be_answered_by_some_credential(extract: Document) -> None:
    for kind in asking.kinds_of_question().values():
        assert asking.types_for(kind), kind.id


def test_the_pages_speak_english(extract: Document) -> None:
    khanh = of(KHANH, lang="en")
    assert "Electronic extract of birth" in text_of(khanh.get("/vi-so/"))
    assert "What do you want to show?" in text_of(khanh.get(f"/vi-so/cho-xem/{extract.uuid}/"))
    assert "What is to be proven?" in text_of(of(CHAIR, lang="en").get("/vi-so/ban/"))
