"""What becomes of a signed document: issued, withdrawn, replaced. The public log has each of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from motcua.core import clock
from motcua.core.documents.models import Document, DocumentKind, DocumentState, VaultItem
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger import log
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.ledger.models import LogName


def issue(document: Document, owner_party_ids: Iterable[int | None]) -> Document:
    """File a signed document: into the vaults, into the public log, open to checks. Once, however often asked."""
    if document.state == DocumentState.ISSUED:
        return document
    if document.state != DocumentState.SIGNED:
        raise Conflict("Văn bản chưa được ký.", "The document is not signed yet.")
    document.state, document.issued_at = DocumentState.ISSUED, clock.now()
    if document.kind == DocumentKind.RESULT:
        document.log_submission_id = _log(document, "result.issued")
        for party_id in dict.fromkeys(owner for owner in owner_party_ids if owner is not None):
            VaultItem.objects.get_or_create(
                party_id=party_id,
                document=document,
                defaults={"kind": document.service_code, "title": document.title, "received_at": clock.now()},
            )
    document.save(update_fields=["state", "issued_at", "log_submission_id"])
    return document


def withdraw(actor: Actor, document_id: int, reason: str) -> Document:
    """Take a result back: from now on every check says so, with the reason."""
    if not reason.strip():
        raise UserError("Ghi lý do thu hồi.", "Give the reason for withdrawing it.", "reason")
    document = Document.objects.select_for_update(of=("self",)).get(pk=document_id)
    if document.state != DocumentState.ISSUED:
        raise Conflict("Chỉ thu hồi được kết quả đã phát hành.", "Only an issued result can be withdrawn.")
    document.state = DocumentState.WITHDRAWN
    document.withdrawn_at, document.withdrawn_reason = clock.now(), reason
    document.save(update_fields=["state", "withdrawn_at", "withdrawn_reason"])
    _log(document, "result.withdrawn")
    emit(
        "document.withdrawn",
        actor,
        case_id=document.case_id,
        subject=("document", document.pk),
        data={"reason": reason},
    )
    return document


def replace(actor: Actor, old: Document, new: Document) -> None:
    """An issued document gives way to a newer one, e.g. when the personal number has come."""
    if new.state != DocumentState.ISSUED:
        raise Conflict("Bản thay thế chưa được phát hành.", "The replacement is not issued yet.")
    if old.state == DocumentState.REPLACED:
        return
    old.state, old.replaced_by = DocumentState.REPLACED, new
    old.save(update_fields=["state", "replaced_by"])
    _log(old, "result.replaced")
    emit("document.replaced", actor, case_id=old.case_id, subject=("document", old.pk), data={"by": new.code})


def _log(document: Document, kind: str) -> int:
    """A leaf of the public log: facts that anyone may know, no names."""
    facts = {
        "agency": document.agency.code,
        "code_hash": hashlib.sha256(
            document.code.encode()
        ).hexdigest(),  # nobody lists the codes from the log
        "digest": document.digest,
        "kind": kind,
        "title": document.title,
        "at": clock.now().isoformat(timespec="seconds"),
    }
    payload = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return log.submit(LogName.RESULTS, kind, payload).pk
