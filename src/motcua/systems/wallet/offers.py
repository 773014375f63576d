"""OpenID4VCI 1.0, the issuer's side without its HTTP: offers, tokens, nonces, proofs, credentials."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from motcua.core import bearers, clock
from motcua.core.documents.models import Document, DocumentState
from motcua.core.errors import Conflict, NotAllowed
from motcua.core.identity.models import Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.engines import sd_jwt
from motcua.engines.sd_jwt.signed import check as check_signature
from motcua.systems.wallet import issuing, kinds
from motcua.systems.wallet.keys import site
from motcua.systems.wallet.models import Credential, Nonce, Offer

GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
SIGN_IN = "authorization_code"
OFFER_LIVES, TOKEN_LIVES = dt.timedelta(minutes=10), dt.timedelta(minutes=10)
NONCE_LIVES = dt.timedelta(minutes=5)
PROOF_FRESH, SKEW = 300, 60  # seconds
TRIES = 5
BATCH = 5
TX_DIGITS = 6
PROOF_TYPE = "openid4vci-proof+jwt"
EVENTS = frozenset({"credential_accepted", "credential_failure", "credential_deleted"})


class Refused(Exception):
    """What the protocol says in return: an OAuth or OpenID4VCI error code."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def make(actor: Actor, document: Document, party: Party) -> tuple[Offer, str]:
    """Offer a result to the wallet of its owner: the offer, and the number to be typed there.

    Offers of the same result that nobody took end. Raises NotAllowed or Conflict.
    """
    rule = kinds.rule_of(document)
    if rule is None or not kinds.may_hold(party, document, rule):
        raise NotAllowed(
            "Giấy tờ này chỉ người được ghi tên trên đó mới mang trong ví được.",
            "Only the person whom this paper is about can carry it in a wallet.",
        )
    if document.state != DocumentState.ISSUED:
        raise Conflict(
            "Giấy tờ này đã bị thu hồi hoặc thay thế, nên không thêm vào ví được.",
            "This paper was withdrawn or replaced and cannot go into a wallet.",
        )
    now = clock.now()
    Offer.objects.filter(party_id=party.pk, document=document, redeemed_at=None, expires_at__gt=now).update(
        expires_at=now
    )
    code, tx_code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**TX_DIGITS):0{TX_DIGITS}}"
    offer = Offer.objects.create(
        party_id=party.pk,
        document=document,
        type=rule.type,
        code=code,
        code_digest=digest(code),
        tx_code_digest=_tx_digest(code, tx_code),
        made_at=now,
        expires_at=now + OFFER_LIVES,
    )
    subject = ("document", document.pk)
    emit("wallet.offered", actor, case_id=document.case_id, subject=subject, data={"type": rule.type})
    return offer, tx_code


def link(offer: Offer) -> str:
    """What the QR says and a phone's wallet opens."""
    where = f"{site()}{reverse('wallet:offer_object', args=[offer.uuid])}"
    return f"openid-credential-offer://?{urlencode({'credential_offer_uri': where})}"


def offer_object(offer: Offer) -> dict[str, Any]:
    """The credential offer (section 4.1.1). Its code alone gives nothing: the number is shown to the person only."""
    if offer.redeemed_at is not None or offer.expires_at <= clock.now():
        raise Refused("invalid_request", "the offer is over", 404)
    tx_code = {"input_mode": "numeric", "length": TX_DIGITS, "description": "Mã 6 số trên trang Ví giấy tờ"}
    grant: dict[str, Any] = {
        "pre-authorized_code": offer.code,
        "tx_code": tx_code,
        "authorization_server": f"{site()}/vi-so",
    }
    provider = next(iter(bearers.providers()), "")
    entry = {"issuer_state": str(offer.uuid), "authorization_server": provider}
    by_sign_in = {SIGN_IN: entry} if provider else {}
    return {
        "credential_issuer": site(),
        "credential_configuration_ids": [offer.type],
        "grants": {GRANT: grant, **by_sign_in},
    }


def token(form: Mapping[str, str]) -> dict[str, Any]:
    """The token endpoint for pre-authorized codes (section 6). Five wrong numbers end the offer."""
    if form.get("grant_type") != GRANT:
        raise Refused("unsupported_grant_type", f"the grant is {GRANT}")
    code = form.get("pre-authorized_code", "")
    offer = Offer.objects.select_for_update().filter(code_digest=digest(code)).first()
    if (
        offer is None
        or offer.redeemed_at is not None
        or offer.expires_at <= clock.now()
        or offer.wrong >= TRIES
    ):
        raise Refused("invalid_grant", "the code is unknown, used, or over")
    typed = form.get("tx_code", "")
    if not typed:
        raise Refused("invalid_request", "tx_code is missing")
    if not constant_time_compare(_tx_digest(code, typed), offer.tx_code_digest):
        Offer.objects.filter(pk=offer.pk).update(wrong=F("wrong") + 1)
        raise Refused("invalid_grant", "the number is wrong")
    access = secrets.token_urlsafe(32)
    offer.redeemed_at, offer.token_digest = clock.now(), digest(access)
    offer.token_until = clock.now() + TOKEN_LIVES
    offer.save(update_fields=["redeemed_at", "token_digest", "token_until"])
    lives = int(TOKEN_LIVES.total_seconds())
    return {"access_token": access, "token_type": "Bearer", "expires_in": lives}


