"""Taking in files."""

from __future__ import annotations

from typing import BinaryIO

from django.conf import settings

from motcua.core import clock
from motcua.core.documents import store
from motcua.core.documents.models import File
from motcua.core.documents.uploads import media_type_of
from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.words import legible


def upload(
    actor: Actor, *, name: str, stream: BinaryIO, size: int | None = None, case_id: int | None = None
) -> File:
    """Keep an uploaded file: PDF, JPEG or PNG by its content, whatever its name says, of at most 25 MB."""
    limit = settings.MOTCUA_MAX_FILE
    content = stream.read(limit + 1) if size is None or size <= limit else b"\0" * (limit + 1)
    if len(content) > limit:
        raise UserError(
            f"Tệp “{name}” lớn hơn {limit // 2**20} MB. Hãy chụp lại ở cỡ nhỏ hơn hoặc tách thành nhiều tệp.",
            f"{name!r} is larger than {limit // 2**20} MB. Take a smaller picture or split the file.",
        )
    media_type = media_type_of(content, name)
    file = File.objects.create(
        sha256=store.put(content),
        size=len(content),
        media_type=media_type,
        name=legible(name)[:200] or "tep",
        owner_party_id=actor.principal,
        uploaded_by=actor.label,
        account_id=actor.account_id,
        agency_id=actor.agency_id if actor.kind is ActorKind.OFFICER else None,
        case_id=case_id,
        at=clock.now(),
    )
    emit("file.uploaded", actor, case_id=case_id, subject=("file", file.pk), data={"sha256": file.sha256})
    return file
