"""An officer's key at another provider's remote service: taken over by request, signing under the one-time code."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from motcua.core import clock
from motcua.core.documents import actions, asking, queries, trust
from motcua.core.documents.contrib import remote
from motcua.core.documents.contrib.remote.client import Client
from motcua.core.errors import Unavailable, UserError
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply
from motcua.engines.pki import Person, der_of, generate_key, sign_with
from motcua.systems.authority import devices
from motcua.systems.authority.models import DevicePairing
from tests.signing.test_at_the_desk import a_round, draft

pytestmark = pytest.mark.django_db


class Provider:
    """A service with one key, whose one-time code is 246810; `away` and it answers nobody."""

    def __init__(self, name: str) -> None:
        self.key, self.away = generate_key(), False
        house = trust.house()
        person = Person(name, "Chủ tịch", "Ủy ban nhân dân phường Phan Đình Phùng", "00112233")
        authority = house.authority("officers")
        self.certificate = authority.issue_person(person, self.key.public_key(), start=clock.now())
        self.chain = [self.certificate, authority.certificate]

    def answer(self, url: str, *, body: dict[str, Any], **_: Any) -> Reply:
        if self.away:
            raise Silent("sign.example", "not connected")
        asked, method = body, url.split("/csc/v1/")[1]
        if method == "credentials/info":
            shown = [base64.b64encode(der_of(each)).decode() for each in self.chain]
            return said(200, cert={"certificates": shown}, key={"status": "enabled"}, multisign=5)
        if method == "credentials/authorize":
            if asked.get("OTP") != "246810":
                return said(400, error="invalid_otp", error_description="The OTP is invalid")
            return said(200, SAD="leave")
        made = [sign_with(self.key, base64.b64decode(text), prehashed=True) for text in asked["hash"]]
        return said(200, signatures=[base64.b64encode(one).decode() for one in made])


def said(status: int, **answer: Any) -> Reply:
    return Reply(status, {}, json.dumps(answer).encode())


@pytest.fixture
def chair(as_system: None) -> Actor:
    return actor_of(Account.objects.select_related("officer").get(username="h55.237.chair"), level=2)


@pytest.fixture
def provider(chair: Actor, monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider(chair.label)
    monkeypatch.setattr(anywhere, "ask", made.answer)
    monkeypatch.setattr(remote, "service", lambda: Client("https://sign.example", "t"))
    return made


def test_a_result_is_signed_there_and_sealed_here(
    chair: Actor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = asking.Wish(
        "person",
        chair.agency_id or 0,
        "dùng dịch vụ ngoài",
        officer_id=chair.officer_id,
        store="remote",
        reference="k1",
    )
    key = asking.approve(SYSTEM, asking.ask(SYSTEM, wish).pk)
    assert (key.store, key.reference) == ("remote", "k1")
    paper, second = draft(), draft()
    pairing, _ = a_round(chair, paper, second, monkeypatch=monkeypatch)
    with pytest.raises(UserError, match="OTP is invalid") as told:
        devices.sign_remotely(chair, pairing, "000000")
    assert told.value.field == "otp"
    provider.away = True
    with pytest.raises(Unavailable, match="still wait"):
        devices.sign_remotely(chair, pairing, "246810")
    paper.refresh_from_db()
    assert paper.state == "draft"
    provider.away = False
    assert devices.sign_remotely(chair, pairing, " 246810 ") == {}
    for each in (paper, second):
        each.refresh_from_db()
        report = queries.verify_bytes(queries.content(actions.issue(each, [])))
        assert report.verdict == "valid"
        assert report.signatures[0].signer == chair.label


class Second(Provider):
    """The same by version 2, where the holder may agree with a passkey on the page `page`."""

    page = "https://sign.example/agree/1"
    objects: tuple[str, ...] = ("OTP", "FIDO2")
    agreed = False
    hashes: list[str]

    def answer(self, url: str, *, body: dict[str, Any], **_: Any) -> Reply:
        if self.away:
            raise Silent("sign.example", "not connected")
        method = url.split("/csc/v2/")[1]
        if method == "credentials/info":
            shown = [base64.b64encode(der_of(each)).decode() for each in self.chain]
            auth = {"objects": [{"id": each} for each in self.objects]}
            return said(200, cert={"certificates": shown}, key={"status": "enabled"}, multisign=5, auth=auth)
        if method == "credentials/getChallenge":
            assert (body["authObjectID"], body["description"]) == ("FIDO2", "Giấy khai sinh")
            self.hashes = body["hashes"]
            return said(200, challenge=self.page, approval="a1")
        if method == "credentials/authorize":
            assert body["authData"] == [{"id": "FIDO2", "value": "a1"}]
            if not self.agreed or body["hashes"] != self.hashes:
                return said(400, error="authorization_pending", error_description="wait")
            return said(200, SAD="leave")
        made = [sign_with(self.key, base64.b64decode(text), prehashed=True) for text in body["hashes"]]
        return said(200, signatures=[base64.b64encode(one).decode() for one in made])


@pytest.fixture
def second(chair: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Second]:
    made = Second(chair.label)
    monkeypatch.setattr(anywhere, "ask", made.answer)
    monkeypatch.setattr(remote, "service", lambda: Client("https://sign.example/csc/v2", "t"))
    wish = asking.Wish(
        "person",
        chair.agency_id or 0,
        "dùng dịch vụ ngoài",
        officer_id=chair.officer_id,
        store="remote",
        reference="k1",
    )
    asking.approve(SYSTEM, asking.ask(SYSTEM, wish).pk)
    cache.clear()
    yield made
    cache.clear()


def on_the_round(chair: Actor, pairing: DevicePairing, **given: str) -> str:
    desk = Browser(headers={"accept-language": "vi"})
    sign_in(desk, Account.objects.get(pk=chair.account_id or 0))
    place = f"/chung-thu/ky-thiet-bi/{pairing.uuid}/"
    answer = desk.post(place, given, follow=True) if given else desk.get(place)
    page: str = answer.content.decode()
    return page


def test_the_holder_agrees_with_a_passkey_where_the_service_takes_one(
    chair: Actor, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = draft()
    pairing, _ = a_round(chair, paper, monkeypatch=monkeypatch)
    page = on_the_round(chair, pairing)
    assert "Ký bằng khóa bảo mật" in page
    assert "Ký bằng mã xác thực" in page, "the code stays the other way"
    asked = on_the_round(chair, pairing, act="passkey")
    assert second.page in asked
    with pytest.raises(UserError, match="has not heard") as told:
        devices.sign_remotely(chair, pairing, approval="a1")
    assert told.value.field == "passkey"
    second.agreed = True
    assert devices.sign_remotely(chair, pairing, approval="a1") == {}
    paper.refresh_from_db()
    assert queries.verify_bytes(queries.content(actions.issue(paper, []))).verdict == "valid"


def test_only_a_page_of_the_service_itself_is_opened(
    chair: Actor, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing, _ = a_round(chair, draft(), monkeypatch=monkeypatch)
    for page in ("https://sign.example.evil/agree", "http://sign.example/agree", "javascript:alert(1)", ""):
        second.page = page
        with pytest.raises(Unavailable):
            devices.ask_passkey(pairing)
    assert "không trả lời" in on_the_round(chair, pairing, act="passkey")


@pytest.mark.parametrize("trouble", ["code only", "away"])
def test_otherwise_the_code_is_the_way(
    chair: Actor, second: Second, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    pairing, _ = a_round(chair, draft(), monkeypatch=monkeypatch)
    second.objects, second.away = ("OTP",), trouble == "away"
    page = on_the_round(chair, pairing)
    assert "Ký bằng khóa bảo mật" not in page
    assert "Nhập mã xác thực của dịch vụ đó" in page


def test_agreed_without_having_asked_asks_for_the_code(
    chair: Actor, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairing, _ = a_round(chair, draft(), monkeypatch=monkeypatch)
    assert "Bấm “Ký bằng khóa bảo mật” trước" in on_the_round(chair, pairing, act="agreed")
