"""What somebody dishonest tries, and what comes of it."""

from __future__ import annotations

import hmac
import json
import threading
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections
from django.test import Client
from joserfc.jwk import ECKey

from motcua.core.identity.models import Account, Mandate
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.openid import granting, jose, keys, limits, tokens
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.granting import Bound
from motcua.systems.openid.models import Grant
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import BACK, Application, agree, answer_of, page_of
from motcua.systems.openid.tests.conftest import LAN_ANH


def test_mix_up_every_answer_names_its_issuer(app: Application, person: Client) -> None:
    """RFC 9207: errors too."""
    assert answer_of(app.ask(person, prompt="none"))["iss"] == "http://127.0.0.1:8000/oidc"
    assert answer_of(agree(person, app.ask(person)))["iss"] == "http://127.0.0.1:8000/oidc"


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.vn.evil.example/tro-ve",
        "https://app.example.vn@evil.example/tro-ve",
        "https://app.example.vn/tro-ve/../x",
        "https://app.example.vn/tro-ve%2f..",
        "https://app.example.vn/tro-ve#x",
        "https://app.example.vn\\@evil.example/tro-ve",
        "//app.example.vn/tro-ve",
        "javascript:alert(1)",
        "http://app.example.vn/tro-ve",
    ],
)
def test_redirect_tricks_are_never_followed(app: Application, person: Client, uri: str) -> None:
    page = app.ask(person, redirect_uri=uri, response_type="nonsense")
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert "Refresh" not in page.headers


def test_two_redirect_uris_are_one_too_many(app: Application, person: Client) -> None:
    query = {**app.question(), "redirect_uri": [BACK, "https://evil.example/"]}
    assert person.get("/oidc/authorize", query).status_code == 400


def test_a_replayed_dpop_proof_is_refused(bank: Application, person: Client) -> None:
    told = bank.tokens(person)
    proof = bank.proof("/oidc/userinfo", "GET", told["access_token"])
    headers = {"Authorization": f"DPoP {told['access_token']}", "DPoP": proof}
    assert bank.userinfo(Client(), told["access_token"], **headers).status_code == 200
    again = bank.userinfo(Client(), told["access_token"], **headers)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_dpop_proof")


def test_a_proof_for_another_access_token_is_refused(bank: Application, person: Client) -> None:
    told, other = bank.tokens(person), bank.tokens(person)
    proof = bank.proof("/oidc/userinfo", "GET", other["access_token"])
    headers = {"Authorization": f"DPoP {told['access_token']}", "DPoP": proof}
    assert bank.userinfo(Client(), told["access_token"], **headers).status_code == 401


def test_a_stolen_token_is_worth_nothing_with_the_thief_s_own_key(bank: Application, person: Client) -> None:
    token = bank.tokens(person)["access_token"]
    proof = bank.proof("/oidc/userinfo", "GET", token, key=ECKey.generate_key("P-256"))
    refused = bank.userinfo(Client(), token, Authorization=f"DPoP {token}", DPoP=proof)
    assert refused.status_code == 401


