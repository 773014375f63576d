"""Requests that go ahead of the browser (RFC 9126)."""

from __future__ import annotations

from motcua.systems.openid import clients, jose
from motcua.systems.openid.asking import Ask
from motcua.systems.openid.models import AuthorizationRequest, Client
from motcua.systems.openid.times import PUSHED_LIVES, now

PUSHED = "urn:ietf:params:oauth:request_uri:"


def push(client: Client, ask: Ask) -> str:
    """Keep a request that is in order; the `request_uri` by which the browser brings it."""
    reference = clients.new_secret()
    AuthorizationRequest.objects.create(
        client=client,
        ask=ask.as_json(),
        uri_digest=jose.digest(reference),
        made_at=now(),
        expires_at=now() + PUSHED_LIVES,
    )
    return PUSHED + reference
