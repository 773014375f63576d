"""A paper of an application, proven by the applicant's own credential: what is kept, and what is refused."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import Any

import pytest

from motcua.core.cases import actions as cases
from motcua.core.cases.models import Draft
from motcua.core.documents import store
from motcua.core.documents.models import Document, File
from motcua.core.identity import queries as identity
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.systems.wallet import asking
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.testing import extract_of, pension_of
from motcua.systems.wallet.tests.conftest import KHANH, LAN_ANH
from motcua.systems.wallet.tests.test_pages import of, text_of

pytestmark = pytest.mark.django_db
BIRTH, PAPER = "1.001193", "birth_notice"
SUU = "019149000123"


@pytest.fixture(autouse=True)
def _a_paper_that_may_be_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules of the service say that being of age stands for its first paper."""
    known = services.pack

    def with_proof(version_id: int) -> Any:
        pack = known(version_id)
        if pack.code != BIRTH:
            return pack
        first, second, *others = pack.paper_rules
        proven, misspelt = replace(first, proof=("over_18",)), replace(second, proof=("over_81",))
        return replace(pack, paper_rules=(proven, misspelt, *others))

    monkeypatch.setattr(services, "pack", with_proof)


def draft_of(number: str) -> Draft:
    with acting(SYSTEM):
        actor = identity.actor_of(Account.objects.get(username=number))
    with acting(actor):
        return cases.start_draft(actor, BIRTH, "vi")


def page_of(draft: Draft, paper: str = PAPER) -> str:
    return f"/vi-so/don/{draft.uuid}/{paper}/"


def question() -> Question:
    with acting(SYSTEM):
        return Question.objects.latest("id")


def files(draft: Draft) -> list[File]:
    with acting(SYSTEM):
        draft.refresh_from_db()
        return list(File.objects.filter(uuid__in=draft.files.get(PAPER, [])))


def test_what_was_proven_stands_for_the_paper_and_nothing_more_is_kept(extract: Document) -> None:
    khanh, draft = of(KHANH), draft_of(KHANH)
    page = page_of(draft)
    assert "Đủ 18 tuổi trở lên" in text_of(khanh.get(page))
    assert khanh.post(page).status_code == 303
    agree = f"/vi-so/dong-y/{question().uuid}/"
    assert "không phải cơ quan nhà nước" not in text_of(khanh.get(agree))
    answered = khanh.post(agree, {"document": str(extract.uuid)})
    assert answered["Location"] == page
    assert "Dùng thay cho giấy này" in text_of(khanh.get(page))
    assert khanh.post(page, {"take": "1"}).status_code == 303
    (file,) = files(draft)
    assert (file.uploaded_by, file.media_type) == ("Ví giấy tờ", "application/pdf")
    sheet = store.get(file.sha256)
    assert b"/ByteRange" in sheet, "the sheet is sealed"
    told = subprocess.run(
        ["pdftotext", "-", "-"], input=sheet, capture_output=True, check=True
    ).stdout.decode()
    assert "Đủ 18 tuổi trở lên" in told
    assert KHANH not in told
    assert "DƯƠNG" not in told.upper()
    with acting(SYSTEM):
        event = Event.objects.filter(kind="wallet.paper_proven").latest("id")
    assert event.data == {"kinds": ["over_18"], "paper": PAPER, "sha256": file.sha256}


def test_pressing_twice_gives_one_sheet(extract: Document) -> None:
    khanh, draft = of(KHANH), draft_of(KHANH)
    khanh.post(page_of(draft))
    khanh.post(page_of(draft))
    with acting(SYSTEM):
        assert Question.objects.count() == 1, "a question that waits goes on waiting"
    khanh.post(f"/vi-so/dong-y/{question().uuid}/", {"document": str(extract.uuid)})
    assert khanh.post(page_of(draft), {"take": "1"}).status_code == 303
    assert khanh.post(page_of(draft), {"take": "1"}).status_code == 303
    assert len(files(draft)) == 1


