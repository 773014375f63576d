"""The one statement that makes a case, and everything it is given."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg import RawCursor

from motcua.core.cases import process, statuses
from motcua.core.cases.handlers.registry import is_inline
from motcua.core.cases.models import Case, DecisionRun, ProcessStep, ServiceRequest, Task
from motcua.core.cases.models.case import sealing_group
from motcua.core.cases.numbers import NumberShape
from motcua.core.cases.process import real_time
from motcua.core.keys import new_uuid
from motcua.core.ledger.actor import Actor
from motcua.core.sealing.fields import seal_row, sealed_fields


@lru_cache(maxsize=1)
def statement() -> str:
    """The one statement; its named parameters are those of `statement_parameters`."""
    return (Path(__file__).parents[1] / "sql" / "submit.sql").read_text("utf-8")


@lru_cache(maxsize=1)
def numbered() -> tuple[bytes, tuple[str, ...]]:
    """The statement with numbered parameters, as the server takes it, and their names in order."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${names.setdefault(match.group(1), len(names) + 1)}"

    text = re.sub(r"%\((\w+)\)s", number, statement())
    return text.encode(), tuple(names)


def run_statement(actor: Actor, **given: Any) -> tuple[int, str] | None:
    """Make a case of what `statement_parameters` takes. Returns (id, number), or None when the key was used before:
    nothing was written then."""
    connection.ensure_connection()
    link = connection.connection
    if link.prepare_threshold is None:
        link.prepare_threshold = 1  # the statement is long: planned once a connection, not once a case
    text, names = numbered()
    parameters = statement_parameters(actor, **given)
    with connection.wrap_database_errors, RawCursor(link) as cursor:
        cursor.execute(text, [parameters[name] for name in names], prepare=True)
        row = cursor.fetchone()
    return None if row is None else (row[0], row[1])


(_CASE_DATA,) = sealed_fields(Case, "data")
_OPTIONAL = {
    "assisted": False, "assisting": None, "dossier": None, "decided_case": None, "asked": 0, "found": 0,
}  # fmt: skip


def statement_parameters(
    actor: Actor,
    *,
    key: uuid.UUID,
    case_uuid: uuid.UUID,
    number: NumberShape,
    now: dt.datetime,
    place: process.Place,
    plan: process.Plan,
    columns: Mapping[str, Any],
    process_state: Mapping[str, Any],
    data: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]] = (),
    steps: Sequence[Mapping[str, Any]] = (),
    external_ids: Mapping[str, str] | None = None,
    draft: uuid.UUID | None = None,
    files: Sequence[uuid.UUID] = (),
    later: Sequence[str] = (),
) -> dict[str, Any]:
    """Everything the statement is given."""
    stops = statuses.clock_stops(columns["status"])
    agencies = {place.receiving, place.handling, place.competent}
    group = sealing_group(columns["service_code"], now)
    agencies |= {task.agency_id for task in plan.tasks if task.agency_id is not None}
    return {
        **_OPTIONAL,
        **columns,
        "key": key,
        "uuid": case_uuid,
        "scope": number.scope,
        "day": now.date(),
        "prefix": number.prefix,
        "width": number.width,
        "suffix": number.suffix,
        "sync": "pending" if external_ids else "none",
        "competent": place.competent,
        "receiving": place.receiving,
        "handling": place.handling,
        "agencies": sorted(agencies),
        "now": now,
        "due": place.due_at,
        "due_now": None if stops else place.due_at,
        "clock_stops": stops,
        "process_state": _json(process_state),
        "data": _CASE_DATA.seal(data, group),
        "external_ids": _json(dict(external_ids or {})),
        "tasks": _json([seal_row(Task, _columns(task), group) for task in plan.tasks]),
        "requests": _json([seal_row(ServiceRequest, _columns(request), group) for request in plan.requests]),
        "runs": _json([seal_row(DecisionRun, run, group) for run in runs]),
        "steps": _json([seal_row(ProcessStep, step, group) for step in steps]),
        "event_uuid": new_uuid(),
        "actor_kind": actor.kind.value,
        "actor_label": actor.label,
        "account": actor.account_id,
        "party": actor.party_id,
        "officer": actor.officer_id,
        "agency": actor.agency_id,
        "principal": actor.principal,
        "mandate": actor.mandate_id,
        "event_data": _json({"channel": columns["channel"], "status": columns["status"]}),
        "draft": draft,
        "files": list(files),
        "jobs": _json(_jobs(case_uuid, plan, later)),
    }


def _jobs(case_uuid: uuid.UUID, plan: process.Plan, later: Sequence[str]) -> list[dict[str, Any]]:
    """The outbox of a submission: what the worker is to do once it is committed."""
    case = {"case_uuid": str(case_uuid)}
    jobs: list[dict[str, Any]] = [{"task": "cases.acknowledge", "args": case}]
    jobs += [
        {"task": "cases.run_service", "args": {"request_uuid": str(request.uuid)}}
        for request in plan.requests
        if not is_inline(request.type)
    ]
    jobs += [{"task": "cases.fire_timers", "args": case, "at": real_time(timer.due)} for timer in plan.timers]
    return jobs + [{"task": task, "args": case} for task in later]


def _columns(row: Any) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(row)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_as_text)


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
