"""What pages and APIs see of a case: plain values, nothing to be loaded behind their back."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from motcua.core.cases.awaiting import Awaited
from motcua.core.cases.statuses import StatusFacts
from motcua.engines.working_time import Remaining


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of a person's list of cases."""

    uuid: uuid.UUID
    number: str
    title: str
    service_code: str
    applicant_name: str
    status: StatusFacts
    financial_state: str
    delivery_state: str
    received_at: dt.datetime
    due_at: dt.datetime | None
    finished_at: dt.datetime | None
    waits_for_you: bool


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What somebody who acted for another keeps of it: that they handed it in, and nothing of what became of it."""

    number: str
    service_code: str
    applicant_name: str
    received_at: dt.datetime


@dataclass(frozen=True, slots=True)
class TaskView:
    """A step as it is shown. `may_do`: it is the reader's."""

    id: int
    uuid: uuid.UUID
    name: str
    name_en: str
    verb: str
    role: str
    agency: str
    assignee: str
    state: str
    outcomes: tuple[str, ...]
    offered_at: dt.datetime
    due_at: dt.datetime | None
    done_at: dt.datetime | None
    done_by: str
    outcome: str
    reason: str
    data: dict[str, Any]
    may_do: bool

    def text(self, lang: str = "vi") -> str:
        return self.name_en if lang == "en" and self.name_en else self.name


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case, to whoever may see it. `abilities` says what the reader may do with it."""

    id: int
    uuid: uuid.UUID
    number: str
    title: str
    service_code: str
    service_version_id: int
    status: StatusFacts
    financial_state: str
    delivery_state: str
    sync_state: str
    channel: str
    assisted: bool
    applicant_name: str
    applicant: dict[str, Any]
    receiving_agency: str
    handling_agency: str
    competent_agency: str
    handling_agency_id: int
    received_at: dt.datetime
    promised_at: dt.datetime | None
    due_at: dt.datetime | None
    extended_to: dt.datetime | None
    finished_at: dt.datetime | None
    returned_at: dt.datetime | None
    remaining: Remaining | None
    answers: dict[str, Any]
    found: dict[str, Any]
    papers: dict[str, list[str]]
    facts: dict[str, Any]
    outcome: dict[str, Any]
    asked: int
    found_count: int
    tasks: list[TaskView]
    supplements: list[Any]
    external_ids: dict[str, str]
    stars: int | None
    abilities: dict[str, bool]
    decisions: list[Any] = field(default_factory=list)
    application: UUID | None = None
    """The key under which it was submitted: what happened to its draft goes by it."""
    doubted: bool = False
    unverified: tuple[str, ...] = ()
    """The sources that were silent while the form was filled in and have not answered since."""
    verified: bool = False
    different: tuple[str, ...] = ()
    """Answers that differ from what a register said afterwards."""
    awaited: tuple[Awaited, ...] = ()
    """The letters whose answers it stands still for."""

    @property
    def open_tasks(self) -> list[TaskView]:
        return [task for task in self.tasks if task.state == "open"]


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """Who has had the case, since when, until when. `state` is done, now or next."""

    at: dt.datetime | None
    until: dt.datetime | None
    who: str
    agency: str
    text: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A line of an officer's work list."""

    task_id: int
    task_uuid: uuid.UUID
    case_uuid: uuid.UUID
    number: str
    title: str
    applicant_name: str
    task_name: str
    task_name_en: str
    verb: str
    role: str
    status: int
    channel: str
    assignee_officer_id: int | None
    offered_at: dt.datetime
    due_at: dt.datetime | None
    sort_at: dt.datetime

    @property
    def after(self) -> str:
        """Where the next page begins: give it to `work_list`."""
        return f"{self.sort_at.isoformat()}~{self.task_id}"