def test_another_person_s_credential_is_no_proof(extract: Document) -> None:
    mother, draft = of(LAN_ANH), draft_of(LAN_ANH)
    mother.post(page_of(draft))
    of(KHANH).post(f"/vi-so/dong-y/{question().uuid}/", {"document": str(extract.uuid)})
    assert question().outcome == asking.PROVEN
    answer = mother.post(page_of(draft), {"take": "1"})
    assert answer.status_code == 409
    assert "của người khác" in text_of(answer)
    assert files(draft) == []


def test_a_shown_no_stands_for_nothing(db: None) -> None:
    with acting(SYSTEM):
        extract = extract_of("khanh", born="2015-09-02")
    khanh, draft = of(KHANH), draft_of(KHANH)
    khanh.post(page_of(draft))
    khanh.post(f"/vi-so/dong-y/{question().uuid}/", {"document": str(extract.uuid)})
    answer = khanh.post(page_of(draft), {"take": "1"})
    assert answer.status_code == 409
    assert "không đúng" in text_of(answer)
    assert files(draft) == []


def test_nothing_is_taken_before_it_was_proven(extract: Document) -> None:
    khanh, draft = of(KHANH), draft_of(KHANH)
    assert khanh.post(page_of(draft), {"take": "1"}).status_code == 409
    khanh.post(page_of(draft))
    khanh.post(f"/vi-so/dong-y/{question().uuid}/", {"decline": "1"})
    assert "Ông/bà đã từ chối" in text_of(khanh.get(page_of(draft)))
    assert khanh.post(page_of(draft), {"take": "1"}).status_code == 409


def test_other_people_s_applications_and_other_papers_do_not_exist(extract: Document) -> None:
    draft = draft_of(KHANH)
    assert of(LAN_ANH).get(page_of(draft)).status_code == 404
    assert of(KHANH).get(page_of(draft, "khong-co-giay-nay")).status_code == 404


def test_a_proof_that_nobody_can_ask_is_told_with_a_way_out(extract: Document) -> None:
    answer = of(KHANH).get(page_of(draft_of(KHANH), "paternity_recognition"))
    assert answer.status_code == 400
    assert "over_81" in text_of(answer)
    assert "bằng tệp" in text_of(answer)


def test_one_credential_answers_for_all_of_it(extract: Document) -> None:
    of(KHANH).post(page_of(draft_of(KHANH)))
    (query,) = question().query["credentials"]
    assert [claim["path"] for claim in query["claims"]] == [
        ["age_equal_or_over", "18"],
        ["full_name"],
        ["personal_number"],
    ]


def test_the_page_of_the_paper_leads_there(extract: Document) -> None:
    draft = draft_of(KHANH)
    answer = of(KHANH).get(f"/don/{draft.uuid}/giay-to/{PAPER}/")
    assert answer.status_code == 200, answer.headers
    assert page_of(draft) in answer.content.decode()


def test_an_age_and_an_address_are_proven_together_by_one_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    known = services.pack

    def with_age_and_address(version_id: int) -> Any:
        pack = known(version_id)
        if pack.code != BIRTH:
            return pack
        first, *others = pack.paper_rules
        return replace(pack, paper_rules=(replace(first, proof=("over_60", "commune")), *others))

    monkeypatch.setattr(services, "pack", with_age_and_address)
    with acting(SYSTEM):
        card = pension_of("suu")
    suu, draft = of(SUU), draft_of(SUU)
    suu.post(page_of(draft))
    (query,) = question().query["credentials"]
    assert len(query["meta"]["vct_values"]) == 1, "only the pensioner's card says where its holder lives"
    suu.post(f"/vi-so/dong-y/{question().uuid}/", {"document": str(card.uuid)})
    shown = text_of(suu.get(page_of(draft)))
    assert "60 tuổi trở lên Đúng" in shown
    assert "Mã xã nơi cư trú 05443" in shown
    assert suu.post(page_of(draft), {"take": "1"}).status_code == 303
    assert len(files(draft)) == 1
