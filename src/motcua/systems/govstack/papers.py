"""Papers sent ahead: kept for the system that sent them, until an application of its names them."""

from __future__ import annotations

import io
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from motcua.core.documents import actions as documents
from motcua.core.documents.models import File
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.systems.govstack import callers, paging
from motcua.systems.govstack.speaking import NotSaid, face


@face("POST")
def upload(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep the file of the part `file` (PDF, JPEG or PNG). An application names it in `documentUrls` as
    `PAPER/documentId`, where PAPER is the service's id of the paper."""
    callers.may(actor)
    given = request.FILES.get("file")
    if given is None:
        raise NotSaid("Thiếu tệp.", "A part named 'file' (multipart/form-data) is expected.", "file")
    with acting(SYSTEM):
        content = io.BytesIO(given.read(settings.MOTCUA_MAX_FILE + 1))
        kept = documents.upload(actor, name=given.name or "", stream=content)
    return JsonResponse({"documentId": str(kept.uuid), "message": kept.name})


def named(actor: Actor, urls: Iterable[object]) -> dict[str, list[str]]:
    """{paper: [file uuid]} of `documentUrls`. Raises NotSaid for a file that this system did not send, or that
    belongs to an application already."""
    found: dict[str, list[str]] = {}
    for url in urls:
        paper, _, document = str(url).rpartition("/")
        asked = paging.identifier(document)
        mine = File.objects.filter(uuid=asked, uploaded_by=actor.label, owner_party_id=None, case_id=None)
        if not paper or not mine.exists():
            raise NotSaid(
                f"Không có giấy tờ “{str(url)[:80]}” đã gửi trước.",
                f"{str(url)[:80]!r} is no PAPER/documentId of a document sent here before.",
                "documentUrls",
            )
        found.setdefault(paper, []).append(str(asked))
    return found
