"""Signing and sealing.

Signing goes through a port, `prepare` → sign → `complete`, so that a key can live on a token, in an HSM or at a remote
service; the installation's own key store is one place where keys can be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from cryptography import x509

from motcua.core import clock
from motcua.core.documents import paper, revocation, signing_keys, store, trust
from motcua.core.documents.actions.issuing import issue
from motcua.core.documents.key_stores import SignedElsewhere, key_stores
from motcua.core.documents.models import Document, DocumentState, Key, Signature, SignatureRole
from motcua.core.errors import Conflict, NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.engines import pades

WAITS_FOR_DEVICE = dt.timedelta(minutes=20)
"""How long a prepared signature waits for its device: what is claimed as the time of signing stays near the truth."""


def sign(actor: Actor, document_ids: Sequence[int]) -> list[Document]:
    """Sign documents with the officer's key and seal them for the agency; the system only seals.

    All of them or none: who signs many gives each its own savepoint (`cases.actions.sign_results`).
    Raises NotAllowed where the officer has no signing right or no key on that day. A document signed before
    is left as it is.
    """
    documents = (
        Document.objects.select_for_update(of=("self",))
        .select_related("agency__parent")
        .filter(pk__in=document_ids)
        .order_by("id")
    )
    return [_sign_one(actor, document) for document in documents]


def _sign_one(actor: Actor, document: Document) -> Document:
    if document.state != DocumentState.DRAFT:
        return document
    signer = None if actor.is_system else paper.signer_of(actor, document)
    content = paper.typeset(document, signer)
    place = 0
    if signer is not None:
        key = signing_keys.officer_key(signer.officer_id, document.agency_id)
        content = _apply(
            content,
            document,
            place,
            SignatureRole.PERSON,
            key,
            reason=signer.line,
            officer_id=signer.officer_id,
            form=signer.form,
            title_lines=list(signer.title_lines),
        )
        place = 1
    content = _apply(content, document, place, SignatureRole.SEAL, signing_keys.agency_key(document.agency))
    _keep_signed(actor, document, content)
    return document


def prepare(
    actor: Actor, document_id: int, certificate: x509.Certificate, chain: Sequence[x509.Certificate]
) -> bytes:
    """First half of signing with a key elsewhere: what is to be signed (DER of the signed attributes).

    The certificate must be known here as the officer's. Asking again prepares again.
    """
    document = _draft_of(document_id)
    signer = paper.signer_of(actor, document)
    key = (
        signing_keys.usable(signer.officer_id, document.agency_id)
        .filter(serial=str(certificate.serial_number))
        .first()
    )
    if key is None:
        raise NotAllowed(
            "Chứng thư này không phải của ông/bà ở cơ quan này, hoặc đã hết hiệu lực.",
            "This certificate is not yours in this agency, or is no longer in force.",
        )
    return bytes(_prepare(document, signer, key, certificate, chain).to_sign)


def prepare_with_own_key(actor: Actor, document_id: int) -> Signature:
    """The same with the officer's key in force, which the row names: what waits for a device or a remote service."""
    document = _draft_of(document_id)
    signer = paper.signer_of(actor, document)
    key = signing_keys.officer_key(signer.officer_id, document.agency_id)
    certificate, chain = signing_keys.certificate_of(key), signing_keys.chain_of(key)
    return _prepare(document, signer, key, certificate, chain)


def complete(actor: Actor, document_id: int, signature: bytes) -> Document:
    """Second half: the signature made elsewhere. It is checked before anything is kept; then the agency seals.

    The same answer again changes nothing. Raises Conflict when nothing waits or it waited too long, NotAllowed
    when the certificate ended meanwhile, UserError when the signature is not by this key over this document.
    """
    document = (
        Document.objects.select_for_update(of=("self",)).select_related("agency__parent").get(pk=document_id)
    )
    waiting = Signature.objects.filter(document=document, place=0, officer_id=actor.officer_id).first()
    if waiting is not None and waiting.done and document.state != DocumentState.DRAFT:
        return document
    if waiting is None or waiting.done:
        raise Conflict("Chưa có lần ký nào đang chờ.", "No signature is being waited for.")
    if not waiting.at <= clock.now() < waiting.at + WAITS_FOR_DEVICE:
        raise Conflict(
            "Lần ký này chờ quá lâu nên không nhận nữa. Văn bản vẫn chờ ký: bắt đầu ký lại.",
            "This signature waited too long and is not taken. The document still waits: begin again.",
        )
    paper.signer_of(actor, document)  # the right may have ended meanwhile
    if not signing_keys.usable(waiting.officer_id, document.agency_id).filter(pk=waiting.key_id).exists():
        raise NotAllowed(
            "Chứng thư vừa hết hiệu lực, bị tạm dừng hoặc thu hồi, nên chữ ký không dùng được. Văn bản vẫn chờ ký.",
            "The certificate has just ended, or was suspended or revoked. The document still waits.",
        )
    prepared = pades.Prepared(bytes(waiting.to_sign), bytes(waiting.prepared))
    try:
        content = pades.complete(prepared, signature, timestamp=trust.house().time_stamping.stamp)
    except pades.SigningError as wrong:
        raise UserError(
            f"Chữ ký không dùng được: {wrong}.", f"The signature cannot be used: {wrong}."
        ) from wrong
    waiting.done, waiting.to_sign, waiting.prepared = True, b"", b""
    waiting.save(update_fields=["done", "to_sign", "prepared"])
    content = _apply(content, document, 1, SignatureRole.SEAL, signing_keys.agency_key(document.agency))
    _keep_signed(actor, document, content)
    return document


