"""Trying an act from a page: it happens whole, or not at all with what to mend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import transaction

from motcua.core.errors import NotFound, UserError

T = TypeVar("T")
Errors = list[tuple[str, str]]
"""What a page's error summary takes: (sentence, "#id" of the control)."""


@dataclass(slots=True)
class Outcome(Generic[T]):
    """What came of an act: its value, or the error that a person can mend."""

    value: T | None = None
    error: UserError | None = None
    errors: Errors = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.error is None


def attempt(act: Callable[[], T], lang: str, *, control: str = "") -> Outcome[T]:
    """Do it in a savepoint, so that a refused act leaves nothing behind and the page can be shown again.

    `control` is the id of the control to jump to when the error names no field. NotFound passes through: what is
    not there, or not this person's, has no page.
    """
    try:
        with transaction.atomic():
            return Outcome(act())
    except NotFound:
        raise
    except UserError as error:
        place = error.field or control
        return Outcome(None, error, [(error.text(lang), f"#{place}" if place else "")])
