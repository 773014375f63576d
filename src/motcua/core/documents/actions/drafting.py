"""Documents before anybody signs them, and the codes by which they are found."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from motcua.core import clock
from motcua.core.documents import paper
from motcua.core.documents.models import Document, DocumentState
from motcua.core.errors import Conflict
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations.models import Agency

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No 0/O, 1/I: a check code is read aloud."""
CODE_LENGTH = 12


def draft(
    actor: Actor,
    *,
    kind: str,
    title: str,
    template: str,
    data: Mapping[str, Any],
    agency_id: int,
    case_id: int | None = None,
    case_number: str = "",
    owner_party_id: int | None = None,
    number: str = "",
    slip_no: str = "",
    title_en: str = "",
    service_code: str = "",
) -> Document:
    """Make a document from a typst template and its data. It is set once to show that it can be."""
    document = Document(
        kind=kind,
        slip_no=slip_no,
        title=title,
        title_en=title_en,
        number=number or "",
        code=_new_code(),
        case_id=case_id,
        case_number=case_number,
        service_code=service_code,
        agency=Agency.objects.select_related("parent").get(pk=agency_id),
        owner_party_id=owner_party_id,
        template=template,
        data=json.loads(json.dumps(data, default=str)),
        created_at=clock.now(),
    )
    paper.typeset(document, None)
    document.save()
    emit(
        "document.drafted",
        actor,
        case_id=case_id,
        subject=("document", document.pk),
        data={"kind": kind, "number": document.number},
    )
    return document


def redraft(actor: Actor, document: Document, data: Mapping[str, Any]) -> Document:
    """Put other data into a draft that nobody has signed."""
    if document.state != DocumentState.DRAFT:
        raise Conflict("Văn bản đã ký, không sửa được nữa.", "The document is signed and cannot be changed.")
    document.data = json.loads(json.dumps(data, default=str))
    paper.typeset(document, None)
    document.save(update_fields=["data"])
    emit("document.redrafted", actor, case_id=document.case_id, subject=("document", document.pk))
    return document


def preview(document: Document) -> bytes:
    """The document as it would be signed: a PDF without signatures."""
    return paper.typeset(document, None)


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def spoken_code(text: str) -> str:
    """A check code as someone typed it: spaces, dashes and small letters forgiven."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())
