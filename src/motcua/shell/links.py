"""Paths of named views. Those that take no argument stand on every page, so each is worked out once."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse


def path_of(name: str, *args: Any, **kwargs: Any) -> str:
    """The path of a named view, as `path_of("portal:case", uuid)`. Raises NoReverseMatch."""
    if args or kwargs:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    return _plain(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@cache
def _plain(name: str, urlconf: Any, prefix: str) -> str:
    """`prefix`, under which the site stands, is in the answer: another one is another path."""
    return reverse(name, urlconf)
