"""Which files an application names: those given for its papers, and those within its answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from motcua.engines.forms import UploadedRef


def named(papers: Mapping[str, Iterable[str]], answers: Any = None) -> list[uuid.UUID]:
    """The files, each once; what is no uuid is passed over."""
    found = [*(str(one) for ids in papers.values() for one in ids), *_within(answers)]
    known: dict[uuid.UUID, None] = {}
    for one in found:
        with suppress(ValueError):
            known[uuid.UUID(one)] = None
    return list(known)


def renamed(value: Any, others: Mapping[uuid.UUID, uuid.UUID]) -> Any:
    """Papers or answers that name other files in the place of theirs; what is not among `others` stays."""
    if isinstance(value, Mapping):
        return {key: renamed(inner, others) for key, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner, others) for inner in value]
    if isinstance(value, str):
        with suppress(ValueError):
            return str(others.get(uuid.UUID(value), value))
    return value


def _within(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [one for inner in value.values() for one in _within(inner)]
    if isinstance(value, list):
        here = [ref.id for ref in UploadedRef.all_in(value)]
        return here + [one for inner in value if isinstance(inner, Mapping) for one in _within(inner)]
    return []
