"""Housekeeping: sessions whose time is over."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from motcua.core import jobs
from motcua.core.identity import trust
from motcua.core.identity.models import Session
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

KEPT_AFTER = dt.timedelta(days=1)
"""A session's row outlives it by a day: it tells whose form it was that came too late (see stash)."""


@jobs.task(name="identity.forget_sessions", lock="identity.forget_sessions", every="40 3 * * *")
def forget_sessions(timestamp: int = 0) -> None:
    """Remove sessions that ended more than a day ago. Sessions live by the machine's clock, not the sandbox's."""
    Session.objects.filter(expire_date__lt=timezone.now() - KEPT_AFTER).delete()


@jobs.task(name="identity.forget_spent_tokens", lock="identity.forget_spent_tokens", every="50 3 * * *")
def forget_spent_tokens(timestamp: int = 0) -> None:
    """Forget which messages of identity sources were heard, once they would be refused as expired."""
    trust.forget_spent()


@jobs.task(name="identity.forget_portraits", lock="identity.forget_portraits", every="*/15 * * * *")
def forget_portraits(timestamp: int = 0) -> None:
    """Portraits of chips are gone once faces could be compared."""
    from motcua.core.identity.cards import forget_portraits as forget

    with acting(SYSTEM):
        forget()


@jobs.task(name="identity.watch_papers", lock="identity.watch_papers", every="30 6 * * *")
def watch_papers(timestamp: int = 0) -> None:
    """Tell foreigners whose passport or residence card ends; lock the accounts of those whose paper has ended."""
    from motcua.core.identity.enrolment import watch_papers as watch

    with acting(SYSTEM):
        watch()


@jobs.task(
    name="identity.close_accounts_of_the_dead", lock="identity.close_accounts_of_the_dead", every="10 * * * *"
)
def close_accounts_of_the_dead(timestamp: int = 0) -> None:
    """Close the accounts and end the mandates of those whose death is registered."""
    from motcua.core.identity.accounts import close_of_all_the_dead

    with acting(SYSTEM):
        close_of_all_the_dead()
