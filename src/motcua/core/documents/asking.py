"""Asking for a certificate: somebody asks, a second person approves, and it is issued in the same act.

Every act is an event about the request or the key, so that its history can be told.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from cryptography import x509
from django.db import IntegrityError, transaction

from motcua.core import clock
from motcua.core.documents import signing_keys, trust
from motcua.core.documents.certificates import APPROVERS, check_reason, may_ask
from motcua.core.documents.contrib import remote
from motcua.core.documents.key_stores import key_stores
from motcua.core.documents.models import CertificateRequest, Key, KeyPurpose, RequestState
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Officer
from motcua.engines.pki import Person, PublicKey, Seal, Service
from motcua.engines.pki.requests import RequestError, public_key_of

LASTS = {KeyPurpose.PERSON: 3, KeyPurpose.SEAL: 5, KeyPurpose.SERVICE: 2}
"""Years."""
OVERLAP = dt.timedelta(days=90)
"""A next certificate can be had so long before the former one ends; both are in force until it does."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A certificate as somebody asks for it. `request` is PKCS #10 text where the key was made elsewhere."""

    purpose: str
    agency_id: int
    reason: str
    officer_id: int | None = None
    name: str = ""
    store: str = "file"
    request: str = ""
    reference: str = ""
    replaces: Key | None = None

    @classmethod
    def next_of(cls, key: Key, reason: str, *, request: str = "") -> Wish:
        """The next certificate of the same holder, kept in the same place."""
        return cls(
            key.purpose,
            key.agency_id,
            reason,
            officer_id=key.officer_id,
            name=key.subject,
            store=key.store,
            request=request,
            reference=key.reference,
            replaces=key,
        )


def ask(actor: Actor, wish: Wish) -> CertificateRequest:
    """Ask for a certificate. Nothing is issued until another person approves."""
    if not may_ask(actor, wish.agency_id):
        raise NotAllowed(
            "Chỉ người đứng đầu cơ quan hoặc cán bộ chứng thực được đề nghị cấp chứng thư.",
            "Only the head of the agency or the authority's officers ask for certificates.",
        )
    subject = _subject_of(wish)
    _check_key(wish)
    check_reason(wish.reason)
    try:
        with transaction.atomic():
            asked = CertificateRequest.objects.create(
                purpose=wish.purpose,
                officer_id=wish.officer_id,
                agency_id=wish.agency_id,
                subject=subject,
                store=wish.store,
                request_pem=wish.request.strip(),
                reference=wish.reference.strip(),
                reason=wish.reason.strip(),
                replaces=wish.replaces,
                asked_at=clock.now(),
                asked_by=actor.label,
                asked_by_account=actor.account_id,
            )
    except IntegrityError as twice:
        raise Conflict(
            f"Đã có đề nghị cấp chứng thư cho {subject} đang chờ duyệt.",
            f"A request for {subject} waits already.",
        ) from twice
    emit("certificate.asked", actor, subject=("certificate_request", asked.pk), data={"reason": asked.reason})
    return asked


def ask_renewal(actor: Actor, key: Key, reason: str, *, request: str = "") -> CertificateRequest:
    """Ask for the next certificate of the same holder, at most 90 days before the present one ends."""
    if key.revoked_at is not None:
        raise Conflict(
            "Chứng thư đã thu hồi, không gia hạn được: đề nghị cấp mới.", "It is revoked: ask for a new one."
        )
    if clock.now() < key.valid_until - OVERLAP:
        first = (key.valid_until - OVERLAP).astimezone(clock.now().tzinfo)
        raise Conflict(
            f"Chứng thư còn hạn dài. Gia hạn được từ ngày {first:%d/%m/%Y}.",
            f"It lasts long yet. It can be renewed from {first:%d/%m/%Y} on.",
        )
    return ask(actor, Wish.next_of(key, reason, request=request))


def approve(actor: Actor, request_id: int) -> Key:
    """A second person approves: the certificate is issued in the same act. Approved before: the same key again."""
    asked = _settling(actor, request_id)
    if asked.state == RequestState.ISSUED and asked.key is not None:
        return asked.key
    _check_open(asked)
    if actor.account_id is not None and actor.account_id == asked.asked_by_account:
        raise NotAllowed(
            "Người đề nghị không tự duyệt. Người thứ hai xem và duyệt.",
            "Whoever asked does not approve: a second person does.",
        )
    key = _issue(asked)
    asked.state, asked.key = RequestState.ISSUED, key
    _settle(actor, asked, "")
    emit(
        "certificate.issued",
        actor,
        subject=("key", key.pk),
        data={"serial": key.serial, "request": str(asked.uuid), "asked_by": asked.asked_by},
    )
    return key


def refuse(actor: Actor, request_id: int, reason: str) -> CertificateRequest:
    """Say no, with the reason."""
    asked = _settling(actor, request_id)
    check_reason(reason)
    if asked.state != RequestState.REFUSED:
        _check_open(asked)
        asked.state = RequestState.REFUSED
        _settle(actor, asked, reason.strip())
        emit("certificate.refused", actor, subject=("certificate_request", asked.pk), data={"reason": reason})
    return asked


