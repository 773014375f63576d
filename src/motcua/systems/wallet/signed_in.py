"""Credentials for who signed in to a provider instead of typing a number: OpenID4VCI 1.0, authorization code flow."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from motcua.core import clock
from motcua.core.bearers import Bearer
from motcua.core.documents import queries as documents
from motcua.core.documents.models import Document, DocumentState
from motcua.core.errors import Text, say
from motcua.core.identity.models import Party
from motcua.systems.wallet import kinds
from motcua.systems.wallet.models import Offer
from motcua.systems.wallet.offers import Refused, digest

DETAILS = "openid_credential"
LEVEL = 2
"""The level at which a person is known by their card, as on the pages (Decree 69/2024 art. 7)."""


def scopes() -> dict[str, Text]:
    """One scope for each type of credential, as people are asked for it."""
    return {
        name: say(f"Nhận vào ví: {rule.title.vi}", f"Take into the wallet: {rule.title.en}")
        for name, rule in kinds.rules().items()
    }


def granted(entry: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An entry of `authorization_details` (section 5.1.1), with the identifier to ask by. ValueError."""
    name = str(entry.get("credential_configuration_id"))
    if name not in kinds.rules():
        raise ValueError(f"the credential {name[:60]!r} is not issued here")
    return name, {"type": DETAILS, "credential_configuration_id": name, "credential_identifiers": [name]}


def offer_of(bearer: Bearer, request: Any) -> Offer:
    """What this sign-in may fetch: the result that it was offered (`issuer_state`), else the newest in the vault.

    One sign-in fetches one credential of a type, for as many keys as one request proves. Raises Refused.
    """
    asked = request if isinstance(request, dict) else {}
    name = str(asked.get("credential_configuration_id") or asked.get("credential_identifier") or "")
    if name not in bearer.scopes:
        raise Refused("unknown_credential_configuration", "the sign-in was not for this credential")
    if bearer.level < LEVEL or bearer.party_id is None:
        raise Refused("credential_request_denied", "a person known at level 2 is needed")
    known = Offer.objects.select_for_update(of=("self",)).select_related("document__agency")
    mark = digest(f"{bearer.grant}\n{name}")
    row = known.filter(code_digest=mark).first()
    if row is not None:
        return row
    document = _offered(bearer, name) or _newest(bearer.party_id, name)
    if document is None:
        raise Refused("credential_request_denied", "there is no such result in the vault")
    now = clock.now()
    Offer.objects.create(
        party_id=bearer.party_id,
        document=document,
        type=name,
        code="",
        code_digest=mark,
        tx_code_digest="",
        made_at=now,
        expires_at=now,
        redeemed_at=now,
    )
    return known.get(code_digest=mark)


def offer_named(bearer: Bearer, request: Any) -> Offer:
    """The offer that a notification speaks of, when it is this person's. Raises Refused."""
    try:
        name = uuid.UUID(str(request.get("notification_id") if isinstance(request, dict) else ""))
    except ValueError:
        name = None
    marks = [digest(f"{bearer.grant}\n{scope}") for scope in bearer.scopes]
    row = Offer.objects.filter(uuid=name, code_digest__in=marks).first() if name else None
    if row is None:
        raise Refused("invalid_notification_id", "there is no such notification_id")
    return row


def _offered(bearer: Bearer, name: str) -> Document | None:
    """The result of the offer that led here; it ends with this, and is nothing to anybody but its person."""
    try:
        state = uuid.UUID(str(bearer.told.get("issuer_state", "")))
    except ValueError:
        return None
    row = Offer.objects.select_for_update(of=("self",)).select_related("document").filter(uuid=state).first()
    if row is None or row.party_id != bearer.party_id or row.type != name:
        return None
    if row.redeemed_at is not None or row.expires_at <= clock.now():
        raise Refused("credential_request_denied", "the offer is over")
    Offer.objects.filter(pk=row.pk).update(redeemed_at=clock.now())
    return row.document


def _newest(party_id: int, name: str) -> Document | None:
    party = Party.objects.get(pk=party_id)
    for item in documents.vault(party_id):
        document = item.document
        if document is None or document.state != DocumentState.ISSUED:
            continue
        rule = kinds.rule_of(document)
        if rule is not None and rule.type == name and kinds.may_hold(party, document, rule):
            return document
    return None
