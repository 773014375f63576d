"""The server modules of the FAPI 2.0 Security Profile (final) test plan, one test named after each."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from joserfc.jwk import ECKey, RSAKey

from motcua.systems.openid import clients, jose
from motcua.systems.openid.client_auth import JWT_BEARER
from motcua.systems.openid.models import AuthorizationRequest, Grant
from motcua.systems.openid.tests import application
from motcua.systems.openid.tests.application import Application, agree, answer_of, claims_of, page_of, press
from motcua.systems.openid.times import now

ISSUER = "http://127.0.0.1:8000/oidc"


def pushed(bank: Application, browser: Client, **more: Any) -> str:
    """The request_uri of a pushed request."""
    answer = bank.push(browser, **more)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["request_uri"])


def opened(bank: Application, browser: Client, uri: str) -> Any:
    return browser.get("/oidc/authorize", {"client_id": bank.id, "request_uri": uri})


def code_of(bank: Application, browser: Client, **more: Any) -> str:
    return answer_of(agree(browser, opened(bank, browser, pushed(bank, browser, **more))))["code"]


def redeemed(bank: Application, code: str, **more: Any) -> Any:
    more.setdefault("proof", bank.proof("/oidc/token"))
    return bank.redeem(Client(), code, **more)


def test_discovery_end_point_verification(client: Client) -> None:
    told = client.get("/oidc/.well-known/openid-configuration").json()
    assert told["issuer"] == ISSUER
    assert told["pushed_authorization_request_endpoint"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["authorization_response_iss_parameter_supported"] is True
    assert {"ES256", "PS256"} <= set(told["dpop_signing_alg_values_supported"])
    assert "private_key_jwt" in told["token_endpoint_auth_methods_supported"]
    assert client.get("/.well-known/oauth-authorization-server/oidc").json() == told


def test_happy_flow(bank: Application, person: Client) -> None:
    told = bank.tokens(person, scope="openid profile")
    assert told["token_type"] == "DPoP"
    claims = jose.verify_by_set(told["access_token"], person.get("/oidc/jwks.json").json(), ["ES256"])
    assert claims["cnf"]["jkt"] == jose.thumbprint(bank.proof_key.as_dict(private=False))
    about = bank.userinfo(
        Client(),
        told["access_token"],
        Authorization=f"DPoP {told['access_token']}",
        DPoP=bank.proof("/oidc/userinfo", "GET", told["access_token"]),
    )
    assert about.json()["name"] == "NGUYỄN THỊ LAN ANH"


def test_ensure_authorization_request_without_state_success(bank: Application, person: Client) -> None:
    answer = answer_of(agree(person, opened(bank, person, pushed(bank, person, state=None))))
    assert "state" not in answer
    assert answer["iss"] == ISSUER


def test_ensure_authorization_request_without_nonce_success(bank: Application, person: Client) -> None:
    told = redeemed(bank, code_of(bank, person, nonce=None)).json()
    assert "nonce" not in claims_of(told["id_token"])


def test_ensure_request_with_long_nonce_and_long_state(bank: Application, person: Client) -> None:
    answer = answer_of(
        agree(person, opened(bank, person, pushed(bank, person, state="s" * 400, nonce="n" * 64)))
    )
    assert answer["state"] == "s" * 400


def test_user_rejects_authentication(bank: Application, person: Client) -> None:
    page = page_of(person, opened(bank, person, pushed(bank, person)))
    assert answer_of(press(person, page, "decline"))["error"] == "access_denied"


def test_attempt_reuse_authorization_code_after_one_second(bank: Application, person: Client) -> None:
    code = code_of(bank, person)
    assert redeemed(bank, code).status_code == 200
    assert redeemed(bank, code).json()["error"] == "invalid_grant"


def test_attempt_to_use_expired_auth_code(bank: Application, person: Client) -> None:
    code = code_of(bank, person)
    Grant.objects.update(code_expires_at=now())
    assert redeemed(bank, code).json()["error"] == "invalid_grant"


def test_ensure_authorization_code_is_bound_to_client(bank: Application, person: Client) -> None:
    code = code_of(bank, person)
    other = application.make("Ngân hàng khác", fapi=True)
    other.verifier = bank.verifier
    assert redeemed(other, code).json()["error"] == "invalid_grant"


def test_ensure_registered_redirect_uri(bank: Application, person: Client) -> None:
    refused = bank.push(person, redirect_uri="https://evil.example/")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_ensure_unsigned_authorization_request_without_using_par_fails(
    bank: Application, person: Client
) -> None:
    assert answer_of(bank.ask(person))["error"] == "invalid_request"


def test_par_ensure_request_uri_is_bound_to_client(bank: Application, person: Client) -> None:
    other = application.make("Ngân hàng khác", fapi=True)
    page = opened(other, person, pushed(bank, person))
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_par_attempt_reuse_request_uri(bank: Application, person: Client) -> None:
    uri = pushed(bank, person)
    answer_of(agree(person, opened(bank, person, uri)))
    assert opened(bank, person, uri).status_code == 400


def test_par_ensure_server_accepts_reuse_of_request_uri_before_authentication_completion(
    bank: Application, person: Client
) -> None:
    uri = pushed(bank, person)
    page_of(person, opened(bank, person, uri))
    assert "code" in answer_of(agree(person, opened(bank, person, uri)))


def test_par_attempt_to_use_expired_request_uri(bank: Application, person: Client) -> None:
    uri = pushed(bank, person)
    AuthorizationRequest.objects.update(expires_at=now())
    assert opened(bank, person, uri).status_code == 400


def test_par_authorization_request_containing_request_uri(bank: Application, person: Client) -> None:
    uri = pushed(bank, person)
    assert bank.push(person, request_uri=uri).json()["error"] == "invalid_request"


def test_par_reject_request_uri_in_request_object(bank: Application, person: Client) -> None:
    inside = jose.sign(bank.key, "ES256", _object(bank, request_uri="urn:x"))
    form = {"request": inside}
    refused = bank.post(person, "/oidc/par", form)
    assert refused.json()["error"] == "invalid_request_object"


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_par_reject_invalid_http_verb(bank: Application, client: Client, verb: str) -> None:
    assert client.generic(verb, "/oidc/par").status_code == 405


def test_par_without_duplicate_parameters(bank: Application, person: Client) -> None:
    """What stands beside the request_uri changes nothing."""
    uri = pushed(bank, person, state="pushed")
    asked = person.get(
        "/oidc/authorize",
        {"client_id": bank.id, "request_uri": uri, "state": "beside", "scope": "openid email"},
    )
    assert answer_of(agree(person, asked))["state"] == "pushed"
    assert person.get(f"/oidc/authorize?client_id={bank.id}&client_id={bank.id}").status_code == 400


def test_ensure_pkce_required(bank: Application, person: Client) -> None:
    refused = bank.push(person, code_challenge=None, code_challenge_method=None)
    assert refused.json()["error"] == "invalid_request"


def test_plain_pkce_rejected(bank: Application, person: Client) -> None:
    for method in ("plain", None):
        assert bank.push(person, code_challenge_method=method).json()["error"] == "invalid_request"


def test_ensure_pkce_code_verifier_required(bank: Application, person: Client) -> None:
    assert redeemed(bank, code_of(bank, person), code_verifier=None).json()["error"] == "invalid_grant"


def test_incorrect_pkce_code_verifier_rejected(bank: Application, person: Client) -> None:
    assert redeemed(bank, code_of(bank, person), code_verifier="w" * 43).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["token", "id_token", "code id_token", "code token", "code id_token token"])
def test_ensure_response_type_other_than_code_fails(bank: Application, person: Client, kind: str) -> None:
    assert bank.push(person, response_type=kind).json()["error"] == "unsupported_response_type"


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_access_token_type_header_case_sensitivity(bank: Application, person: Client, scheme: str) -> None:
    token = bank.tokens(person)["access_token"]
    proof = bank.proof("/oidc/userinfo", "GET", token)
    assert bank.userinfo(Client(), token, Authorization=f"{scheme} {token}", DPoP=proof).status_code == 200


def test_ensure_holder_of_key_required(bank: Application, person: Client) -> None:
    refused = bank.redeem(Client(), code_of(bank, person))
    assert refused.json()["error"] == "invalid_dpop_proof"


def test_ensure_access_token_is_not_taken_as_a_bearer(bank: Application, person: Client) -> None:
    token = bank.tokens(person)["access_token"]
    refused = bank.userinfo(Client(), token)
    assert refused.status_code == 401
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "change",
    [
        {"htm": "GET"},
        {"htu": "http://127.0.0.1:8000/oidc/userinfo"},
        {"iat": 1},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"jti": None},
        {"jti": ""},
        {"typ": "JWT"},
        {"nonce": "made-up"},
    ],
)
def test_dpop_negative_tests(bank: Application, person: Client, change: dict[str, Any]) -> None:
    code = code_of(bank, person)
    refused = redeemed(bank, code, proof=bank.proof("/oidc/token", **change))
    assert refused.status_code == 400
    assert refused.json()["error"] in ("invalid_dpop_proof", "use_dpop_nonce")
    assert redeemed(bank, code).status_code == 200, "a bad proof does not burn the code"


def test_dpop_proof_with_a_private_key_or_another_key_in_its_header_fails(
    bank: Application, person: Client
) -> None:
    code = code_of(bank, person)
    for jwk in (bank.proof_key.as_dict(private=True), ECKey.generate_key("P-256").as_dict(private=False)):
        refused = redeemed(bank, code, proof=bank.proof("/oidc/token", jwk=jwk))
        assert refused.json()["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"exp": int(time.time()) + 300}, 200),
        ({"exp": int(time.time()) - 300}, 400),
        ({"nbf": int(time.time()) - 300}, 200),
        ({"nbf": int(time.time()) + 3600}, 400),
    ],
)
def test_check_dpop_proof_nbf_exp(
    bank: Application, person: Client, change: dict[str, Any], status: int
) -> None:
    answer = redeemed(bank, code_of(bank, person), proof=bank.proof("/oidc/token", **change))
    assert answer.status_code == status


def test_ensure_dpop_nonce_is_demanded_where_registered(person: Client) -> None:
    bank = application.make("Ngân hàng", fapi=True, dpop_nonce_required=True)
    code = code_of(bank, person)
    refused = redeemed(bank, code)
    assert refused.json()["error"] == "use_dpop_nonce"
    nonce = refused.headers["DPoP-Nonce"]
    assert redeemed(bank, code, proof=bank.proof("/oidc/token", nonce=nonce)).status_code == 200


def test_ensure_dpop_auth_code_binding_success(bank: Application, person: Client) -> None:
    uri = bank.push(person, proof=bank.proof("/oidc/par")).json()["request_uri"]
    code = answer_of(agree(person, opened(bank, person, uri)))["code"]
    assert redeemed(bank, code).status_code == 200


def test_ensure_mismatched_dpop_jkt_fails(bank: Application, person: Client) -> None:
    refused = bank.push(person, proof=bank.proof("/oidc/par"), dpop_jkt="x" * 43)
    assert refused.json()["error"] == "invalid_dpop_proof"


def test_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(bank: Application, person: Client) -> None:
    jkt = jose.thumbprint(ECKey.generate_key("P-256").as_dict(private=False))
    assert redeemed(bank, code_of(bank, person, dpop_jkt=jkt)).json()["error"] == "invalid_grant"


def test_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(
    bank: Application, person: Client
) -> None:
    uri = bank.push(person, proof=bank.proof("/oidc/par")).json()["request_uri"]
    code = answer_of(agree(person, opened(bank, person, uri)))["code"]
    bank.proof_key = ECKey.generate_key("P-256")
    assert redeemed(bank, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change",
    [
        {"aud": f"{ISSUER}/token"},
        {"aud": [ISSUER]},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"iss": "another"},
        {"sub": None},
        {"jti": None},
        {"exp": None},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 24 * 3600},
        {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600},
    ],
)
def test_client_assertion_negative_tests(bank: Application, client: Client, change: dict[str, Any]) -> None:
    form = {"client_assertion": bank.assertion(**change), "client_assertion_type": JWT_BEARER}
    refused = bank.post(client, "/oidc/par", {**bank.question(), **form})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_ensure_client_assertion_with_iss_aud_succeeds(bank: Application, client: Client) -> None:
    assert bank.push(client).status_code == 201


def test_ensure_client_assertion_with_nbf_8_seconds_in_the_future_succeeds(
    bank: Application, client: Client
) -> None:
    form = {"client_assertion": bank.assertion(nbf=int(time.time()) + 8)}
    assert bank.post(client, "/oidc/par", {**bank.question(), **form}).status_code == 201


def test_ensure_client_assertion_jti_is_not_reused(bank: Application, client: Client) -> None:
    form = {**bank.question(), "client_assertion": bank.assertion()}
    assert bank.post(client, "/oidc/par", form).status_code == 201
    assert bank.post(client, "/oidc/par", form).json()["error"] == "invalid_client"


def test_ensure_signed_client_assertion_with_rs256_fails(client: Client) -> None:
    key = RSAKey.generate_key(2048)
    public = {**key.as_dict(private=False), "kid": "r1", "use": "sig"}
    bank = application.make("Ngân hàng", fapi=True, jwks={"keys": [public]})
    bank.key = RSAKey.import_key({**key.as_dict(private=True), "kid": "r1"})
    for alg, status in (("RS256", 401), ("PS256", 201)):
        form = {**bank.question(), "client_assertion": bank.assertion(alg=alg)}
        assert bank.post(client, "/oidc/par", form).status_code == status


def test_require_client_authentication_at_the_token_endpoint(bank: Application, person: Client) -> None:
    code = code_of(bank, person)
    answer = Client().post(
        "/oidc/token",
        {"grant_type": "authorization_code", "code": code, "client_id": bank.id},
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code in (400, 401)


def test_refresh_token_is_not_rotated(bank: Application, person: Client) -> None:
    first = bank.tokens(person, scope="openid offline_access")
    second = bank.refresh(Client(), first["refresh_token"], proof=bank.proof("/oidc/token"))
    assert second.status_code == 200
    assert second.json()["refresh_token"] == first["refresh_token"]
    assert bank.refresh(Client(), first["refresh_token"]).json()["error"] == "invalid_dpop_proof"


def test_refresh_token_of_another_client_is_refused(bank: Application, person: Client) -> None:
    token = bank.tokens(person, scope="openid offline_access")["refresh_token"]
    other = application.make("Ngân hàng khác", fapi=True)
    refused = other.refresh(Client(), token, proof=other.proof("/oidc/token"))
    assert refused.json()["error"] == "invalid_grant"


def test_claims_parameter_identity_claims(bank: Application, person: Client) -> None:
    wanted = '{"id_token": {"acr": {"essential": true, "values": ["urn:vn:eid:level:1"]}, "name": null}}'
    told = redeemed(bank, code_of(bank, person, scope="openid profile", claims=wanted)).json()
    claims = claims_of(told["id_token"])
    assert claims["acr"] == "urn:vn:eid:level:1", "of the classes demanded, the one that is reached"
    assert claims["name"] == "NGUYỄN THỊ LAN ANH"


# ---- request objects (FAPI 2.0 Message Signing, RFC 9101)


def _object(bank: Application, **change: Any) -> dict[str, Any]:
    present = int(time.time())
    claims = {**bank.question(), "iss": bank.id, "aud": ISSUER, "exp": present + 60, "nbf": present, **change}
    return {name: value for name, value in claims.items() if value is not None}


def _push_object(bank: Application, browser: Client, token: str) -> Any:
    return bank.post(browser, "/oidc/par", {"request": token})


def test_ensure_server_accepts_request_object_with_multiple_aud(bank: Application, client: Client) -> None:
    token = jose.sign(bank.key, "ES256", _object(bank, aud=["https://elsewhere.example", ISSUER]))
    assert _push_object(bank, client, token).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"exp": None},
        {"nbf": None},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 2 * 3600},
        {"nbf": int(time.time()) - 2 * 3600},
        {"nbf": int(time.time()) + 600},
        {"aud": "https://elsewhere.example"},
        {"iss": "another"},
        {"client_id": "another"},
    ],
)
def test_request_object_negative_tests(bank: Application, client: Client, change: dict[str, Any]) -> None:
    token = jose.sign(bank.key, "ES256", _object(bank, **change))
    assert _push_object(bank, client, token).json()["error"] == "invalid_request_object"


def test_ensure_request_object_signature_algorithm_is_not_none(bank: Application, client: Client) -> None:
    refused = _push_object(bank, client, jose.unsigned(_object(bank)))
    assert refused.json()["error"] == "invalid_request_object"


def test_ensure_request_object_with_invalid_signature_fails(bank: Application, client: Client) -> None:
    token = jose.sign(bank.key, "ES256", _object(bank))
    refused = _push_object(bank, client, token[:-6] + "AAAAAA")
    assert refused.json()["error"] == "invalid_request_object"


def test_ensure_matching_key_in_authorization_request(bank: Application, client: Client) -> None:
    """A request object signed by the key of another application of ours is not this one's."""
    other = application.make("Ngân hàng khác", fapi=True)
    refused = _push_object(bank, client, jose.sign(other.key, "ES256", _object(bank)))
    assert refused.json()["error"] == "invalid_request_object"


def test_state_only_outside_request_object_not_used(bank: Application, person: Client) -> None:
    token = jose.sign(bank.key, "ES256", _object(bank, state=None))
    uri = bank.post(person, "/oidc/par", {"request": token, "state": "outside"}).json()["request_uri"]
    assert "state" not in answer_of(agree(person, opened(bank, person, uri)))


def test_a_pushed_request_says_how_long_it_lives(bank: Application, client: Client) -> None:
    told = bank.push(client).json()
    assert told["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert 5 <= told["expires_in"] <= 600
    assert clients.needs_par(bank.client)
