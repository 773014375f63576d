"""A provider found by its issuer (OpenID Connect Discovery 1.0), and what is kept of it between two sign-ins.

What was discovered is believed for an hour, its keys for five minutes; a token signed by a key unknown so far has them
asked for again, though not more often than every half minute, whoever sends such tokens.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey, import_key

from motcua.core.errors import Unavailable
from motcua.core.identity.contrib.openid_provider.description import BY_KEY, Description
from motcua.core.identity.sources import Rules
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.core.outbound.wire import Reply

DOCUMENT_FOR, KEYS_FOR, KEYS_AGAIN_AFTER = 3600.0, 300.0, 30.0  # seconds
ASSERTION_FOR = 60  # seconds
OK, CREATED = 200, 201
NEVER = float("-inf")


class OpenIdProvider:
    """See motcua.core.identity.sources.IdentitySource; made for one Description."""

    def __init__(self, told: Description) -> None:
        self.told = told
        self._found: tuple[float, dict[str, Any]] = (NEVER, {})
        self._keys: tuple[float, dict[str, Any]] = (NEVER, {})
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.told.name

    @property
    def issuer(self) -> str:
        return self.told.issuer

    @property
    def client_id(self) -> str:
        return self.told.client_id

    @property
    def rules(self) -> Rules:
        """The rules described, and whether its answers say who answers (RFC 9207 section 3)."""
        says = bool(self._found[1].get("authorization_response_iss_parameter_supported"))
        return replace(self.told.rules, names_issuer=says)

    def authorize_url(self, query: Mapping[str, str]) -> str:
        """The address of the question; the question itself goes ahead where that is possible (RFC 9126)."""
        document = self._document()
        push_to = document.get("pushed_authorization_request_endpoint")
        if push_to:
            answer = self._post(str(push_to), query)
            if answer.status not in (OK, CREATED):
                raise self._silent(f"pushed request: {answer.status} {answer.body[:200]!r}")
            query = {"client_id": self.client_id, "request_uri": str(_object(answer)["request_uri"])}
        address = str(document["authorization_endpoint"])
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Raises Unavailable, or ValueError when refused."""
        answer = self._post(str(self._document()["token_endpoint"]), form)
        told = _object(answer)
        if answer.status != OK:
            raise ValueError(str(told.get("error", answer.status)))
        return told

    def keys(self) -> dict[str, Any]:
        at, kept = self._keys
        return kept if time.monotonic() - at < KEYS_FOR else self.fresh_keys()

    def fresh_keys(self) -> dict[str, Any]:
        """The keys as they are now, or as they were within the last half minute. Raises Unavailable."""
        with self._lock:
            at, kept = self._keys
            if time.monotonic() - at > KEYS_AGAIN_AFTER:
                kept = self._get(str(self._document()["jwks_uri"]))
                self._keys = (time.monotonic(), kept)
        return kept

    def userinfo(self, access_token: str) -> dict[str, Any]:
        """The claims told beside the id_token, where the description says so. Raises Unavailable, ValueError."""
        address = self._document().get("userinfo_endpoint") if self.told.userinfo else None
        if not address:
            return {}
        try:
            answer = anywhere.ask(str(address), headers={"Authorization": f"Bearer {access_token}"})
        except Silent as wrong:
            raise self._silent(str(wrong)) from wrong
        if answer.status != OK:
            raise ValueError(f"userinfo: {answer.status}")
        return _object(answer)

    def leave_url(self, id_token: str, back: str) -> str:
        """RP-Initiated Logout 1.0 section 2; "" where the provider has no such page or is silent."""
        try:
            address = self._document().get("end_session_endpoint")
        except Unavailable:
            return ""
        if not address:
            return ""
        query = {"client_id": self.client_id, "id_token_hint": id_token, "post_logout_redirect_uri": back}
        return f"{address}{'&' if urlsplit(str(address)).query else '?'}{urlencode(query)}"

    def _document(self) -> dict[str, Any]:
        """Section 4: the issuer that it names must be the very one we asked."""
        at, kept = self._found
        if time.monotonic() - at < DOCUMENT_FOR:
            return kept
        found = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise self._silent(f"calls itself {found.get('issuer')!r}")
        missing = [
            name for name in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not found.get(name)
        ]
        if missing:
            raise self._silent(f"publishes no {', '.join(missing)}")
        self._found = (time.monotonic(), found)
        return found

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = anywhere.ask(url)
            if answer.status != OK:
                raise self._silent(f"{url}: {answer.status}")
            return _object(answer)
        except (Silent, ValueError) as wrong:
            raise self._silent(str(wrong)) from wrong

    def _post(self, url: str, form: Mapping[str, str]) -> Reply:
        """A form, with the proof of who we are there."""
        proof, headers = self._proof()
        try:
            answer = anywhere.ask(url, form={**form, **proof}, headers=headers)
            json.loads(answer.body)
        except (Silent, ValueError) as wrong:
            raise self._silent(str(wrong)) from wrong
        return answer

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """(fields, headers) that prove who we are: RFC 7523 section 3, or RFC 6749 section 2.3.1."""
        if self.told.authentication == BY_KEY:
            return {
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self._assertion(),
                "client_id": self.client_id,
            }, {}
        secret = self._secret()
        if self.told.authentication == "client_secret_post":
            return {"client_id": self.client_id, "client_secret": secret}, {}
        pair = f"{quote(self.client_id, safe='')}:{quote(secret, safe='')}"
        return {}, {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode("ascii")}

    def _secret(self) -> str:
        return self.told.credential.read_text(encoding="utf-8").strip()

    def _assertion(self) -> str:
        key = import_key(json.loads(self.told.credential.read_text(encoding="utf-8")))
        if not isinstance(key, ECKey | RSAKey):
            raise ValueError(f"{self.told.credential}: an EC or RSA private key is needed, as a JWK")
        now = int(time.time())
        claims = {
            "iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "jti": secrets.token_urlsafe(16),
            "iat": now, "exp": now + ASSERTION_FOR,
        }  # fmt: skip
        algorithm = str(key.get("alg") or ("ES256" if isinstance(key, ECKey) else "PS256"))
        header = {"alg": algorithm, **({"kid": str(key.kid)} if key.kid else {})}
        return jwt.encode(header, claims, key, algorithms=[algorithm])

    def _silent(self, why: str) -> Unavailable:
        down = Unavailable(
            f"{self.name} không trả lời. Đây là sự cố của hệ thống đó, tài khoản của ông/bà không sao.",
            f"{self.name} does not answer. The fault is on its side; nothing is wrong with your account.",
        )
        down.add_note(why)
        return down


def _object(answer: Reply) -> dict[str, Any]:
    """Raises ValueError unless the answer is one JSON object."""
    told = json.loads(answer.body)
    if not isinstance(told, dict):
        raise ValueError("no JSON object")
    return told
