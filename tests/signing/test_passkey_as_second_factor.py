"""Remote signing with a passkey: seen on our page, agreed to there, and good for exactly that, once."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.test import Client

from motcua.core import clock
from motcua.core.documents import signing_keys
from motcua.core.documents.models import Key
from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.models import Event
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.systems.authority.csc import approving, tokens
from tests.signing.passkey import Passkey

pytestmark = pytest.mark.django_db
HOST = "testserver"
Call = Callable[..., tuple[int, dict[str, Any]]]


def digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


BATCH = [digest("văn bản 1"), digest("văn bản 2")]


@pytest.fixture
def officer(db: None) -> Account:
    return Account.objects.get(username="h55.237.chair")


@pytest.fixture
def key(officer: Account) -> Key:
    with acting(SYSTEM):
        agency = organisations.duties(officer.officer_id or 0)[0].agency_id
        return signing_keys.officer_key(officer.officer_id or 0, agency)


@pytest.fixture
def passkey(officer: Account) -> Passkey:
    made = Passkey(HOST)
    made.register(officer)
    return made


@pytest.fixture
def call(officer: Account, client: Client) -> Call:
    with acting(SYSTEM):
        token = tokens.issue(officer.pk)

    def ask(method: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = client.post(
            f"/chung-thu/csc/v2/{method}",
            json.dumps(body),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def browser(officer: Account) -> Client:
    made = Client()
    sign_in(made, officer)
    return made


def challenged(call: Call, key: Key, hashes: list[str] | None = None) -> tuple[str, str]:
    """The address of the page, without the site, and the value for `authorize`."""
    status, said = call(
        "credentials/getChallenge",
        credentialID=key.key_id,
        authObjectID="FIDO2",
        hashes=hashes or BATCH,
        description="Hai giấy khai sinh",
    )
    assert status == 200, said
    assert said["challenge"].startswith(settings.MOTCUA_SITE)
    return said["challenge"].removeprefix(settings.MOTCUA_SITE), said["approval"]


def authorized(call: Call, key: Key, approval: str, hashes: list[str] | None = None) -> Any:
    wanted = hashes or BATCH
    return call(
        "credentials/authorize",
        credentialID=key.key_id,
        hashes=wanted,
        numSignatures=len(wanted),
        authData=[{"id": "FIDO2", "value": approval}],
    )


def options_in(page: str) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]+)"', page)
    assert found, "the page asks for no passkey"
    asked: dict[str, Any] = json.loads(html.unescape(found[1]))
    return asked


def test_a_batch_is_seen_agreed_to_with_a_passkey_and_signed(
    call: Call, browser: Client, passkey: Passkey, key: Key
) -> None:
    status, info = call("credentials/info", credentialID=key.key_id)
    assert (status, info["auth"]["expression"]) == (200, "OTP OR FIDO2")
    place, approval = challenged(call, key)
    page = browser.get(place).content.decode()
    assert "Hai giấy khai sinh" in page
    assert approving.spoken(BATCH[0]) in page
    assert authorized(call, key, approval)[1]["error"] == "authorization_pending"
    agreed = browser.post(place, {"credential": passkey.answer(options_in(page))}, follow=True)
    assert "Đã đồng ý" in agreed.content.decode()
    status, given = authorized(call, key, approval)
    assert status == 200, given
    status, made = call(
        "signatures/signHash",
        credentialID=key.key_id,
        SAD=given["SAD"],
        hashes=BATCH,
        hashAlgorithmOID="2.16.840.1.101.3.4.2.1",
        signAlgo="1.2.840.10045.4.3.2",
    )
    assert status == 200, made
    public = signing_keys.certificate_of(key).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    for text, wanted in zip(made["signatures"], BATCH, strict=True):
        public.verify(base64.b64decode(text), base64.b64decode(wanted), ec.ECDSA(Prehashed(SHA256())))
    kinds = Event.objects.filter(subject_type="key", subject_id=key.pk).values_list("kind", flat=True)
    assert "certificate.approved" in kinds


def test_an_approval_is_good_once_and_for_these_hashes_only(
    call: Call, browser: Client, passkey: Passkey, key: Key
) -> None:
    place, approval = challenged(call, key)
    browser.post(place, {"credential": passkey.answer(options_in(browser.get(place).content.decode()))})
    other = [digest("văn bản khác"), BATCH[1]]
    assert authorized(call, key, approval, other)[1]["error"] == "invalid_otp"
    assert authorized(call, key, approval, list(reversed(BATCH)))[0] == 400
    assert authorized(call, key, approval)[0] == 200
    assert "was used" in authorized(call, key, approval)[1]["error_description"]


def test_the_word_given_for_one_batch_does_not_pass_for_another(
    call: Call, browser: Client, passkey: Passkey, key: Key
) -> None:
    first, _ = challenged(call, key)
    said = passkey.answer(options_in(browser.get(first).content.decode()))
    second, approval = challenged(call, key, [digest("chuyển nhượng đất")])
    refused = browser.post(second, {"credential": said})
    assert refused.status_code == 403
    assert "không xác nhận được" in refused.content.decode()
    assert (
        authorized(call, key, approval, [digest("chuyển nhượng đất")])[1]["error"] == "authorization_pending"
    )


@pytest.mark.parametrize("credential", ["", "{}", "[]", "nonsense", '{"id": 1}'])
def test_scraps_are_no_word(call: Call, browser: Client, passkey: Passkey, key: Key, credential: str) -> None:
    place, _ = challenged(call, key)
    assert browser.post(place, {"credential": credential}).status_code == 403


def test_a_strangers_passkey_and_one_that_verified_nobody_are_refused(
    call: Call, browser: Client, passkey: Passkey, key: Key
) -> None:
    place, _ = challenged(call, key)
    asked = options_in(browser.get(place).content.decode())
    assert browser.post(place, {"credential": Passkey(HOST).answer(asked)}).status_code == 403
    assert browser.post(place, {"credential": passkey.answer(asked, verified=False)}).status_code == 403
    assert browser.post(place, {"credential": passkey.answer(asked)}).status_code == 303


def test_another_officers_page_does_not_exist(call: Call, passkey: Passkey, key: Key) -> None:
    place, approval = challenged(call, key)
    other = Client()
    stranger = Account.objects.exclude(username="h55.237.chair").filter(officer_id__isnull=False).first()
    assert stranger is not None
    sign_in(other, stranger)
    assert other.get(place).status_code == 404
    assert call("credentials/authorize", credentialID=key.key_id, hashes=BATCH, numSignatures=2,
                authData=[{"id": "FIDO2", "value": "nothing"}])[1]["error"] == "invalid_otp"  # fmt: skip
    assert approval


def test_it_waits_ten_minutes_and_no_longer(
    call: Call, browser: Client, passkey: Passkey, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, approval = challenged(call, key)
    asked = options_in(browser.get(place).content.decode())
    later = clock.now() + approving.LASTS
    monkeypatch.setattr(clock, "now", lambda: later)
    assert browser.post(place, {"credential": passkey.answer(asked)}).status_code == 409
    assert authorized(call, key, approval)[0] == 400


def test_without_a_passkey_the_code_is_the_way(call: Call, key: Key) -> None:
    status, said = call(
        "credentials/getChallenge", credentialID=key.key_id, authObjectID="FIDO2", hashes=BATCH
    )
    assert status == 400
    assert "use the OTP" in said["error_description"]
    assert call("credentials/info", credentialID=key.key_id)[1]["auth"]["expression"] == "OTP"
