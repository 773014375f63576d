"""Papers: given with an application, kept in the vault, handed out again."""

from __future__ import annotations

import uuid
from functools import partial
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render

from motcua.core.cases import actions as cases
from motcua.core.cases.models import Case
from motcua.core.documents import queries as documents
from motcua.core.documents import store
from motcua.core.documents.models import Document, File, VaultItem
from motcua.core.errors import NotFound, say
from motcua.core.identity.access import policy
from motcua.core.services.pack import Paper
from motcua.systems.portal.attempt import Errors, attempt
from motcua.systems.portal.filling import Filling
from motcua.systems.portal.receiving import keep
from motcua.systems.portal.views.apply import _go, _open
from motcua.systems.portal.views.shared import Asked, ask, language_wanted, see_other

NOTHING = say(
    "Chọn tệp để tải lên, hoặc chọn giấy tờ đã có trong kho.",
    "Choose a file to upload, or a paper from your vault.",
)
MOST_FILES = 10


@policy("citizen")
def paper(request: Asked, draft: uuid.UUID, paper: str) -> HttpResponse:
    """Give a paper: pictures or PDFs, or what the vault already holds; what was given can be taken out again."""
    filling = _open(request, draft)
    if isinstance(filling, HttpResponse):
        return filling
    wanted = filling.paper(paper)
    if wanted is None:
        return see_other("portal:tasks", draft)
    errors: Errors = []
    if request.method == "POST":
        errors = _give(request, filling, wanted)
        filling = Filling(filling.draft, request.lang)
        if other := language_wanted(request):
            return see_other("portal:paper", filling.draft.uuid, paper, query=f"lang={other}")
        stays = "remove" in request.POST or "more" in request.POST
        if not errors and not stays:
            return _go(filling.next_after(paper))
    context = {
        "filling": filling,
        "paper": wanted,
        "files": filling.files_of(wanted),
        "vault": [] if wanted.original and not wanted.accept else _suitable(request),
        "form_chosen": ask(request, "form") or wanted.id,
        "errors": errors,
    }
    return render(request, "portal/paper.jinja", context, status=422 if errors else 200)


def _give(request: Asked, filling: Filling, wanted: Paper) -> Errors:
    """Take what was posted into the draft; returns what was wrong with it."""
    forms = {wanted.id, *(name for name, _ in wanted.one_of)}
    form = ask(request, "form") if ask(request, "form") in forms else wanted.id
    given = {name: list(filling.draft.files.get(name, [])) for name in forms}
    errors: Errors = []
    removed = ask(request, "remove")
    if removed:
        given = {name: [one for one in uuids if one != removed] for name, uuids in given.items()}
    added: list[str] = []
    for upload in request.FILES.getlist("file"):
        tried = attempt(partial(keep, upload, request.actor), request.lang, control="file")
        errors += tried.errors
        if tried.value is not None:
            added.append(str(tried.value.uuid))
    added += [str(file.uuid) for file in _from_vault(request)]
    given[form] = list(dict.fromkeys([*given[form], *added]))[:MOST_FILES]
    for name, uuids in given.items():
        if uuids != filling.draft.files.get(name, []):
            filling.draft = cases.attach(request.actor, filling.draft.uuid, name, uuids)
    if not removed and not any(given.values()) and not errors:
        errors.append((NOTHING.text(request.lang), "#file"))
    return errors


def _suitable(request: Asked) -> list[VaultItem]:
    """What the vault holds that can be given again: files, and issued documents."""
    assert request.actor.principal is not None
    if request.actor.services:
        return []  # a mandate for some services does not open the vault
    return documents.vault(request.actor.principal)[:50]


def _from_vault(request: Asked) -> list[File]:
    """Chosen papers of the vault as files; an issued document is given as its signed bytes."""
    chosen = set(request.POST.getlist("vault"))
    files = []
    for item in _suitable(request) if chosen else []:
        if str(item.uuid) in chosen:
            files.append(item.file or _as_file(request, item))
    return files


def _as_file(request: Asked, item: VaultItem) -> File:
    import io

    from motcua.core.documents import actions

    assert item.document is not None
    content = documents.content(item.document)
    return actions.upload(
        request.actor, name=f"{item.title}.pdf", stream=io.BytesIO(content), size=len(content)
    )


@policy("citizen", whole=True)
def vault(request: Asked) -> HttpResponse:
    """Results and papers of the person acted for, newest first."""
    assert request.actor.principal is not None
    items = documents.vault(request.actor.principal)
    return render(request, "portal/vault.jinja", {"items": items})


@policy("citizen", whole=True)
def download_item(request: Asked, item: uuid.UUID) -> HttpResponse:
    """The bytes of something in the vault."""
    assert request.actor.principal is not None
    kept = VaultItem.objects.select_related("document", "file").filter(
        uuid=item, party_id=request.actor.principal
    ).first()  # fmt: skip
    if kept is None:
        raise NotFound()
    if kept.document is not None:
        return hand_out(documents.content(kept.document), file_name(kept.document), "application/pdf")
    assert kept.file is not None
    return hand_out(store.get(kept.file.sha256), kept.file.name, kept.file.media_type)


@policy("citizen")
def download_document(request: Asked, document: uuid.UUID) -> HttpResponse:
    """A slip, receipt or result of one's own case."""
    kept = Document.objects.filter(uuid=document).exclude(digest="").first()
    if kept is None or not _is_mine(request, kept):
        raise NotFound()
    return hand_out(documents.content(kept), file_name(kept), "application/pdf")


@policy("citizen", whole=True)
def download_file(request: Asked, file: uuid.UUID) -> HttpResponse:
    """A file that one has uploaded."""
    kept = File.objects.filter(uuid=file, owner_party_id=request.actor.principal).first()
    if kept is None:
        raise NotFound()
    return hand_out(store.get(kept.sha256), kept.name, kept.media_type)


def _is_mine(request: Asked, document: Document) -> bool:
    """One's own document, or one of a case that one may see (row security hides the others)."""
    case = Case.objects.filter(pk=document.case_id).first() if document.case_id is not None else None
    if case is not None and not request.actor.may_ask_for(case.service_code):
        return False
    if document.owner_party_id == request.actor.principal:
        return case is not None or not request.actor.services
    return case is not None


def file_name(document: Document) -> str:
    number = document.number.replace("/", "-")
    return f"{document.title} {number}".strip() + ".pdf"


def hand_out(content: bytes, name: str, media_type: str) -> HttpResponse:
    """The bytes as a download, under the name people know."""
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
