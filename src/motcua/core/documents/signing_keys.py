"""Who holds which signing key: enrolling officers and agencies, finding the key in force, revoking."""

from __future__ import annotations

import secrets

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.documents import trust
from motcua.core.documents.models import Key
from motcua.core.errors import NotAllowed
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.models import Agency, Officer
from motcua.engines.pki import Person, Seal


def officer_key(officer_id: int, agency_id: int) -> Key:
    """The officer's key in force for the agency. A sandbox issues one at first need; elsewhere the head asks for it."""
    key = usable(officer_id, agency_id).order_by("-id").first()
    if key is None and settings.MOTCUA_SANDBOX:
        return enrol_officer(officer_id, agency_id)
    if key is None:
        raise NotAllowed(
            "Ông/bà chưa có chứng thư số còn hiệu lực ở cơ quan này. Người đứng đầu cơ quan đề nghị cấp chứng thư.",
            "You have no signing certificate in force in this agency. The head of the agency can ask for one.",
        )
    return key


def agency_key(agency: Agency) -> Key:
    """The agency's sealing key in force."""
    key = usable(None, agency.pk).order_by("-id").first()
    return enrol_agency(agency) if key is None else key


def enrol_officer(officer_id: int, agency_id: int) -> Key:
    """Issue a signing certificate to an officer for the post they hold in the agency today."""
    officer = Officer.objects.get(pk=officer_id)
    duty = next((one for one in organisations.duties(officer_id) if one.agency_id == agency_id), None)
    if duty is None:
        raise NotAllowed(
            f"{officer.name} không giữ chức vụ nào ở cơ quan này.",
            f"{officer.name} holds no post in this agency.",
        )
    key_id = f"officer-{officer.pk}-{agency_id}-{secrets.token_hex(4)}"
    person = Person(officer.name, duty.position_name, duty.agency_name, trust.reference_of(officer.code))
    certificate = trust.house().issue_person(key_id, person)
    return _remember(key_id, certificate, officer.name, agency_id, officer_id)


def enrol_agency(agency: Agency) -> Key:
    """Issue a sealing certificate to an agency."""
    key_id = f"agency-{agency.pk}-{secrets.token_hex(4)}"
    certificate = trust.house().issue_seal(key_id, Seal(agency.name, agency.code))
    return _remember(key_id, certificate, agency.name, agency.pk, None)


def enrol_certificate(officer_id: int, agency_id: int, certificate: x509.Certificate) -> Key:
    """Make known an officer's certificate whose key lives elsewhere."""
    officer = Officer.objects.get(pk=officer_id)
    key_id = f"outside-{certificate.serial_number:x}"
    return _remember(key_id, certificate, officer.name, agency_id, officer_id, store_name="outside")


def revoke(actor: Actor, key_id: str, reason: str) -> Key:
    """Revoke a certificate: signatures stamped before keep their worth, none follow."""
    key = Key.objects.select_for_update().get(key_id=key_id)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_reason = clock.now(), reason
        key.save(update_fields=["revoked_at", "revoked_reason"])
        emit("key.revoked", actor, subject=("key", key.pk), data={"reason": reason})
    return key


def usable(officer_id: int | None, agency_id: int) -> QuerySet[Key]:
    """The keys in force now of an officer for an agency, or (officer None) of the agency itself."""
    now = clock.now()
    return Key.objects.filter(
        Q(officer_id=officer_id) if officer_id is not None else Q(officer_id__isnull=True),
        agency_id=agency_id,
        revoked_at__isnull=True,
        valid_from__lte=now,
        valid_until__gt=now,
    )


def _remember(
    key_id: str,
    certificate: x509.Certificate,
    subject: str,
    agency_id: int,
    officer_id: int | None,
    store_name: str = "file",
) -> Key:
    return Key.objects.create(
        key_id=key_id,
        store=store_name,
        subject=subject,
        officer_id=officer_id,
        agency_id=agency_id,
        serial=str(certificate.serial_number),
        certificate_pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )
