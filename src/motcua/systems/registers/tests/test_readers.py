"""Which systems may read: made known by a public key, given purposes by a second person, locked out at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from joserfc.jwk import ECKey

from motcua.core import signed_requests
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.registers import schema, signed
from motcua.core.registers.models import Reader
from motcua.systems.registers.tests.test_pages import (
    APPROVER,
    EDITOR,
    OFFICER,
    SignedIn,
    as_person,
    number,
    text_of,
)

__all__ = ["as_person"]
LIST, NEW = "/co-so-du-lieu/ban/he-thong/", "/co-so-du-lieu/ban/he-thong/moi/"
CODE = "so-tai-chinh.thue"


@pytest.fixture(autouse=True)
def remembered() -> Iterator[None]:
    signed.forget()
    schema.forget()
    yield
    signed.forget()
    schema.forget()


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256")


def public(key: ECKey) -> str:
    return json.dumps(key.as_dict(private=False))


def made_known(editor: Client, key: ECKey) -> str:
    """The page of the system."""
    given = {"code": CODE, "name": "Phần mềm thuế", "legal_basis": "Luật thử", "public_key": public(key)}
    answer = editor.post(NEW, given)
    assert answer.status_code == 303
    return str(answer["Location"])


def reads(client: Client, key: ECKey) -> int:
    path = f"/co-so-du-lieu/api/population/v{2 if _version() > 1 else 1}/records/{number('duc')}"
    signature = signed_requests.sign(b"", method="GET", path=path, key=key, signer=CODE)
    law = quote("Luật Quản lý thuế")
    headers = {"X-Request-Signature": signature, "X-Purpose": "tax", "X-Legal-Basis": law}
    return int(client.get(path, headers=headers).status_code)


def _version() -> int:
    with acting(SYSTEM):
        return schema.of("population").version


def test_a_system_reads_once_a_second_person_has_published_and_no_more_once_locked_out(
    as_person: SignedIn, client: Client, key: ECKey
) -> None:
    editor, approver = as_person(EDITOR), as_person(APPROVER)
    page = made_known(editor, key)
    assert "Chưa được đọc gì." in text_of(editor.get(page))
    assert reads(client, key) == 403
    drafted = editor.post(page, {"act": "give", "purpose": "population/tax"})
    assert drafted.status_code == 303
    assert reads(client, key) == 403
    assert editor.post(drafted["Location"], {"act": "publish"}).status_code == 422
    assert approver.post(drafted["Location"], {"act": "publish"}).status_code == 303
    schema.forget()
    assert reads(client, key) == 200
    assert "Quản lý thuế" in text_of(editor.get(page))
    assert editor.post(page, {"act": "lock", "reason": " "}).status_code == 422
    assert editor.post(page, {"act": "lock", "reason": "Lộ khóa"}).status_code == 303
    assert reads(client, key) == 401
    assert "Đã thu hồi" in text_of(editor.get(LIST))
    editor.post(page, {"act": "unlock"})
    taken = editor.post(page, {"act": "take", "purpose": "population/tax"})
    approver.post(taken["Location"], {"act": "publish"})
    schema.forget()
    assert reads(client, key) == 403


def test_a_changed_key_leaves_the_former_worthless(as_person: SignedIn, client: Client, key: ECKey) -> None:
    editor = as_person(EDITOR)
    page = made_known(editor, key)
    fresh = ECKey.generate_key("P-256")
    assert editor.post(page, {"act": "key", "public_key": public(fresh)}).status_code == 303
    assert reads(client, key) == 401
    assert reads(client, fresh) == 403


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "a b"}, "Mã gồm từ 3 đến 100"),
        ({"name": ""}, "Ghi tên hệ thống"),
        ({"legal_basis": " "}, "Ghi văn bản cho phép"),
        ({"public_key": "khóa"}, "Dán khóa công khai P-256"),
        ({"public_key": '{"kty": "EC", "crv": "P-256", "x": "A", "y": "B", "d": "C"}'}, "Đây là khóa riêng"),
        ({"public_key": '{"kty": "oct", "k": "AAAA"}'}, "Dán khóa công khai P-256"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    as_person: SignedIn, key: ECKey, change: dict[str, str], said: str
) -> None:
    given = {"code": CODE, "name": "Phần mềm thuế", "legal_basis": "Luật thử", "public_key": public(key)}
    answer = as_person(EDITOR).post(NEW, {**given, **change})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "Phần mềm thuế" in answer.content.decode() or "name" in change


def test_a_code_is_taken_once(as_person: SignedIn, key: ECKey) -> None:
    editor = as_person(EDITOR)
    made_known(editor, key)
    given = {"code": CODE, "name": "Khác", "legal_basis": "Luật", "public_key": public(key)}
    assert "Mã này đã có hệ thống khác dùng" in text_of(editor.post(NEW, given))


def test_other_officers_and_citizens_have_no_door(as_person: SignedIn) -> None:
    for username in (OFFICER, number("lan_anh")):
        assert as_person(username).get(LIST).status_code == 403


def test_a_program_of_the_keepers_does_the_same_by_their_session(as_person: SignedIn, key: ECKey) -> None:
    editor, address = as_person(EDITOR), "/co-so-du-lieu/api/readers"
    given: dict[str, Any] = {
        "code": CODE,
        "name": "Thuế",
        "legal_basis": "Luật",
        "public_key": json.loads(public(key)),
    }
    made = editor.post(address, given, content_type="application/json")
    assert (made.status_code, made.json()["purposes"]) == (201, [])
    assert CODE in [one["code"] for one in editor.get(address).json()]
    locked = editor.post(
        f"{address}/{made.json()['uuid']}/lock", {"reason": "Thử"}, content_type="application/json"
    )
    assert locked.json()["active"] is False
    with acting(SYSTEM):
        assert not Reader.objects.get(code=CODE).active
    assert as_person(OFFICER).get(address).status_code == 401
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = editor.cookies
    assert stranger.post(address, given, content_type="application/json").status_code in (401, 403)


def test_the_pages_speak_english(as_person: SignedIn) -> None:
    assert "Connected systems" in text_of(as_person(EDITOR).get(f"{LIST}?lang=en"))
