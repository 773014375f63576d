"""The sandbox OpenID provider: authorization code with PKCE, signed id_token (OpenID Connect Core 1.0, RFC 9700)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.jwk import ECKey

from motcua.config import home
from motcua.core import clock
from motcua.core.identity.papers import Paper
from motcua.core.identity.relying_party import ACR, LEVEL_OF_ACR, challenge_of
from motcua.systems.eid.holders import Holder
from motcua.systems.eid.models import Authorization

KEY = "vneid"
CLIENT_ID = "motcua"
REQUEST_LIVES = dt.timedelta(minutes=5)
CODE_LIVES = dt.timedelta(seconds=60)
TOKEN_LIVES = 300  # seconds


class BadRequest(ValueError):
    """A request that may not be answered by a redirect: unknown client, or another redirect_uri."""


def issuer() -> str:
    return f"{settings.MOTCUA_SITE}/vneid"


def begin(query: Mapping[str, str], registered: str) -> Authorization:
    """Take an authentication request; `registered` is the client's redirect_uri. BadRequest says what is wrong."""
    if query.get("client_id") != CLIENT_ID:
        raise BadRequest("client_id")
    if query.get("redirect_uri") != registered:
        raise BadRequest("redirect_uri")
    if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
        raise BadRequest("response_type, scope")
    if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
        raise BadRequest("code_challenge")
    if not query.get("state") or not query.get("nonce"):
        raise BadRequest("state, nonce")
    wanted = [LEVEL_OF_ACR[acr] for acr in query.get("acr_values", "").split() if acr in LEVEL_OF_ACR]
    return Authorization.objects.create(
        redirect_uri=query["redirect_uri"],
        state=query["state"],
        nonce=query["nonce"],
        code_challenge=query["code_challenge"],
        level_wanted=max(wanted, default=1),
    )


def is_over(asked: Authorization) -> bool:
    """Whether the person took too long, or the request is answered already."""
    return asked.agreed_at is not None or clock.now() - asked.asked_at > REQUEST_LIVES


def agree(asked: Authorization, holder: Holder) -> str:
    """The person agrees: the URL that carries the code back."""
    code = secrets.token_urlsafe(32)
    asked.personal_number, asked.code_digest, asked.agreed_at = (
        holder.personal_number,
        _digest(code),
        clock.now(),
    )
    asked.save(update_fields=["personal_number", "code_digest", "agreed_at"])
    return _back(asked, code=code)


def decline(asked: Authorization, error: str = "access_denied") -> str:
    """The person does not: the URL that says so."""
    asked.agreed_at = clock.now()
    asked.save(update_fields=["agreed_at"])
    return _back(asked, error=error)


def token(form: Mapping[str, str], holder_of: Any) -> dict[str, Any]:
    """The token endpoint (RFC 6749 section 4.1.3). ValueError with the OAuth error code when refused.

    A code is worth something once, for a minute, to who knows the verifier.
    """
    if form.get("grant_type") != "authorization_code":
        raise ValueError("unsupported_grant_type")
    if form.get("client_id") != CLIENT_ID or not constant_time_compare(
        form.get("client_secret", ""), client_secret()
    ):
        raise ValueError("invalid_client")
    waiting = Authorization.objects.filter(code_digest=_digest(form.get("code", "")), redeemed_at=None)
    asked = waiting.first()
    if asked is None or not waiting.filter(pk=asked.pk).update(redeemed_at=clock.now()):
        raise ValueError("invalid_grant")
    fresh = asked.agreed_at is not None and clock.now() - asked.agreed_at <= CODE_LIVES
    proven = constant_time_compare(challenge_of(form.get("code_verifier", "")), asked.code_challenge)
    if not fresh or not proven or form.get("redirect_uri") != asked.redirect_uri:
        raise ValueError("invalid_grant")
    holder = holder_of(asked.personal_number)
    if holder is None:
        raise ValueError("invalid_grant")
    return {"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "expires_in": TOKEN_LIVES} | {
        "id_token": _id_token(asked, holder)
    }


def jwks() -> dict[str, Any]:
    """The public keys, as a JWK set."""
    return {"keys": [_key().as_dict(private=False)]}


def configuration() -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 section 3."""
    return {
        "issuer": issuer(),
        "authorization_endpoint": f"{issuer()}/authorize",
        "token_endpoint": f"{issuer()}/token",
        "jwks_uri": f"{issuer()}/jwks.json",
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "scopes_supported": ["openid", "profile", "personal_number"],
        "acr_values_supported": list(ACR.values()),
        "authorization_response_iss_parameter_supported": True,
    }


def client_secret() -> str:
    """What the relying party and the provider share, made at first use."""
    return home.secret("eid_client_secret")


def _id_token(asked: Authorization, holder: Holder) -> str:
    key, now = _key(), int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer(),
        "aud": CLIENT_ID,
        "sub": _subject(holder.personal_number),
        "nonce": asked.nonce,
        "iat": now,
        "exp": now + TOKEN_LIVES,
        "auth_time": int(asked.signed_in_at.timestamp()) if asked.signed_in_at else now,
        "name": holder.name,
    }
    if holder.is_organisation:
        claims["organisation_number"] = holder.personal_number
    elif holder.paper is not None:
        claims |= {"acr": ACR[str(holder.level)], **_of_foreigner(holder.paper)}
    else:
        claims |= {"acr": ACR[str(holder.level)], "personal_number": holder.personal_number}
    return jwt.encode({"alg": "ES256", "kid": str(key.kid)}, claims, key)


def _of_foreigner(paper: Paper) -> dict[str, Any]:
    """What is told of somebody without a personal number: the paper, and what stands on it (Core section 5.1)."""
    return {
        "identity_paper": {
            "kind": paper.kind,
            "country": paper.country,
            "number": paper.number,
            "valid_until": str(paper.valid_until),
        },
        "birthdate": str(paper.born),
        "gender": "female" if paper.sex == "F" else "male",
        "nationality": paper.nationality,
    }


def _subject(personal_number: str) -> str:
    """Pairwise: another relying party would know the same person by another name (Core section 8.1)."""
    return hmac.new(client_secret().encode(), personal_number.encode(), hashlib.sha256).hexdigest()[:32]


def _key() -> ECKey:
    made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}).as_dict(private=True)
    kept = home.keep_once(home.folder("secrets") / "eid_signing_key.json", json.dumps(made))
    key = ECKey.import_key(json.loads(kept))
    key.ensure_kid()
    return key


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _back(asked: Authorization, **answer: str) -> str:
    return f"{asked.redirect_uri}?{urlencode({**answer, 'state': asked.state, 'iss': issuer()})}"
