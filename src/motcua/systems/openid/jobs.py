"""Background work: telling applications of a sign-out, changing keys, forgetting what has lapsed."""

from __future__ import annotations

import datetime as dt

from motcua.core import jobs
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM
from motcua.core.outbound import anywhere
from motcua.systems.openid import keys, signing_out
from motcua.systems.openid.models import AuthorizationRequest, Client, Grant, RefreshToken, Spent
from motcua.systems.openid.times import now

KEPT = dt.timedelta(days=1)
HISTORY = dt.timedelta(days=365)


@jobs.task(name="openid.end_sitting")
def end_sitting(sitting: str, account_id: int) -> None:
    signing_out.end_sitting(sitting, account_id)


@jobs.task(name="openid.tell_logout", retry=8)
def tell_logout(client: int, sid: str, sub: str) -> None:
    """Post the logout token; tried again while the application does not answer. A refusal (400) is an answer."""
    known = Client.objects.filter(pk=client).first()
    uri = known.metadata.get("backchannel_logout_uri") if known else None
    if known is None or not uri:
        return
    token = signing_out.logout_token(known, sid=sid, sub=sub)
    status = anywhere.ask(uri, form={"logout_token": token}).status
    emit("openid.logout_told", SYSTEM, subject=("openid_client", client), data={"sid": sid, "status": status})


@jobs.task(name="openid.rotate_keys", lock="openid.rotate_keys", every="20 2 * * *")
def rotate_keys(timestamp: int = 0) -> None:
    keys.rotate_when_due()


@jobs.task(name="openid.forget", lock="openid.forget", every="50 3 * * *")
def forget(timestamp: int = 0) -> None:
    """Remove what can do nothing any more; sign-ins stay for a year, since their person may look at them."""
    present = now()
    Spent.objects.filter(expires_at__lt=present).delete()
    AuthorizationRequest.objects.filter(expires_at__lt=present - KEPT).delete()
    RefreshToken.objects.filter(expires_at__lt=present).delete()
    Grant.objects.filter(redeemed_at=None, code_expires_at__lt=present - KEPT).delete()
    Grant.objects.filter(made_at__lt=present - HISTORY, refresh_tokens=None).delete()
