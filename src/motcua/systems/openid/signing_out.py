"""Signing out: asked for by an application, and told to all of them (Back-Channel Logout 1.0)."""

from __future__ import annotations

import secrets
from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from motcua.core import jobs
from motcua.core.identity import trust
from motcua.core.identity.actions import end_sessions_of_source
from motcua.core.identity.models import Session
from motcua.core.identity.sessions import SessionStore
from motcua.core.ledger.actor import SYSTEM
from motcua.systems.openid import granting, house, jose, keys
from motcua.systems.openid.discovery import issuer
from motcua.systems.openid.models import Client, Grant
from motcua.systems.openid.times import seconds

SITTING = "openid_sitting"
"""What a session is called among ourselves; it outlives a change of the session's key."""
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_LIVES = 120  # seconds


def sitting_of(session: Any) -> str:
    """The sitting of this session, begun at the first application."""
    if SITTING not in session:
        session[SITTING] = secrets.token_urlsafe(16)
    return str(session[SITTING])


@receiver(post_delete, sender=Session)
def _session_gone(instance: Session, **_: Any) -> None:
    """However it ended; a session that only changed its key is found again by the job."""
    sitting = SessionStore().decode(instance.session_data).get(SITTING)
    if sitting and instance.account_id:
        jobs.defer("openid.end_sitting", sitting=sitting, account_id=instance.account_id)


def end_sitting(sitting: str, account_id: int) -> int:
    """Tell every application of a sitting that it is over, unless it goes on under another key. How many are told.

    Grants that were not given for offline use fall with it (Back-Channel Logout 1.0 section 2.7).
    """
    store = SessionStore()
    rows = Session.objects.filter(account_id=account_id).values_list("session_data", flat=True)
    if any(store.decode(data).get(SITTING) == sitting for data in rows):
        return 0
    grants = Grant.objects.filter(sitting=sitting, redeemed_at__isnull=False).select_related("client")
    told: dict[str, tuple[int, str]] = {}
    for grant in grants:
        if house.is_house(grant.client):
            session = trust.digest(house.SOURCE_KEY, "sid", grant.sid)
            end_sessions_of_source(SYSTEM, house.SOURCE_KEY, session=session)
        elif grant.client.metadata.get("backchannel_logout_uri"):
            told[grant.sid] = (grant.client_id, grant.sub)
    online = Grant.objects.filter(sitting=sitting).exclude(scopes__contains=["offline_access"])
    granting.revoke_family(online.values_list("pk", flat=True), "signed out")
    for sid, (client_id, sub) in told.items():
        jobs.defer("openid.tell_logout", client=client_id, sid=sid, sub=sub)
    return len(told)


def logout_token(client: Client, *, sid: str, sub: str) -> str:
    """Section 2.4: no nonce, an event, and whose session it was."""
    alg = str(client.metadata.get("id_token_signed_response_alg", "ES256"))
    alg = "ES256" if alg == "none" else alg
    present = seconds()
    claims = {
        "iss": issuer(),
        "aud": client.client_id,
        "iat": present,
        "exp": present + LOGOUT_TOKEN_LIVES,
        "jti": secrets.token_urlsafe(16),
        "sid": sid,
        "sub": sub,
        "events": {EVENT: {}},
    }
    return jose.sign(keys.signing(alg).key, alg, claims, typ="logout+jwt")


def may_return_to(client: Client | None, uri: str) -> bool:
    """Whether somebody signed out may be sent there: registered letter by letter."""
    return client is not None and uri in client.metadata.get("post_logout_redirect_uris", ())
