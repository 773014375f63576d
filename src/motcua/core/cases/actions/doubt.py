"""“The register is wrong”, said where it was met: in an application being filled in, or by an officer in a case."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from motcua.core import clock
from motcua.core.cases import doubts, standing
from motcua.core.cases.actions.draft import own_draft, pack_of
from motcua.core.cases.models import Draft
from motcua.core.cases.policies import works_on
from motcua.core.errors import NotFound
from motcua.core.ledger.actor import Actor
from motcua.core.registers import corrections
from motcua.core.registers.models import Correction
from motcua.core.services import queries as services
from motcua.engines.forms import paths

ANSWERED = ("text", "date")
"""Kinds of questions whose right answer the form takes over as it was written to the keeper."""


def doubt_in_application(
    actor: Actor,
    draft_uuid: uuid.UUID,
    path: str,
    *,
    should_be: str,
    reason: str,
    file_uuid: uuid.UUID | None = None,
) -> Correction:
    """Tell the keeper that a fact found for one's application is wrong; the form takes the right one over.

    Raises NotFound for a fact that no register kept here holds, UserError at the field that is missing.
    """
    draft = own_draft(actor, draft_uuid)
    target = _target(path, draft.found)
    met = corrections.Met(application=draft.key, path=path, waits=doubts.rule_of(pack_of(draft), path))
    correction = corrections.ask(
        actor, target.register, target.key, target.attribute, should_be=should_be, reason=reason,
        file_uuid=file_uuid, met=met,
    )  # fmt: skip
    _answer(draft, path, correction.should_be)
    return correction


def doubt_in_case(
    actor: Actor,
    case_uuid: uuid.UUID,
    path: str,
    *,
    should_be: str,
    reason: str,
    file_uuid: uuid.UUID | None = None,
) -> Correction:
    """An officer who works on a case tells the keeper that a fact found for it is wrong. Raises NotFound, UserError."""
    case = standing.lock(case_uuid)
    if not works_on(actor, case):
        raise NotFound()
    standing.require_open(case)
    target = _target(path, case.data.get("found", {}))
    rule = doubts.rule_of(services.pack(case.service_version_id), path)
    correction = corrections.ask(
        actor, target.register, target.key, target.attribute, should_be=should_be, reason=reason,
        file_uuid=file_uuid, met=corrections.Met(case_id=case.pk, path=path, waits=rule),
    )  # fmt: skip
    case.refresh_from_db()
    doubts.meet(case)
    return correction


def _target(path: str, found: Mapping[str, Any]) -> doubts.Target:
    target = doubts.target_of(path, found.get(path))
    if target is None:
        raise NotFound()
    return target


def _answer(draft: Draft, path: str, value: Any) -> None:
    """Write the right value into the form where the person may answer this question there."""
    question = pack_of(draft).form.fields.get(path)
    if question is None or not question.correctable or question.kind not in ANSWERED:
        return
    answers = dict(draft.answers)
    paths.put(answers, question.steps, value)
    draft.answers, draft.saved_at = answers, clock.now()
    draft.save(update_fields=["answers", "saved_at"])
