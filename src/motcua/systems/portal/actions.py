"""What the citizen's pages write that no room of the core writes for them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases import prefill
from motcua.core.cases.actions.submit import party_facts
from motcua.core.cases.models import Case, Draft
from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.identity.models import Account, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.core.services.pack import NoOutcome, Pack, finding
from motcua.core.services.pack.parts import Words
from motcua.core.services.pack.sources import SOURCES
from motcua.core.words import legible
from motcua.engines import text
from motcua.systems.portal.models import LookAhead, Offer, OfferState

log = logging.getLogger(__name__)

PREPARES = 2
"""The proactive level from which the state prepares an application by itself (Decree 224/2026 art. 16.2)."""

PURPOSE = Actor(ActorKind.SYSTEM, "Hệ thống chuẩn bị sẵn hồ sơ (Nghị định 224/2026/NĐ-CP Điều 16)")


def look_ahead(actor: Actor) -> list[Offer]:
    """What is prepared for the person acted for; the registers are asked at most once a day.

    A decision runs in shadow: nothing comes of it but the offer. Who looked, and why, the person can see.
    """
    if actor.principal is None:
        return []
    today = clock.today()
    looked = LookAhead.objects.filter(party_id=actor.principal).first()
    if looked is None or looked.day < today:
        with acting(SYSTEM):
            LookAhead.objects.update_or_create(party_id=actor.principal, defaults={"day": today})
            for pack in _proactive():
                _try_to_prepare(actor.principal, pack)
    applied = (
        Case.objects.filter(applicant_id=actor.principal).exclude(business_status=7).values("service_code")
    )
    offered = Offer.objects.filter(party_id=actor.principal, state=OfferState.OFFERED)
    return list(offered.exclude(service_code__in=applied).order_by("id"))


def answer_offer(actor: Actor, offer: Offer, accept: bool, lang: str) -> Draft | None:
    """Take what was prepared, which begins the application; or decline it, which is final for this service."""
    offer = Offer.objects.select_for_update().get(pk=offer.pk)
    if offer.party_id != actor.principal:
        raise NotFound()
    if offer.state == OfferState.OFFERED:
        offer.state = OfferState.ACCEPTED if accept else OfferState.DECLINED
        offer.answered_at = clock.now()
        offer.save(update_fields=["state", "answered_at"])
        emit(f"offer.{offer.state}", actor, subject=("offer", offer.pk), data={"service": offer.service_code})
    return cases.start_draft(actor, offer.service_code, lang) if accept else None


def _proactive() -> Iterator[Pack]:
    for one in services.catalogue(clock.today()):
        pack = services.pack(one.version_id)
        if pack.proactive_level >= PREPARES and pack.proactive_trigger:
            yield pack


def _try_to_prepare(party_id: int, pack: Pack) -> None:
    """Prepare one service; where its rules or a register fail, the person's first page opens all the same."""
    try:
        with transaction.atomic():
            _prepare(party_id, pack)
    except Exception:
        log.exception("nothing could be prepared of service %s", pack.code)


def _prepare(party_id: int, pack: Pack) -> None:
    """Offer the service where its trigger holds, unless it was answered, applied for, or no longer holds."""
    version_id = pack.version_id
    assert version_id is not None
    known = Offer.objects.filter(party_id=party_id, service_code=pack.code).first()
    if known is not None and known.state in (OfferState.ACCEPTED, OfferState.DECLINED):
        return
    reasons = None if _applied(party_id, pack.code) else _reasons(party_id, pack)
    if reasons is None:
        if known is not None and known.state == OfferState.OFFERED:
            known.state = OfferState.LAPSED
            known.save(update_fields=["state"])
            _tell(known)
        return
    facts = {
        "service_version_id": version_id,
        "level": pack.proactive_level,
        "state": OfferState.OFFERED,
        **reasons,
    }
    offer, _ = Offer.objects.update_or_create(party_id=party_id, service_code=pack.code, defaults=facts)
    if known is None or known.state != OfferState.OFFERED:
        _tell(offer)


def _tell(offer: Offer) -> None:
    emit(f"offer.{offer.state}", SYSTEM, subject=("offer", offer.pk), data={"service": offer.service_code})


def _applied(party_id: int, code: str) -> bool:
    return Case.objects.filter(applicant_id=party_id, service_code=code).exclude(business_status=7).exists()


def _reasons(party_id: int, pack: Pack) -> dict[str, str] | None:
    """Why the service is due to the person, by the registers alone; None when it is not.

    A trigger that is a register's news has to be found there; then the pack's decision, where it has one, has
    to say yes.
    """
    applicant = party_facts(party_id).as_facts()
    if not applicant["number"]:
        return None
    looked = prefill.find(PURPOSE, pack, answers={}, applicant=applicant)
    found = finding.from_json(looked.found)
    news = [rule for rule in pack.prefill if rule.name == pack.proactive_trigger]
    if news and not any(
        path == rule.path or path.startswith(f"{rule.path}.") for rule in news for path in found
    ):
        return None
    if pack.eligibility is None:
        label = SOURCES[str(pack.proactive_trigger)].label if news else Words("", "")
        return {
            "rule": "",
            "reason": f"{label.vi} đã có trong hệ thống." if news else "",
            "reason_en": f"{label.en}: it is in the system." if news else "",
            "law": "",
        }
    facts = pack.facts({}, found, applicant=applicant, received=clock.now())
    try:
        decided = pack.decide(pack.eligibility, facts)
    except NoOutcome:
        return None
    if decided.value is not True:
        return None
    return {
        "rule": decided.rule,
        "reason": decided.reason.vi,
        "reason_en": decided.reason.en,
        "law": decided.law,
    }


def speak(actor: Actor, draft: Draft, lang: str) -> None:
    """Go on filling in a draft in another language."""
    if draft.language != lang:
        draft.language = lang
        draft.save(update_fields=["language"])
        emit("draft.language", actor, subject=("draft", draft.pk), data={"language": lang})


def change_contact(actor: Actor, account: Account, *, phone: str, email: str, language: str) -> Party:
    """Set where the person is reached and in which language. Empty means: not by this way."""
    if actor.mandate_id is not None or actor.party_id is None:
        raise NotAllowed(
            "Ông/bà đang làm thay người khác. Trở về làm việc của mình rồi mới sửa được.",
            "You are acting for somebody else. Return to your own matters first.",
        )
    reached: dict[str, Any] = {"phone": _phone(phone), "email": _email(email)}
    party = Party.objects.select_for_update().get(pk=actor.party_id)
    changed = [name for name, value in reached.items() if getattr(party, name) != value]
    for name in changed:
        setattr(party, name, reached[name])
    party.save(update_fields=list(reached))
    account.language = "en" if language == "en" else "vi"
    account.save(update_fields=["language"])
    emit("party.contact_changed", actor, subject=("party", party.pk), data={"changed": changed})
    return party


def _phone(typed: str) -> str:
    if not typed.strip():
        return ""
    try:
        return text.phone(typed)
    except ValueError:
        raise UserError(
            "Số điện thoại chưa đúng. Nhập 10 chữ số, ví dụ 0912 345 678.",
            "The phone number is not right. Give its 10 digits, such as 0912 345 678.",
            "phone",
        ) from None


def _email(typed: str) -> str:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    address = legible(typed, "email")
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise UserError(
            "Địa chỉ thư điện tử chưa đúng, ví dụ lan.anh@vidu.vn.",
            "The e-mail address is not right; it looks like lan.anh@example.vn.",
            "email",
        ) from None
    return address
