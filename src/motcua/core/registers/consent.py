"""Consent agreements and consents: written, put in force, given, withdrawn, checked; every change chained."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from typing import Any

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.registers import own_keys
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Agreement, AgreementState, Consent, ConsentRevision, ConsentState
from motcua.core.sealing.keyring import PERSON, blind

TEXT = (
    "slug", "version", "register_id", "fields", "purpose", "purpose_en", "controller", "legal_basis", "days", "state",
)  # fmt: skip
"""What the digest of an agreement is of."""


def write_agreement(
    *,
    slug: str,
    register: str,
    fields: Sequence[str],
    purpose: str,
    purpose_en: str,
    controller: str,
    legal_basis: str,
    days: int,
    actor: Actor = SYSTEM,
) -> Agreement:
    """Draft the next version of an agreement. Raises UserError for a field that the register does not have."""
    schema = schemas.of(register)
    for path in fields:
        schema.field(path)
    if not fields or not purpose.strip() or not 1 <= days <= 3660:
        raise UserError(
            "Thỏa thuận phải nêu dữ liệu, mục đích và thời hạn từ 1 đến 3660 ngày.",
            "An agreement names fields, a purpose and from 1 to 3660 days.",
            "fields" if not fields else "purpose" if not purpose.strip() else "days",
        )
    last = Agreement.objects.filter(slug=slug).order_by("-version").first()
    row = Agreement.objects.create(
        slug=slug,
        version=last.version + 1 if last else 1,
        register_id=register,
        fields=list(fields),
        purpose=purpose,
        purpose_en=purpose_en,
        controller=controller,
        legal_basis=legal_basis,
        days=days,
        written_at=clock.now(),
    )
    _chain("agreement", row.uuid, _text_of(row), actor)
    emit("consent.agreement_written", actor, subject=("agreement", row.pk), data=_named(row))
    return row


def put_in_force(agreement: Agreement, actor: Actor = SYSTEM) -> Agreement:
    """From now on people are asked for this version; consents to the one before stay what they were."""
    if agreement.state != AgreementState.DRAFT:
        raise Conflict("Bản này không còn là bản nháp.", "This version is no draft any more.")
    Agreement.objects.filter(slug=agreement.slug, state=AgreementState.IN_FORCE).update(
        state=AgreementState.REPLACED
    )
    agreement.state, agreement.in_force_at = AgreementState.IN_FORCE, clock.now()
    agreement.digest = _digest(_text_of(agreement))
    agreement.save(update_fields=["state", "in_force_at", "digest"])
    _chain("agreement", agreement.uuid, _text_of(agreement), actor)
    emit("consent.agreement_in_force", actor, subject=("agreement", agreement.pk), data=_named(agreement))
    return agreement


def end(agreement: Agreement, actor: Actor = SYSTEM) -> None:
    """Ask nobody any more, and let no consent to it count."""
    agreement.state = AgreementState.ENDED
    agreement.save(update_fields=["state"])
    _chain("agreement", agreement.uuid, _text_of(agreement), actor)
    emit("consent.agreement_ended", actor, subject=("agreement", agreement.pk), data=_named(agreement))


def give(actor: Actor, number: str, slug: str) -> Consent:
    """The person agrees. Asked twice it is the same consent. Raises NotAllowed for anybody but the person."""
    agreement = Agreement.objects.filter(slug=slug, state=AgreementState.IN_FORCE).first()
    if agreement is None:
        raise NotFound("Không có thỏa thuận này, hoặc đã chấm dứt.", "There is no such agreement in force.")
    if actor.party_id is None or actor.principal != actor.party_id:
        raise NotAllowed(
            "Chỉ chính người có dữ liệu được đồng ý.", "Only the person whose data it is may consent."
        )
    standing: Consent | None = _given(number).filter(agreement=agreement).first()
    if standing is not None and standing.expires_at > clock.now():
        return standing
    if standing is not None:
        _close(standing, actor, "hết hạn")
    now = clock.now()
    consent_uuid = uuid.uuid4()
    payload = json.dumps(
        {
            "consent": str(consent_uuid),
            "agreement": agreement.digest,
            "person": number,
            "at": now.isoformat(),
        },
        sort_keys=True,
    )
    row = Consent.objects.create(
        uuid=consent_uuid,
        agreement=agreement,
        person=number,
        party_id=actor.party_id,
        payload=payload,
        signature=own_keys.sign(agreement.register_id, payload),
        method=f"session, level {actor.level}",
        given_at=now,
        expires_at=now + dt.timedelta(days=agreement.days),
    )
    _chain("consent", row.uuid, _state_of(row), actor)
    emit(
        "consent.given",
        actor,
        subject=("consent", row.pk),
        data={"agreement": slug, "version": agreement.version},
    )
    return row


def withdraw(actor: Actor, consent: uuid.UUID, number: str, reason: str = "") -> Consent:
    """The person takes it back, at any time and without giving a reason; it counts at once."""
    row = Consent.objects.select_for_update().filter(uuid=consent, person=number).first()
    if row is None:
        raise NotFound()
    if row.state == ConsentState.GIVEN:
        _close(row, actor, reason)
        emit("consent.withdrawn", actor, subject=("consent", row.pk), data={"agreement": row.agreement.slug})
    return row


def holds(number: str, slug: str) -> bool:
    """Whether the person's consent to an agreement stands now, and is what was signed."""
    rows = _given(number).filter(agreement__slug=slug, expires_at__gt=clock.now()).select_related("agreement")
    return any(row.agreement.state != AgreementState.ENDED and genuine(row) for row in rows)


