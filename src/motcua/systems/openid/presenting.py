"""Access tokens as they are shown to us: read from a request, proven to be held, and whom they speak for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from motcua.core.bearers import Bearer
from motcua.systems.openid import client_auth, discovery, dpop, telling, tokens
from motcua.systems.openid.asking import Ask
from motcua.systems.openid.faults import UNAUTHORISED, OAuthError
from motcua.systems.openid.models import Grant


def bearer(request: HttpRequest, token: str) -> Bearer | None:
    """For `core.bearers`: whom a token of ours speaks for at the house's other APIs; None unless it is held here.

    Act as the system: nobody is signed in where tokens are shown.
    """
    try:
        scheme, access = presented(request)
        claims = tokens.verify_access_token(access)
        held_by(request, claims, scheme, access)
    except OAuthError:
        return None
    scopes = frozenset(str(claims.get("scope", "")).split())
    if access != token or not scopes:
        return None
    grant = tokens.grant_of(claims)
    if grant is not None:
        return _of_grant(grant, str(claims["client_id"]), scopes)
    client = tokens.application_of(claims)
    return Bearer(0, scopes, client_id=client.client_id, client_name=client.name) if client else None


def _of_grant(grant: Grant, client_id: str, scopes: frozenset[str]) -> Bearer:
    kind, _, key = (telling.holder_of_sub(grant.sub) or "").partition(":")
    return Bearer(
        grant.account_id,
        scopes,
        party_id=int(key) if kind == "party" else None,
        client_id=client_id,
        client_name=grant.client.name,
        grant=str(grant.uuid),
        level=grant.level or 0,
        told={
            "authorization_details": Ask(**grant.ask).details_for(list(scopes)),
            "issuer_state": grant.ask.get("issuer_state", ""),
        },
    )


def presented(request: HttpRequest) -> tuple[str, str]:
    """(scheme, access token) of the header, or of a posted form (RFC 6750 section 2)."""
    header = request.headers.get("Authorization", "")
    posted = request.POST.get("access_token", "") if request.method == "POST" else ""
    if header and posted:
        raise OAuthError("invalid_request", "send the token in one place")
    if posted:
        return "bearer", posted
    scheme, _, given = header.partition(" ")
    if scheme.lower() not in ("bearer", "dpop") or not given.strip():
        raise OAuthError("invalid_token", "an access token is needed", status=UNAUTHORISED)
    return scheme.lower(), given.strip()


def held_by(request: HttpRequest, claims: dict[str, Any], scheme: str, access: str) -> None:
    """A bound token is worth something only to who holds the key (RFC 9449 section 7.1, RFC 8705 section 3)."""
    cnf = claims.get("cnf", {})
    proofs = request.headers.get("DPoP", "")
    if scheme == "dpop" or "jkt" in cnf:
        if scheme != "dpop" or "jkt" not in cnf or not proofs:
            raise OAuthError("invalid_token", "a DPoP-bound token comes with its proof", status=UNAUTHORISED)
        url = discovery.url_of(request)
        try:
            jkt = dpop.check(proofs, method=str(request.method), url=url, access_token=access)
        except OAuthError as wrong:
            raise OAuthError(wrong.code, wrong.description, status=UNAUTHORISED, nonce=wrong.nonce) from wrong
        if jkt != cnf["jkt"]:
            raise OAuthError("invalid_token", "the token is bound to another key", status=UNAUTHORISED)
    if "x5t#S256" in cnf:
        certificate = client_auth.certificate_of(request)
        if certificate is None or client_auth.x5t(certificate) != cnf["x5t#S256"]:
            raise OAuthError(
                "invalid_token", "the token is bound to another certificate", status=UNAUTHORISED
            )
