"""Applications from registration to approval and back, and what machines ask about tokens."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.db import connection
from django.test import Client
from joserfc.jwk import ECKey

from motcua.core.identity.models import Account
from motcua.core.identity.testing import sign_in
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import enter
from motcua.core.sealing import envelope, rotation
from motcua.systems.openid import jose, keys, limits
from motcua.systems.openid.models import Client as Known
from motcua.systems.openid.models import ClientState, Grant, SigningKey
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import BACK, Application, claims_of, page_of
from motcua.systems.openid.times import now

SAID = {
    "client_name": "Trường học số",
    "redirect_uris": [BACK],
    "scope": "openid profile",
    "contacts": ["it@example.vn"],
}


def register(client: Client, **said: Any) -> Any:
    return client.post("/oidc/register", json.dumps({**SAID, **said}), content_type="application/json")


@pytest.fixture
def officer() -> Client:
    """An officer of the office that controls administrative procedures."""
    browser = Client()
    account = Account.objects.filter(
        officer__appointments__position__groups__contains=["service_approver"]
    ).first()
    assert account is not None
    sign_in(browser, account)
    return browser


def test_an_application_registers_itself_and_waits_for_an_officer(client: Client, person: Client) -> None:
    told = register(client)
    assert told.status_code == 201
    assert told.json()["registration_state"] == "pending"
    assert told.json()["client_secret_expires_at"] == 0
    query = {
        "client_id": told.json()["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid",
    }
    assert person.get("/oidc/authorize", query).status_code == 400


def test_an_officer_approves_it_and_then_people_sign_in(
    client: Client, person: Client, officer: Client
) -> None:
    told = register(client).json()
    assert "Trường học số" in officer.get("/oidc/quan-ly/").content.decode()
    place = f"/oidc/quan-ly/{told['client_id']}/"
    assert BACK in officer.get(place).content.decode()
    assert officer.post(place, {"act": "approve", "require_pkce": "true"}).status_code == 303
    known = Known.objects.get(client_id=told["client_id"])
    key = ECKey.generate_key("P-256")
    app = application.Application(known, told["client_secret"], key, key)
    assert "id_token" in app.tokens(person)


def test_a_refusal_needs_a_reason_and_keeps_what_was_typed(client: Client, officer: Client) -> None:
    place = f"/oidc/quan-ly/{register(client).json()['client_id']}/"
    page = officer.post(place, {"act": "refuse", "reason": "  "})
    assert page.status_code == 400
    assert "Ghi lý do" in page.content.decode()
    officer.post(place, {"act": "refuse", "reason": "Không rõ chủ quản"})
    assert "Không rõ chủ quản" in officer.get(place).content.decode()


def test_a_suspended_application_loses_what_it_holds(
    app: Application, person: Client, officer: Client
) -> None:
    told = app.tokens(person)
    officer.post(f"/oidc/quan-ly/{app.id}/", {"act": "suspend", "reason": "Lộ dữ liệu"})
    assert app.userinfo(Client(), told["access_token"]).status_code == 401
    assert person.get("/oidc/authorize", app.question()).status_code == 400


def test_a_new_secret_is_shown_once_and_ends_the_old_one(
    app: Application, person: Client, officer: Client
) -> None:
    page = officer.post(f"/oidc/quan-ly/{app.id}/", {"act": "secret"}).content.decode()
    assert "chỉ hiện lần này" in page
    assert app.redeem(Client(), app.code(person)).json()["error"] == "invalid_client"


def test_the_officers_pages_are_no_citizen_s(person: Client, app: Application) -> None:
    assert person.get("/oidc/quan-ly/").status_code == 403
    assert person.post(f"/oidc/quan-ly/{app.id}/", {"act": "suspend", "reason": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example.vn/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example.vn/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [BACK, "https://khac.example.vn/"]}, "invalid_client_metadata"),
        ({"client_name": ""}, "invalid_client_metadata"),
        ({"client_name": "a\x00bc"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
        ({"subject_type": "public"}, "invalid_client_metadata"),
        ({"backchannel_logout_uri": "ftp://x"}, "invalid_client_metadata"),
    ],
)
def test_a_registration_that_cannot_be_says_why(client: Client, said: dict[str, Any], error: str) -> None:
    refused = register(client, **said)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert refused.json()["error_description"]


def test_a_registration_is_read_changed_and_removed_by_its_token(client: Client) -> None:
    told = register(client).json()
    place, bearer = (
        f"/oidc/register/{told['client_id']}",
        {"Authorization": f"Bearer {told['registration_access_token']}"},
    )
    Known.objects.update(state=ClientState.APPROVED)
    assert client.get(place, headers=bearer).json()["client_name"] == "Trường học số"
    changed = {**SAID, "client_id": told["client_id"], "redirect_uris": ["https://app.example.vn/moi"]}
    answer = client.put(place, json.dumps(changed), content_type="application/json", headers=bearer)
    assert answer.json()["registration_state"] == "pending", "a changed address is looked at again"
    assert client.get(place, headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.delete(place, headers=bearer).status_code == 204
    assert client.get(place, headers=bearer).status_code == 401


def test_an_address_that_fails_too_often_waits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.AT_MOST, "registration", 2)
    assert [register(client).status_code for _ in range(3)] == [201, 201, 429]


def test_failures_of_others_do_not_stop_who_knows_the_secret(
    app: Application, person: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.AT_MOST, "client authentication", 1)
    form = {"grant_type": "authorization_code"}
    statuses = [
        app.post(Client(), "/oidc/token", form, Authorization="Basic eDp5").status_code for _ in range(3)
    ]
    assert statuses == [401, 429, 429]
    assert app.redeem(Client(), app.code(person)).status_code == 200


# ---- tokens


def test_introspection_tells_the_owner_and_the_resource_and_nobody_else(person: Client) -> None:
    app = application.make(resource=["https://kho.example.vn/api"])
    store = application.make("Kho", resource=["https://kho.example.vn/api"])
    other = application.make("Khác")
    token = app.redeem(Client(), app.code(person, resource="https://kho.example.vn/api")).json()[
        "access_token"
    ]
    for asking in (app, store):
        told = asking.post(Client(), "/oidc/introspect", {"token": token}).json()
        assert told["active"] is True
        assert told["client_id"] == app.id
    assert other.post(Client(), "/oidc/introspect", {"token": token}).json() == {"active": False}
    assert other.post(Client(), "/oidc/introspect", {"token": "x"}).json() == {"active": False}


def test_a_revoked_access_token_is_worth_nothing_and_revoking_tells_nothing(
    app: Application, person: Client
) -> None:
    token = app.tokens(person)["access_token"]
    other = application.make("Khác")
    assert other.post(Client(), "/oidc/revoke", {"token": token}).status_code == 200
    assert app.userinfo(Client(), token).status_code == 200
    assert app.post(Client(), "/oidc/revoke", {"token": token}).status_code == 200
    assert app.userinfo(Client(), token).status_code == 401
    assert app.post(Client(), "/oidc/introspect", {"token": token}).json() == {"active": False}
    assert app.post(Client(), "/oidc/revoke", {"token": "unknown"}).status_code == 200


def test_a_revoked_refresh_token_takes_its_family(app: Application, person: Client) -> None:
    told = app.tokens(person, scope="openid offline_access")
    app.post(Client(), "/oidc/revoke", {"token": told["refresh_token"]})
    assert app.refresh(Client(), told["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.userinfo(Client(), told["access_token"]).status_code == 401


def test_a_public_client_is_bound_by_its_dpop_key_when_it_refreshes(person: Client) -> None:
    app = application.make(token_endpoint_auth_method="none", dpop_bound_access_tokens=True)
    code = app.code(person, scope="openid offline_access")
    told = app.redeem(Client(), code, proof=app.proof("/oidc/token")).json()
    thief = app.proof("/oidc/token", key=ECKey.generate_key("P-256"))
    assert app.refresh(Client(), told["refresh_token"], proof=thief).json()["error"] == "invalid_grant"
    answer = app.refresh(Client(), told["refresh_token"], proof=app.proof("/oidc/token"))
    assert answer.status_code == 200


def test_a_token_is_bound_to_the_certificate_the_proxy_saw(person: Client, settings: Any) -> None:
    """RFC 8705; without the setting the header is only a header."""
    settings.MOTCUA_CLIENT_CERTIFICATE_HEADER = "X-Client-Certificate"
    shown, der = _certificate("app")
    app = application.make(
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn="CN=app",
        tls_client_certificate_bound_access_tokens=True,
    )
    form = {"grant_type": "authorization_code", "code": app.code(person), "redirect_uri": BACK}
    form["code_verifier"] = app.verifier
    assert app.post(Client(), "/oidc/token", form).status_code == 401
    token = app.post(Client(), "/oidc/token", form, **{"X-Client-Certificate": shown}).json()["access_token"]
    assert claims_of(token)["cnf"]["x5t#S256"]
    rfc9440 = f":{base64.b64encode(der).decode()}:"
    assert app.userinfo(Client(), token, **{"X-Client-Certificate": rfc9440}).status_code == 200
    other, _ = _certificate("app")
    assert app.userinfo(Client(), token, **{"X-Client-Certificate": other}).status_code == 401
    assert app.userinfo(Client(), token).status_code == 401
    settings.MOTCUA_CLIENT_CERTIFICATE_HEADER = ""
    assert app.post(Client(), "/oidc/token", form, **{"X-Client-Certificate": shown}).status_code == 401


def _certificate(name: str) -> tuple[str, bytes]:
    """(PEM escaped as a proxy does it, DER) of a certificate signed by itself."""
    key, called = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now())
        .not_valid_after(now() + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return quote(made.public_bytes(Encoding.PEM).decode()), made.public_bytes(Encoding.DER)


# ---- keys


def test_a_key_is_published_before_it_signs_and_after_it_has_stopped(
    app: Application, person: Client
) -> None:
    old = app.tokens(person)["id_token"]
    rotated = keys.rotate(SYSTEM, "ES256")
    assert {rotated.kid, _kid(old)} <= _published(person)
    assert _kid(app.tokens(person)["id_token"]) == _kid(old), "it does not sign yet"
    SigningKey.objects.filter(pk=rotated.pk).update(signs_from=now())
    keys.forget()
    keys._held.clear()
    assert _kid(app.tokens(person)["id_token"]) == rotated.kid
    assert claims_of(old), "what the old key signed is still checked"


def test_a_key_that_is_not_trusted_any_more_is_gone_at_once(app: Application, person: Client) -> None:
    token = app.tokens(person)["access_token"]
    keys.rotate(SYSTEM, "ES256", at_once=True)
    assert _kid(token) not in _published(person)
    assert app.userinfo(Client(), token).status_code == 401


def test_keys_change_by_themselves_every_three_months(app: Application, person: Client) -> None:
    app.tokens(person)
    keys.rotate_when_due()
    assert SigningKey.objects.count() == 1
    SigningKey.objects.update(signs_from=now() - keys.SIGNS_FOR)
    keys.rotate_when_due()
    keys.rotate_when_due()
    assert SigningKey.objects.count() == 2


def test_no_private_key_rests_in_the_database_in_clear(app: Application, person: Client) -> None:
    app.tokens(person)
    row = SigningKey.objects.get()
    assert "d" not in row.public_jwk
    with connection.cursor() as cursor:
        cursor.execute("select sealed from openid_signingkey")
        (lies,) = cursor.fetchone()
    assert envelope.is_sealed(lies)
    assert row.sealed["d"] not in lies


def test_what_was_asked_about_a_person_is_sealed_and_changes_its_key_with_all_else(
    app: Application, person: Client
) -> None:
    app.tokens(person, login_hint="019195001234")
    enter(SYSTEM)
    rotation.retire(["openid_grant", "openid_authorizationrequest", "openid_signingkey"])
    rotation.reseal()
    keys.forget()
    for table in ("openid_grant", "openid_authorizationrequest"):
        with connection.cursor() as cursor:
            cursor.execute(f"select ask from {table}")
            assert "019195001234" not in str(cursor.fetchall())
    assert Grant.objects.get().ask["login_hint"] == "019195001234"
    assert app.tokens(person)["token_type"] == "Bearer"


def test_the_page_of_an_unknown_application_tells_no_difference(officer: Client) -> None:
    assert officer.get("/oidc/quan-ly/khong-co/").status_code == 404


def test_a_page_of_the_provider_says_nothing_to_who_has_no_request(person: Client) -> None:
    page = page_of(person, person.get("/oidc/tiep/0197a000-0000-7000-8000-000000000000/"))
    assert page.status_code == 400


def _kid(token: str) -> str:
    return str(jose.header_of(token)["kid"])


def _published(client: Client) -> set[str]:
    return {key["kid"] for key in client.get("/oidc/jwks.json").json()["keys"]}
