"""Reading documents, vaults, and the answer to "is this genuine?"."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from motcua.core import clock
from motcua.core.documents import store, trust
from motcua.core.documents.actions import spoken_code
from motcua.core.documents.models import Document, DocumentState, VaultItem
from motcua.core.errors import Text
from motcua.core.ledger import log
from motcua.core.organisations.models import Agency
from motcua.engines import pades
from motcua.engines.pades import SignatureReport
from motcua.engines.text import clock as clock_text
from motcua.engines.text import date as date_text

VALID, WITHDRAWN, REPLACED, ALTERED, UNKNOWN, NOT_OURS = (
    "valid",
    "withdrawn",
    "replaced",
    "altered",
    "unknown",
    "not_ours",
)


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What anyone may know of an issued document: no names of people it is about."""

    code: str
    title: str
    number: str
    agency: str
    issued_at: dt.datetime | None
    state: str
    withdrawn_at: dt.datetime | None
    withdrawn_reason: str
    replaced_by: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The answer. `verdict` is valid, withdrawn, replaced, altered, unknown, or not_ours (validly signed by us as
    an authority, yet not in our register of documents)."""

    verdict: str
    message: Text
    signatures: Sequence[SignatureReport] = ()
    document: DocumentFacts | None = None
    log_proof: dict[str, Any] | None = None
    reasons: Sequence[Text] = field(default_factory=tuple)

    def sentence(self, lang: str = "vi") -> str:
        return self.message.text(lang)


def content(document: Document) -> bytes:
    """The signed bytes."""
    return store.get(document.digest)


def vault(party_id: int) -> list[VaultItem]:
    """What a party holds, newest first."""
    rows = VaultItem.objects.filter(party_id=party_id).select_related("document__agency", "file")
    return list(rows.order_by("-id"))


def of_case(case_id: int) -> list[Document]:
    return list(Document.objects.filter(case_id=case_id).select_related("agency").order_by("id"))


def verify_bytes(pdf: bytes) -> VerificationReport:
    """Check a file: the signatures it bears, then what the register of documents says of it today."""
    house = trust.house()
    verdict = pades.verify(
        pdf,
        [house.root.certificate],
        now=clock.now(),
        certificates=house.intermediates,
        crls=house.revocation_lists(),
    )
    reasons = tuple(
        Text(reason.text("vi"), reason.text("en"))
        for reason in dict.fromkeys([*verdict.reasons, *(r for s in verdict.signatures for r in s.reasons)])
    )
    document = (
        Document.objects.select_related("agency").filter(digest=hashlib.sha256(pdf).hexdigest()).first()
    )
    if not verdict.valid:
        return VerificationReport(
            ALTERED if verdict.signatures else UNKNOWN,
            _broken(verdict),
            verdict.signatures,
            reasons=reasons,
        )
    if document is None or document.state == DocumentState.SIGNED:
        return VerificationReport(
            NOT_OURS,
            Text(
                "Chữ ký hợp lệ, nhưng văn bản không có trong sổ văn bản đã phát hành của hệ thống này.",
                "The signatures are valid, but this system's register of issued documents does not hold it.",
            ),
            verdict.signatures,
            reasons=reasons,
        )
    return _report(document, verdict.signatures, reasons)


def verify_code(text: str) -> VerificationReport:
    """Check by the code printed beside the QR."""
    document = Document.objects.select_related("agency").filter(code=spoken_code(text)).first()
    if document is None or document.issued_at is None:
        return VerificationReport(
            UNKNOWN,
            Text(
                "Không có văn bản nào mang mã này. Kiểm tra lại từng ký tự, hoặc quét mã QR trên văn bản.",
                "No document bears this code. Check it letter by letter, or scan the QR code.",
            ),
        )
    return _report(document, (), ())


def by_code(code: str) -> Document | None:
    return Document.objects.filter(code=spoken_code(code), issued_at__isnull=False).first()


def _report(
    document: Document, signatures: Sequence[SignatureReport], reasons: Sequence[Text]
) -> VerificationReport:
    verdict, message = _standing(document)
    proof = log.proof_of(document.log_submission_id) if document.log_submission_id else None
    return VerificationReport(
        verdict, message, signatures, _facts(document), proof.to_json() if proof else None, reasons
    )


def _standing(document: Document) -> tuple[str, Text]:
    if document.state == DocumentState.WITHDRAWN and document.withdrawn_at:
        day = date_text(document.withdrawn_at.astimezone(clock.now().tzinfo).date())
        return WITHDRAWN, Text(
            f"Văn bản đã bị {document.agency.name} thu hồi ngày {day}: {document.withdrawn_reason}.",
            f"{document.agency.name_en or document.agency.name} withdrew this document on {day}: "
            f"{document.withdrawn_reason}.",
        )
    if document.state == DocumentState.REPLACED:
        return REPLACED, Text(
            "Đã có bản mới hơn thay thế văn bản này.",
            "A newer document has replaced this one.",
        )
    issued = (document.issued_at or clock.now()).astimezone(clock.now().tzinfo)
    return VALID, Text(
        f"Văn bản do {document.agency.name} phát hành lúc {clock_text(issued)} ngày {date_text(issued.date())}, "
        "còn nguyên vẹn và còn hiệu lực.",
        f"Issued by {document.agency.name_en or document.agency.name} on {date_text(issued.date())}, "
        "unchanged and still in force.",
    )


def _broken(verdict: pades.Verdict) -> Text:
    first = next(iter([*verdict.reasons, *(r for s in verdict.signatures for r in s.reasons)]), None)
    if first is None:
        return Text("Không chứng minh được văn bản là thật.", "The document could not be proven genuine.")
    return Text(first.text("vi"), first.text("en"))


def _facts(document: Document) -> DocumentFacts:
    agency: Agency = document.agency
    return DocumentFacts(
        document.code,
        document.title,
        document.number,
        agency.name,
        document.issued_at,
        document.state,
        document.withdrawn_at,
        document.withdrawn_reason,
        document.replaced_by.code if document.replaced_by else "",
    )
