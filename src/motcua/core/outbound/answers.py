"""Using an answer again while it is fresh enough for the purpose; forgetting what nothing may use any more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from motcua.core import clock
from motcua.core.outbound.models import Answer
from motcua.core.sealing.keyring import blind

QUESTION = "outbound question"
"""The purpose under which questions are digested."""
KEPT_AT_MOST = dt.timedelta(days=31)


def fresh(register: str, asked: Sequence[str], seconds: int) -> tuple[Any, dt.datetime] | None:
    """(what was answered, when), if that is no older than `seconds`. The answer may be that nothing is known."""
    if seconds <= 0:
        return None
    row = Answer.objects.filter(register=register, question=_digest(asked)).first()
    if row is None or row.asked_at < clock.now() - dt.timedelta(seconds=seconds):
        return None
    return row.content.get("said"), row.asked_at


def keep(register: str, asked: Sequence[str], said: Any, at: dt.datetime) -> None:
    """Remember an answer; a newer one replaces it."""
    row = Answer(register=register, question=_digest(asked), content={"said": said}, asked_at=at)
    Answer.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["register", "question"],
        update_fields=["content", "asked_at"],
    )


def forget(register: str, asked: Sequence[str]) -> None:
    """The register said that this changed."""
    Answer.objects.filter(register=register, question=_digest(asked)).delete()


def tidy() -> int:
    """Remove what is older than any purpose may use. Returns how many."""
    removed, _ = Answer.objects.filter(asked_at__lt=clock.now() - KEPT_AT_MOST).delete()
    return removed


def _digest(asked: Sequence[str]) -> str:
    return blind(QUESTION, json.dumps(list(asked), ensure_ascii=False))
