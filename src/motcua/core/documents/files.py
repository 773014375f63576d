"""What becomes of uploaded files: they join the case that names them, and are handed in once more for another."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from motcua.core.documents.models import File


def join_case(case_id: int, files: Iterable[uuid.UUID]) -> None:
    """The files belong to the case from now on, and whoever sees it sees them. One that has a case keeps it."""
    File.objects.filter(uuid__in=list(files), case_id=None).update(case_id=case_id)


def hand_in_again(files: Iterable[uuid.UUID], key: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """The same papers once more, as rows of their own that no case has yet: by the former uuid the new one.

    A file belongs to one case; the bytes lie in the store once. The same `key` gives the same rows.
    """
    again: dict[uuid.UUID, uuid.UUID] = {}
    for former in File.objects.filter(uuid__in=list(files)):
        copied = {
            field.attname: getattr(former, field.attname)
            for field in File._meta.concrete_fields
            if field.attname not in ("id", "uuid", "case_id")
        }
        again[former.uuid] = uuid.uuid5(key, str(former.uuid))
        File.objects.get_or_create(uuid=again[former.uuid], defaults=copied)
    return again
