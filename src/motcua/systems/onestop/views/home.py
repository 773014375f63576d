"""The desk's first page: the agency's day in numbers, and what was handed to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from motcua.core.errors import NotFound
from motcua.core.identity.access import policy
from motcua.systems.onestop import queries
from motcua.systems.onestop.desk import actor_of, agency_of, duties_of, go, page

AGENCY = "agency"
"""Where the session keeps the agency that an officer works for (identity.sessions)."""


@policy("officer")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Today's numbers, each leading to its list, and hand-overs that wait to be acknowledged."""
    agency = agency_of(request)
    return page(
        request,
        "home",
        {"numbers": queries.numbers(actor_of(request), agency), "hand_overs": queries.hand_overs(agency)},
    )


@policy("officer")
@require_POST
def choose_agency(request: HttpRequest) -> HttpResponse:
    """Work for another of one's agencies from now on. Raises NotFound for one that is not the officer's."""
    wanted = request.POST.get("agency", "")
    mine = {str(duty.agency_id): duty.agency_id for duty in duties_of(request)}
    if wanted not in mine:
        raise NotFound()
    request.session[AGENCY] = mine[wanted]
    return go(request, "home")
