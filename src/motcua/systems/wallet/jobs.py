"""Housekeeping: offers, nonces, questions and showings that lapsed."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock, jobs
from motcua.systems.wallet.models import Nonce, Offer, Question, Showing

ANSWERS_KEPT, SHOWINGS_KEPT = dt.timedelta(days=30), dt.timedelta(hours=1)


@jobs.task(name="wallet.forget", lock="wallet.forget", every="20 3 * * *")
def forget(timestamp: int = 0) -> None:
    """Remove what lapsed: nobody's proof, name or number stays here longer than its purpose."""
    now = clock.now()
    Nonce.objects.filter(expires_at__lt=now).delete()
    Offer.objects.filter(expires_at__lt=now - ANSWERS_KEPT, credentials=None).delete()
    Question.objects.filter(expires_at__lt=now - ANSWERS_KEPT).delete()
    Showing.objects.filter(expires_at__lt=now - SHOWINGS_KEPT).delete()
