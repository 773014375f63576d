"""The form by which a chip's reading comes, at a desk and from a phone: what it shows, and what was handed over."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from motcua.core.errors import Text, UserError
from motcua.core.identity import cards
from motcua.core.identity.card_readers import reader
from motcua.engines.identity_documents import LARGEST


def fields(request: HttpRequest, lang: str) -> dict[str, Any]:
    """The challenge of this session, what may lie on the site's own reader, and what was chosen."""
    own = reader()
    return {
        "challenge": cards.challenge_for(request.session).hex().upper(),
        "reader": own.name.text(lang) if own else "",
        "documents": list(own.documents(lang)) if own else [],
        "moods": list(own.moods(lang)) if own else [],
        "document": request.POST.get("document", ""),
        "mood": request.POST.get("mood", "good"),
    }


def handed(request: HttpRequest, nothing: Text) -> bytes:
    """The uploaded reading, or one of the site's own reader. Raises UserError with the words of `nothing`."""
    sent, own = request.FILES.get("reading"), reader()
    if sent is not None:
        return bytes(sent.read(LARGEST + 1))
    document = request.POST.get("document", "").replace(" ", "")
    if own is None or not document:
        raise UserError(nothing.vi, nothing.en, "reading")
    return own.read(document, request.POST.get("mood", "good"), cards.challenge_for(request.session))
