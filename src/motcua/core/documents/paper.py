"""Setting a document: the template, its data, and what every document of the state carries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from motcua.core import clock
from motcua.core.documents.models import Document
from motcua.core.errors import NotAllowed, UserError
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.engines import vietqr
from motcua.engines.text import long_date
from motcua.engines.typeset import TypesetError, Typesetter


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs a document, in which form, with which lines above the name."""

    officer_id: int
    name: str
    form: str
    for_whom: str
    position: str
    title_lines: tuple[str, ...]

    @property
    def line(self) -> str:
        return " ".join((*self.title_lines, self.name))


def signer_of(actor: Actor, document: Document) -> Signer:
    """The officer as signer of this document today; NotAllowed when the delegations do not let them."""
    right = (
        organisations.signing_right(actor.officer_id, document.agency_id, document.service_code)
        if actor.officer_id is not None
        else None
    )
    if actor.officer_id is None or right is None:
        raise NotAllowed(
            f"{actor.label} chưa được giao quyền ký văn bản này cho {document.agency.name}. "
            "Chọn người ký khác, hoặc bổ sung văn bản ủy quyền.",
            f"{actor.label} may not sign this for {document.agency.name}. Choose another signer or add the delegation.",
        )
    form, _, for_whom = right.title_lines[0].partition(" ")
    return Signer(actor.officer_id, actor.label, form, for_whom, right.title_lines[-1], right.title_lines)


def typeset(document: Document, signer: Signer | None) -> bytes:
    """The document as PDF/A-2b, unsigned. Raises UserError that names what of the template or data is wrong."""
    try:
        return setter(str(settings.MOTCUA_FONTS)).render(
            document.template, facts(document, signer), created=document.created_at
        )
    except TypesetError as wrong:
        raise UserError(
            f"Mẫu văn bản “{document.title}” không dựng được: {wrong}",
            f"The template of {document.title!r} cannot be set: {wrong}",
        ) from wrong


def facts(document: Document, signer: Signer | None) -> dict[str, Any]:
    """What a template finds as `given`: its own data, and agency, superior, number, place, day, signer, check."""
    agency = document.agency
    day = document.created_at.astimezone(clock.now().tzinfo).date()
    unit = organisations.unit(agency.unit_code) if agency.unit_code else None
    return {
        "agency": agency.name,
        "superior": agency.parent.name
        if agency.parent and signer is None and agency.kind == "one_stop"
        else None,
        "number": document.number or None,
        "place": unit.short_name if unit else None,
        "day": long_date(day),
        "date": day.isoformat(),
        "case_number": document.case_number,
        "title": document.title,
        "signer": None
        if signer is None
        else {
            "name": signer.name,
            "form": signer.form,
            "for_whom": signer.for_whom,
            "position": signer.position,
            "at": f"{clock.now():%H:%M %d/%m/%Y}",
        },
        "check": {
            "code": spaced(document.code),
            "url": check_url(document.code),
            "qr": vietqr.svg(check_url(document.code)),
        },
        "data": document.data,
        **document.data,
    }


def check_url(code: str) -> str:
    """Where anyone checks a document; what its QR code holds."""
    return f"{settings.MOTCUA_SITE}/kiem-tra/{code}/"


def spaced(code: str) -> str:
    """A code in fours, for reading aloud."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@lru_cache(maxsize=2)
def setter(fonts: str) -> Typesetter:
    """The typesetter with the fonts of a folder; opened once."""
    return Typesetter(Path(fonts))
