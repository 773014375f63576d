"""From an answer to tokens: codes that count once, families of tokens that fall together (RFC 6749, RFC 9700)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.crypto import constant_time_compare

from motcua.core import bearers
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import sealed_fields
from motcua.systems.openid import clients, jose, spent
from motcua.systems.openid.asking import Ask
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.models import AuthorizationRequest, Client, Grant, RefreshToken
from motcua.systems.openid.telling import Authentication
from motcua.systems.openid.times import CODE_LIVES, REFRESH_TOKEN_LIVES, now

ANSWER = """
with answered as (
  update openid_authorizationrequest set answered_at = %(now)s
   where id = %(request)s and answered_at is null and expires_at > %(now)s returning client_id
)
insert into openid_grant (uuid, client_id, account_id, mandate_id, sub, actor_sub, sid, sitting, scopes, ask, auth_time,
    level, actor_level, amr, code_digest, code_expires_at, made_at, cnf, revoked_for)
select %(uuid)s, client_id, %(account)s, %(mandate)s, %(sub)s, %(actor_sub)s, %(sid)s, %(sitting)s, %(scopes)s, %(ask)s,
    to_timestamp(%(auth_time)s), %(level)s, %(actor_level)s, %(amr)s, %(digest)s, %(until)s, %(now)s, '{}', ''
  from answered
"""
(ASK_OF_GRANT,) = sealed_fields(Grant, "ask")
"""What is sealed in one table is not readable in another, so it is sealed anew for the grant."""
REDEEM = """
update openid_grant set redeemed_at = %s, cnf = %s
 where code_digest = %s and client_id = %s and redeemed_at is null returning *
"""
STANDS = """
select g.*, exists (select 1 from openid_spent s where s.digest = %s) as taken_back
  from openid_grant g
  join identity_account a on a.id = g.account_id and a.is_active
  join openid_client c on c.id = g.client_id and c.state = 'approved'
  left join identity_mandate m on m.id = g.mandate_id
 where g.{} = %s and g.revoked_at is null
   and (g.mandate_id is null or (m.revoked_at is null and m.valid_from <= current_date
        and (m.valid_until is null or m.valid_until >= current_date)))
"""
"""A grant in force: not revoked, its person and application active, the mandate it rests on still valid."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered a request, and how they proved it. `level` is None for organisations, which have none."""

    account_id: int
    sub: str
    sitting: str
    authentication: Authentication
    level: int | None
    scopes: Sequence[str]
    mandate_id: int | None = None
    actor_sub: str = ""
    actor_level: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    """To what the sender of a token request is bound: a DPoP key, a certificate, both or nothing."""

    jkt: str = ""
    certificate: str = ""

    def cnf(self, client: Client) -> dict[str, str]:
        """The `cnf` of its tokens (RFC 9449 section 6, RFC 8705 section 3.1). OAuthError when one is missing."""
        if clients.needs_dpop(client) and not self.jkt:
            raise OAuthError("invalid_dpop_proof", "a DPoP proof is needed")
        if clients.needs_certificate(client) and not self.certificate:
            raise OAuthError("invalid_grant", "a client certificate is needed")
        if self.jkt:
            return {"jkt": self.jkt}
        return {"x5t#S256": self.certificate} if clients.needs_certificate(client) else {}


@dataclass(frozen=True, slots=True)
class Issued:
    """What a token request earned."""

    grant: Grant
    client: Client
    cnf: dict[str, str]
    scopes: Sequence[str]
    resource: Sequence[str]
    refresh_token: str = ""
    ask: Ask = field(default_factory=lambda: Ask("", []))


def answer(request: AuthorizationRequest, client: Client, given: Answer) -> str:
    """The code for an answered request. OAuthError when it was answered before, or lapsed."""
    code = clients.new_secret()
    present = now()
    values: dict[str, Any] = {
        "now": present,
        "request": request.pk,
        "uuid": new_uuid(),
        "account": given.account_id,
        "mandate": given.mandate_id,
        "sub": given.sub,
        "actor_sub": given.actor_sub,
        "sid": sid_of(given.sitting, client),
        "sitting": given.sitting,
        "scopes": list(given.scopes),
        "ask": ASK_OF_GRANT.seal(request.ask),
        "auth_time": given.authentication.at,
        "level": given.level,
        "actor_level": given.actor_level,
        "amr": list(given.authentication.amr),
        "digest": jose.digest(code),
        "until": present + CODE_LIVES,
    }
    with connection.cursor() as cursor:
        cursor.execute(ANSWER, values)
        if cursor.rowcount != 1:
            raise OAuthError("invalid_request", "this request was answered before")
    return code


def sid_of(sitting: str, client: Client) -> str:
    """The session as one application knows it; two applications cannot compare theirs."""
    return jose.digest(f"{sitting}\n{client.client_id}")[:32]


