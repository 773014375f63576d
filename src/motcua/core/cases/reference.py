"""Reference data that every submission needs, kept in the process for a few seconds.

Agencies, calendars and number patterns change by hand, seldom. An edit in this process is seen at once; one made
elsewhere after `FRESH` seconds.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, TypeVar

from django.db.models.signals import post_delete, post_save

from motcua.core.cases.models import NumberPattern
from motcua.core.cases.numbers import USUAL, NumberShape, shape
from motcua.core.errors import NotFound
from motcua.engines.working_time import Calendar

T = TypeVar("T")
FRESH = 30.0
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
    valid_from: dt.date
    valid_until: dt.date | None

    def in_force(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Agencies:
    """Every agency, by id and by (kind, unit)."""

    by_id: dict[int, AgencyFacts]
    by_place: dict[tuple[str, str], list[AgencyFacts]]

    def at(self, kind: str, unit_code: str, on: dt.date) -> AgencyFacts | None:
        """The agency of that kind in charge of exactly that unit on a day."""
        found = self.by_place.get((kind, unit_code), ())
        return next((one for one in found if one.in_force(on)), None)


def agencies() -> Agencies:
    """All of them, read in one statement."""

    def read() -> Agencies:
        from motcua.core.organisations.models import Agency

        columns = tuple(field.name for field in fields(AgencyFacts))
        rows = [AgencyFacts(*row) for row in Agency.objects.order_by("sort_key").values_list(*columns)]
        by_place: dict[tuple[str, str], list[AgencyFacts]] = {}
        for row in rows:
            by_place.setdefault((row.kind, row.unit_code), []).append(row)
        return Agencies({row.id: row for row in rows}, by_place)

    return _keep("agencies", read)


def agency(agency_id: int) -> AgencyFacts:
    """The agency of that id. Raises NotFound."""
    found = agencies().by_id.get(agency_id)
    if found is None:
        forget()  # it may have been made by another process a moment ago
        found = agencies().by_id.get(agency_id)
    if found is None:
        raise NotFound(f"Không có cơ quan {agency_id}.", f"There is no agency {agency_id}.")
    return found


def competent_agency(kind: str, unit_code: str, on: dt.date) -> AgencyFacts:
    """The agency of that kind in charge of a unit; else of the unit above. Raises NotFound when there is none."""
    from motcua.core.organisations import queries as organisations

    return agencies().at(kind, unit_code, on) or _keep(
        ("competent", kind, unit_code, on),
        lambda: agency(organisations.competent_agency(kind, unit_code, on).pk),
    )


def desk_of(agency_id: int, on: dt.date) -> AgencyFacts:
    """The one-stop unit that receives for an agency."""
    from motcua.core.organisations import queries as organisations

    here = agency(agency_id)
    desk = agencies().at("one_stop", here.unit_code, on) if here.kind.startswith("commune_") else None
    return desk or _keep(
        ("desk", agency_id, on),
        lambda: agency(organisations.one_stop_of(organisations.agency(agency_id), on).pk),
    )


def calendar(agency_id: int) -> Calendar:
    """The working calendar of an agency: one for each kind of agency."""
    from motcua.core.organisations import queries as organisations

    return _keep(("calendar", agency(agency_id).kind), lambda: organisations.calendar(agency_id))


def number_shape(agency_id: int, day: dt.date) -> NumberShape:
    """How the numbers of that receiving unit look on that day: its own pattern, else the general one."""
    facts = agency(agency_id)
    mine = [
        (row.agency_id is not None, row.valid_from, row.pattern)
        for row in _keep("patterns", lambda: list(NumberPattern.objects.all()))
        if row.agency_id in (None, agency_id)
        and row.valid_from <= day
        and (row.valid_until is None or day <= row.valid_until)
    ]
    return shape(max(mine)[2] if mine else USUAL, facts.code, facts.former_code, day)


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


def watch() -> None:
    """Forget when reference data is edited in this process."""
    from motcua.core.organisations.models import Agency, CalendarDay, WorkingHours

    for model in (Agency, CalendarDay, WorkingHours, NumberPattern):
        for signal in (post_save, post_delete):
            signal.connect(forget, sender=model, dispatch_uid=f"cases.reference.{model.__name__}")
