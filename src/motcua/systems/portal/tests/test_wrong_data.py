"""A mother finds a mistake in what was filled in; its keeper, the officer of her case and she see it through."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core.cases.models import Case, Draft
from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers import schema
from motcua.core.registers.models import Correction
from motcua.systems.portal.tests.conftest import SignedIn, work

KEEPER = "h55.237.civil-status-officer"
PAPER = (
    b"\x89PNG\r\n\x1a\n"
    + b"\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)


@pytest.fixture
def officer(door: None) -> Client:
    schema.forget()
    client = Client(HTTP_ACCEPT_LANGUAGE="vi")
    with acting(SYSTEM):
        sign_in(client, Account.objects.get(username=KEEPER))
    return client


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def begun(mother: Client) -> Draft:
    mother.post("/thu-tuc/khai-sinh/nop/")
    with acting(SYSTEM):
        draft = Draft.objects.get()
        draft.answers = {"child": {"name": "TRẦN NGỌC MINH CHÂU"}, "copies": 0}
        draft.pages_done = ["child", "parents", "copies"]
        draft.save()
    return draft


def wrong(draft: Draft, path: str = "mother.ethnicity") -> str:
    return f"/co-so-du-lieu/don/{draft.uuid}/sai/{path}/"


def say_so(client: Client, address: str, **more: Any) -> Any:
    return client.post(address, {"should_be": "Tày", "reason": "Giấy khai sinh số 44/1995 ghi Tày", **more})


def test_beside_a_fact_of_a_register_stands_a_way_to_its_keeper(mother: Client) -> None:
    draft = begun(mother)
    check = mother.get(f"/don/{draft.uuid}/xem-lai/").content.decode()
    assert wrong(draft) in check
    assert wrong(draft, "marriage.number") not in check
    assert wrong(draft) in mother.get(f"/don/{draft.uuid}/trang/parents/").content.decode()
    page = text_of(mother.get(wrong(draft)))
    assert "Dân tộc không đúng?" in page
    assert "Đang ghi: Kinh" in page
    assert "Hồ sơ vẫn đi tiếp, không phải chờ." in page


def test_what_was_typed_stays_when_something_is_missing(mother: Client) -> None:
    draft = begun(mother)
    answer = mother.post(wrong(draft), {"should_be": "Tày", "reason": ""})
    assert answer.status_code == 422
    assert 'value="Tày"' in answer.content.decode()
    bad = say_so(mother, wrong(draft), evidence=SimpleUploadedFile("a.exe", b"MZ"))
    assert bad.status_code == 422
    with acting(SYSTEM):
        assert not Correction.objects.exists()


def test_nobody_else_reaches_it(mother: Client, signed_in: SignedIn) -> None:
    draft = begun(mother)
    assert signed_in("huong").get(wrong(draft)).status_code == 404
    assert mother.get(wrong(draft, "child.name")).status_code == 404


def test_the_way_of_a_doubt_through_a_case(mother: Client, officer: Client) -> None:
    draft = begun(mother)
    sent = say_so(mother, wrong(draft), evidence=SimpleUploadedFile("khai-sinh.png", PAPER))
    assert sent.status_code == 303
    review = text_of(mother.get(sent["Location"]))
    assert "Đã gửi Ủy ban nhân dân phường Phan Đình Phùng" in review
    assert "Đã báo sai, nơi giữ đang xem" in review
    assert "Điều này đã được báo sai" in text_of(mother.get(wrong(draft)))

    assert mother.post(f"/don/{draft.uuid}/xem-lai/").status_code == 303
    work()
    with acting(SYSTEM):
        case, asked = Case.objects.get(), Correction.objects.get()
    page = f"/ho-so/{case.uuid}/"
    assert "Ủy ban nhân dân phường Phan Đình Phùng đang xem “Dân tộc”" in text_of(mother.get(page))
    on_the_desk = text_of(officer.get(f"/mot-cua/ho-so/{case.uuid}/"))
    assert "Đã báo sai, chờ Ủy ban nhân dân phường Phan Đình Phùng" in on_the_desk
    assert "Người nộp trả lời; Cơ sở dữ liệu quốc gia về dân cư ghi: Kinh" in on_the_desk

    desk = f"/co-so-du-lieu/ban/dinh-chinh/{asked.uuid}/"
    seen = text_of(officer.get(desk))
    assert f"Hồ sơ {case.number} vẫn đi tiếp." in seen
    assert officer.get(f"{desk}giay-to/").content == PAPER
    assert mother.get(f"{desk}giay-to/").status_code in (403, 404)
    assert officer.post(desk, {"act": "correct", "document": "Giấy khai sinh số 44/1995"}).status_code == 303
    work()
    assert "đã sửa “Dân tộc”; hồ sơ dùng dữ liệu mới" in text_of(mother.get(page))
    settled = text_of(officer.get(f"/mot-cua/ho-so/{case.uuid}/"))
    assert "Nơi giữ đã sửa" in settled
    assert "ghi: Kinh" not in settled


def test_an_officer_says_it_from_the_case(mother: Client, officer: Client) -> None:
    draft = begun(mother)
    mother.post(f"/don/{draft.uuid}/xem-lai/")
    work()
    with acting(SYSTEM):
        case = Case.objects.get()
    address = f"/co-so-du-lieu/ban/ho-so/{case.uuid}/sai/mother.ethnicity/"
    assert address in officer.get(f"/mot-cua/ho-so/{case.uuid}/").content.decode()
    assert mother.get(address).status_code == 403
    assert say_so(officer, address).status_code == 303
    assert "Đã báo sai, chờ" in text_of(officer.get(f"/mot-cua/ho-so/{case.uuid}/"))


def test_it_speaks_english(mother: Client) -> None:
    draft = begun(mother)
    page = text_of(mother.get(f"{wrong(draft)}?lang=en"))
    assert "Only the keeper of this data can correct it" in page
    assert "Ethnic group" in page