def _subject_of(wish: Wish) -> str:
    """Whose name the certificate will bear. Raises UserError at the field that lacks something."""
    agency = organisations.agency(wish.agency_id)
    if wish.purpose == KeyPurpose.SEAL:
        return agency.name
    if wish.purpose == KeyPurpose.SERVICE:
        if not wish.name.strip():
            raise UserError("Ghi tên hệ thống, thiết bị.", "Name the system or device.", field="name")
        return wish.name.strip()
    if wish.purpose != KeyPurpose.PERSON or wish.officer_id is None:
        raise UserError("Chọn cán bộ.", "Choose the officer.", field="officer")
    officer = Officer.objects.get(pk=wish.officer_id)
    if not any(duty.agency_id == wish.agency_id for duty in organisations.duties(wish.officer_id)):
        raise UserError(
            f"{officer.name} không giữ chức vụ nào ở {agency.name}.",
            f"{officer.name} holds no post at {agency.name}.",
            field="officer",
        )
    return officer.name


def _check_key(wish: Wish) -> None:
    """That the store can have this key: it makes keys, or a good request or credential comes along."""
    if wish.store not in key_stores.names():
        raise UserError("Chọn nơi giữ khóa.", "Choose where the key is kept.", field="store")
    if wish.store == "remote":
        remote.certificates_of(wish.reference.strip())
    elif not key_stores.get(wish.store).makes_keys or wish.request.strip():
        _requested_key(wish.request)


def _requested_key(request: str) -> PublicKey:
    try:
        return public_key_of(request.encode())
    except RequestError as wrong:
        raise UserError(
            f"Yêu cầu chứng thư không dùng được: {wrong}.",
            f"The certificate request cannot be used: {wrong}.",
            field="request",
        ) from wrong


def _settling(actor: Actor, request_id: int) -> CertificateRequest:
    if not (actor.is_system or actor.has(*APPROVERS)):
        raise NotAllowed(
            "Chỉ người duyệt của tổ chức chứng thực được duyệt đề nghị.",
            "Only the authority's approver settles requests.",
        )
    return (
        CertificateRequest.objects.select_for_update(of=("self",))
        .select_related("agency", "replaces", "key")
        .get(pk=request_id)
    )


def _check_open(asked: CertificateRequest) -> None:
    if asked.state != RequestState.ASKED:
        raise Conflict(
            f"Đề nghị này đã được giải quyết: {RequestState(asked.state).label.lower()}.",
            f"This request was settled already: {asked.state}.",
        )


def _settle(actor: Actor, asked: CertificateRequest, reason: str) -> None:
    asked.settled_at, asked.settled_by, asked.settled_reason = clock.now(), actor.label, reason
    asked.save(update_fields=["state", "key", "settled_at", "settled_by", "settled_reason"])


def _issue(asked: CertificateRequest) -> Key:
    """The certificate of an approved request, and the row that makes it known."""
    if asked.store == "remote":
        return _take_over(asked)
    prefix = {KeyPurpose.PERSON: "officer", KeyPurpose.SEAL: "agency"}.get(
        KeyPurpose(asked.purpose), "service"
    )
    key_id = f"{prefix}-{asked.officer_id or asked.agency_id}-{asked.agency_id}-{secrets.token_hex(4)}"
    keys = key_stores.get(asked.store)
    made_elsewhere = bool(asked.request_pem)
    public_key = _requested_key(asked.request_pem) if made_elsewhere else keys.create(key_id)
    certificate = _certify(asked, public_key)
    if not made_elsewhere:
        keys.install(key_id, certificate)
    return signing_keys.remember(
        key_id,
        certificate,
        asked.subject,
        asked.agency_id,
        asked.officer_id,
        purpose=asked.purpose,
        store=asked.store,
        reference=asked.reference,
        replaces=asked.replaces,
    )


def _certify(asked: CertificateRequest, public_key: PublicKey) -> x509.Certificate:
    house, start = trust.house(), clock.now()
    end = start + dt.timedelta(days=round(365.25 * LASTS[KeyPurpose(asked.purpose)]))
    agency: Agency = asked.agency
    if asked.purpose == KeyPurpose.SEAL:
        seal = Seal(agency.name, agency.code)
        return house.authority("seals").issue_seal(seal, public_key, start=start, end=end)
    if asked.purpose == KeyPurpose.SERVICE:
        service = Service(asked.subject, agency.name, agency.code)
        return house.issuer.issue_service(service, public_key, start=start, end=end)
    officer = Officer.objects.get(pk=asked.officer_id or 0)
    duties = [one for one in organisations.duties(officer.pk) if one.agency_id == agency.pk]
    if not duties:
        raise Conflict(
            f"{officer.name} không còn giữ chức vụ ở {agency.name}.",
            f"{officer.name} no longer holds a post at {agency.name}.",
        )
    person = Person(officer.name, duties[0].position_name, agency.name, trust.reference_of(officer.code))
    return house.authority("officers").issue_person(person, public_key, start=start, end=end)


def _take_over(asked: CertificateRequest) -> Key:
    """A certificate that a remote service holds already becomes the officer's here."""
    certificate, *chain = remote.certificates_of(asked.reference)
    if asked.officer_id is None:
        raise Conflict("Dịch vụ ký từ xa chỉ dùng cho cán bộ.", "Remote signing is for officers only.")
    return signing_keys.enrol_certificate(
        asked.officer_id,
        asked.agency_id,
        certificate,
        store="remote",
        reference=asked.reference,
        chain=chain,
    )
