"""Making a credential of a result: claims as the pack says, each hidden until its holder shows it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from motcua.core import clock
from motcua.core.documents.models import Document
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.services.pack.credentials import AGE_CLAIM, CredentialRule
from motcua.engines import sd_jwt
from motcua.systems.wallet import kinds, statuses
from motcua.systems.wallet.keys import agency_key, site
from motcua.systems.wallet.models import Credential, Offer

DECOYS = 2
BARE: tuple[str, ...] = ("kty", "crv", "x", "y", "n", "e")
"""What of a JWK is the key; the rest would only say more of its holder."""


def issue(
    actor: Actor,
    document: Document,
    rule: CredentialRule,
    holder: sd_jwt.Key,
    *,
    party_id: int,
    offer: Offer | None = None,
) -> tuple[Credential, str]:
    """One credential bound to one key, with its own place in a status list: two of them cannot be told to be alike."""
    now = clock.now()
    values = rule.values(document.data, clock.today())
    hidden: list[sd_jwt.Path] = [(name,) for name in values if name != AGE_CLAIM]
    hidden += [(AGE_CLAIM, age) for age in values.get(AGE_CLAIM, {})]
    key_id, key, header = agency_key(document.agency)
    page, place = statuses.take_place()
    expires = now + dt.timedelta(days=rule.valid_days)
    credential = Credential.objects.create(
        offer=offer,
        party_id=party_id,
        document=document,
        type=rule.type,
        page=page,
        place=place,
        holder=holder.thumbprint(),
        key_id=key_id,
        issued_at=now,
        expires_at=expires,
    )
    claims: dict[str, Any] = {
        "iss": site(),
        "vct": kinds.address_of(rule.type),
        "iat": _midnight(now),
        "exp": int(expires.timestamp()),
        "status": sd_jwt.reference(statuses.address_of(page.pk), place),
        "issuing_authority": document.agency.name,
        **values,
    }
    public: dict[str, Any] = dict(holder.as_dict(private=False))
    bare = {name: public[name] for name in BARE if name in public}
    text = sd_jwt.issue(claims, key, disclosable=hidden, holder=bare, header=header, decoys=DECOYS)
    emit(
        "wallet.issued",
        actor,
        case_id=document.case_id,
        subject=("document", document.pk),
        data={"type": rule.type, "credential": str(credential.uuid)},
    )
    return credential, text


def _midnight(now: dt.datetime) -> int:
    """The day rather than the second: credentials issued together are not told apart by it (RFC 9901 section 10.1)."""
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