def redeem(client: Client, form: dict[str, str], resources: Sequence[str], bound: Bound) -> Issued:
    """Tokens for a code (RFC 6749 section 4.1.3): once, for a minute, to who knows the verifier and holds the key.

    A code that comes twice revokes what came of it the first time (RFC 9700 section 4.5).
    """
    cnf = bound.cnf(client)
    digest = jose.digest(form.get("code", ""))
    rows = list(Grant.objects.raw(REDEEM, [now(), json.dumps(cnf), digest, client.pk]))
    if not rows:
        revoke_family(
            Grant.objects.filter(code_digest=digest, client=client).values_list("pk", flat=True), "code reuse"
        )
        raise OAuthError("invalid_grant", "the code is not valid")
    grant = rows[0]
    ask = Ask(**grant.ask)
    _belongs(grant, ask, form, bound)
    resource = _narrowed(resources, ask.resource)
    refresh = ""
    if "offline_access" in grant.scopes and "refresh_token" in client.metadata.get("grant_types", ()):
        refresh = _new_refresh_token(grant)
    return Issued(grant, client, cnf, grant.scopes, resource, refresh, ask)


def _belongs(grant: Grant, ask: Ask, form: dict[str, str], bound: Bound) -> None:
    verifier = form.get("code_verifier", "")
    if grant.revoked_at is not None or grant.code_expires_at <= now():
        raise OAuthError("invalid_grant", "the code is not valid")
    if form.get("redirect_uri", ask.redirect_uri) != ask.redirect_uri:
        raise OAuthError("invalid_grant", "redirect_uri is another")
    if bool(verifier) != bool(ask.code_challenge) or (
        verifier and not constant_time_compare(jose.digest(verifier), ask.code_challenge)
    ):
        raise OAuthError("invalid_grant", "code_verifier does not fit")
    if ask.dpop_jkt and ask.dpop_jkt != bound.jkt:
        raise OAuthError("invalid_grant", "the code is bound to another DPoP key")


def refresh(client: Client, form: dict[str, str], resources: Sequence[str], bound: Bound) -> Issued:
    """New tokens for a refresh token (section 6). One used twice revokes its family, thief and owner alike."""
    token = RefreshToken.objects.filter(digest=jose.digest(form.get("refresh_token", ""))).first()
    found = standing("id", token.grant_id) if token else None
    if token is None or found is None or found.client_id != client.pk or token.expires_at <= now():
        raise OAuthError("invalid_grant", "the refresh token is not valid")
    cnf = bound.cnf(client)
    if clients.method_of(client) == "none" and found.cnf != cnf:
        raise OAuthError("invalid_grant", "the refresh token is bound to another key")
    scopes = _scopes_wanted(form, found)
    ask = Ask(**found.ask)
    resource = _narrowed(resources, ask.resource)
    if not clients.rotates(client):
        return Issued(found, client, cnf, scopes, resource, form["refresh_token"], ask)
    if not RefreshToken.objects.filter(pk=token.pk, used_at=None).update(used_at=now()):
        revoke_family([found.pk], "refresh token reuse")
        raise OAuthError("invalid_grant", "the refresh token is not valid")
    return Issued(found, client, cnf, scopes, resource, _new_refresh_token(found), ask)


def scopes_for_itself(client: Client, form: dict[str, str]) -> list[str]:
    """What an application may have for itself, of what it asked (default: all). OAuthError `invalid_scope`."""
    allowed = [scope for scope in bearers.scopes_of_applications() if scope in clients.scopes_of(client)]
    wanted = form.get("scope", "").split() or allowed
    if not wanted or not set(wanted) <= set(allowed):
        raise OAuthError("invalid_scope", "scope is not one that this client may have for itself")
    return wanted


def standing(by: str, value: Any, jti: str = "") -> Grant | None:
    """The grant in force with that `id` or `uuid`; None also when the access token `jti` was taken back."""
    column = {"id": "id", "uuid": "uuid"}[by]
    name = spent.name_of("access token", [jti]) if jti else ""
    found = list(Grant.objects.raw(STANDS.format(column), [name, value]))
    return found[0] if found and not getattr(found[0], "taken_back", False) else None


def take_back_token(jti: str, until: dt.datetime) -> None:
    """One access token is worth nothing any more (RFC 7009)."""
    spent.spend("access token", [jti], until)


def revoke_family(grant_ids: Any, why: str) -> int:
    """End these grants: no code, refresh or access token of theirs is taken from now on. How many were in force."""
    return Grant.objects.filter(pk__in=list(grant_ids), revoked_at=None).update(
        revoked_at=now(), revoked_for=why
    )


def _scopes_wanted(form: dict[str, str], grant: Grant) -> list[str]:
    wanted = form.get("scope", "").split()
    if not set(wanted) <= set(grant.scopes):
        raise OAuthError("invalid_scope", "scope goes beyond what was granted")
    return wanted or list(grant.scopes)


def _narrowed(asked: Sequence[str], granted: Sequence[str]) -> list[str]:
    if not set(asked) <= set(granted):
        raise OAuthError("invalid_target", "resource goes beyond what was granted")
    return list(asked or granted)


def _new_refresh_token(grant: Grant) -> str:
    token = clients.new_secret()
    RefreshToken.objects.create(
        grant=grant, digest=jose.digest(token), expires_at=now() + REFRESH_TOKEN_LIVES
    )
    return token
