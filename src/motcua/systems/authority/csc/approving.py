"""A passkey as the second factor of remote signing: the holder sees on our own page what is to be signed, and agrees.

A passkey answers to this site alone, so no other program can ask for it: `credentials/getChallenge` gives the address
of the page, and `credentials/authorize` takes the approval that came of it, once, for these digests only.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from fido2.utils import websafe_encode
from fido2.webauthn import UserVerificationRequirement

from motcua.core import clock
from motcua.core.documents.models import Key
from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.identity.models import Account
from motcua.core.identity.queries import actor_of
from motcua.core.ledger.actions import emit
from motcua.systems.authority.csc.errors import ApiError, invalid
from motcua.systems.authority.models import Approval

LASTS = dt.timedelta(minutes=10)
FACTOR = "FIDO2"
"""The name of this factor among the API's authentication objects."""


def has_passkey(account: Account) -> bool:
    return bool(Authenticator.objects.filter(user_id=account.pk, type=Authenticator.Type.WEBAUTHN).exists())


def ask(account: Account, key: Key, digests: list[str], description: str) -> Approval:
    """Put before the holder what is to be signed. Raises ApiError where the holder has no passkey."""
    if not has_passkey(account):
        raise invalid("The holder has no passkey: use the OTP")
    return Approval.objects.create(
        account_id=account.pk,
        key=key,
        digests=digests,
        description=description,
        asked_at=clock.now(),
        expires_at=clock.now() + LASTS,
    )


def own(account_id: int, approval_uuid: uuid.UUID) -> Approval:
    """The holder's own; others' do not exist. Raises NotFound."""
    found = (
        Approval.objects.select_for_update(of=("self",))
        .select_related("key")
        .filter(uuid=approval_uuid, account_id=account_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def options(approval: Approval, account: Account) -> dict[str, Any]:
    """What the browser asks the passkey (PublicKeyCredentialRequestOptions): over these digests, with the person
    verified by the device."""
    given, _ = webauthn.get_server().authenticate_begin(
        credentials=webauthn.get_credentials(account),
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge_of(approval),
    )
    return dict(given)


def challenge_of(approval: Approval) -> bytes:
    """SHA-256 over the approval and its digests: what the passkey signs says what was agreed to."""
    told = json.dumps([str(approval.uuid), approval.key.key_id, *approval.digests])
    return hashlib.sha256(told.encode()).digest()


def approve(approval: Approval, account: Account, response: Mapping[str, Any]) -> Approval:
    """Take the passkey's word. Approved before: nothing happens again. Raises Conflict, NotAllowed."""
    if approval.approved_at is not None:
        return approval
    if approval.expires_at <= clock.now():
        raise Conflict(
            "Đề nghị ký đã quá 10 phút. Ký lại từ ứng dụng của ông/bà.",
            "This is older than ten minutes. Begin again in your application.",
        )
    state = {
        "challenge": websafe_encode(challenge_of(approval)),
        "user_verification": UserVerificationRequirement.REQUIRED,
    }
    try:
        webauthn.get_server().authenticate_complete(state, webauthn.get_credentials(account), response)
    except (ValueError, TypeError, KeyError) as wrong:
        raise NotAllowed(
            "Khóa bảo mật không xác nhận được. Dùng khóa đã thêm vào tài khoản này.",
            "The passkey could not confirm this. Use one that belongs to this account.",
        ) from wrong
    approval.approved_at, approval.proof = clock.now(), dict(response)
    approval.save(update_fields=["approved_at", "proof"])
    emit(
        "certificate.approved",
        actor_of(account, level=2),
        subject=("key", approval.key_id),
        data={"digests": approval.digests, "description": approval.description},
    )
    return approval


def spend(account: Account, key: Key, digests: list[str], value: str) -> None:
    """Use an approval for `credentials/authorize`. Raises ApiError: `authorization_pending` until the holder agreed."""
    try:
        approval = own(account.pk, uuid.UUID(value))
    except (ValueError, NotFound):
        raise ApiError("invalid_otp", f"The {FACTOR} approval is unknown") from None
    if approval.key_id != key.pk or approval.digests != digests:
        raise ApiError("invalid_otp", f"The {FACTOR} approval is for other hashes")
    if approval.used_at is not None or approval.expires_at <= clock.now():
        raise ApiError("invalid_otp", f"The {FACTOR} approval was used, or has ended")
    if approval.approved_at is None:
        raise ApiError("authorization_pending", "The holder has not agreed yet")
    approval.used_at = clock.now()
    approval.save(update_fields=["used_at"])


def spoken(digest: str) -> str:
    """A digest for comparing by eye: 16 hexadecimal digits in fours."""
    told = base64.b64decode(digest).hex()[:16]
    return " ".join(told[start : start + 4] for start in range(0, 16, 4))
