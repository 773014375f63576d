"""The provider whose accounts open this house, as an identity source: another Motcua's, or our own at another address.

Of another installation it is a provider like any, described by settings instead of a file. Our own is asked in process,
by the same messages: a request pushed, a code redeemed, an ID token checked against the published keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from motcua.config import home
from motcua.core.identity.contrib.openid_provider.description import Description
from motcua.core.identity.contrib.openid_provider.provider import OpenIdProvider
from motcua.core.identity.models import Account
from motcua.core.identity.sources import Rules, registry
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.openid import asking, clients, discovery, granting, house, keys, pushing, telling, tokens
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.granting import Bound

KEY = house.SOURCE_KEY
WANTED = (
    '{"id_token": {"personal_number": {"essential": true}, "name": null, "birthdate": null, "gender": null,'
    ' "nationality": null, "identity_paper": null, "officer_code": null, "organisation_number": null}}'
)
ONESELF = {"claims": WANTED, "principal": "self"}
"""For whom somebody acts is chosen here, where the mandates are known."""
RULES = Rules(
    scope=house.SCOPE,
    organisation_number="organisation_number",
    officer_code="officer_code",
    identity_paper="identity_paper",
    level_needed=False,
)


class Motcua(OpenIdProvider):
    """See motcua.core.identity.sources.IdentitySource and motcua.core.identity.front_door."""

    def __init__(self) -> None:
        super().__init__(
            Description(KEY, KEY, discovery.issuer(), "", "client_secret_post", Path(), RULES, userinfo=False)
        )

    @property
    def name(self) -> str:
        return settings.MOTCUA_OPENID_NAME or str(urlsplit(self.issuer).hostname)

    @property
    def issuer(self) -> str:
        return settings.MOTCUA_OPENID_ISSUER or discovery.issuer()

    @property
    def client_id(self) -> str:
        return house.CLIENT_ID if self._is_us() else str(settings.MOTCUA_OPENID_CLIENT_ID)

    @property
    def rules(self) -> Rules:
        return replace(RULES, names_issuer=True, number_needed=False) if self._is_us() else super().rules

    @property
    def is_offered(self) -> bool:
        """The front door needs no sign beside it, and nobody signs in to us by ourselves."""
        return False

    def opens(self, origin: str) -> bool:
        """Accounts kept elsewhere open every address of ours; our own open the further faces."""
        return not self._is_us() or (origin in settings.MOTCUA_FACES and origin != settings.MOTCUA_SITE)

    def account_of(self, subject: str) -> Account | None:
        """Of our own provider we know the account itself, so no evidence is added by a sign-in to ourselves."""
        if not self._is_us():
            return None
        kind, _, key = (telling.holder_of_sub(subject) or "").partition(":")
        return Account.objects.filter(**{f"{kind}_id": int(key)}).first() if key else None

    def authorize_url(self, query: Mapping[str, str]) -> str:
        question = {**query, **ONESELF}
        if not self._is_us():
            return super().authorize_url(question)
        with acting(SYSTEM):
            client = house.client()
            if not clients.is_active(client):
                raise self._silent("the house's own application is suspended")
            try:
                request_uri = pushing.push(client, asking.read(client, question, (), issuer=self.issuer))
            except OAuthError as wrong:
                raise self._silent(f"{wrong.code}: {wrong.description}") from wrong
        short = urlencode({"client_id": client.client_id, "request_uri": request_uri})
        return f"{self._document()['authorization_endpoint']}?{short}"

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Raises Unavailable, or ValueError when refused."""
        return self._exchange_here(dict(form)) if self._is_us() else super().exchange(form)

    def keys(self) -> dict[str, Any]:
        return keys.published() if self._is_us() else super().keys()

    def fresh_keys(self) -> dict[str, Any]:
        return keys.published() if self._is_us() else super().fresh_keys()

    def _document(self) -> dict[str, Any]:
        return discovery.configuration() if self._is_us() else super()._document()

    def _secret(self) -> str:
        return home.secret("openid_client_secret")

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


if settings.MOTCUA_OPENID_ISSUER or settings.MOTCUA_FACES:
    registry.register(KEY)(Motcua)
