"""A result goes into a wallet: once, to its owner, bound to the owner's key."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document
from motcua.core.errors import NotAllowed
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import sd_jwt
from motcua.systems.wallet import offers
from motcua.systems.wallet.keys import trusted_key
from motcua.systems.wallet.models import Credential
from motcua.systems.wallet.testing import Phone
from motcua.systems.wallet.tests.conftest import KHANH, LAN_ANH, SITE

pytestmark = pytest.mark.django_db


def offered(extract: Document, number: str = KHANH) -> tuple[str, str, str]:
    """Link, number to type, and code of a fresh offer."""
    with acting(SYSTEM):
        offer, tx_code = offers.make(SYSTEM, extract, Party.objects.get(personal_number=number))
        return offers.link(offer), tx_code, offer.code


def token(phone: Phone, extract: Document) -> str:
    link, tx_code, _ = offered(extract)
    return str(phone.token(link, tx_code).json()["access_token"])


def read(text: str) -> sd_jwt.Verified:
    with acting(SYSTEM):
        return sd_jwt.verify(text, trusted_key, now=int(clock.now().timestamp()))


def wrong(number: str) -> str:
    return f"{(int(number) + 1) % 10**6:06}"


def test_a_phone_gets_the_credential_of_its_owner_s_extract(loaded: Phone) -> None:
    proven = read(loaded.credentials[0])
    assert proven.claims["full_name"] == "DƯƠNG QUỐC KHÁNH"
    assert proven.claims["age_equal_or_over"] == {"14": True, "16": True, "18": True}
    assert proven.claims["issuing_authority"].endswith("Phan Đình Phùng")
    assert proven.holder is not None
    assert sd_jwt.import_key(proven.holder).thumbprint() == loaded.key.thumbprint()


def test_without_disclosures_the_token_says_nothing_of_the_person(loaded: Phone) -> None:
    bare = read(sd_jwt.present(loaded.credentials[0], []))
    allowed = {"iss", "vct", "iat", "exp", "status", "issuing_authority", "cnf", "age_equal_or_over"}
    assert set(bare.claims) == allowed
    assert bare.claims["age_equal_or_over"] == {}


def test_several_keys_get_credentials_that_cannot_be_linked(extract: Document, phone: Phone) -> None:
    access, nonce = token(phone, extract), phone.nonce()
    keys = [ECKey.generate_key("P-256") for _ in range(3)]
    answer = phone.ask_for(access, [phone.proof(nonce, SITE, key=key) for key in keys])
    assert answer.status_code == 200
    places = {read(text).claims["status"]["status_list"]["idx"] for text in phone.credentials}
    assert len(places) == 3
    assert len({text.split("~")[0] for text in phone.credentials}) == 3


def test_an_offer_works_once(extract: Document, phone: Phone) -> None:
    link, tx_code, code = offered(extract)
    assert phone.token(link, tx_code).status_code == 200
    again = phone.token_of(code, tx_code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_five_wrong_numbers_end_the_offer(extract: Document, phone: Phone) -> None:
    link, tx_code, _ = offered(extract)
    for _ in range(5):
        assert phone.token(link, wrong(tx_code)).json()["error"] == "invalid_grant"
    assert phone.token(link, tx_code).json()["error"] == "invalid_grant"


def test_a_newer_offer_ends_the_former(extract: Document, phone: Phone) -> None:
    _, tx_code, code = offered(extract)
    offered(extract)
    assert phone.token_of(code, tx_code).json()["error"] == "invalid_grant"


def test_an_offer_ends_after_ten_minutes(
    extract: Document, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tx_code, code = offered(extract)
    later = clock.now() + dt.timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert phone.token_of(code, tx_code).json()["error"] == "invalid_grant"


def test_a_token_buys_one_answer(extract: Document, phone: Phone) -> None:
    access = token(phone, extract)
    assert phone.ask_for(access, [phone.proof(phone.nonce(), SITE)]).status_code == 200
    again = phone.ask_for(access, [phone.proof(phone.nonce(), SITE)])
    assert again.json()["error"] == "credential_request_denied"


def test_a_nonce_counts_once(extract: Document, phone: Phone) -> None:
    nonce = phone.nonce()
    assert phone.ask_for(token(phone, extract), [phone.proof(nonce, SITE)]).status_code == 200
    again = phone.ask_for(token(phone, extract), [phone.proof(nonce, SITE)])
    assert again.json()["error"] == "invalid_nonce"


@pytest.mark.parametrize(
    "more",
    [{"aud": "https://other.example"}, {"iat": 1}, {"iat": "now"}, {"nonce": "made-up"}, {"nonce": None}],
)
def test_a_proof_for_another_place_or_time_is_refused(
    extract: Document, phone: Phone, more: dict[str, Any]
) -> None:
    answer = phone.ask_for(token(phone, extract), [phone.proof(phone.nonce(), SITE, **more)])
    assert answer.json()["error"] in {"invalid_proof", "invalid_nonce"}
    assert not Credential.objects.exists()


def test_a_proof_signed_by_another_key_than_it_names_is_refused(extract: Document, phone: Phone) -> None:
    payload = {"aud": SITE, "iat": int(clock.now().timestamp()), "nonce": phone.nonce()}
    header = {"typ": "openid4vci-proof+jwt", "jwk": dict(ECKey.generate_key("P-256").as_dict(private=False))}
    answer = phone.ask_for(token(phone, extract), [sd_jwt.sign(payload, phone.key, header)])
    assert answer.json()["error"] == "invalid_proof"


def test_what_was_offered_is_what_can_be_asked(extract: Document, phone: Phone) -> None:
    answer = phone.ask_for(
        token(phone, extract), [phone.proof(phone.nonce(), SITE)], type_="the-tro-cap-huu-tri"
    )
    assert answer.json()["error"] == "unknown_credential_configuration"


def test_without_a_token_there_is_nothing(phone: Phone) -> None:
    answer = phone.ask_for("made-up", [phone.proof("x", SITE)])
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_another_s_extract_goes_into_nobody_s_wallet(extract: Document) -> None:
    with acting(SYSTEM), pytest.raises(NotAllowed):
        offers.make(SYSTEM, extract, Party.objects.get(personal_number=LAN_ANH))


def test_a_withdrawn_result_ends_its_credential(loaded: Phone, extract: Document, client: Client) -> None:
    entry = read(loaded.credentials[0]).claims["status"]["status_list"]

    def standing() -> int:
        text = client.get(entry["uri"].removeprefix(SITE)).content.decode()
        now = int(clock.now().timestamp())
        with acting(SYSTEM):
            told = sd_jwt.read_status_token(text, trusted_key, uri=entry["uri"], now=now)
        return told.statuses[entry["idx"]]

    assert standing() == sd_jwt.VALID
    with acting(SYSTEM):
        documents.withdraw(SYSTEM, extract.pk, "Sai ngày sinh")
    assert standing() == sd_jwt.INVALID


def test_a_wallet_that_failed_ends_the_credential(extract: Document, phone: Phone) -> None:
    access = token(phone, extract)
    told = phone.ask_for(access, [phone.proof(phone.nonce(), SITE)]).json()["notification_id"]
    answer = phone.client.post(
        "/vi-so/notification",
        {"notification_id": told, "event": "credential_failure"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {access}"},
    )
    assert answer.status_code == 204
    with acting(SYSTEM):
        assert Credential.objects.get().revoked_at is not None


def test_the_issuer_describes_itself(extract: Document, client: Client) -> None:
    told = client.get("/.well-known/openid-credential-issuer").json()
    assert told["credential_issuer"] == SITE
    one = told["credential_configurations_supported"]["trich-luc-khai-sinh"]
    assert one["format"] == "dc+sd-jwt"
    type_ = client.get(one["vct"].removeprefix(SITE)).json()
    assert type_["vct"] == one["vct"]
    assert ["age_equal_or_over", "18"] in [claim["path"] for claim in type_["claims"]]
    assert client.get("/.well-known/jwt-vc-issuer").json()["jwks"]["keys"]
    assert client.get("/vi-so/loai/khong-co").status_code == 404
    assert client.get("/vi-so/tinh-trang/99999").status_code == 404
