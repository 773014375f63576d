"""A sign-in to an application under FAPI 2.0, and what it costs to believe its access token.

Four requests of a full flow, in this process through the whole middleware: the pushed request (private_key_jwt, PKCE,
DPoP proof), the authorization of a person who is signed in and has agreed before, the token request (assertion, proof,
code; ID token, access token and refresh token signed), userinfo (proof, access token, grant still in force). `cpu_ms`
is CPU of this process per flow, the median of five rounds, with what the application itself signs taken out; the
database's own is not in it. Each flow ends with the right name in userinfo, and grants are counted: a flow that left
none fails. `verify_ms` is the check of an access token by signature, dates and audience, as a resource server does it.
"""

from __future__ import annotations

import json
import secrets
import statistics
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks import _cases_ground as grounds
from benchmarks.yardstick import yardstick

ROUNDS = 5
FLOWS = 15
TOKENS = 300
PERSON = "019195001234"
SITE = "http://127.0.0.1:8000"
ISSUER = f"{SITE}/oidc"
BACK = "https://app.example.vn/tro-ve"
FORM = "application/x-www-form-urlencoded"
ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def run() -> dict[str, float]:
    """cpu_ms of a flow, requests in it, verify_ms of a token, yardstick_ms."""
    return grounds.in_another_process("benchmarks.signin")


def main() -> None:
    grounds.settle()
    grounds.prepare()
    application = _Application()
    for _ in range(3):
        application.sign_in()
    costs, before = [], _grants()
    for _ in range(ROUNDS):
        costs.append(sum(application.sign_in() for _ in range(FLOWS)) * 1000 / FLOWS)
    made = _grants() - before
    if made != ROUNDS * FLOWS:
        raise RuntimeError(f"{ROUNDS * FLOWS} flows made {made} grants")
    figures = {
        "cpu_ms": round(statistics.median(costs), 2),
        "requests": 4,
        "verify_ms": round(statistics.median(_verify(application.token) for _ in range(ROUNDS)), 4),
        "yardstick_ms": round(yardstick(), 2),
    }
    print(json.dumps(figures))


class _Application:
    """An application with its keys, and the browser of a person who uses it."""

    def __init__(self) -> None:
        from django.test import Client
        from joserfc.jwk import ECKey

        from motcua.core.identity.models import Account
        from motcua.core.ledger.actor import SYSTEM
        from motcua.core.ledger.scope import acting
        from motcua.systems.openid import clients, consents, registration

        self.key, self.proof_key = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
        self.jwk = self.proof_key.as_dict(private=False)
        self.spent, self.token = 0.0, ""
        self.machine = Client(HTTP_HOST="127.0.0.1:8000")
        self.browser = Client(HTTP_HOST="127.0.0.1:8000", HTTP_ACCEPT_LANGUAGE="vi")
        public = {**self.key.as_dict(private=False), "use": "sig"}
        said = {
            "client_name": "Ngân hàng",
            "redirect_uris": [BACK],
            "scope": "openid profile offline_access",
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [public]},
        }
        with acting(SYSTEM) as actor:
            account = Account.objects.get(username=PERSON)
            known = clients.keep("Ngân hàng", registration.read(said), state="approved", fapi=True)
            consents.give(actor, account.pk, known, ["openid", "profile", "offline_access"])
            self.browser.cookies["phien"] = grounds.sign_in(account)
        self.id = known.client_id

    def sign_in(self) -> float:
        """One flow; CPU seconds of the site. Raises when an answer is not what it should be."""
        from motcua.systems.openid.jose import digest

        self.spent = 0.0
        verifier = secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid profile offline_access",
            "state": "s",
            "nonce": "n",
            "code_challenge": digest(verifier),
            "code_challenge_method": "S256",
        }
        uri = self._post("/oidc/par", asked)["request_uri"]
        left = self._get("/oidc/authorize", {"client_id": self.id, "request_uri": uri}, {})
        answer = dict(parse_qsl(urlsplit(left.headers.get("Location", "")).query))
        if left.status_code != 303 or "code" not in answer:
            raise RuntimeError(f"no code: {left.status_code} {answer}")
        form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": BACK}
        told = self._post("/oidc/token", {**form, "code_verifier": verifier})
        if not {"id_token", "refresh_token"} <= set(told):
            raise RuntimeError(f"tokens are missing: {sorted(told)}")
        self.token = told["access_token"]
        headers = {
            "Authorization": f"DPoP {self.token}",
            "DPoP": self._proof("GET", "/oidc/userinfo", ath=digest(self.token)),
        }
        about = self._get("/oidc/userinfo", {}, headers).json()
        if about.get("name") != "NGUYỄN THỊ LAN ANH":
            raise RuntimeError(f"userinfo says {about}")
        return self.spent

    def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        present = int(time.time())
        claims = {"iss": self.id, "sub": self.id, "aud": ISSUER, "iat": present, "exp": present + 60}
        signed = self._sign(self.key, {}, {**claims, "jti": secrets.token_urlsafe(12)})
        body = urlencode({**form, "client_assertion_type": ASSERTED, "client_assertion": signed})
        headers = {"DPoP": self._proof("POST", path)}
        begun = time.process_time()
        answer = self.machine.post(path, body, content_type=FORM, headers=headers)
        self.spent += time.process_time() - begun
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"POST {path}: {answer.status_code} {answer.content.decode()[:500]}")
        told: dict[str, Any] = json.loads(answer.content)
        return told

    def _get(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        client = self.machine if headers else self.browser
        begun = time.process_time()
        answer = client.get(path, query, headers=headers)
        self.spent += time.process_time() - begun
        return answer

    def _proof(self, method: str, path: str, **more: str) -> str:
        claims = {
            "htm": method,
            "htu": SITE + path,
            "iat": int(time.time()),
            "jti": secrets.token_urlsafe(12),
        }
        return self._sign(self.proof_key, {"typ": "dpop+jwt", "jwk": self.jwk}, {**claims, **more})

    def _sign(self, key: Any, header: dict[str, Any], claims: dict[str, Any]) -> str:
        from joserfc import jws

        packed = json.dumps(claims).encode()
        return jws.serialize_compact({"alg": "ES256", **header}, packed, key, algorithms=["ES256"])


def _verify(token: str) -> float:
    """CPU milliseconds to believe one access token."""
    from motcua.systems.openid.tokens import verify_access_token

    begun = time.process_time()
    for _ in range(TOKENS):
        verify_access_token(token)
    return (time.process_time() - begun) * 1000 / TOKENS


def _grants() -> int:
    from motcua.core.ledger.actor import SYSTEM
    from motcua.core.ledger.scope import acting
    from motcua.systems.openid.models import Grant

    with acting(SYSTEM):
        return Grant.objects.filter(redeemed_at__isnull=False).count()


if __name__ == "__main__":
    main()
