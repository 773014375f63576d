"""The first page: one question, the turns of life, and what waits for whoever is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from motcua.core import clock
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.notifications import queries as notifications
from motcua.core.services import queries as services
from motcua.systems.portal import actions
from motcua.systems.portal.life_events import LIFE_EVENTS
from motcua.systems.portal.views.shared import Asked, case_lines, draft_lines

SHOWN = 3


@policy("public")
def home(request: Asked) -> HttpResponse:
    lang = request.lang
    listed = services.catalogue(clock.today())
    names = {
        event.slug: [one.title(lang) for one in listed if event.slug in one.life_events]
        for event in LIFE_EVENTS
    }
    context: dict[str, Any] = {"events": LIFE_EVENTS, "services_of": names, "mine": None}
    if request.actor.kind is ActorKind.CITIZEN:
        context["mine"] = _mine(request, request.actor)
    return render(request, "portal/home.jinja", context)


def _mine(request: Asked, actor: Actor) -> dict[str, object]:
    """What is due, what waits for the person, what was begun, what the state has prepared."""
    rows = case_lines(actor, request.lang, limit=20)
    waiting = [row for row in rows if row.waits]
    running = [row for row in rows if row.running and not row.waits]
    assert actor.principal is not None
    return {
        "waiting": waiting,
        "running": running[:SHOWN],
        "drafts": draft_lines(actor, request.lang)[:SHOWN],
        "unread": notifications.unread(actor.principal),
        "offers": actions.look_ahead(actor),
        "any": bool(rows),
    }
