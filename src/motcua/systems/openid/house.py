"""Our own further addresses (`MOTCUA_FACES`) as an application of the first party.

A portal or a desk under another host name shares no cookie with the address that holds the account's session, so it
signs people in as any application does: authorization code, PKCE, pushed request, ID token. Only the messages between
the two sides, which are one process, take no network; a client that holds no key can be redeemed nowhere else.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.systems.openid.models import Client, ClientState

CLIENT_ID = "motcua-house"
NAME = "Cổng dịch vụ công và bộ phận một cửa"
SOURCE_KEY = "motcua"
"""By which name the relying side knows us (core.identity.sources)."""
SCOPE = "openid profile personal_number officer organisation"


def is_house(client: Client) -> bool:
    return client.client_id == CLIENT_ID


def client() -> Client:
    """The house as an application, with the addresses of today's settings; made when it is first needed."""
    metadata = _metadata(settings.MOTCUA_FACES)
    found, made = Client.objects.get_or_create(
        client_id=CLIENT_ID,
        defaults={
            "name": NAME,
            "metadata": metadata,
            "state": ClientState.APPROVED,
            "first_party": True,
            "decided_by": SYSTEM.label,
        },
    )
    if made:
        emit("openid.client_registered", SYSTEM, subject=("openid_client", found.pk), data={"name": NAME})
    elif found.metadata != metadata:
        found.metadata = metadata
        found.save(update_fields=["metadata"])
        emit("openid.client_changed", SYSTEM, subject=("openid_client", found.pk))
    return found


def _metadata(faces: list[str]) -> dict[str, Any]:
    back, left = reverse("identity_source:callback", args=[SOURCE_KEY]), reverse("identity_left")
    return {
        "client_name": NAME,
        "redirect_uris": [f"{face}{back}" for face in faces],
        "post_logout_redirect_uris": [f"{face}{left}" for face in faces],
        "sector_identifier_uri": settings.MOTCUA_SITE,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": SCOPE,
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": []},
        "id_token_signed_response_alg": "ES256",
        "application_type": "web",
        "subject_type": "pairwise",
        "require_pushed_authorization_requests": True,
        "purposes": {},
    }