def require(number: str, slug: str) -> None:
    """Raises NotAllowed unless the consent stands."""
    if not holds(number, slug):
        raise NotAllowed(
            f"Người này chưa đồng ý (hoặc đã rút lại) thỏa thuận “{slug}”.",
            f"This person has not consented to {slug!r}, or has taken it back.",
            "consent",
        )


def genuine(row: Consent) -> bool:
    """Whether a consent is what the person agreed to: signed by the register's own key, before that by an HMAC."""
    if ".." in row.signature:
        return own_keys.holds(row.agreement.register_id, row.signature, row.payload)
    return hmac.compare_digest(row.signature, blind("signed consent", row.payload))


def signed_copy(number: str, consent: uuid.UUID) -> str:
    """The person's own consent as a compact JWS, which anybody can check by the register's public keys.

    Raises NotFound for those of others, and for one from before registers had keys.
    """
    row = Consent.objects.select_related("agreement").filter(uuid=consent, person=number).first()
    if row is None or ".." not in row.signature:
        raise NotFound()
    return own_keys.whole(row.signature, row.payload)


def consents_of(number: str) -> list[Consent]:
    """All consents of a person, newest first."""
    rows = Consent.objects.filter(person=number).select_related("agreement__register")
    return list(rows.order_by("-given_at"))


def revisions_of(about: uuid.UUID) -> list[ConsentRevision]:
    return list(ConsentRevision.objects.filter(about_uuid=about).order_by("pk"))


def chain_is_whole(about: uuid.UUID) -> bool:
    """Whether no revision was altered, added in between or taken out."""
    previous = ""
    for one in revisions_of(about):
        if one.previous != previous or one.digest != _digest(one.previous + one.snapshot):
            return False
        previous = one.digest
    return True


def _given(number: str) -> Any:
    return Consent.objects.filter(person_index=blind(PERSON, number), state=ConsentState.GIVEN)


def _close(row: Consent, actor: Actor, reason: str) -> None:
    row.state, row.withdrawn_at, row.reason = ConsentState.WITHDRAWN, clock.now(), reason
    row.save(update_fields=["state", "withdrawn_at", "reason"])
    _chain("consent", row.uuid, _state_of(row), actor)


def _chain(about: str, about_uuid: uuid.UUID, snapshot: str, actor: Actor) -> None:
    last = ConsentRevision.objects.filter(about_uuid=about_uuid).order_by("-pk").first()
    previous = last.digest if last else ""
    ConsentRevision.objects.create(
        about=about,
        about_uuid=about_uuid,
        snapshot=snapshot,
        digest=_digest(previous + snapshot),
        previous=previous,
        at=clock.now(),
        by=actor.label,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text_of(row: Agreement) -> str:
    return json.dumps({name: getattr(row, name) for name in TEXT}, ensure_ascii=False, sort_keys=True)


def _named(row: Agreement) -> dict[str, Any]:
    return {"slug": row.slug, "version": row.version}


def _state_of(row: Consent) -> str:
    said = {
        "consent": str(row.uuid),
        "agreement": row.agreement.digest,
        "state": row.state,
        "signature": row.signature,
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
    }
    return json.dumps(said, sort_keys=True)
