"""Another installation of Motcua as an application: its portal and desk sign people in by our accounts.

Of it an officer need know nothing but its addresses; the rest of its registration follows from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from motcua.core.ledger.actor import Actor
from motcua.systems.openid import house, registration
from motcua.systems.openid.discovery import issuer
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.models import Client

PURPOSES = {
    "openid": "Đăng nhập vào cổng và bàn làm việc",
    "profile": "Gọi đúng tên",
    "personal_number": "Tìm đúng hồ sơ của người đăng nhập",
    "officer": "Nhận ra cán bộ; việc được giao do nơi ấy nói",
    "organisation": "Nhận ra tổ chức",
}


def register(actor: Actor, name: str, sites: Sequence[str], contacts: Sequence[str]) -> tuple[Client, str]:
    """Take it in, to be approved: it, and its secret. Its first address hears of sign-outs. OAuthError."""
    faces = [site.rstrip("/") for site in sites]
    if not faces or not all(_is_site(site) for site in faces):
        raise OAuthError("invalid_redirect_uri", "an address such as https://portal.example.gov.vn is needed")
    back, left, told = (
        reverse(name, args=args)
        for name, args in (
            ("identity_source:callback", [house.SOURCE_KEY]),
            ("identity_left", []),
            ("identity_source:hear_of_sign_out", [house.SOURCE_KEY]),
        )
    )
    said: dict[str, Any] = {
        "client_name": name,
        "redirect_uris": [f"{faces[0]}{back}"],
        "post_logout_redirect_uris": [f"{site}{left}" for site in faces],
        "backchannel_logout_uri": f"{faces[0]}{told}",
        "scope": house.SCOPE,
        "token_endpoint_auth_method": "client_secret_post",
        "contacts": list(contacts),
        "purposes": PURPOSES,
    }
    metadata = registration.read(said)
    metadata["redirect_uris"] = [f"{site}{back}" for site in faces]
    metadata["sector_identifier_uri"] = faces[0]
    metadata["require_pushed_authorization_requests"] = True
    return registration.take_in(actor, metadata, first_party=True)


def settings_for(client: Client) -> dict[str, str]:
    """What is set at the other installation; {} of an application that is none."""
    back = reverse("identity_source:callback", args=[house.SOURCE_KEY])
    uris = client.metadata.get("redirect_uris") or [""]
    if house.is_house(client) or not uris[0].endswith(back):
        return {}
    return {"MOTCUA_OPENID_ISSUER": issuer(), "MOTCUA_OPENID_CLIENT_ID": client.client_id}


def _is_site(site: str) -> bool:
    parts = urlsplit(site)
    return registration.may_redirect_to(site) and not (parts.path or parts.query)
