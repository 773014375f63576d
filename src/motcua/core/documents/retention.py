"""Uploaded files that came to nothing are removed, row and bytes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction

from motcua.core.documents import store
from motcua.core.documents.models import Document, File, Renewal


def forget_files_of(case_ids: Sequence[int]) -> int:
    """Remove what was handed in for cases whose term of keeping has ended; what lies in a vault stays its owner's."""
    rows = File.objects.filter(case_id__in=case_ids, vault_items=None)
    files = list(rows.values_list("uuid", flat=True))
    rows.update(case_id=None)
    return forget_files(files)


def forget_files(files: Iterable[uuid.UUID]) -> int:
    """Remove those of the files that belong to no case and lie in no vault; returns how many.

    Bytes that another file or a document shares stay, and none go before this transaction is kept.
    """
    rows = File.objects.filter(uuid__in=list(files), case_id=None, vault_items=None)
    digests = set(rows.values_list("sha256", flat=True))
    removed, _ = rows.delete()
    needed = set(File.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    needed |= set(Document.objects.filter(digest__in=digests).values_list("digest", flat=True))
    needed |= set(Renewal.objects.filter(digest__in=digests).values_list("digest", flat=True))
    for digest in digests - needed:
        transaction.on_commit(lambda unused=digest: store.remove(unused))  # type: ignore[misc]
    return removed
