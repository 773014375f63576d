"""Reading documents, vaults, and the answer to "is this genuine?"."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from motcua.core import clock
from motcua.core.documents import store, trust
from motcua.core.documents.actions import spoken_code
from motcua.core.documents.checking import (
    DocumentFacts,
    Finding,
    Form,
    TrustBundle,
    Verdict,
    check,
    check_all,
)
from motcua.core.documents.checking.listed import read_listed
from motcua.core.documents.models import Document, DocumentState, Renewal, VaultItem
from motcua.core.errors import Text
from motcua.core.ledger import log, tree_keys
from motcua.core.organisations.models import Agency
from motcua.engines.text import clock as clock_text
from motcua.engines.text import date as date_text

VALID, WITHDRAWN, REPLACED, ALTERED, UNKNOWN, NOT_OURS, UNPROVEN = (
    Verdict.VALID,
    Verdict.WITHDRAWN,
    Verdict.REPLACED,
    Verdict.ALTERED,
    Verdict.UNKNOWN,
    Verdict.NOT_OURS,
    Verdict.UNPROVEN,
)
VerificationReport = Finding
NOT_REGISTERED = Text(
    "Chữ ký hợp lệ, nhưng văn bản không có trong sổ văn bản đã phát hành của hệ thống này.",
    "The signatures are valid, but this system's register of issued documents does not hold it.",
)
OLD_COPY = Text(
    "Đây là bản gốc, từ đó đã có bản được gia hạn dấu thời gian; hai bản cùng một nội dung.",
    "This is the original; a copy with a newer time-stamp exists. Both say the same.",
)


def content(document: Document) -> bytes:
    """The signed bytes, with the newest archive time-stamp where the document has been renewed."""
    newest = Renewal.objects.filter(document=document).order_by("-place").first()
    return store.get(newest.digest if newest else document.digest)


def vault(party_id: int) -> list[VaultItem]:
    """What a party holds, newest first."""
    rows = VaultItem.objects.filter(party_id=party_id).select_related("document__agency", "file")
    return list(rows.order_by("-id"))


def of_case(case_id: int) -> list[Document]:
    return list(Document.objects.filter(case_id=case_id).select_related("agency").order_by("id"))


def verify_bytes(content: bytes, name: str = "") -> Finding:
    """Check a file: the signatures it bears, then what the register of documents says of it today."""
    (found,) = verify_files([(name, content)])
    return found


def verify_files(given: Sequence[tuple[str, bytes]]) -> list[Finding]:
    """Check files by (name, bytes), each with the others beside it: see `checking.check_all`. Nothing is kept."""
    bundle, contents = trust_bundle(), {hashlib.sha256(content).hexdigest(): content for _, content in given}
    return [
        _registered(_by_the_log(found, contents[found.digest], bundle))
        for found in check_all(given, bundle, now=clock.now())
    ]


def trust_bundle() -> TrustBundle:
    """Whom this installation trusts now: its own authority with fresh lists, and the trust lists it was given."""
    house = trust.house()
    folder = house.trust
    return TrustBundle(
        tuple(house.standing_roots.values()),
        tuple(house.intermediates),
        (
            *house.revocation_lists(),
            *(file.read_bytes() for file in sorted((folder / "lists").glob("*.crl"))),
        ),
        read_listed(
            {file.name: file.read_bytes() for file in (folder / "lists").glob("*") if file.is_file()}
        ),
        tuple(house.answers_about_revoked().values()),
        tree_keys.chain()[0].public_key,
        withdrawn=tuple(house.withdrawn.values()),
    )


def verify_code(text: str) -> Finding:
    """Check by the code printed beside the QR."""
    document = Document.objects.select_related("agency").filter(code=spoken_code(text)).first()
    if document is None or document.issued_at is None:
        return Finding(
            UNKNOWN,
            Text(
                "Không có văn bản nào mang mã này. Kiểm tra lại từng ký tự, hoặc quét mã QR trên văn bản.",
                "No document bears this code. Check it letter by letter, or scan the QR code.",
            ),
            form=Form.CODE,
        )
    return _with_register(Finding(VALID, Text("", ""), form=Form.CODE), document)


def by_code(code: str) -> Document | None:
    return Document.objects.filter(code=spoken_code(code), issued_at__isnull=False).first()


def _by_the_log(found: Finding, content: bytes, bundle: TrustBundle) -> Finding:
    """A file that nothing in it proves any more, since an authority above its signatures or time-stamps fell, judged as
    at the moment when the public log held it: that is a proof of existence too (ETSI EN 319 102-1 section 5.6.2.3)."""
    ours = found.signatures and all(one.intact and one.ours for one in found.signatures)
    if found.verdict.holds or not ours:
        return found
    document = Document.objects.filter(digest=found.digest).first()
    logged = log.stood_at(document.log_submission_id) if document and document.log_submission_id else None
    earlier = check(content, bundle, now=logged, name=found.name) if logged else found
    if logged is None or not earlier.verdict.holds:
        return found
    at = logged.astimezone(clock.now().tzinfo)
    told = Text(
        f"Tự các chữ ký nay không còn chứng minh được gì, nhưng nhật ký công khai chứng minh tệp này đã có lúc "
        f"{clock_text(at)} ngày {date_text(at.date())}, khi các chữ ký còn được tin.",
        "By themselves the signatures prove nothing any more, but the public log proves that this file was there at "
        f"{at:%H:%M on %d/%m/%Y}, when they were believed.",
    )
    signatures = tuple(
        replace(then, today=now.today, revoked_at=now.revoked_at, known_until=logged)
        for then, now in zip(earlier.signatures, found.signatures, strict=True)
    )
    return replace(earlier, signatures=signatures, reasons=(told, *earlier.reasons))


def _registered(found: Finding) -> Finding:
    """What the register adds to a file whose signatures hold. What does not hold stays what it is."""
    if not found.verdict.holds or not found.signatures:
        return found
    document = Document.objects.select_related("agency", "replaced_by").filter(digest=found.digest).first()
    if document is None:
        renewal = Renewal.objects.select_related("document__agency").filter(digest=found.digest).first()
        document = renewal.document if renewal else None
    elif Renewal.objects.filter(document=document).exists():
        found = replace(found, warnings=(*found.warnings, OLD_COPY))
    if document is not None and document.issued_at is not None:
        return _with_register(found, document)
    message = NOT_REGISTERED if found.verdict is VALID else found.message
    return replace(found, verdict=NOT_OURS, message=message)


def _with_register(found: Finding, document: Document) -> Finding:
    verdict, message = _standing(document)
    proof = log.proof_of(document.log_submission_id) if document.log_submission_id else None
    return replace(
        found,
        verdict=verdict,
        message=message,
        document=_facts(document),
        log_proof=proof.to_json() if proof else None,
    )


def _standing(document: Document) -> tuple[Verdict, Text]:
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