def test_a_stolen_refresh_token_ends_the_family_for_thief_and_owner(app: Application, person: Client) -> None:
    first = app.tokens(person, scope="openid offline_access")
    second = app.refresh(Client(), first["refresh_token"]).json()
    assert app.refresh(Client(), first["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.refresh(Client(), second["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.userinfo(Client(), second["access_token"]).status_code == 401


def test_a_token_for_another_audience_is_not_taken(person: Client) -> None:
    app = application.make(resource=["https://kho.example.vn/api"])
    code = app.code(person, resource="https://kho.example.vn/api")
    token = app.redeem(Client(), code).json()["access_token"]
    assert tokens.verify_access_token(token, "https://kho.example.vn/api")["sub"]
    assert app.userinfo(Client(), token).status_code == 401
    with pytest.raises(OAuthError):
        tokens.verify_access_token(token, "https://khac.example.vn")
    assert answer_of(app.ask(person, resource="https://khac.example.vn"))["error"] == "invalid_target"


def test_an_id_token_is_no_access_token(app: Application, person: Client) -> None:
    assert app.userinfo(Client(), app.tokens(person)["id_token"]).status_code == 401


def test_alg_confusion_a_public_key_is_no_secret(app: Application, person: Client) -> None:
    """Our public key taken as an HMAC secret, and no signature at all, are worth nothing."""
    token = app.tokens(person)["access_token"]
    payload = token.split(".")[1]
    kid = jose.header_of(token)["kid"]
    public = json.dumps(keys.published()["keys"][0]).encode()
    for alg, signature in (("HS256", None), ("none", ""), ("RS256", "AAAA"), ("ES256", "")):
        head = jose.b64(json.dumps({"alg": alg, "typ": "at+jwt", "kid": kid}).encode())
        made = hmac.digest(public, f"{head}.{payload}".encode(), sha256) if signature is None else b""
        forged = f"{head}.{payload}.{jose.b64(made) if signature is None else signature}"
        assert app.userinfo(Client(), forged).status_code == 401, alg


def test_a_code_injected_into_another_browser_s_sign_in_fails_by_its_verifier(
    app: Application, person: Client
) -> None:
    stolen = app.code(person)
    victim = application.Application(app.client, app.secret, app.key, app.proof_key)
    assert victim.redeem(Client(), stolen).json()["error"] == "invalid_grant"


def test_another_browser_cannot_go_on_with_a_request(app: Application, person: Client) -> None:
    where = app.ask(person).headers["Location"]
    thief = Client()
    sign_in(thief, "019201006789")
    page = thief.get(where)
    assert page.status_code == 400
    assert "hết hạn" in page.content.decode()


def test_a_consent_cannot_be_pressed_from_another_site(app: Application, person: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, LAN_ANH)
    where = app.ask(strict).headers["Location"]
    assert strict.post(where, {"act": "agree"}).status_code == 403
    with acting(SYSTEM):
        assert Grant.objects.count() == 0


def test_pressing_agree_twice_gives_one_code(app: Application, person: Client) -> None:
    page = page_of(person, app.ask(person))
    assert "code" in answer_of(application.press(person, page, "agree"))
    assert application.press(person, page, "agree").status_code == 400
    assert Grant.objects.count() == 1


def test_an_unknown_client_and_a_wrong_secret_are_answered_alike(app: Application, client: Client) -> None:
    wrong = app.post(client, "/oidc/token", {"grant_type": "authorization_code"}, Authorization="Basic eDp5")
    app.secret = "wrong"
    other = app.post(client, "/oidc/token", {"grant_type": "authorization_code"})
    assert wrong.status_code == other.status_code == 401
    assert wrong.content == other.content


def test_an_expired_mandate_ends_what_rested_on_it(
    app: Application, client: Client, account: Account
) -> None:
    with acting(SYSTEM):
        assert account.party is not None
        child = Account.objects.exclude(party=None).exclude(pk=account.pk).select_related("party").first()
        assert child is not None
        assert child.party is not None
        mandate = Mandate.objects.create(
            principal=child.party,
            representative=account.party,
            kind="proxy",
            evidence="x",
            valid_from="2026-01-01",
        )
        sign_in(client, LAN_ANH, mandate=mandate)
    told = app.tokens(client, scope="openid offline_access")
    assert application.claims_of(told["id_token"])["act"]["sub"]
    assert app.userinfo(Client(), told["access_token"]).json()["act"]["sub"]
    Mandate.objects.filter(pk=mandate.pk).update(valid_until="2026-01-02")
    assert app.userinfo(Client(), told["access_token"]).status_code == 401
    assert app.refresh(Client(), told["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("known", [LAN_ANH, "019049000456"])
def test_signing_in_costs_as_much_work_for_a_number_that_nobody_has(
    client: Client, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    """The same number of password hashes is computed for a known number as for an unknown one."""
    assert _hashes(client, monkeypatch, known) == _hashes(Client(), monkeypatch, "000000000000") > 0


def _hashes(browser: Client, monkeypatch: pytest.MonkeyPatch, number: str) -> int:
    done: list[str] = []
    encode = Argon2PasswordHasher.encode
    verify = Argon2PasswordHasher.verify

    def counted(self: Any, *arguments: Any) -> Any:
        done.append("encode")
        return encode(self, *arguments)

    def checked(self: Any, *arguments: Any) -> Any:
        done.append("verify")
        return verify(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Argon2PasswordHasher, "encode", counted)
        patch.setattr(Argon2PasswordHasher, "verify", checked)
        browser.post("/dang-nhap/", {"login": number, "password": "không đúng đâu 1"})
    return len(done)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_redeem_a_code_at_once_one_wins() -> None:
    """Eight threads, each with a connection of its own, at one code."""
    with acting(SYSTEM):
        app = application.make()
        browser = Client()
        sign_in(browser, LAN_ANH)
    code = app.code(browser)
    form = {"code": code, "redirect_uri": BACK, "code_verifier": app.verifier}
    won: list[int] = []
    lost: list[str] = []
    gate = threading.Barrier(8)

    def race() -> None:
        gate.wait()
        try:
            with acting(SYSTEM):
                won.append(granting.redeem(app.client, dict(form), (), Bound()).grant.pk)
        except OAuthError as refused:
            lost.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lost == ["invalid_grant"] * 7


def test_an_address_that_floods_us_with_requests_waits_and_people_signed_in_do_not(
    app: Application, person: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.AT_MOST, "request", 2)
    assert [app.ask(Client()).status_code for _ in range(3)] == [302, 302, 429]
    assert app.ask(person).status_code == 302
