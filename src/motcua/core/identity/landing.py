"""Where somebody belongs when they were on their way nowhere in particular."""

from __future__ import annotations

from collections.abc import Set

from django.urls import NoReverseMatch, reverse

CATALOGUE = frozenset({"service_editor", "service_approver"})
"""Duties of those who keep the services themselves: their work is in the studio."""
BESIDE = frozenset({"steering"})
"""A duty that comes with others and has no desk of its own."""


def desk_of(duties: Set[str]) -> str:
    """The path of the desk at which an officer with these duties works.

    One without a post today, or in an installation without that desk, is led to the own account.
    """
    duties = duties - BESIDE
    wanted = (
        "studio:home" if duties and duties <= CATALOGUE else "onestop:home" if duties else "identity:home"
    )
    try:
        return reverse(wanted)
    except NoReverseMatch:
        return reverse("identity:home")
