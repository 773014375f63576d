"""Many officers from a table: sent, looked at whole, taken on by a job; how far it is; the sheet of codes."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.errors import Conflict, UserError
from motcua.core.identity.access import policy
from motcua.core.registers import tables
from motcua.systems.staff import queries, roster, rosters
from motcua.systems.staff.models import Roster
from motcua.systems.staff.views.shared import OFFICER, SEE_OTHER, actor_of, form, lang_of

LOOKS_AGAIN = 3
"""Seconds after which the page of a table under way looks again by itself, where scripts run."""
FAULTS_SHOWN = 200
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def import_(request: HttpRequest) -> HttpResponse:
    """Send a table. With a faulty line nobody is taken on, and every fault is named; else the work begins."""
    fault, reading = None, roster.Reading()
    if request.method == "POST":
        actor, file = actor_of(request), request.FILES.get("file")
        try:
            if file is None:
                raise UserError("Chọn tệp.", "Choose a file.", "file")
            content, name = file.read(), (file.name or "")[:200]
            reading = roster.read(actor, content, name, lang_of(request))
            if not reading.faults:
                return _to(rosters.send(actor, content, name, reading.people))
        except UserError as wrong:
            fault = wrong
    context = {
        "faults": reading.faults[:FAULTS_SHOWN],
        "more": len(reading.faults) - FAULTS_SHOWN,
        "wrong_lines": reading.wrong_lines,
        "columns": [one.text(lang_of(request)) for one in roster.COLUMNS.values()],
        "posts": [name for _, name in queries.positions()],
        "most": roster.MOST,
    }
    return form(request, "import", context, fault)


@policy(OFFICER)
@require_GET
def blank(request: HttpRequest) -> HttpResponse:
    """An empty table with the right columns."""
    columns = [one.text(lang_of(request)) for one in roster.COLUMNS.values()]
    answer = HttpResponse(b"".join(tables.write("xlsx", columns, [])), content_type=SHEET)
    answer["Content-Disposition"] = 'attachment; filename="can-bo.xlsx"'
    return answer


@policy(OFFICER)
@never_cache
@require_GET
def under_way(request: HttpRequest, roster_uuid: uuid.UUID) -> HttpResponse:
    """How far a table is; at the end whom it did not take on, and the sheet of codes. Looks again by itself where
    scripts run."""
    part = request.headers.get("HX-Request") == "true"
    return _page(request, rosters.found(actor_of(request), roster_uuid), part=part)


@policy(OFFICER)
@never_cache
@require_POST
def sheet(request: HttpRequest, roster_uuid: uuid.UUID) -> HttpResponse:
    """The sheet of codes, opened once."""
    actor = actor_of(request)
    row = rosters.found(actor, roster_uuid)
    try:
        lines = rosters.open_sheet(actor, row)
    except Conflict as fault:
        return _page(request, row, fault)
    first = request.build_absolute_uri(reverse("identity_first"))
    return render(request, "staff/papers.jinja", {"roster": row, "lines": lines, "first": first})


@policy(OFFICER)
@require_POST
def anew(request: HttpRequest, roster_uuid: uuid.UUID) -> HttpResponse:
    """New codes for those who have not signed in yet."""
    actor = actor_of(request)
    row = rosters.found(actor, roster_uuid)
    if row.finished_at is None:
        return _to(row)
    try:
        rosters.give_anew(actor, row)
    except Conflict as fault:
        return _page(request, row, fault)
    return _to(row)


def _page(
    request: HttpRequest, row: Roster, fault: UserError | None = None, *, part: bool = False
) -> HttpResponse:
    actor, lang = actor_of(request), lang_of(request)
    lines = row.lines
    failed = lines.exclude(fault_vi="").order_by("line")
    context = {
        "roster": row,
        "all": lines.count(),
        "done": lines.filter(done=True).count(),
        "failed": [(one.line, one.code, one.fault_en if lang == "en" else one.fault_vi) for one in failed],
        "proposed": lines.filter(proposed=True).count(),
        "codes": rosters.has_codes(row),
        "mine": actor.officer_id == row.codes_to,
        "every": LOOKS_AGAIN,
    }
    return form(request, "_standing" if part else "roster", context, fault)


def _to(row: Roster) -> HttpResponse:
    return HttpResponseRedirect(reverse("staff:roster", args=[row.uuid]), status=SEE_OTHER)
