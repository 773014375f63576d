"""Programs of others sign a person in by our provider, over HTTP: openid-client, mozilla-django-oidc, Authlib."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from pytest_django.plugin import DjangoDbBlocker

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.openid import clients, jose, keys, registration
from motcua.systems.openid.models import Client
from tests.conftest import session_of
from tests.house import work
from tests.people import number

CLIENTS = Path(__file__).parents[1] / "clients"
NODE = Path(sys.executable).with_name("node")
BACK = "http://127.0.0.1/tro-ve"
NAME = "NGUYỄN THỊ LAN ANH"
PATIENCE = 240  # seconds


@pytest.fixture(scope="module")
def site(world: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of the served site; its issuer is below it."""
    with django_db_blocker.unblock():
        keys.forget()
        yield world
        keys.forget()


def register(**said: Any) -> tuple[Client, str]:
    """An approved application and its secret."""
    fapi = said.pop("fapi", False)
    metadata = registration.read(
        {
            "client_name": "Ứng dụng ngoài",
            "redirect_uris": [BACK],
            "scope": "openid profile email offline_access personal_number",
            "grant_types": ["authorization_code", "refresh_token"],
            **said,
        }
    )
    secret = (
        clients.new_secret() if metadata["token_endpoint_auth_method"].startswith("client_secret") else ""
    )
    with acting(SYSTEM):
        return clients.keep("Ứng dụng ngoài", metadata, secret=secret, state="approved", fapi=fapi), secret


def cookie() -> str:
    return f"phien={session_of(number('lan_anh'))}"


def run(script: str, *arguments: str) -> dict[str, Any]:
    """What a script of tests/clients says."""
    done = subprocess.run(
        [str(NODE), str(CLIENTS / script), *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=CLIENTS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def own_key(kind: type[ECKey] | type[RSAKey] = ECKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """(private, public) JWK of an application."""
    key = ECKey.generate_key("P-256") if kind is ECKey else RSAKey.generate_key(2048)
    kid = secrets.token_urlsafe(6)
    return {**key.as_dict(private=True), "kid": kid}, {**key.as_dict(private=False), "kid": kid, "use": "sig"}


def sent_back(url: str, who: str = "lan_anh") -> str:
    """A browser without scripts: signs in by its cookie, presses "agree", and gives the address it is sent to."""
    here = urlsplit(url).netloc
    with httpx.Client(cookies={"phien": session_of(number(who))}) as browser:
        answer = browser.get(url)
        for _ in range(10):
            where = answer.headers.get("location") or answer.headers.get("refresh", "").partition("url=")[2]
            if where:
                where = str(answer.url.join(where))
                if urlsplit(where).netloc != here:
                    return where
                answer = browser.get(where)
                continue
            form = re.search(
                r'<form method="post" action="(/oidc/tiep/[^"]+)">.*?</form>', answer.text, re.DOTALL
            )
            assert form is not None, answer.text[-2000:]
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form[0])
            assert token is not None
            ticked = re.findall(r'name="scope" type="checkbox" value="([\w-]+)"', form[0])
            data = {"csrfmiddlewaretoken": token[1], "act": "agree", "scope": ticked}
            answer = browser.post(str(answer.url.join(form[1])), data=data)
    raise AssertionError("too many steps")


def test_openid_client_signs_in_refreshes_revokes_and_signs_out(site: str) -> None:
    """The application is told of the sign-out behind the browser's back, by a token it can check."""
    heard: list[str] = []
    server = HTTPServer(("127.0.0.1", 0), _listener(heard))
    threading.Thread(target=server.handle_request, daemon=True).start()
    client, secret = register(
        token_endpoint_auth_method="client_secret_post",
        post_logout_redirect_uris=[BACK],
        backchannel_logout_uri=f"http://127.0.0.1:{server.server_port}/dang-xuat",
    )
    told = run("openid-code.mjs", f"{site}/oidc", client.client_id, secret, cookie())
    assert told["name"] == NAME
    assert told["acr"] == "urn:vn:eid:level:2"
    assert (told["rotated"], told["active"], told["active_after"]) == (True, True, False)
    assert told["left"] == f"{BACK}?state=bye"
    work()
    server.server_close()
    token = parse_qs(heard[0])["logout_token"][0]
    published = httpx.get(f"{site}/oidc/jwks.json").json()
    claims = jwt.decode(token, KeySet.import_key_set(published), algorithms=["ES256"]).claims
    assert (claims["sid"], claims["sub"], claims["aud"]) == (told["sid"], told["sub"], client.client_id)


@pytest.mark.parametrize("nonce", [False, True])
def test_openid_client_under_fapi_pushes_signs_and_proves(site: str, nonce: bool) -> None:
    private, public = own_key()
    client, _ = register(
        fapi=True,
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [public]},
        dpop_nonce_required=nonce,
    )
    told = run("openid-fapi.mjs", f"{site}/oidc", client.client_id, json.dumps(private), cookie())
    assert told == {
        "kind": "dpop",
        "name": NAME,
        "acr": "urn:vn:eid:level:2",
        "pushed": True,
        "refreshed": "dpop",
    }


def test_authlib_signs_in_and_refreshes(site: str) -> None:
    client, secret = register()
    known = httpx.get(f"{site}/oidc/.well-known/openid-configuration").json()
    with OAuth2Client(
        client.client_id,
        secret,
        redirect_uri=BACK,
        scope="openid profile offline_access",
        code_challenge_method="S256",
    ) as other:
        verifier = secrets.token_urlsafe(48)
        url, _ = other.create_authorization_url(
            known["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
        )
        told = other.fetch_token(
            known["token_endpoint"], authorization_response=sent_back(url), code_verifier=verifier
        )
        published = KeySet.import_key_set(httpx.get(known["jwks_uri"]).json())
        claims = jwt.decode(told["id_token"], published, algorithms=["ES256"]).claims
        assert (claims["nonce"], claims["aud"]) == ("n-1", client.client_id)
        assert other.get(known["userinfo_endpoint"]).json()["name"] == NAME
        fresh = other.refresh_token(known["token_endpoint"], refresh_token=told["refresh_token"])
        assert fresh["refresh_token"] != told["refresh_token"]


def test_authlib_authenticates_by_its_own_key(site: str) -> None:
    """Its keys are RSA, and its assertions name the token endpoint as audience, as OpenID Connect Core has it."""
    private, public = own_key(RSAKey)
    client, _ = register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [public]})
    known = httpx.get(f"{site}/oidc/.well-known/openid-configuration").json()
    with OAuth2Client(
        client.client_id,
        private,
        redirect_uri=BACK,
        scope="openid",
        token_endpoint_auth_method="private_key_jwt",
        code_challenge_method="S256",
    ) as other:
        other.register_client_auth_method(
            PrivateKeyJWT(known["token_endpoint"], headers={"kid": private["kid"]}, alg="RS256")
        )
        verifier = secrets.token_urlsafe(48)
        url, _ = other.create_authorization_url(known["authorization_endpoint"], code_verifier=verifier)
        told = other.fetch_token(
            known["token_endpoint"], authorization_response=sent_back(url), code_verifier=verifier
        )
        assert jose.header_of(told["id_token"])["alg"] == "ES256"


