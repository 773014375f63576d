"""An officer signs at the desk with a key kept by a remote service: one word of the passkey on the service's own page.

The service is this installation's, called over the wire as another one would call it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from motcua.core.documents import queries, signing_keys
from motcua.core.documents.models import Document, DocumentState, Key
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.systems.authority.csc import credentials, tokens
from motcua.systems.authority.models import Approval, DevicePairing
from tests.browser.conftest import OpenWindow, sign_in_by_hand
from tests.people import CHAIR
from tests.signing.test_at_the_desk import a_round, draft


@pytest.fixture(scope="module")
def world(world: str) -> str:
    """By a name: no passkey belongs to a bare address."""
    return world.replace("127.0.0.1", "localhost")


@pytest.fixture
def chair(world: str) -> Actor:
    with acting(SYSTEM):
        return actor_of(Account.objects.select_related("officer").get(username=CHAIR), level=2)


@pytest.fixture
def afar(
    world: str, chair: Actor, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Key]:
    """The chair's key, which the desk knows as kept by the service and the service as its own."""
    with acting(SYSTEM):
        key = signing_keys.enrol_officer(chair.officer_id or 0, chair.agency_id or 0)
        key.store, key.reference = "remote", key.key_id
        key.save()
        (tmp_path / "token").write_text(tokens.issue(chair.account_id or 0), encoding="ascii")
    held = copy(key)
    held.store = "file"
    monkeypatch.setattr(credentials, "of_account", lambda account, *, only_valid=False: [held])
    settings.MOTCUA_SITE = world
    settings.MOTCUA_CSC_URL = f"{world}/chung-thu/csc/v2"
    settings.MOTCUA_CSC_TOKEN_FILE = str(tmp_path / "token")
    cache.clear()
    yield key
    cache.clear()


@pytest.fixture
def round_(chair: Actor, afar: Key, monkeypatch: pytest.MonkeyPatch) -> DevicePairing:
    with acting(SYSTEM):
        pairing, _ = a_round(chair, draft(), draft(), monkeypatch=monkeypatch)
    return pairing


def give_fingerprint_reader(page: Page) -> None:
    """A virtual authenticator that verifies its user and keeps passkeys (WebAuthn section 11)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    reader = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": reader})


def test_one_word_of_the_passkey_signs_the_whole_round(window: OpenWindow, round_: DevicePairing) -> None:
    place = f"/chung-thu/ky-thiet-bi/{round_.uuid}/"
    desk = window(CHAIR)
    give_fingerprint_reader(desk.page)
    desk.open(place).must_say("Nhập mã xác thực của dịch vụ đó").must_fit()
    assert not desk.says("khóa bảo mật"), "no passkey yet: the code is the way"
    desk.context.clear_cookies()  # a passkey is added by whoever has just signed in
    sign_in_by_hand(desk.open("/dang-nhap/?next=/tai-khoan/xac-thuc/khoa/them/"), CHAIR)
    desk.press("Thêm khóa bảo mật")
    desk.page.wait_for_url("**/xac-thuc/ma-du-phong/")
    cache.clear()
    desk.open(f"{place}?lan=2").press("Ký bằng khóa bảo mật")
    desk.must_say("Mở trang của dịch vụ ký từ xa").look_here()
    desk.press("Đã đồng ý: ký các văn bản").must_say("chưa nhận được sự đồng ý")
    place = desk.page.url
    there = desk.page.get_by_role("link", name="Mở trang của dịch vụ ký từ xa").get_attribute("href")
    table = desk.page.locator("body").inner_text()
    # The device is this tab's (WebAuthn section 11), so the service's page opens in it, not in another one.
    desk.open(there or "").page.get_by_text("Số kiểm tra, để so với ứng dụng đang chờ ký").click()
    with acting(SYSTEM):
        asked = Approval.objects.latest("id")
    assert asked.description == "Giấy khai sinh"
    shown = desk.page.locator("code").all_inner_texts()
    assert len(shown) == 2
    assert all(each in table for each in shown), "one sees what one signs"
    desk.press("Đồng ý bằng khóa bảo mật").must_say("Đã đồng ý. Quay lại ứng dụng đang chờ ký.")
    desk.open(place).press("Đã đồng ý: ký các văn bản").must_say(
        "Đã ký 2/2 văn bản"
    ).look_here().is_faultless()
    with acting(SYSTEM):
        paper = Document.objects.get(pk=round_.documents[0])
        assert paper.state == DocumentState.SIGNED
        signed = queries.content(paper)
        assert hashlib.sha256(signed).hexdigest() == paper.digest
        assert all(one.valid for one in queries.verify_bytes(signed).signatures)
        assert Approval.objects.get(pk=asked.pk).used_at is not None
