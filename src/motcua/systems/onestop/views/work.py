"""The work list and the search for a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from motcua.core import clock
from motcua.core.cases import queries as cases
from motcua.core.cases import statuses
from motcua.core.cases.queries import WorkRow
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.services import queries as services
from motcua.systems.onestop import queries
from motcua.systems.onestop.desk import actor_of, agency_of, lang_of, page
from motcua.systems.onestop.queries import AT_ONCE, SORTS, Filters, Listed
from motcua.systems.onestop.wording import CHANNELS, ROLES, Deadline, Deadlines, said

DUE = ("late", "today", "tomorrow")


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its words."""

    row: WorkRow
    step: str
    status: str
    channel: str
    deadline: Deadline


@policy("officer")
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """What waits at the agency, the most urgent first; narrowed and ordered by links that can be kept."""
    actor, agency, lang = actor_of(request), agency_of(request), lang_of(request)
    filters, by = _filters(request), _sort(request)
    after = request.GET.get("sau", "")
    try:
        found = _rows(request, filters, by, after)
    except UserError:
        found, after = queries.work(actor, agency, Filters()), ""
    deadlines = Deadlines(agency, lang)
    return page(
        request,
        "work",
        {
            "lines": [_line(row, deadlines, lang, done=filters.state == "done") for row in found.rows],
            "next": _link(request, sau=found.after) if found.after else None,
            "first": _link(request, sau=None) if after else None,
            "filters": filters,
            "roles": [(key, words.text(lang)) for key, words in ROLES.items()],
            "channels": [(key, words.text(lang)) for key, words in CHANNELS.items()],
            "services": [(one.code, one.title(lang)) for one in services.catalogue(clock.today())],
            "sort": by,
            "sort_link": lambda key: _sort_link(request, by, key),
            "sorted_as": lambda key: _sorted_as(by, key),
            "narrowed": filters != Filters(state=filters.state),
            "at_most": AT_ONCE,
        },
    )


@policy("officer")
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Cases by number or applicant's name, accents optional, among those the officer's agencies have a part in."""
    words = " ".join(request.GET.get("q", "").split())[:200]
    lang = lang_of(request)
    deadlines = Deadlines(agency_of(request), lang)
    found = cases.search_cases(actor_of(request), words) if len(words) >= 2 else []
    lines = [
        (case, deadlines.say(case.received_at, case.due_at, stopped=case.status.stops_clock))
        for case in found
    ]
    return page(request, "search", {"q": words, "found": lines, "channels": CHANNELS})


@policy("officer")
@require_GET
def elsewhere(request: HttpRequest) -> HttpResponse:
    """The agency's cases that wait for the applicant, for money or for another agency."""
    return page(request, "elsewhere", {"rows": queries.elsewhere(agency_of(request))})


def _rows(request: HttpRequest, filters: Filters, by: str, after: str) -> Listed:
    """By urgency page by page; in any other order the most urgent `AT_ONCE` at once."""
    actor, agency = actor_of(request), agency_of(request)
    if by == "han":
        return queries.work(actor, agency, filters, after)
    found = queries.work(actor, agency, filters, "", limit=AT_ONCE)
    rows = queries.sorted_rows(found.rows, by.removeprefix("-"), by.startswith("-"))
    return Listed(rows, "")


def _filters(request: HttpRequest) -> Filters:
    asked = request.GET
    role, state, channel, due = (asked.get(name, "") for name in ("vai", "xong", "kenh", "han"))
    return Filters(
        role=role if role in ROLES else "",
        state="done" if state else "open",
        service=asked.get("thu_tuc", "")[:40],
        channel=channel if channel in CHANNELS else "",
        mine=bool(asked.get("cua_toi")),
        due=due if due in DUE else "",
    )


def _sort(request: HttpRequest) -> str:
    wanted = request.GET.get("sap_xep", "han")
    return wanted if wanted.removeprefix("-") in SORTS else "han"


def _sort_link(request: HttpRequest, by: str, key: str) -> str:
    turned = f"-{key}" if by == key and key != "han" else key
    return _link(request, sap_xep=turned, sau=None)


def _sorted_as(by: str, key: str) -> str | None:
    if by.removeprefix("-") != key:
        return None
    return "descending" if by.startswith("-") else "ascending"


def _link(request: HttpRequest, **changes: Any) -> str:
    kept = {key: value for key, value in request.GET.items() if key != "lang"}
    kept.update(changes)
    return "?" + urlencode({key: value for key, value in kept.items() if value})


def _line(row: WorkRow, deadlines: Deadlines, lang: str, *, done: bool) -> Line:
    status = statuses.facts(row.status)
    deadline = (
        Deadline("", row.sort_at, None, "done")
        if done
        else deadlines.say(row.offered_at, row.due_at, stopped=status.stops_clock)
    )
    step = row.task_name_en if lang == "en" and row.task_name_en else row.task_name
    return Line(row, step, status.text(lang), said(CHANNELS, row.channel, lang), deadline)