def nonce() -> dict[str, Any]:
    """A fresh c_nonce (section 7)."""
    text = secrets.token_urlsafe(32)
    Nonce.objects.create(digest=digest(text), expires_at=clock.now() + NONCE_LIVES)
    return {"c_nonce": text}


def bearer(authorization: str) -> Offer:
    """The offer that an access token stands for."""
    scheme, _, access = authorization.partition(" ")
    found = Offer.objects.select_for_update(of=("self",)).select_related("document__agency").filter(
        token_digest=digest(access), token_until__gt=clock.now()
    )  # fmt: skip
    offer = found.first() if scheme.lower() == "bearer" and access else None
    if offer is None:
        raise Refused("invalid_token", "the access token is unknown or over", 401)
    return offer


def credential(offer: Offer, request: Any) -> dict[str, Any]:
    """The credential endpoint (section 8): one credential for each key that proves to be held."""
    if not isinstance(request, dict):
        raise Refused("invalid_credential_request", "the request is no JSON object")
    if "credential_identifier" in request and offer.token_digest:
        raise Refused("unknown_credential_identifier", "the token names no credential identifiers")
    if offer.type not in (request.get("credential_configuration_id"), request.get("credential_identifier")):
        raise Refused("unknown_credential_configuration", f"the offer is for {offer.type}")
    if request.get("credential_response_encryption") is not None:
        raise Refused("invalid_encryption_parameters", "answers are not encrypted beyond TLS")
    proofs = request.get("proofs")
    texts = proofs.get("jwt") if isinstance(proofs, dict) and set(proofs) == {"jwt"} else None
    if not isinstance(texts, list) or not 1 <= len(texts) <= BATCH:
        raise Refused("invalid_proof", f"proofs.jwt is a list of one to {BATCH} proofs")
    if offer.issued_at is not None:
        raise Refused("credential_request_denied", "these credentials were issued already")
    keys = _proven_keys(texts)
    rule = kinds.rule_of(offer.document)
    if rule is None or offer.document.state != DocumentState.ISSUED:
        raise Refused("credential_request_denied", "the result was withdrawn or replaced")
    made = [
        issuing.issue(SYSTEM, offer.document, rule, key, party_id=offer.party_id, offer=offer) for key in keys
    ]
    offer.issued_at = clock.now()
    offer.save(update_fields=["issued_at"])
    return {"credentials": [{"credential": text} for _, text in made], "notification_id": str(offer.uuid)}


def notify(offer: Offer, request: Any) -> None:
    """The notification endpoint (section 11): what became of it in the wallet; asked again it changes nothing."""
    if not isinstance(request, dict) or str(request.get("event")) not in EVENTS:
        raise Refused("invalid_notification_request", f"event is one of {', '.join(sorted(EVENTS))}")
    if request.get("notification_id") != str(offer.uuid):
        raise Refused("invalid_notification_id", "there is no such notification_id")
    made = Credential.objects.filter(offer=offer)
    if request["event"] == "credential_accepted":
        made.update(notified=request["event"])
    else:
        made.filter(revoked_at=None).update(notified=request["event"], revoked_at=clock.now())


def _proven_keys(texts: list[Any]) -> list[sd_jwt.Key]:
    """The holder's keys (Appendix F.1): each signed for us, now, over a nonce of ours that nobody used."""
    keys: list[sd_jwt.Key] = []
    nonces: set[str] = set()
    for text in texts:
        try:
            header, payload = sd_jwt.read_unverified(text if isinstance(text, str) else "")
            if header.get("typ") != PROOF_TYPE:
                raise sd_jwt.SdJwtError("binding", f"the type of the proof is not {PROOF_TYPE}")
            key = sd_jwt.import_key(header.get("jwk"))
            check_signature(text, key)
        except sd_jwt.SdJwtError as wrong:
            raise Refused("invalid_proof", str(wrong)) from None
        if payload.get("aud") != site():
            raise Refused("invalid_proof", "the proof is for another issuer (aud)")
        made, now = payload.get("iat"), clock.now().timestamp()
        if not isinstance(made, int) or not now - PROOF_FRESH <= made <= now + SKEW:
            raise Refused("invalid_proof", "the proof was made too long ago, or in the future")
        nonces.add(str(payload.get("nonce", "")))
        keys.append(key)
    if len({key.thumbprint() for key in keys}) != len(keys):
        raise Refused("invalid_proof", "each proof is for a key of its own")
    live = Nonce.objects.filter(digest__in=[digest(one) for one in nonces], expires_at__gt=clock.now())
    if live.delete()[0] != len(nonces):
        raise Refused("invalid_nonce", "the nonce is unknown, used, or over")
    return keys


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tx_digest(code: str, tx_code: str) -> str:
    return digest(f"{code}\n{tx_code.strip()}")
