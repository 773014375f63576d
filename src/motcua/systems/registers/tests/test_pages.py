"""The pages as people meet them: a mother who finds a mistake, the officer who answers, the keeper with a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.queries import reads_of
from motcua.core.ledger.scope import acting
from motcua.core.registers import schema
from motcua.core.registers.data import demo_people
from motcua.core.registers.models import Correction

SignedIn = Callable[[str], Client]
OFFICER, CHAIR = "h55.237.civil-status-officer", "h55.237.chair"
EDITOR, APPROVER = "h55.01.service-editor", "h55.01.service-approver"


def number(name: str) -> str:
    return str(demo_people()["people"][name]["number"])


@pytest.fixture
def as_person(db: None, client: Client) -> SignedIn:
    """A client of a person or an officer, by user name; all share the test's transaction."""
    schema.forget()

    def enter(username: str) -> Client:
        one = type(client)()
        with acting(SYSTEM):
            account = Account.objects.filter(username=username).first()
            if account is None:
                from motcua.core.identity import actions

                party = actions.party_from_register(SYSTEM, username, purpose="thử", kind="eid")
                account = actions.open_account(SYSTEM, party, "mot-mat-khau-dai")
            sign_in(one, account)
        return one

    return enter


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_everybody_may_see_which_registers_there_are(client: Client, db: None) -> None:
    page = text_of(client.get("/co-so-du-lieu/"))
    assert "Cơ sở dữ liệu quốc gia về dân cư" in page
    detail = text_of(client.get("/co-so-du-lieu/so/population/"))
    assert "Cá nhân, được mã hóa" in detail
    assert "Luật Quản lý thuế" in detail
    assert "National population database" in text_of(client.get("/co-so-du-lieu/?lang=en"))


def test_a_person_sees_what_registers_hold_and_the_look_is_theirs(as_person: SignedIn) -> None:
    page = text_of(as_person(number("lan_anh")).get("/co-so-du-lieu/cua-toi/"))
    assert "NGUYỄN THỊ LAN ANH" in page
    assert "Khai sinh: NGUYỄN THỊ LAN ANH Số 44/1995" in page
    assert "Phường Phan Đình Phùng, Tỉnh Thái Nguyên (05443)" in page, "a code is told with its name"
    with acting(SYSTEM):
        assert reads_of(number("lan_anh"))[0].purpose == "Xem thông tin của chính mình"


def test_a_mistake_goes_to_the_keeper_and_comes_back_corrected(as_person: SignedIn) -> None:
    mother, officer = as_person(number("lan_anh")), as_person(OFFICER)
    form = "/co-so-du-lieu/cua-toi/sai/population/ethnicity/"
    empty = mother.post(form, {"should_be": "Tày", "reason": ""})
    assert empty.status_code == 422
    assert "Tày" in empty.content.decode()
    assert mother.post(form, {"should_be": "Tày", "reason": "Giấy khai sinh ghi Tày"}).status_code == 303
    assert "NGUYỄN THỊ LAN ANH" in text_of(officer.get("/co-so-du-lieu/ban/dinh-chinh/"))
    with acting(SYSTEM):
        address = f"/co-so-du-lieu/ban/dinh-chinh/{Correction.objects.get().uuid}/"
    assert officer.post(address, {"act": "correct", "document": ""}).status_code == 422
    assert (
        officer.post(address, {"act": "correct", "document": "Giấy khai sinh số 44/1995"}).status_code == 303
    )
    page = text_of(mother.get("/co-so-du-lieu/cua-toi/"))
    assert "Đã sửa" in page
    assert "Căn cứ: Giấy khai sinh số 44/1995" in page


def test_a_refusal_tells_the_reason_and_others_desks_see_nothing(as_person: SignedIn) -> None:
    mother, officer = as_person(number("lan_anh")), as_person(OFFICER)
    form = "/co-so-du-lieu/cua-toi/sai/population/home_place/"
    mother.post(form, {"should_be": "Hà Nội", "reason": "Nghe nói"})
    with acting(SYSTEM):
        address = f"/co-so-du-lieu/ban/dinh-chinh/{Correction.objects.get().uuid}/"
    assert as_person(EDITOR).get(address).status_code == 404
    assert as_person("h55.237.social-officer").get(address).status_code == 404
    officer.post(address, {"act": "refuse", "reason": "Bản gốc ghi như đang có."})
    assert "Bản gốc ghi như đang có." in text_of(mother.get("/co-so-du-lieu/cua-toi/"))


