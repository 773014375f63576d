"""Reference data that every submission needs, kept in the process for a few seconds.

Agencies, calendars and number patterns change by hand, seldom. An edit in this process is seen at once; one made
elsewhere after `FRESH` seconds.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar

from django.db.models import Q
from django.db.models.signals import post_delete, post_save

from motcua.core.cases.models import NumberPattern
from motcua.core.cases.numbers import USUAL, NumberShape, shape
from motcua.engines.working_time import Calendar

T = TypeVar("T")
FRESH = 5.0
MOST = 20_000
_kept: dict[Hashable, tuple[float, Any]] = {}
_lock = Lock()


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """What a case needs to know of an agency."""

    id: int
    code: str
    former_code: str
    name: str
    kind: str
    unit_code: str
    province_code: str


def agency(agency_id: int) -> AgencyFacts:
    from motcua.core.organisations import queries as organisations

    return _keep(("agency", agency_id), lambda: _facts(organisations.agency(agency_id)))


def competent_agency(kind: str, unit_code: str, on: dt.date) -> AgencyFacts:
    """The agency of that kind in charge of a unit. Raises NotFound when there is none."""
    from motcua.core.organisations import queries as organisations

    return _keep(
        ("competent", kind, unit_code, on),
        lambda: _facts(organisations.competent_agency(kind, unit_code, on)),
    )


def desk_of(agency_id: int, on: dt.date) -> AgencyFacts:
    """The one-stop unit that receives for an agency."""
    from motcua.core.organisations import queries as organisations

    return _keep(
        ("desk", agency_id, on),
        lambda: _facts(organisations.one_stop_of(organisations.agency(agency_id), on)),
    )


def calendar(agency_id: int) -> Calendar:
    from motcua.core.organisations import queries as organisations

    return _keep(("calendar", agency_id), lambda: organisations.calendar(agency_id))


def number_shape(agency_id: int, day: dt.date) -> NumberShape:
    """How the numbers of that receiving unit look on that day: its own pattern, else the general one."""

    def read() -> NumberShape:
        rows = NumberPattern.objects.filter(
            Q(agency_id=agency_id) | Q(agency=None),
            Q(valid_until=None) | Q(valid_until__gte=day),
            valid_from__lte=day,
        )
        own = sorted(rows, key=lambda row: (row.agency_id is not None, row.valid_from))
        facts = agency(agency_id)
        return shape(own[-1].pattern if own else USUAL, facts.code, facts.former_code, day)

    return _keep(("number", agency_id, day), read)


def forget(*_: Any, **__: Any) -> None:
    """Read everything anew next time."""
    with _lock:
        _kept.clear()


def _keep(key: Hashable, read: Callable[[], T]) -> T:
    now = time.monotonic()
    found = _kept.get(key)
    if found is not None and now - found[0] < FRESH:
        value: T = found[1]
        return value
    value = read()
    with _lock:
        if len(_kept) > MOST:
            _kept.clear()
        _kept[key] = (now, value)
    return value


def _facts(row: Any) -> AgencyFacts:
    return AgencyFacts(
        row.pk, row.code, row.former_code, row.name, row.kind, row.unit_code, row.province_code
    )


def watch() -> None:
    """Forget when reference data is edited in this process."""
    from motcua.core.organisations.models import Agency, CalendarDay, WorkingHours

    for model in (Agency, CalendarDay, WorkingHours, NumberPattern):
        for signal in (post_save, post_delete):
            signal.connect(forget, sender=model, dispatch_uid=f"cases.reference.{model.__name__}")
