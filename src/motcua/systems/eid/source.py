"""The sandbox VNeID as an identity source: the same messages as over the network, handed over in process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from motcua.core.identity.sources import Rules, registry
from motcua.core.ledger.scope import acting
from motcua.systems.eid import holders, provider, sandbox


@registry.register(provider.KEY)
class SandboxVneid:
    """See motcua.core.identity.sources.IdentitySource."""

    name = "VNeID (bản thử)"
    client_id = provider.CLIENT_ID
    rules = Rules(
        organisation_number="organisation_number",
        names_issuer=True,
        identity_paper="identity_paper",
        foreigner_enrolled=True,
    )

    @property
    def issuer(self) -> str:
        return provider.issuer()

    def authorize_url(self, query: Mapping[str, str]) -> str:
        return f"{reverse('eid:authorize')}?{urlencode(query)}"

    def exchange(self, form: Mapping[str, str]) -> dict[str, Any]:
        sandbox.answer_or_fail()
        with acting(holders.PROVIDER):
            return provider.token({**form, "client_secret": provider.client_secret()}, holders.holder)

    def keys(self) -> dict[str, Any]:
        sandbox.answer_or_fail()
        return provider.jwks()