def test_a_person_agrees_sees_it_and_takes_it_back(as_person: SignedIn) -> None:
    mother = as_person(number("lan_anh"))
    assert "Ngân hàng" in text_of(mother.get("/co-so-du-lieu/dong-y/bank-customer/"))
    assert mother.post("/co-so-du-lieu/dong-y/bank-customer/").status_code == 303
    page = mother.get("/co-so-du-lieu/dong-y/").content.decode()
    copy = re.search(r"/co-so-du-lieu/dong-y/ban-ky/[0-9a-f-]+/", page)
    assert copy is not None
    assert mother.get(copy.group()).content.count(b".") == 2
    assert as_person(number("duc")).get(copy.group()).status_code == 404
    assert mother.get("/co-so-du-lieu/api/population/keys").json()["keys"][0]["crv"] == "P-256"
    found = re.search(r"/co-so-du-lieu/dong-y/rut/[0-9a-f-]+/", page)
    assert found is not None
    assert as_person(number("duc")).get(found.group()).status_code == 404
    assert mother.post(found.group(), {"reason": ""}).status_code == 303
    assert "Đã rút lại" in text_of(mother.get("/co-so-du-lieu/dong-y/"))


def test_an_officer_looks_up_for_a_purpose_only(as_person: SignedIn) -> None:
    officer = as_person(OFFICER)
    address = "/co-so-du-lieu/ban/population/"
    without = officer.post(address, {"text": "tran minh duc", "use": "service", "purpose": ""})
    assert without.status_code == 422
    assert "tran minh duc" in without.content.decode()
    found = officer.post(address, {"text": "tran minh duc", "use": "service", "purpose": "Xác minh"})
    assert number("duc") in text_of(found)
    by_key = officer.post(address, {"text": number("duc"), "use": "keeping", "purpose": "Xác minh"})
    opened = re.search(r"/co-so-du-lieu/ban/population/dong/\d+/", by_key.content.decode())
    assert opened is not None
    assert "TRẦN MINH ĐỨC" in text_of(officer.get(opened.group()))
    assert as_person(CHAIR).get(opened.group()).status_code == 403


def test_a_file_is_looked_through_before_it_is_taken_over(as_person: SignedIn) -> None:
    editor = as_person(EDITOR)
    address = "/co-so-du-lieu/ban/addresses/nhap/"

    def send(content: str, act: str) -> Any:
        return editor.post(address, {"act": act, "file": SimpleUploadedFile("d.csv", content.encode())})

    assert "2 lỗi trong tệp" in text_of(send("key,name,kind,unit\n1,A,cầu,05443\n,B,phố,05443\n", "preview"))
    mixed = "key,name,kind,unit\n05443.960,Phố Tốt,phố,05443\n05443.961,Cầu Sai,cầu,05443\n"
    assert "1 dòng sai, 1 dòng đúng" in text_of(send(mixed, "preview"))
    assert "1 dòng sai được để lại" in text_of(send(mixed, "apply_right"))
    left = send(mixed, "rejected").content.decode("utf-8-sig")
    assert left.splitlines()[0] == "key,name,kind,unit,Lỗi"
    assert "Cầu Sai" in left
    assert "Phố Tốt" not in left
    good = "key,name,kind,unit\n05443.950,Phố Mới,phố,05443\n"
    assert "1 dòng: 1 mới" in text_of(send(good, "preview"))
    assert send(good, "apply").status_code == 303
    assert send("", "apply").status_code == 422
    out: Any = editor.post("/co-so-du-lieu/ban/addresses/xuat/", {"purpose": "Đối soát", "format": "csv"})
    assert "Phố Mới" in out.getvalue().decode()


def test_a_schema_is_written_by_one_and_published_by_another(as_person: SignedIn) -> None:
    editor, approver = as_person(EDITOR), as_person(APPROVER)
    address = "/co-so-du-lieu/ban/addresses/luoc-do/"
    page = editor.get(address).content.decode()
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert text is not None
    import html

    old = html.unescape(text.group(1)).lstrip("\n")
    assert editor.post(address, {"schema": "a: [1"}).status_code == 422
    forgotten = old.replace("\n  note:", "\n  remark:")
    assert "from_previous" in text_of(editor.post(address, {"schema": forgotten}))
    renamed = forgotten + "from_previous:\n  rename:\n    note: remark\n"
    made = editor.post(address, {"schema": renamed})
    assert made.status_code == 303
    assert editor.post(made["Location"], {"act": "publish"}).status_code == 422
    assert approver.post(made["Location"], {"act": "publish"}).status_code == 303
    assert approver.post(made["Location"], {"act": "migrate"}).status_code == 303
    assert "Đã công bố" in text_of(approver.get(made["Location"]))
    schema.forget()


@pytest.mark.parametrize("path", ["ban/", "ban/population/", "ban/dinh-chinh/", "ban/addresses/nhap/"])
def test_a_citizen_finds_no_door_to_the_desk(as_person: SignedIn, path: str) -> None:
    assert as_person(number("lan_anh")).get(f"/co-so-du-lieu/{path}").status_code == 403


def test_the_pages_speak_english(as_person: SignedIn) -> None:
    mother = as_person(number("lan_anh"))
    page = text_of(mother.get("/co-so-du-lieu/cua-toi/?lang=en"))
    assert "My data" in page
    assert "Is something wrong?" in page
