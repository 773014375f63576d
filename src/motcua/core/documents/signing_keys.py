"""Who holds which signing key: enrolling officers and agencies, finding the key in force."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.documents import trust
from motcua.core.documents.key_stores import certificates_in, key_stores
from motcua.core.documents.models import Key, KeyPurpose
from motcua.core.errors import NotAllowed, UserError
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
    return remember(key_id, certificate, officer.name, agency_id, officer_id)


def enrol_agency(agency: Agency) -> Key:
    """Issue a sealing certificate to an agency."""
    key_id = f"agency-{agency.pk}-{secrets.token_hex(4)}"
    certificate = trust.house().issue_seal(key_id, Seal(agency.name, agency.code))
    return remember(key_id, certificate, agency.name, agency.pk, None)


def enrol_certificate(
    officer_id: int,
    agency_id: int,
    certificate: x509.Certificate,
    *,
    store: str = "agent",
    reference: str = "",
    chain: Sequence[x509.Certificate] = (),
) -> Key:
    """Make known an officer's certificate whose key lives elsewhere, of our authority or of another one."""
    officer = Officer.objects.get(pk=officer_id)
    known = Key.objects.filter(serial=str(certificate.serial_number)).first()
    if known is not None:
        raise UserError(
            f"Chứng thư này đã được đăng ký cho {known.subject}.",
            f"This certificate is registered for {known.subject} already.",
            field="reference",
        )
    key_id = f"outside-{certificate.serial_number:x}"
    return remember(
        key_id,
        certificate,
        officer.name,
        agency_id,
        officer_id,
        store=store,
        reference=reference,
        chain_pem="".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in chain),
    )


def certificate_of(key: Key) -> x509.Certificate:
    """The certificate of a key, wherever the key is."""
    return certificates_in(key.certificate_pem)[0]


def chain_of(key: Key) -> list[x509.Certificate]:
    """The certificates above it that a signature carries: all but the root."""
    house = trust.house()
    above = certificates_in(key.chain_pem) or house.authorities.get(key.authority, house.issuer).chain
    return [each for each in above if each.issuer != each.subject]


def signs_at_once(officer_id: int | None, agency_id: int) -> bool:
    """Whether the officer's key in force signs without a device or a remote service being asked."""
    key = usable(officer_id, agency_id).order_by("-id").first() if officer_id is not None else None
    return key is None or key_stores.get(key.store).signs_at_once


def usable(officer_id: int | None, agency_id: int) -> QuerySet[Key]:
    """The keys in force now of an officer for an agency, or (officer None) of the agency itself."""
    now = clock.now()
    return Key.objects.filter(
        Q(officer_id=officer_id) if officer_id is not None else Q(officer_id__isnull=True),
        purpose=KeyPurpose.SEAL if officer_id is None else KeyPurpose.PERSON,
        agency_id=agency_id,
        revoked_at__isnull=True,
        suspended_at__isnull=True,
        valid_from__lte=now,
        valid_until__gt=now,
    ).exclude(authority__in=[one.name for one in trust.house().revoked()])


def remember(
    key_id: str,
    certificate: x509.Certificate,
    subject: str,
    agency_id: int,
    officer_id: int | None,
    *,
    purpose: str = "",
    store: str = "file",
    reference: str = "",
    chain_pem: str = "",
    replaces: Key | None = None,
) -> Key:
    """The row of an issued certificate."""
    return Key.objects.create(
        key_id=key_id,
        store=store,
        reference=reference,
        purpose=purpose or (KeyPurpose.SEAL if officer_id is None else KeyPurpose.PERSON),
        authority=trust.house().issuer_of(certificate) or "",
        subject=subject,
        officer_id=officer_id,
        agency_id=agency_id,
        serial=str(certificate.serial_number),
        certificate_pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        chain_pem=chain_pem,
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        replaces=replaces,
    )
