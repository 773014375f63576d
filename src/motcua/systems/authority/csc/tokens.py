"""Tokens of the signing API: what a client shows after `auth/login`, where no OpenID provider issued one."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping

from django.http import HttpRequest

from motcua.core import clock
from motcua.core.bearers import Bearer
from motcua.core.errors import Text, say
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.authority.models import AccessToken

PREFIX = "mcs_"
LASTS = dt.timedelta(hours=1)
SERVICE, CREDENTIAL = "service", "credential"
SCOPES: dict[str, Text] = {
    SERVICE: say("Xem các khóa ký từ xa của ông/bà", "See your keys for remote signing"),
    CREDENTIAL: say(
        "Ký từ xa bằng khóa của ông/bà, mỗi lần ông/bà xác nhận bằng mã",
        "Sign with your keys, each time confirmed by your code",
    ),
}
"""The scopes of the API (Cloud Signature Consortium API 2.0 section 8.3.2), as people are asked for them."""


def scopes() -> Mapping[str, Text]:
    return SCOPES


def issue(account_id: int) -> str:
    """A token for an hour."""
    token = PREFIX + secrets.token_urlsafe(32)
    AccessToken.objects.create(
        token_hash=hashed(token), account_id=account_id, issued_at=clock.now(), expires_at=clock.now() + LASTS
    )
    return token


def account_of(request: HttpRequest, token: str) -> Bearer | None:
    """Whose token this is, if it is one of ours and still good."""
    if not token.startswith(PREFIX):
        return None
    with acting(SYSTEM):
        row = AccessToken.objects.filter(
            token_hash=hashed(token), revoked_at__isnull=True, expires_at__gt=clock.now()
        ).first()
    return Bearer(row.account_id) if row else None


def revoke(token: str) -> None:
    """End a token; ending it twice changes nothing."""
    AccessToken.objects.filter(token_hash=hashed(token), revoked_at__isnull=True).update(
        revoked_at=clock.now()
    )


def hashed(token: str) -> str:
    """How a secret of 256 random bits lies in the database."""
    return hashlib.sha256(token.encode()).hexdigest()