def _draft_of(document_id: int) -> Document:
    document = (
        Document.objects.select_for_update(of=("self",)).select_related("agency__parent").get(pk=document_id)
    )
    if document.state != DocumentState.DRAFT:
        raise Conflict("Văn bản này đã được ký.", "This document is signed already.")
    return document


def _prepare(
    document: Document,
    signer: paper.Signer,
    key: Key,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
) -> Signature:
    """Set the document for this signer and keep what `complete` will need."""
    prepared = pades.prepare(
        paper.typeset(document, signer),
        _field(0),
        certificate,
        chain=list(chain),
        when=clock.now(),
        reason=signer.line,
    )
    waiting, _ = Signature.objects.update_or_create(
        document=document,
        place=0,
        defaults={
            "role": SignatureRole.PERSON,
            "key": key,
            "officer_id": signer.officer_id,
            "form": signer.form,
            "title_lines": list(signer.title_lines),
            "to_sign": prepared.to_sign,
            "prepared": prepared.state,
            "done": False,
            "at": clock.now(),
        },
    )
    return waiting


def seal_slip(actor: Actor, document: Document) -> Document:
    """Seal a slip or receipt for its agency and hand it to its owner: no person signs it."""
    if document.state == DocumentState.DRAFT:
        content = _apply(
            paper.typeset(document, None),
            document,
            0,
            SignatureRole.SEAL,
            signing_keys.agency_key(document.agency),
        )
        _keep_signed(actor, document, content)
    return issue(document, [document.owner_party_id] if document.owner_party_id else [])


def _apply(
    content: bytes,
    document: Document,
    place: int,
    role: SignatureRole,
    key: Key,
    *,
    reason: str = "",
    **facts: Any,
) -> bytes:
    """One signature by a key that signs at once: prepare, sign, complete, and the row that says so.

    Raises SignedElsewhere where the key asks for its holder's part. What was prepared for a device is put aside.
    """
    certificate, chain = signing_keys.certificate_of(key), signing_keys.chain_of(key)
    keys = key_stores.get(key.store)
    if not keys.signs_at_once:
        raise SignedElsewhere
    prepared = pades.prepare(
        content, _field(place), certificate, chain=chain, when=clock.now(), reason=reason
    )
    signature = keys.sign(key, prepared.to_sign)
    defaults = {"role": role, "key": key, "done": True, "at": clock.now(), "to_sign": b"", "prepared": b""}
    Signature.objects.update_or_create(document=document, place=place, defaults=defaults | facts)
    return pades.complete(prepared, signature, timestamp=trust.house().time_stamping.stamp)


def _keep_signed(actor: Actor, document: Document, content: bytes) -> None:
    house = trust.house()
    signers = [
        signing_keys.certificate_of(one.key)
        for one in document.signatures.select_related("key").order_by("place")
    ]
    answers = [revocation.answer_about(each) for each in (*signers, house.keys.certificate(house.stamper))]
    evident = pades.embed_evidence(
        content,
        certificates=house.intermediates,
        ocsps=[answer for answer in answers if answer is not None],
        crls=[revocation.list_of(name) for name in house.roots],
    )
    document.digest = store.put(evident)
    document.state, document.signed_at = DocumentState.SIGNED, clock.now()
    document.protected_until = pades.protected_until(evident)
    document.save(update_fields=["digest", "state", "signed_at", "protected_until"])
    emit(
        "document.signed",
        actor,
        case_id=document.case_id,
        subject=("document", document.pk),
        data={"digest": document.digest, "code": document.code},
    )


def _field(place: int) -> str:
    return ("NguoiKy", "CoQuan")[place] if place < 2 else f"ChuKy{place}"
