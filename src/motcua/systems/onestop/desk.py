"""What every page of the desk needs: who sits there, for which agency, and how an act answers."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from motcua.core.cases import queries as cases
from motcua.core.cases.queries import CaseView
from motcua.core.errors import Conflict, NotAllowed, Text, UserError
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.organisations.queries import Duty

SEE_OTHER = 303


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def agency_of(request: HttpRequest) -> int:
    """The agency the officer works for now. Raises NotAllowed for an officer without a post today."""
    actor = actor_of(request)
    if actor.agency_id is None or actor.agency_id not in actor.unit_ids:
        raise NotAllowed(
            "Hôm nay ông/bà không giữ chức vụ nào ở cơ quan. Người đứng đầu cơ quan cập nhật phân công.",
            "You hold no post in any agency today. The head of the agency can update the appointments.",
        )
    return actor.agency_id


def duties_of(request: HttpRequest) -> list[Duty]:
    """The officer's posts, one line per agency, the highest first."""
    officer = actor_of(request).officer_id
    found: dict[int, Duty] = {}
    for duty in organisations.duties(officer) if officer is not None else []:
        found.setdefault(duty.agency_id, duty)
    return list(found.values())


def page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int | None = None
) -> HttpResponse:
    """A page of the desk, with the officer's posts for the switch in its header."""
    duties = duties_of(request)
    here = next((duty for duty in duties if duty.agency_id == actor_of(request).agency_id), None)
    shown = {"duties": duties, "duty": here, "lang": lang_of(request), **context}
    return render(request, f"onestop/{template}.jinja", shown, status=status)


def case_of(request: HttpRequest, case_uuid: uuid.UUID) -> CaseView:
    """The case with its evidence; NotFound unless one of the officer's agencies has a part in it."""
    return cases.case_for_officer(actor_of(request), case_uuid)


def go(request: HttpRequest, name: str, *args: Any, said: Text | None = None) -> HttpResponse:
    """After an act: on to another page (303), with a sentence that says what was done."""
    if said is not None:
        messages.success(request, said.text(lang_of(request)))
    return HttpResponseRedirect(reverse(f"onestop:{name}", args=args), status=SEE_OTHER)


def already(request: HttpRequest, name: str, *args: Any) -> HttpResponse:
    """The act was done before, by a double click or a colleague: nothing is lost, show how things stand."""
    said = Text(
        "Việc này đã được làm hoặc hồ sơ đã sang bước khác. Dưới đây là tình trạng hiện tại.",
        "This was done already, or the case has moved on. Below is how it stands now.",
    )
    messages.info(request, said.text(lang_of(request)))
    return HttpResponseRedirect(reverse(f"onestop:{name}", args=args), status=SEE_OTHER)


def moved_on(fault: UserError) -> bool:
    """Whether an error says that the thing is no longer there to be done, not that something is to be mended."""
    return isinstance(fault, NotAllowed | Conflict) and fault.field is None
