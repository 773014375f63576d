"""The modules of the OpenID Foundation's Basic OP certification plan, one test named after each."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.systems.openid import jose
from motcua.systems.openid.models import Grant
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import (
    BACK,
    Application,
    agree,
    answer_of,
    claims_of,
    optional,
    page_of,
)

PROFILE = {"name", "birthdate"}


def test_server(app: Application, person: Client) -> None:
    told = app.tokens(person)
    claims = claims_of(told["id_token"])
    assert claims["aud"] == app.id
    assert claims["nonce"] == "no-1"
    assert claims["iss"].endswith("/oidc")
    assert claims["exp"] > time.time()
    assert claims["acr"] == "urn:vn:eid:level:2"
    assert claims["sub"] != str(claims.get("personal_number"))


def test_response_type_missing(app: Application, person: Client) -> None:
    assert answer_of(app.ask(person, response_type=None))["error"] == "invalid_request"


@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256"])
def test_id_token_signature(person: Client, alg: str) -> None:
    app = application.make(id_token_signed_response_alg=alg)
    token = app.tokens(person)["id_token"]
    assert jose.header_of(token)["alg"] == alg
    assert claims_of(token)["aud"] == app.id


def test_id_token_unsigned(person: Client) -> None:
    """Only who registered `none` in so many words is given it; nobody else can ask for it."""
    app = application.make(id_token_signed_response_alg="none")
    assert jose.header_of(app.tokens(person)["id_token"]) == {"alg": "none"}
    assert jose.header_of(application.make("Khác").tokens(person)["id_token"])["alg"] == "ES256"


def test_user_info_get(app: Application, person: Client) -> None:
    told = app.tokens(person)
    answer = app.userinfo(Client(), told["access_token"])
    assert answer.json()["sub"] == claims_of(told["id_token"])["sub"]


def test_user_info_post_header(app: Application, person: Client) -> None:
    answer = app.userinfo(Client(), app.tokens(person)["access_token"], "POST")
    assert answer.status_code == 200


def test_user_info_post_body(app: Application, person: Client) -> None:
    token = app.tokens(person)["access_token"]
    assert "sub" in Client().post("/oidc/userinfo", {"access_token": token}).json()


def test_request_without_nonce_succeeds(app: Application, person: Client) -> None:
    told = app.redeem(Client(), app.code(person, nonce=None)).json()
    assert "nonce" not in claims_of(told["id_token"])


@pytest.mark.parametrize(
    ("scope", "claim"),
    [("profile", "name"), ("email", "email"), ("phone", "phone_number"), ("address", "address")],
)
def test_scope_profile_email_address_phone(
    app: Application, person: Client, account: Account, scope: str, claim: str
) -> None:
    _fill_in(account)
    told = app.tokens(person, scope=f"openid {scope}")
    about = app.userinfo(Client(), told["access_token"]).json()
    others = {"name", "email", "phone_number", "address"} - {claim}
    assert claim in about
    assert not others & set(about)


def test_scope_all(app: Application, person: Client, account: Account) -> None:
    _fill_in(account)
    told = app.tokens(person, scope="openid profile email address phone")
    about = app.userinfo(Client(), told["access_token"]).json()
    assert {"name", "birthdate", "email", "phone_number", "address"} <= set(about)
    assert about["address"]["formatted"]


def test_other_scope_order(app: Application, person: Client) -> None:
    told = app.tokens(person, scope="email openid")
    assert set(told["scope"].split()) == {"openid", "email"}


@pytest.mark.parametrize("display", ["page", "popup"])
def test_display_page_popup(app: Application, person: Client, display: str) -> None:
    assert app.code(person, display=display)


def test_prompt_login(app: Application, person: Client, account: Account) -> None:
    """Who signed in before the request proves it again; who does is let through."""
    _signed_in_ago(person, account, 3600)
    asked = app.ask(person, prompt="login")
    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/tai-khoan/xac-nhan/")
    _signed_in_ago(person, account, -1)
    place = Grant.objects.count()
    back = asked.headers["Location"].partition("next=")[2].replace("%2F", "/")
    assert "code" in answer_of(agree(person, person.get(back)))
    assert Grant.objects.count() == place + 1


def test_prompt_none_not_logged_in(app: Application, client: Client) -> None:
    assert answer_of(app.ask(client, prompt="none"))["error"] == "login_required"


def test_prompt_none_logged_in(app: Application, person: Client) -> None:
    assert answer_of(app.ask(person, prompt="none"))["error"] == "consent_required"
    first = claims_of(app.tokens(person)["id_token"])
    told = app.redeem(Client(), answer_of(app.ask(person, prompt="none"))["code"]).json()
    assert claims_of(told["id_token"])["sub"] == first["sub"]


def test_max_age_1(app: Application, person: Client, account: Account) -> None:
    _signed_in_ago(person, account, 5)
    asked = app.ask(person, max_age=1)
    assert asked.headers["Location"].startswith("/tai-khoan/xac-nhan/")
    assert answer_of(app.ask(person, max_age=1, prompt="none"))["error"] == "login_required"


def test_max_age_10000(app: Application, person: Client, account: Account) -> None:
    _signed_in_ago(person, account, 50)
    first = claims_of(app.tokens(person, max_age=10000)["id_token"])
    second = claims_of(app.tokens(person, max_age=10000)["id_token"])
    assert first["auth_time"] == second["auth_time"] <= time.time() - 50


def test_unknown_parameter(app: Application, person: Client) -> None:
    assert app.code(person, extra="foobar")


def test_id_token_hint(app: Application, person: Client) -> None:
    first = app.tokens(person)["id_token"]
    told = app.redeem(Client(), app.code(person, id_token_hint=first, prompt="none")).json()
    assert claims_of(told["id_token"])["sub"] == claims_of(first)["sub"]


def test_id_token_hint_of_somebody_else(app: Application, person: Client) -> None:
    hint = app.tokens(person)["id_token"]
    other = Client()
    sign_in(other, "019201006789")
    assert answer_of(app.ask(other, id_token_hint=hint))["error"] == "login_required"


def test_login_hint(app: Application, person: Client) -> None:
    assert app.code(person, login_hint="019195001234")


def test_ui_locales(app: Application, client: Client) -> None:
    asked = app.ask(client, ui_locales="en vi")
    assert asked.cookies["ngon_ngu"].value == "en"
    assert 'lang="en"' in client.get(asked.headers["Location"]).content.decode()


def test_claims_locales(app: Application, person: Client) -> None:
    assert app.code(person, claims_locales="se")


def test_acr_values(app: Application, person: Client) -> None:
    """Voluntary: what can be reached is stated, and the rest does not stand in the way."""
    told = app.redeem(Client(), app.code(person, acr_values="urn:vn:eid:level:1 urn:made:up")).json()
    assert claims_of(told["id_token"])["acr"] == "urn:vn:eid:level:2"


def test_authorization_code_reuse(app: Application, person: Client) -> None:
    code = app.code(person)
    assert app.redeem(Client(), code).status_code == 200
    again = app.redeem(Client(), code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_authorization_code_reuse_after_30_seconds(app: Application, person: Client) -> None:
    """The second use takes the tokens of the first with it."""
    code = app.code(person, scope="openid offline_access")
    told = app.redeem(Client(), code).json()
    Grant.objects.update(redeemed_at="2026-01-01T00:00:00Z")
    assert app.redeem(Client(), code).json()["error"] == "invalid_grant"
    assert app.userinfo(Client(), told["access_token"]).status_code == 401
    assert app.refresh(Client(), told["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "uri", [BACK + "/", BACK + "?x=1", "https://evil.example/", "https://app.example.vn", BACK.upper(), ""]
)
def test_ensure_registered_redirect_uri(app: Application, person: Client, uri: str) -> None:
    page = app.ask(person, redirect_uri=uri)
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert "redirect_uri" in page.content.decode()


def test_ensure_post_request_succeeds(app: Application, person: Client) -> None:
    """A form of another site carries no session cookie; the page it leads to does."""
    asked = Client().post(
        "/oidc/authorize", urlencode(app.question()), content_type="application/x-www-form-urlencoded"
    )
    assert asked.status_code == 303
    person.cookies.update(asked.cookies)
    assert "code" in answer_of(agree(person, person.get(asked.headers["Location"])))


def test_server_client_secret_post(person: Client) -> None:
    app = application.make(token_endpoint_auth_method="client_secret_post")
    assert "id_token" in app.tokens(person)


def test_request_uri_unsigned(app: Application, person: Client) -> None:
    """A request by reference to elsewhere is not fetched: it is pushed instead."""
    error = answer_of(app.ask(person, request_uri="https://app.example.vn/request.jwt"))["error"]
    assert error == "request_uri_not_supported"


def test_unsigned_request_object_supported_correctly_or_rejected(person: Client) -> None:
    asked = {"response_type": "code", "scope": "openid", "redirect_uri": BACK, "state": "inside"}
    plain = application.make()
    claims = {
        **asked,
        "client_id": plain.id,
        "code_challenge": jose.digest(plain.verifier),
        "code_challenge_method": "S256",
    }
    assert answer_of(plain.ask(person, request=jose.unsigned(claims)))["error"] == "invalid_request_object"
    older = application.make("Cũ", request_object_signing_alg="none", require_pkce=False)
    inside = jose.unsigned({**asked, "client_id": older.id})
    assert answer_of(agree(person, older.ask(person, request=inside, state="outside")))["state"] == "inside"


def test_claims_essential(app: Application, person: Client) -> None:
    wanted = '{"userinfo": {"name": {"essential": true}}, "id_token": {"personal_number": null}}'
    page = page_of(person, app.ask(person, scope="openid profile personal_number", claims=wanted))
    assert optional(page) == ["personal_number"], "an essential claim is not optional"
    told = app.redeem(Client(), answer_of(agree(person, page))["code"]).json()
    assert claims_of(told["id_token"])["personal_number"] == "019195001234"
    assert app.userinfo(Client(), told["access_token"]).json()["name"]


def test_ensure_request_object_with_redirect_uri(app: Application, person: Client) -> None:
    inside = jose.sign(
        app.key, "ES256", {**app.question(), "iss": app.id, "aud": "http://127.0.0.1:8000/oidc"}
    )
    asked = app.ask(person, request=inside, redirect_uri="https://evil.example/")
    assert "code" in answer_of(agree(person, asked))


def test_refresh_token(app: Application, person: Client) -> None:
    first = app.tokens(person, scope="openid offline_access")
    second = app.refresh(Client(), first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    before, after = claims_of(first["id_token"]), claims_of(second["id_token"])
    assert [before[name] for name in ("sub", "iss", "aud", "auth_time", "sid")] == [
        after[name] for name in ("sub", "iss", "aud", "auth_time", "sid")
    ]


def test_ensure_request_with_valid_pkce_succeeds(app: Application, person: Client) -> None:
    code = app.code(person)
    assert app.redeem(Client(), code, code_verifier="x" * 43).json()["error"] == "invalid_grant"
    assert app.redeem(Client(), app.code(person)).status_code == 200


def test_a_client_that_an_officer_let_off_goes_without_pkce(person: Client) -> None:
    older = application.make(require_pkce=False)
    code = older.code(person, code_challenge=None, code_challenge_method=None)
    assert older.redeem(Client(), code, code_verifier=None).status_code == 200


def _fill_in(account: Account) -> None:
    assert account.party is not None
    account.party.email, account.party.phone = "lan.anh@example.vn", "+84912345678"
    account.party.address_text = "Số 12, Hoàng Văn Thụ"
    account.party.save()


def _signed_in_ago(person: Client, account: Account, seconds: int) -> None:
    """As after a password that long ago."""
    from allauth.account.internal.flows.login import (
        _AUTHENTICATION_METHODS_USER_SESSION_KEY,
        AUTHENTICATION_METHODS_SESSION_KEY,
    )

    session: Any = person.session
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(account.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - seconds}]
    session.save()
