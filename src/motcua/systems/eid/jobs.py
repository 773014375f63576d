"""Housekeeping: requests that nobody answers any more."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock, jobs
from motcua.systems.eid.models import Authorization

KEPT_FOR = dt.timedelta(days=1)


@jobs.task(name="eid.forget_requests", lock="eid.forget_requests", every="45 3 * * *")
def forget_requests(timestamp: int = 0) -> None:
    """Remove requests and codes of more than a day ago; they lapsed within minutes."""
    Authorization.objects.filter(asked_at__lt=clock.now() - KEPT_FOR).delete()
