"""Acts of a page that may be refused: nothing of a refused act stays, and the page can be shown again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from motcua.core.errors import NotFound, UserError


def attempt(act: Callable[[], Any]) -> UserError | None:
    """Do an act; what it had written is undone when it raises an error that a person can mend, which is given back.

    NotFound is never shown as a mistake on a form: it flies.
    """
    try:
        with transaction.atomic():
            act()
    except NotFound:
        raise
    except UserError as fault:
        return fault
    return None
