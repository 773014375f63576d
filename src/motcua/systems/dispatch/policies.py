"""Who may do what with a document: one answer for pages and actions."""

from __future__ import annotations

from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.engines.edxml import StatusCode
from motcua.systems.dispatch.models import Assignment, Incoming, Outgoing, Stage, WorkFile
from motcua.systems.dispatch.models.files import FileState

AXIS_RUNNERS = ("service_editor", "service_approver")
"""The duties of those who run the installation's connections with others."""


def runs_axis(actor: Actor) -> bool:
    """Whether the actor runs the axis of this installation and its connections to others."""
    return actor.is_system or actor.has(*AXIS_RUNNERS)


def signs_for(officer_id: int | None, agency_id: int) -> bool:
    """Whether an officer may sign documents of the agency today."""
    return officer_id is not None and organisations.signing_right(officer_id, agency_id, "") is not None


def of_outgoing(actor: Actor, letter: Outgoing) -> dict[str, bool]:
    """What the actor may do with a document of ours now."""
    here = letter.agency_id in actor.unit_ids
    mine = here and actor.officer_id == letter.drafter_id
    return {
        "edit": mine and letter.stage == Stage.DRAFT,
        "submit": mine and letter.stage == Stage.DRAFT,
        "approve": here and letter.stage == Stage.AT_HEAD and actor.officer_id == letter.head_id,
        "sign": here and letter.stage == Stage.AT_LEADER and actor.officer_id == letter.leader_id,
        "send_back": here
        and (
            (letter.stage == Stage.AT_HEAD and actor.officer_id == letter.head_id)
            or (letter.stage == Stage.AT_LEADER and actor.officer_id == letter.leader_id)
        ),
        "send": here and letter.stage == Stage.ISSUED,
        "cancel": here and letter.stage == Stage.ISSUED and letter.sent_at is None,
        "recall": here and letter.stage == Stage.SENT,
        "replace": here and letter.stage == Stage.SENT,
        "update": here and letter.stage == Stage.SENT,
        "go_on_without": here and letter.stage == Stage.SENT and letter.case_waits,
        "file": here,
    }


def of_incoming(actor: Actor, letter: Incoming) -> dict[str, bool]:
    """What the actor may do with a document that came."""
    here = letter.agency_id in actor.unit_ids
    asked = letter.standing in ("asked_back", "update_asked")
    there = here and letter.standing not in ("withdrawn", "replaced")
    live = there and not letter.held
    status = letter.status
    return {
        "release": there and bool(letter.held) and status == StatusCode.ARRIVED,
        "enter": live and status in (StatusCode.ARRIVED, "") and not asked,
        "refuse": there and status in (StatusCode.ARRIVED, StatusCode.RECEIVED) and not asked,
        "assign": live
        and letter.entered is not None
        and status not in (StatusCode.FINISHED, StatusCode.REFUSED),
        "finish": live
        and letter.entered is not None
        and status in (StatusCode.RECEIVED, StatusCode.ASSIGNED, StatusCode.PROCESSING),
        "answer_recall": here and asked,
        "reply": live and letter.entered is not None,
        "file": here and letter.entered is not None,
    }


def of_assignment(actor: Actor, task: Assignment) -> dict[str, bool]:
    mine = actor.officer_id == task.officer_id and task.agency_id in actor.unit_ids
    return {
        "begin": mine and task.begun_at is None and task.done_at is None,
        "finish": mine and task.done_at is None,
    }


def of_file(actor: Actor, file: WorkFile) -> dict[str, bool]:
    here = file.agency_id in actor.unit_ids
    return {
        "add": here and file.state == FileState.OPEN,
        "close": here and file.state == FileState.OPEN and actor.officer_id == file.keeper_id,
        "archive": here and file.state == FileState.CLOSED,
    }
