"""Applications: finding them, what they may do, and what an officer decides about them."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.outbound import anywhere
from motcua.core.outbound.faults import Silent
from motcua.systems.openid import jose
from motcua.systems.openid.models import Client, ClientState, Grant
from motcua.systems.openid.times import now

KEYS_LIVE = 300.0  # seconds for which keys fetched from a jwks_uri are kept
FETCH_AGAIN_AFTER = 10.0
_fetched: dict[str, tuple[float, Any]] = {}


def find(client_id: str) -> Client | None:
    return Client.objects.filter(client_id=client_id[:200]).first() if client_id else None


def is_active(client: Client) -> bool:
    return client.state == ClientState.APPROVED


def method_of(client: Client) -> str:
    return str(client.metadata.get("token_endpoint_auth_method", "client_secret_basic"))


def scopes_of(client: Client) -> list[str]:
    """What it may ask for, as registered and approved."""
    return str(client.metadata.get("scope", "openid")).split()


def needs_par(client: Client) -> bool:
    return client.fapi or bool(client.metadata.get("require_pushed_authorization_requests"))


def needs_dpop(client: Client) -> bool:
    return bool(client.metadata.get("dpop_bound_access_tokens")) or (
        client.fapi and not needs_certificate(client)
    )


def needs_certificate(client: Client) -> bool:
    return bool(client.metadata.get("tls_client_certificate_bound_access_tokens"))


def needs_pkce(client: Client) -> bool:
    return client.fapi or client.require_pkce or method_of(client) == "none"


def rotates(client: Client) -> bool:
    """Whether refresh tokens change at each use; FAPI 2.0 section 5.3.2.1 forbids it where the sender is bound."""
    return client.rotate_refresh and not client.fapi


def jwks(client: Client, token: str) -> Any:
    """The application's public keys; those at a `jwks_uri` are fetched anew when `token` names one not known yet."""
    if "jwks" in client.metadata:
        return client.metadata["jwks"]
    uri = client.metadata.get("jwks_uri")
    if not uri:
        return {"keys": []}
    at, kept = _fetched.get(uri, (float("-inf"), {"keys": []}))
    age = time.monotonic() - at
    named = jose.header_of(token).get("kid")
    known = named is None or any(key.get("kid") == named for key in kept.get("keys", []))
    if age < KEYS_LIVE and (known or age < FETCH_AGAIN_AFTER):
        return kept
    try:
        found = anywhere.ask_json(uri)
    except Silent:
        return kept
    if isinstance(found, dict) and isinstance(found.get("keys"), list):
        kept = {"keys": [key for key in found["keys"] if isinstance(key, dict)]}
    _fetched[uri] = (time.monotonic(), kept)
    return kept


def sector_of(client: Client) -> str:
    """Applications of one sector know a person by one name (OpenID Connect Core 1.0 section 8.1)."""
    uri = client.metadata.get("sector_identifier_uri") or client.metadata["redirect_uris"][0]
    return str(urlsplit(uri).hostname)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def keep(
    name: str,
    metadata: dict[str, Any],
    *,
    secret: str = "",
    state: str = ClientState.PENDING,
    **switches: bool,
) -> Client:
    """A new application; `metadata` has been read by `registration.read`, a secret is kept as its digest."""
    return Client.objects.create(
        client_id=secrets.token_urlsafe(16),
        name=name,
        metadata=metadata,
        secret_digest=jose.digest(secret) if secret else "",
        state=state,
        **switches,
    )


def approve(
    actor: Actor, client: Client, *, require_pkce: bool = True, fapi: bool = False, first_party: bool = False
) -> None:
    """People may sign in to it from now on, under these marks; approved again, only the marks change.

    An application of the first party is the authority's own: people are not asked for their consent.
    """
    client.require_pkce, client.fapi, client.first_party = require_pkce, fapi, first_party
    _decide(actor, client, ClientState.APPROVED, "")
    emit(
        "openid.client_approved",
        actor,
        subject=("openid_client", client.pk),
        data={"fapi": fapi, "first_party": first_party, "require_pkce": require_pkce},
    )


def refuse(actor: Actor, client: Client, reason: str) -> None:
    """It was asked for, and shall not be."""
    if client.state != ClientState.PENDING:
        raise Conflict("Ứng dụng này đã được xử lý.", "This application has been decided already.")
    _decide(actor, client, ClientState.REFUSED, _needed(reason))
    emit("openid.client_refused", actor, subject=("openid_client", client.pk), data={"reason": reason})


def suspend(actor: Actor, client: Client, reason: str) -> None:
    """Nobody signs in to it, and what it holds is worth nothing any more."""
    _decide(actor, client, ClientState.SUSPENDED, _needed(reason))
    Grant.objects.filter(client=client, revoked_at=None).update(revoked_at=now(), revoked_for="suspended")
    emit("openid.client_suspended", actor, subject=("openid_client", client.pk), data={"reason": reason})


def change_secret(actor: Actor, client: Client) -> str:
    """A new secret, shown this once; the old one is worth nothing from now on."""
    if not method_of(client).startswith("client_secret"):
        raise NotFound("Ứng dụng này không dùng mật khẩu.", "This application has no secret.")
    secret = new_secret()
    client.secret_digest = jose.digest(secret)
    client.save(update_fields=["secret_digest"])
    emit("openid.client_secret_changed", actor, subject=("openid_client", client.pk))
    return secret


def _decide(actor: Actor, client: Client, state: ClientState, reason: str) -> None:
    client.state, client.reason = state, reason
    client.decided_at, client.decided_by = now(), actor.label
    client.save()


def _needed(reason: str) -> str:
    if not reason.strip():
        raise UserError(
            "Ghi lý do để người đăng ký biết.", "Give a reason for those who registered it.", "reason"
        )
    return reason.strip()
