"""From what the engines say of signatures to the verdict on a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import NameOID

from motcua.core.documents.checking.bundle import TrustBundle
from motcua.core.documents.checking.findings import SignatureFinding, Verdict
from motcua.core.errors import Text
from motcua.engines import cades, pades, xades
from motcua.engines.pades import Today
from motcua.engines.trust_lists import ChainError, Failure, revoked_at, standing

_REFUSED = {"ALTERED", "FORGED", "REVOKED", "MALFORMED", "WRONG_CERTIFICATE", "WRONG_PURPOSE"}
"""Reasons that show something to be false; all others leave it unproven."""
SIGNED_BY_US = Text(
    "Chữ ký hợp lệ và nội dung còn nguyên vẹn từ khi ký.",
    "The signatures are valid and nothing was changed since.",
)
SIGNED_BY_OTHERS = Text(
    "Chữ ký hợp lệ, do tổ chức chứng thực trong danh sách tin cậy bảo đảm; nội dung còn nguyên vẹn từ khi ký.",
    "The signatures are valid, vouched for by an authority of the trust lists; nothing was changed since.",
)
NOT_VOUCHED = Text(
    "Vào lúc ký, không tổ chức chứng thực nào trong danh sách tin cậy bảo đảm cho chứng thư này.",
    "At the time of signing no authority of the trust lists vouched for this certificate.",
)


def of_pdf(one: pades.SignatureReport, bundle: TrustBundle, now: dt.datetime) -> SignatureFinding:
    """A signature of a PDF."""
    return _found(
        bundle,
        now,
        one.certificate,
        position=one.position,
        organisation=one.organisation,
        signer=one.signer,
        at=one.at,
        at_is_proven=one.at_is_proven,
        form="PAdES",
        level=one.level,
        intact=one.intact and one.covers_whole_document,
        valid=one.valid,
        today=one.today,
        reasons=tuple(_text(reason) for reason in one.reasons),
        refused=any(reason.name in _REFUSED for reason in one.reasons),
        revoked_at=one.revoked_at,
        known_until=one.known_until,
        finding=one.finding,
    )


def of_xml(one: xades.XadesReport, bundle: TrustBundle, now: dt.datetime) -> SignatureFinding:
    """A signature of an XML document or of a container."""
    return _found(
        bundle,
        now,
        one.certificate,
        signer=one.signer,
        at=one.at,
        at_is_proven=one.at_is_proven,
        form="XML-DSig" if one.level is xades.Level.XMLDSIG else "XAdES",
        level="" if one.level is xades.Level.XMLDSIG else one.level,
        intact=one.intact,
        valid=one.valid,
        today=today_of(one.certificate, bundle, now),
        reasons=tuple(_text(reason) for reason in one.reasons),
        refused=any(reason.name in _REFUSED for reason in one.reasons),
        revoked_at=one.revoked_at,
        known_until=one.known_until,
        roles=one.roles,
        finding=one.finding,
    )


def of_message(one: cades.CadesReport, bundle: TrustBundle, now: dt.datetime) -> SignatureFinding:
    """A signer of a CMS message, alone or in a container."""
    plain = one.level is cades.Level.CMS
    return _found(
        bundle,
        now,
        one.certificate,
        signer=one.signer,
        at=one.at,
        at_is_proven=one.at_is_proven,
        form="CMS" if plain else "CAdES",
        level="" if plain else one.level,
        intact=one.intact,
        valid=one.valid,
        today=today_of(one.certificate, bundle, now),
        reasons=tuple(_text(reason) for reason in one.reasons),
        refused=any(reason.name in _REFUSED for reason in one.reasons),
        revoked_at=one.revoked_at,
        known_until=one.known_until,
        finding=one.finding,
    )


def today_of(certificate: x509.Certificate | None, bundle: TrustBundle, now: dt.datetime) -> Today:
    """What is known today of a certificate, whatever it means for a signature."""
    if certificate is None:
        return Today.UNKNOWN
    if bundle.withdrawn_above(certificate) is not None:
        return Today.REVOKED
    if revoked_at(certificate, bundle, bundle.evidence, now):
        return Today.REVOKED
    try:
        stood = standing(certificate, bundle, bundle.evidence, at=now, now=now)
    except ChainError as error:
        return {Failure.REVOKED: Today.REVOKED, Failure.OUT_OF_FORCE: Today.ENDED}.get(
            error.failure, Today.UNKNOWN
        )
    return Today.GOOD if stood.known_until == now else Today.UNKNOWN


def verdict_on(signatures: Sequence[SignatureFinding]) -> tuple[Verdict, Text]:
    """What all signatures of a file together come to; there is at least one."""
    broken = [one for one in signatures if not one.intact]
    if broken:
        return Verdict.ALTERED, _first(broken)
    invalid = [one for one in signatures if not one.valid]
    if invalid:
        unproven = not any(one.refused for one in invalid)
        return (Verdict.UNPROVEN if unproven else Verdict.ALTERED), _first(invalid)
    if all(one.ours for one in signatures):
        return Verdict.VALID, SIGNED_BY_US
    return Verdict.NOT_OURS, SIGNED_BY_OTHERS


def _first(signatures: Sequence[SignatureFinding]) -> Text:
    reasons = (reason for one in signatures for reason in one.reasons)
    return next(
        reasons,
        Text("Không chứng minh được là thật.", "It could not be proven genuine."),
    )


def _found(
    bundle: TrustBundle,
    now: dt.datetime,
    certificate: x509.Certificate | None,
    *,
    signer: str,
    at: dt.datetime | None,
    at_is_proven: bool,
    form: str,
    level: str,
    intact: bool,
    valid: bool,
    today: Today,
    reasons: tuple[Text, ...],
    refused: bool,
    revoked_at: dt.datetime | None,
    known_until: dt.datetime | None,
    finding: str,
    roles: tuple[str, ...] = (),
    position: str = "",
    organisation: str = "",
) -> SignatureFinding:
    """With who vouches for the certificate. The engines weigh PDF against all anchors of all times; here the lists
    are asked for the day of signing, and a certificate that none stood for then is no longer valid."""
    ours, service, holder = False, None, None
    if certificate is not None:
        ours, service = bundle.voucher(certificate, at or now, now)
        holder = bundle.holder(certificate, ours=ours, service=service)
        position = position or _name(certificate, NameOID.TITLE)
        organisation = organisation or _name(certificate, NameOID.ORGANIZATION_NAME)
        fallen = bundle.withdrawn_above(certificate)
        if fallen is not None:
            today = Today.REVOKED
            stands = valid and at_is_proven and at is not None and at < fallen.since
            told = fallen.remark(now.tzinfo) if stands else fallen.refusal(now.tzinfo)
            valid, refused, reasons = stands, refused or not stands, (told, *reasons)
    if valid and not ours and service is None:
        valid, reasons = False, (*reasons, NOT_VOUCHED)
    known = valid or ours or service is not None
    return SignatureFinding(
        signer=signer,
        position=position,
        organisation=organisation,
        serial=str(certificate.serial_number) if certificate else "",
        at=at,
        at_is_proven=at_is_proven,
        form=form,
        level=level,
        intact=intact,
        valid=valid,
        today=today,
        reasons=reasons,
        holder=holder if known else None,
        vouched_by=f"{service.name} ({service.provider})" if service else "",
        ours=ours,
        refused=refused,
        revoked_at=revoked_at,
        known_until=known_until,
        roles=roles,
        finding=finding,
    )


def _name(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    return ", ".join(str(one.value) for one in certificate.subject.get_attributes_for_oid(kind))


def _text(reason: pades.Reason | xades.Reason) -> Text:
    return Text(reason.text("vi"), reason.text("en"))
