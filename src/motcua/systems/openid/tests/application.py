"""An application as others would write one: it pushes, proves, redeems, refreshes, against the test client."""

from __future__ import annotations

import json
import re
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.test import Client as Browser
from joserfc import jws
from joserfc.jwk import ECKey, Key

from motcua.systems.openid import clients, jose, keys, registration
from motcua.systems.openid.client_auth import JWT_BEARER
from motcua.systems.openid.models import Client

BACK = "https://app.example.vn/tro-ve"
ALL_SCOPES = "openid profile email phone address personal_number offline_access"


@dataclass
class Application:
    """`jkt` keys and assertions are made here, as an outside program makes them."""

    client: Client
    secret: str
    key: Key
    proof_key: Key
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def id(self) -> str:
        return self.client.client_id

    @property
    def method(self) -> str:
        return clients.method_of(self.client)

    def question(self, **more: Any) -> dict[str, Any]:
        asked = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": BACK,
            "scope": "openid",
            "state": "st-1",
            "nonce": "no-1",
            "code_challenge": jose.digest(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**asked, **more}.items() if value is not None}

    def ask(self, browser: Browser, **more: Any) -> Any:
        return browser.get("/oidc/authorize", self.question(**more))

    def code(self, browser: Browser, **more: Any) -> str:
        """Ask, agree to whatever is asked, and take the code."""
        return answer_of(agree(browser, self.ask(browser, **more)))["code"]

    def assertion(self, **change: Any) -> str:
        present = int(time.time())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": f"{settings.MOTCUA_SITE}/oidc",
            "exp": present + 60,
            "iat": present,
            "jti": secrets.token_urlsafe(12),
        }
        alg = change.pop("alg", "ES256")
        key = change.pop("key", self.key)
        claims = {name: value for name, value in {**claims, **change}.items() if value is not None}
        return jose.sign(key, alg, claims)

    def proof(self, path: str, method: str = "POST", token: str = "", **change: Any) -> str:
        claims = {
            "htm": method,
            "htu": f"{settings.MOTCUA_SITE}{path}",
            "iat": int(time.time()),
            "jti": secrets.token_urlsafe(12),
            **({"ath": jose.digest(token)} if token else {}),
        }
        key = change.pop("key", self.proof_key)
        typ = change.pop("typ", "dpop+jwt")
        jwk = change.pop("jwk", key.as_dict(private=False))
        claims = {name: value for name, value in {**claims, **change}.items() if value is not None}
        header = {"alg": "ES256", "typ": typ, "jwk": {name: jwk[name] for name in jwk if name != "kid"}}
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=["ES256"])

    def credentials(self) -> dict[str, str]:
        """How this application authenticates in a form."""
        if self.method == "private_key_jwt":
            return {
                "client_assertion_type": JWT_BEARER,
                "client_assertion": self.assertion(),
                "client_id": self.id,
            }
        if self.method == "client_secret_post":
            return {"client_id": self.id, "client_secret": self.secret}
        return {"client_id": self.id}

    def post(
        self, browser: Browser, path: str, form: dict[str, Any], *, proof: str = "", **headers: str
    ) -> Any:
        """A form to one of the endpoints, authenticated as registered."""
        if self.method == "client_secret_basic" and "Authorization" not in headers:
            headers["Authorization"] = "Basic " + b64encode(f"{self.id}:{self.secret}".encode()).decode()
        if proof:
            headers["DPoP"] = proof
        shown = {"client_assertion_type": JWT_BEARER} if "client_assertion" in form else self.credentials()
        body = urlencode({**shown, **form}, doseq=True)
        return browser.post(path, body, content_type="application/x-www-form-urlencoded", headers=headers)

    def push(self, browser: Browser, *, proof: str = "", **more: Any) -> Any:
        asked = self.question(**more)
        return self.post(browser, "/oidc/par", asked, proof=proof)

    def redeem(self, browser: Browser, code: str, *, proof: str = "", **more: Any) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
        }
        form = {name: value for name, value in {**form, **more}.items() if value is not None}
        return self.post(browser, "/oidc/token", form, proof=proof)

    def tokens(self, browser: Browser, **more: Any) -> dict[str, Any]:
        """The whole way with whatever this application needs."""
        if self.client.fapi:
            uri = self.push(browser, **more).json()["request_uri"]
            asked = browser.get("/oidc/authorize", {"client_id": self.id, "request_uri": uri})
            code = answer_of(agree(browser, asked))["code"]
            answer = self.redeem(Browser(), code, proof=self.proof("/oidc/token"))
        else:
            answer = self.redeem(Browser(), self.code(browser, **more))
        assert answer.status_code == 200, answer.content
        told: dict[str, Any] = answer.json()
        return told

    def refresh(self, browser: Browser, token: str, *, proof: str = "", **more: Any) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token, **more}
        return self.post(browser, "/oidc/token", form, proof=proof)

    def userinfo(self, browser: Browser, token: str, method: str = "GET", **headers: str) -> Any:
        headers.setdefault("Authorization", f"Bearer {token}")
        return browser.generic(method, "/oidc/userinfo", headers=headers)


