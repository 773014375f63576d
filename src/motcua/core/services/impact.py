"""Whom a change would have touched: last month's cases under the old version and the new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.core.services.pack import FactMissing, NoOutcome, Pack, total
from motcua.engines import text


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case as it was received, given by the room that keeps cases."""

    number: str
    uuid: str
    title: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """What would have come out otherwise: `what` is fee, limit, or the decision's name."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A case that would have gone otherwise."""

    number: str
    uuid: str
    title: str
    differences: tuple[Difference, ...]


def touched(before: Pack, after: Pack, cases: Iterable[PastCase], on: dt.date) -> list[Touched]:
    """The cases that would have come out otherwise, had the new version held: amounts as the packs say them."""
    old, new = _alone(before), _alone(after)
    found: list[Touched] = []
    for case in cases:
        first, second = outcomes(old, case.facts, None), outcomes(new, case.facts, on)
        changed = tuple(
            Difference(what, first.get(what, ""), second.get(what, ""))
            for what in sorted(first.keys() | second.keys())
            if first.get(what) != second.get(what)
        )
        if changed:
            found.append(Touched(case.number, case.uuid, case.title, changed))
    return found


def outcomes(pack: Pack, facts: Mapping[str, Any], on: dt.date | None) -> dict[str, str]:
    """What a pack says of a case, as text. With `on`, by the amounts of that day instead of the day of receipt."""
    said: dict[str, str] = {}
    priced = dict(facts) if on is None else {**facts, "priced_on": on}
    try:
        said["fee"] = text.money(total(pack.fees(priced)))
        limit = pack.limit(facts)
        said["limit"] = f"{limit.amount.normalize():f} {limit.unit.value}"
    except FactMissing as missing:
        said["fee"] = str(missing)
    for name in pack.decisions:
        try:
            decided = pack.decide(name, facts)
            said[name] = f"{decided.value} ({decided.rule})"
        except NoOutcome as gap:
            said[name] = str(gap)
    return said


def _alone(pack: Pack) -> Pack:
    """The pack with its own amounts, not those of the installation."""
    from dataclasses import replace

    return replace(pack, rates=None)
