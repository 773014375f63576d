"""Another installation of Motcua as an identity source: found by discovery, trusted by its published keys.

Where the issuer named is this very installation, messages are handed over in process and no network is used.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from django.conf import settings

from motcua.config import home
from motcua.core.errors import Unavailable
from motcua.core.identity.sources import registry
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.openid import clients, discovery, granting, keys, outbound, tokens
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.granting import Bound

KEY = "motcua"
KNOWN_FOR = 300.0  # seconds for which what was discovered is believed
WANTED = '{"id_token": {"personal_number": {"essential": true}, "name": null}}'


class Motcua:
    """See motcua.core.identity.sources.IdentitySource."""

    def __init__(self) -> None:
        self._found: tuple[float, dict[str, Any]] = (float("-inf"), {})
        self._keys: tuple[float, dict[str, Any]] = (float("-inf"), {})

    @property
    def name(self) -> str:
        return settings.MOTCUA_OPENID_NAME or str(urlsplit(self.issuer).hostname)

    @property
    def issuer(self) -> str:
        return str(settings.MOTCUA_OPENID_ISSUER)

    @property
    def client_id(self) -> str:
        return str(settings.MOTCUA_OPENID_CLIENT_ID)

    def authorize_url(self, query: Mapping[str, str]) -> str:
        return f"{self._document()['authorization_endpoint']}?{urlencode({'claims': WANTED, **query})}"

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Raises Unavailable, or ValueError when refused."""
        if self._is_us():
            return self._exchange_here(dict(form))
        try:
            answer = httpx.post(
                str(self._document()["token_endpoint"]),
                data={**form, "client_secret": home.secret("openid_client_secret")},
                timeout=outbound.PATIENCE,
            )
            told = answer.json()
        except (httpx.HTTPError, ValueError) as wrong:
            raise self._silent() from wrong
        if answer.status_code != httpx.codes.OK or not isinstance(told, dict):
            raise ValueError(
                str(told.get("error", answer.status_code)) if isinstance(told, dict) else "no answer"
            )
        return told

    def keys(self) -> dict[str, Any]:
        if self._is_us():
            return keys.published()
        at, kept = self._keys
        if time.monotonic() - at > KNOWN_FOR:
            kept = self._get(str(self._document()["jwks_uri"]))
            self._keys = (time.monotonic(), kept)
        return kept

    def _document(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0 section 4: its issuer must be the very one we asked."""
        if self._is_us():
            return discovery.configuration()
        at, kept = self._found
        if time.monotonic() - at > KNOWN_FOR:
            kept = self._get(f"{self.issuer}/.well-known/openid-configuration")
            if kept.get("issuer") != self.issuer:
                raise self._silent()
            self._found = (time.monotonic(), kept)
        return kept

    def _get(self, url: str) -> dict[str, Any]:
        try:
            found = outbound.get_json(url)
        except outbound.Refused as refused:
            raise self._silent() from refused
        if not isinstance(found, dict):
            raise self._silent()
        return found

    def _is_us(self) -> bool:
        return self.issuer == discovery.issuer()

    def _exchange_here(self, form: dict[str, str]) -> dict[str, Any]:
        with acting(SYSTEM):
            client = clients.find(self.client_id)
            if client is None or not clients.is_active(client):
                raise ValueError("invalid_client")
            try:
                return tokens.answer(granting.redeem(client, form, (), Bound()))
            except OAuthError as refused:
                raise ValueError(refused.code) from refused

    def _silent(self) -> Unavailable:
        return Unavailable(
            f"{self.name} không trả lời. Chưa ai được đăng nhập.",
            f"{self.name} does not answer. Nobody was signed in.",
        )


if settings.MOTCUA_OPENID_ISSUER:
    registry.register(KEY)(Motcua)
