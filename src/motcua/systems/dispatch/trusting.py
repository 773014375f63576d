"""Who signed: whether a message is proven to be of its sender, and what is in doubt when it is not.

What is in doubt is held, and a person decides; it is never taken in silence.
"""

from __future__ import annotations

from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from motcua.core import clock
from motcua.core.documents import revocation, trust
from motcua.core.documents.key_stores import certificates_in
from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.engines.pki import Revocation
from motcua.systems.dispatch.axis import directory
from motcua.systems.dispatch.models import Connection, Form

_SIGNER_OTHER = "signer_other"


class Doubt(StrEnum):
    """Why a message is not proven to be of its sender."""

    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"
    STRANGER = "stranger"
    OTHER_CERTIFICATE = "other_certificate"
    UNTRUSTED = "untrusted"
    ENDED = "ended"
    REVOKED = "revoked"

    def text(self, lang: str = "vi") -> str:
        return _WORDS[self][lang == "en"]


_WORDS = {
    Doubt.UNSIGNED: ("Văn bản không có chữ ký số của nơi gửi", "The sender did not sign it"),
    Doubt.UNREADABLE: ("Chữ ký số không kiểm tra được", "The signature cannot be checked"),
    Doubt.STRANGER: (
        "Chữ ký là của người khác, không phải của nơi gửi",
        "The signature is somebody else's, not the sender's",
    ),
    Doubt.OTHER_CERTIFICATE: (
        "Chữ ký bằng chứng thư khác với chứng thư nơi gửi đã đăng ký",
        "It is signed with another certificate than the sender has registered",
    ),
    Doubt.UNTRUSTED: (
        "Chứng thư của chữ ký không do tổ chức được tin cậy cấp",
        "The signer's certificate is of no authority that is trusted here",
    ),
    Doubt.ENDED: ("Chứng thư của chữ ký chưa hoặc không còn hiệu lực", "The signer's certificate is not in force"),
    Doubt.REVOKED: (
        "Chứng thư của chữ ký đã bị thu hồi hoặc tạm dừng",
        "The signer's certificate is revoked or suspended",
    ),
}  # fmt: skip


def faults_but_signer(judged: edxml.Judged) -> list[edxml.Finding]:
    """What makes a message unusable. That somebody else signed it does not: it is held."""
    return [each for each in judged.faults if each.code != _SIGNER_OTHER]


def doubt_at_office(judged: edxml.Judged, connection: Connection) -> Doubt | None:
    """What is in doubt about a message that a connection brought; None: it is proven to be of its sender."""
    state, certificate = judged.signature.state, judged.signature.certificate
    if state in (edxml.SignatureState.NONE, edxml.SignatureState.UNREADABLE):
        if connection.takes_unsigned:
            return None
        return Doubt.UNSIGNED if state is edxml.SignatureState.NONE else Doubt.UNREADABLE
    if state is edxml.SignatureState.STRANGER or certificate is None:
        return Doubt.STRANGER
    if (ended := _not_in_force(certificate)) is not None:
        return ended
    if connection.form == Form.LOCAL:
        registered = _on_file(judged.message.header.sender.organ_id)
        if registered:
            return None if certificate in registered else Doubt.OTHER_CERTIFICATE
    return None if _of_trusted_authority(certificate, connection) else Doubt.UNTRUSTED


def doubt_on_axis(judged: edxml.Judged, registered: tuple[x509.Certificate, ...]) -> Doubt | None:
    """The axis's own doubt: only of agencies that have certificates on file. Of others the receiver judges."""
    if not registered:
        return None
    state, certificate = judged.signature.state, judged.signature.certificate
    if state is edxml.SignatureState.NONE:
        return Doubt.UNSIGNED
    if state is edxml.SignatureState.UNREADABLE:
        return Doubt.UNREADABLE
    if state is edxml.SignatureState.STRANGER or certificate is None:
        return Doubt.STRANGER
    return _not_in_force(certificate) or (None if certificate in registered else Doubt.OTHER_CERTIFICATE)


def is_proven(judged: edxml.Judged, connection: Connection) -> bool:
    """Whether a trusted signature stands behind a message, whatever the connection takes besides."""
    signed = judged.signature.state is edxml.SignatureState.VALID
    return signed and doubt_at_office(judged, connection) is None


def read_certificates(pem: str, field: str = "certificates") -> str:
    """PEM text brought to one form. Raises UserError where it holds none, or one that is over."""
    if not pem.strip():
        return ""
    try:
        found = x509.load_pem_x509_certificates(pem.strip().encode("ascii"))
    except ValueError:
        raise UserError(
            "Đây không phải chứng thư dạng PEM. Dán từ dòng BEGIN CERTIFICATE đến dòng END CERTIFICATE.",
            "This is no certificate in PEM. Paste from BEGIN CERTIFICATE to END CERTIFICATE.",
            field,
        ) from None
    for each in found:
        if each.not_valid_after_utc <= clock.now():
            raise UserError(
                f"Chứng thư {named(each)} đã hết hạn ngày {each.not_valid_after_utc:%d/%m/%Y}.",
                f"The certificate {named(each)} ended on {each.not_valid_after_utc:%d/%m/%Y}.",
                field,
            )
    return "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in found)


def own_authorities() -> str:
    """The authorities of this installation as PEM: whom others trust who trust our agencies' signatures."""
    return "".join(
        each.public_bytes(Encoding.PEM).decode("ascii") for each in trust.house().standing_intermediates
    )


def named(certificate: x509.Certificate) -> str:
    """Its holder and the first bytes of its SHA-256 fingerprint, to be compared by telephone."""
    digest = certificate.fingerprint(SHA256()).hex()[:16]
    return f"{edxml.subject_of(certificate)} ({' '.join(digest[at : at + 4] for at in range(0, 16, 4))})"


def _on_file(organ_id: str) -> tuple[x509.Certificate, ...]:
    with acting(SYSTEM):
        sender = directory.agency_of(organ_id)
    return certificates_in(sender.certificates_pem) if sender is not None else ()


def _not_in_force(certificate: x509.Certificate) -> Doubt | None:
    if not certificate.not_valid_before_utc <= clock.now() <= certificate.not_valid_after_utc:
        return Doubt.ENDED
    branch = trust.house().issuer_of(certificate)
    if branch and isinstance(revocation.standing_of(certificate.serial_number, branch), Revocation):
        return Doubt.REVOKED
    return None


def _of_trusted_authority(certificate: x509.Certificate, connection: Connection) -> bool:
    """Whether it was issued by an authority that the connection trusts (ours where it names none)."""
    for anchor in certificates_in(connection.trust_pem) or trust.house().standing_intermediates:
        try:
            certificate.verify_directly_issued_by(anchor)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False
