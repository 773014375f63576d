"""The life of a certificate that was issued (`asking`): suspended, resumed, revoked, and how it stands.

Every act is an event about the key, so that its history can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import signing_keys, trust
from motcua.core.documents.models import Key
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor

OFFICERS = frozenset({"certificate_officer", "certificate_approver"})
APPROVERS = frozenset({"certificate_approver"})
REASONS = (
    "key_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "privilege_withdrawn",
    "unspecified",
)
"""Why a certificate is revoked (RFC 5280 section 5.3.1)."""


def may_ask(actor: Actor, agency_id: int) -> bool:
    """The head of the agency asks, or the authority's officer at the counter."""
    if actor.is_system or actor.has(*OFFICERS):
        return True
    return actor.has("chair") and agency_id in actor.unit_ids


def suspend(actor: Actor, key_id: str, reason: str) -> Key:
    """Put a certificate on hold: nothing can be signed until it is resumed or revoked."""
    key = _governed(actor, key_id)
    check_reason(reason)
    if key.revoked_at is not None:
        raise Conflict("Chứng thư đã thu hồi.", "It is revoked already.")
    if key.suspended_at is None:
        key.suspended_at, key.suspended_reason = clock.now(), reason.strip()
        key.save(update_fields=["suspended_at", "suspended_reason"])
        emit("certificate.suspended", actor, subject=("key", key.pk), data={"reason": key.suspended_reason})
    return key


def resume(actor: Actor, key_id: str, reason: str) -> Key:
    """Take the hold away."""
    key = _governed(actor, key_id)
    check_reason(reason)
    if key.revoked_at is not None:
        raise Conflict("Chứng thư đã thu hồi, không khôi phục được.", "It is revoked and cannot be resumed.")
    if key.suspended_at is not None:
        key.suspended_at, key.suspended_reason = None, ""
        key.save(update_fields=["suspended_at", "suspended_reason"])
        emit("certificate.resumed", actor, subject=("key", key.pk), data={"reason": reason.strip()})
    return key


def revoke(actor: Actor, key_id: str, reason: str, code: str = "unspecified") -> Key:
    """Revoke a certificate for good: signatures stamped before keep their worth, none follow."""
    key = _governed(actor, key_id)
    check_reason(reason)
    if code not in REASONS:
        raise UserError("Chọn lý do thu hồi.", "Choose why it is revoked.", field="code")
    if key.revoked_at is None:
        key.revoked_at, key.revoked_reason, key.revoked_code = clock.now(), reason.strip(), code
        key.save(update_fields=["revoked_at", "revoked_reason", "revoked_code"])
        emit(
            "certificate.revoked",
            actor,
            subject=("key", key.pk),
            data={"reason": key.revoked_reason, "code": code},
        )
    return key


def check_reason(reason: str) -> None:
    """Raises UserError where there is none."""
    if not reason.strip():
        raise UserError("Ghi lý do.", "Give the reason.", field="reason")


def _governed(actor: Actor, key_id: str) -> Key:
    """The key, locked, if the actor governs it: the authority, the agency's head, or its holder."""
    key = Key.objects.select_for_update(of=("self",)).get(key_id=key_id)
    holder = actor.officer_id is not None and actor.officer_id == key.officer_id
    if not (holder or may_ask(actor, key.agency_id)):
        raise NotAllowed(
            "Chỉ người giữ chứng thư, người đứng đầu cơ quan hoặc cán bộ chứng thực làm được việc này.",
            "Only the holder, the head of the agency or the authority's officers may do this.",
        )
    return key


def standing(key: Key) -> str:
    """In one word: `valid`, `suspended`, `revoked`, `ended`, `not_yet`."""
    if key.revoked_at is not None or key.authority in {one.name for one in trust.house().revoked()}:
        return "revoked"
    if clock.now() >= key.valid_until:
        return "ended"
    if key.suspended_at is not None:
        return "suspended"
    return "not_yet" if clock.now() < key.valid_from else "valid"


def public_standing(serial: int) -> dict[str, Any] | None:
    """What anyone may know of a certificate of ours by its serial number: no names. None where it is not ours."""
    key = Key.objects.filter(serial=str(serial)).exclude(authority="").first()
    if key is None:
        return None
    return {
        "serial": f"{serial:x}",
        "standing": standing(key),
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
        "revoked_at": key.revoked_at,
        "suspended_at": key.suspended_at if key.revoked_at is None else None,
        "authority": key.authority,
    }


def file_of(key: Key, encoding: str) -> bytes:
    """The certificate with those above it as PEM, or alone as DER."""
    if encoding == "cer":
        return signing_keys.certificate_of(key).public_bytes(Encoding.DER)
    chain: Sequence[x509.Certificate] = [signing_keys.certificate_of(key), *signing_keys.chain_of(key)]
    return b"".join(each.public_bytes(Encoding.PEM) for each in chain)
