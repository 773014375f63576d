"""Files that come with a form: kept one by one, each with its own error, so that one bad file spoils nothing else."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest

from motcua.core.documents import actions as documents
from motcua.core.documents.models import File
from motcua.core.errors import UserError
from motcua.core.ledger.actor import Actor
from motcua.engines.forms import UploadedRef


def receive_files(
    request: HttpRequest, actor: Actor
) -> tuple[dict[str, list[UploadedRef]], dict[str, UserError]]:
    """Keep the posted files: by field name those kept, and by field name what was wrong with one that was not."""
    kept: dict[str, list[UploadedRef]] = {}
    refused: dict[str, UserError] = {}
    for name, uploads in request.FILES.lists():
        for one in uploads:
            if isinstance(one, UploadedFile) and one.name:
                try:
                    kept.setdefault(str(name), []).append(reference(keep(one, actor)))
                except UserError as error:
                    refused[str(name)] = error
    return kept, refused


def keep(upload: UploadedFile[bytes], actor: Actor) -> File:
    """Keep one file. Raises UserError saying why it cannot be taken and what to do."""
    with transaction.atomic():
        return documents.upload(actor, name=upload.name or "tep", stream=upload, size=upload.size)  # type: ignore[arg-type]


def reference(file: File) -> UploadedRef:
    return UploadedRef(str(file.uuid), file.name, file.size, file.media_type, file.sha256)
