"""What expressions of a service pack can see of a case: the pack's own facts, over what the case has learnt since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from motcua.core.services.pack import finding

if TYPE_CHECKING:
    from motcua.core.cases.models import Case

GIVEN = frozenset(
    {"applicant", "registers", "received", "today", "fees", "channel", "case", "province", "files", "rate"}
)
"""Facts that are worked out anew each time and never kept as learnt."""


def facts_of(case: Case, pack: Any, today: dt.date | None = None) -> dict[str, Any]:
    """The facts of a case as they are now. `today` is the day asked about, else the day of receipt."""
    from motcua.core.cases import reference

    learnt = {key: value for key, value in case.data.get("facts", {}).items() if not key.startswith("$")}
    handling = reference.agency(case.handling_agency_id)
    facts: dict[str, Any] = pack.facts(
        case.data.get("answers", {}),
        finding.from_json(case.data.get("found", {})),
        applicant=case.data.get("applicant", {}),
        received=timezone.localtime(case.received_at),
        today=today,
        extra={
            **learnt,
            "province": handling.province_code,
            "channel": case.channel,
            "case": {"number": case.number, "uuid": str(case.uuid), "assisted": case.assisted},
        },
    )
    local = case.data.get("facts", {}).get("$local")
    return {**facts, "$local": local} if local else facts


def learned(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a step of the process added or changed, to be kept beside the answers."""
    return {
        key: value
        for key, value in after.items()
        if key not in GIVEN and (key not in before or before[key] != value)
    }


def get(source: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, or None."""
    value: Any = source
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def merge(target: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put `more` over `target`, deep."""
    for key, value in more.items():
        known = target.get(key)
        if isinstance(value, Mapping) and isinstance(known, dict):
            merge(known, value)
        else:
            target[key] = value
