"""The faces of the provider: for browsers on their way, for machines, for people's accounts, for officers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

View = Callable[..., HttpResponse]


def as_the_provider(view: View) -> View:
    """Read and write the provider's tables, which nobody else may; the view itself sees to whose rows they are."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with acting(SYSTEM):
            return view(request, *args, **kwargs)

    return guarded
