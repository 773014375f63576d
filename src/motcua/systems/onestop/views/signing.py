"""Signing: what waits, each with its preview; one or five hundred at once; what came of each."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.cases import actions
from motcua.core.cases.models import Task
from motcua.core.documents import signing_keys
from motcua.core.errors import Text, UserError
from motcua.core.identity.access import policy
from motcua.core.identity.signing_in import where_to_show_it_again
from motcua.core.organisations import queries as organisations
from motcua.systems.onestop import queries
from motcua.systems.onestop.desk import SEE_OTHER, actor_of, agency_of, go, lang_of, page
from motcua.systems.onestop.wording import Deadlines

SHOWN_WITHIN = 15 * 60  # seconds
"""Many signatures at one press: whoever finds the desk unattended must not be able to give them."""
CHOSEN = "onestop.to_sign"
"""What was chosen when the second factor was asked for again; ticked when the officer comes back."""
FOR_DEVICE = "documents.to_sign"
"""Under which the page of signing by device finds what was chosen here."""
LAST = "onestop.signed"
"""Where the session keeps what came of the last signing, until it was shown."""


@policy("group:chair")
@require_http_methods(["GET", "POST"])
def signing(request: HttpRequest) -> HttpResponse:
    """Choose results, look at each, sign them together."""
    if request.method == "POST":
        return _sign(request)
    return _list(request, chosen=request.session.pop(CHOSEN, None))


@policy("group:chair")
@require_GET
def signed(request: HttpRequest) -> HttpResponse:
    """What came of the last signing, line by line."""
    lines = request.session.get(LAST) or []
    return page(request, "signed", {"lines": lines, "good": sum(not line["fault_vi"] for line in lines)})


def _list(request: HttpRequest, fault: str = "", chosen: list[str] | None = None) -> HttpResponse:
    agency, lang = agency_of(request), lang_of(request)
    actor = actor_of(request)
    says = Deadlines(agency, lang)
    rows = queries.to_sign(actor, agency)
    officer = actor.officer_id or 0
    rights = {
        code: organisations.signing_right(officer, agency, code)
        for code in {row.task.case.service_code for row in rows}
    }
    lines = [
        (row, says.say(row.task.offered_at, row.task.due_at), rights[row.task.case.service_code])
        for row in rows
    ]
    context = {
        "lines": lines,
        "chosen": chosen or [],
        "errors": [(fault, "#chon-1" if lines else "#main")] if fault else [],
    }
    return page(request, "signing", context, status=400 if fault else None)


def _sign(request: HttpRequest) -> HttpResponse:
    lang, actor = lang_of(request), actor_of(request)
    everything = {str(row.task.uuid) for row in queries.to_sign(actor, agency_of(request))}
    posted = request.POST.getlist("task")
    wanted = sorted(everything) if request.POST.get("all") else [one for one in posted if one in everything]
    if not wanted:
        if posted:
            return go(request, "signed")  # pressed twice: they are signed, and how it went is there
        fault = Text("Chọn ít nhất một văn bản để ký.", "Choose at least one document to sign.")
        return _list(request, fault.text(lang))
    if len(wanted) > 1 and (ask := where_to_show_it_again(request, SHOWN_WITHIN)) is not None:
        request.session[CHOSEN] = wanted
        then = urlencode({"next": reverse("onestop:signing")})
        return HttpResponseRedirect(f"{ask}?{then}", status=SEE_OTHER)
    if not signing_keys.signs_at_once(actor.officer_id, agency_of(request)):
        request.session[FOR_DEVICE] = wanted
        return HttpResponseRedirect(reverse("authority:device"), status=SEE_OTHER)
    signed = actions.sign_results(actor, [uuid.UUID(one) for one in wanted])
    request.session[LAST] = _lines(signed)
    return go(request, "signed")


def _lines(done: list[actions.Signed]) -> list[dict[str, Any]]:
    """As the session can keep them: number, applicant, title, and the fault in both languages."""
    tasks = {
        row.uuid: row
        for row in Task.objects.filter(uuid__in=[one.task_uuid for one in done]).select_related("case")
    }
    lines = []
    for one in done:
        case = tasks[one.task_uuid].case
        fault: UserError | None = one.fault
        lines.append(
            {
                "case": str(case.uuid),
                "number": case.number,
                "title": case.title,
                "applicant": case.applicant_name,
                "fault_vi": fault.text("vi") if fault else "",
                "fault_en": fault.text("en") if fault else "",
            }
        )
    return lines
