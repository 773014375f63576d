"""Finding a service: search, turns of life, the whole catalogue, and the sheet that says what it takes."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import queries as cases
from motcua.core.errors import NotFound, UserError
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import ActorKind
from motcua.core.services import queries as services
from motcua.core.services.queries import Listed
from motcua.core.words import legible
from motcua.systems.portal.life_events import LIFE_EVENTS
from motcua.systems.portal.life_events import life_event as known_event
from motcua.systems.portal.service_card import Card, card
from motcua.systems.portal.views.shared import Asked

LONGEST_QUERY = 200


def _cards(listed: list[Listed], lang: str) -> list[Card]:
    day = clock.today()
    return [card(services.pack(one.version_id), lang, day) for one in listed]


@policy("public")
def search(request: Asked) -> HttpResponse:
    """Results for `?q=`, with or without accents."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    try:
        query = legible(query)
        found = services.search(query, request.lang) if query else []
    except UserError:  # broken bytes name no service
        found = []
    context = {"query": query, "cards": _cards(found, request.lang), "events": LIFE_EVENTS}
    return render(request, "portal/search.jinja", context)


@policy("public")
def catalogue(request: Asked) -> HttpResponse:
    """Every service in force."""
    return render(
        request, "portal/catalogue.jinja", {"cards": _cards(services.catalogue(clock.today()), request.lang)}
    )


@policy("public")
def life_event(request: Asked, slug: str) -> HttpResponse:
    """What can be done here at one turn of life."""
    event = known_event(slug)
    if event is None:
        raise NotFound()
    listed = [one for one in services.catalogue(clock.today()) if slug in one.life_events]
    return render(request, "portal/life_event.jinja", {"event": event, "cards": _cards(listed, request.lang)})


@policy("public")
def by_code(request: Asked, code: str) -> HttpResponse:
    """A service by its code in the national database leads to its sheet."""
    return HttpResponseRedirect(reverse("portal:sheet", args=[services.current(code, clock.today()).slug]))


@policy("public")
def sheet(request: Asked, slug: str) -> HttpResponse:
    """The service at a glance, its one act, and the rest in plain order; a draft begun is taken up again."""
    pack = services.current(slug, clock.today())
    begun = None
    if request.actor.kind is ActorKind.CITIZEN:
        begun = next(
            (
                draft
                for draft in cases.my_drafts(request.actor)
                if draft.service_code == pack.code
                and (draft.principal_id or draft.party_id) == request.actor.principal
            ),
            None,
        )
    context = {
        "card": card(pack, request.lang, clock.today()),
        "begun": begun,
        "in_force_from": pack.in_force_from,
    }
    return render(request, "portal/sheet.jinja", context)
