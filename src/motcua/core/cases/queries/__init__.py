"""Every read that other rooms may use."""

from motcua.core.cases.queries.officers import (
    CASES,
    case_for_officer,
    counts,
    note_look,
    search_cases,
    work_list,
)
from motcua.core.cases.queries.people import (
    case_by_number,
    case_for,
    draft_for,
    handed_in_for_others,
    my_cases,
    my_drafts,
    timeline,
)
from motcua.core.cases.queries.views import CaseRow, CaseView, HandedIn, TaskView, TimelineItem, WorkRow

__all__ = [
    "CASES",
    "CaseRow",
    "CaseView",
    "HandedIn",
    "TaskView",
    "TimelineItem",
    "WorkRow",
    "case_by_number",
    "case_for",
    "case_for_officer",
    "counts",
    "draft_for",
    "handed_in_for_others",
    "my_cases",
    "my_drafts",
    "note_look",
    "search_cases",
    "timeline",
    "work_list",
]