def make(name: str = "Sổ thuế", *, fapi: bool = False, state: str = "approved", **said: Any) -> Application:
    """An approved application; what `said` adds is registered as its metadata."""
    key: Key = ECKey.generate_key("P-256")
    public = {**key.as_dict(private=False), "kid": key.kid or "k1", "use": "sig", "alg": "ES256"}
    key = ECKey.import_key({**key.as_dict(private=True), "kid": public["kid"]})
    switches = {
        name: said.pop(name) for name in ("require_pkce", "rotate_refresh", "first_party") if name in said
    }
    method = "private_key_jwt" if fapi else "client_secret_basic"
    metadata = registration.read(
        {
            "client_name": name,
            "redirect_uris": [BACK],
            "scope": ALL_SCOPES,
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": method,
            "jwks": {"keys": [public]},
            **said,
        }
    )
    secret = (
        clients.new_secret() if metadata["token_endpoint_auth_method"].startswith("client_secret") else ""
    )
    client = clients.keep(name, metadata, secret=secret, state=state, fapi=fapi, **switches)
    return Application(client, secret, key, ECKey.generate_key("P-256"))


FORM = re.compile(r'<form method="post" action="(/oidc/tiep/[0-9a-f-]+/)">')
BOX = re.compile(r'name="scope" type="checkbox" value="(\w+)"')


def page_of(browser: Browser, response: Any) -> Any:
    """The page that an answer leads to, when it is one of the provider's."""
    while response.headers.get("Location", "").startswith("/oidc/tiep/"):
        response = browser.get(response.headers["Location"])
    return response


def optional(page: Any) -> list[str]:
    """What may be left out on a consent page."""
    return BOX.findall(page.content.decode())


def agree(browser: Browser, response: Any) -> Any:
    """Press "agree" on the consent page when that is where one is."""
    page = page_of(browser, response)
    if page.status_code == 200 and 'value="agree"' in page.content.decode():
        return press(browser, page, "agree", scope=optional(page))
    return page


def press(browser: Browser, page: Any, act: str, **more: Any) -> Any:
    """Press one of the buttons of a page."""
    html = page.content.decode()
    assert f'value="{act}"' in html, f"there is no button {act!r}"
    found = FORM.search(html)
    assert found is not None
    return browser.post(found.group(1), {"act": act, **more})


def answer_of(response: Any) -> dict[str, str]:
    """What the browser carries back to the application, by redirect or by the page that goes on."""
    where = response.headers.get("Location") or response.headers.get("Refresh", "").partition("url=")[2]
    assert where.startswith(BACK), (response.status_code, where, response.content[-1500:])
    return dict(parse_qsl(urlsplit(where).query))


def claims_of(token: str) -> dict[str, Any]:
    """The claims, checked against the published keys as an application does."""
    return jose.verify_by_set(token, keys.published(), jose.ASYMMETRIC)