def test_mozilla_django_oidc_signs_in(site: str, settings: Any) -> None:
    """Its request view, its check of the ID token, and its look at userinfo, as a Django site runs them."""
    from mozilla_django_oidc.auth import OIDCAuthenticationBackend
    from mozilla_django_oidc.views import OIDCAuthenticationRequestView

    back = "http://127.0.0.1/tai-khoan/"
    client, secret = register(redirect_uris=[back], id_token_signed_response_alg="RS256")
    known = httpx.get(f"{site}/oidc/.well-known/openid-configuration").json()
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = client.client_id, secret
    settings.OIDC_OP_AUTHORIZATION_ENDPOINT = known["authorization_endpoint"]
    settings.OIDC_OP_TOKEN_ENDPOINT = known["token_endpoint"]
    settings.OIDC_OP_USER_ENDPOINT = known["userinfo_endpoint"]
    settings.OIDC_OP_JWKS_ENDPOINT = known["jwks_uri"]
    settings.OIDC_RP_SIGN_ALGO, settings.OIDC_RP_SCOPES = "RS256", "openid profile"
    settings.OIDC_USE_PKCE, settings.OIDC_TOKEN_USE_BASIC_AUTH = True, True
    settings.OIDC_AUTHENTICATION_CALLBACK_URL = "identity:home"
    found: list[dict[str, Any]] = []

    class Backend(OIDCAuthenticationBackend):  # type: ignore[misc]
        def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> str:
            found.append({**self.get_userinfo(access_token, id_token, payload), "nonce": payload["nonce"]})
            return "signed in"

    asking = RequestFactory(SERVER_NAME="127.0.0.1").get("/")
    asking.session = SessionStore()
    url = OIDCAuthenticationRequestView.as_view()(asking).headers["Location"]
    answer = dict(parse_qsl(urlsplit(sent_back(url)).query))
    kept = asking.session["oidc_states"][answer["state"]]
    returning = RequestFactory(SERVER_NAME="127.0.0.1").get("/tai-khoan/", answer)
    returning.session = asking.session
    signed_in = Backend().authenticate(returning, nonce=kept["nonce"], code_verifier=kept["code_verifier"])
    assert signed_in == "signed in"
    assert (found[0]["name"], found[0]["nonce"]) == (NAME, kept["nonce"])


def _listener(heard: list[str]) -> type[BaseHTTPRequestHandler]:
    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Listener


def test_another_installation_of_ours_relies_on_this_one_over_the_network(
    site: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same plug-in, with discovery, keys and code fetched over HTTP as from elsewhere."""
    from motcua.core.identity import relying_party
    from motcua.systems.openid import source

    client, secret = register(token_endpoint_auth_method="client_secret_post")
    settings.MOTCUA_OPENID_ISSUER, settings.MOTCUA_OPENID_CLIENT_ID = f"{site}/oidc", client.client_id
    monkeypatch.setattr(source.Motcua, "_is_us", lambda self: False)
    monkeypatch.setattr("motcua.config.home.secret", lambda name: secret)
    there = source.Motcua()
    verifier = secrets.token_urlsafe(48)
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": BACK,
        "scope": "openid profile personal_number",
        "nonce": "n-1",
        "code_challenge": relying_party.challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    answer = dict(parse_qsl(urlsplit(sent_back(there.authorize_url(query))).query))
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": BACK}
    told = there.exchange({**form, "client_id": client.client_id, "code_verifier": verifier})
    claims = jwt.decode(told["id_token"], KeySet.import_key_set(there.keys()), algorithms=["ES256"]).claims  # type: ignore[arg-type]
    assert (claims["personal_number"], claims["name"]) == (number("lan_anh"), NAME)
    with pytest.raises(ValueError, match="invalid_grant"):
        there.exchange({**form, "client_id": client.client_id, "code_verifier": verifier})
