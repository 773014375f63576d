"""A person's own page: which agency asked what about them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from motcua.core.errors import NotAllowed
from motcua.core.identity.access import policy
from motcua.core.identity.models import Mandate, MandateKind, Party
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.systems.exchange import openings, who_asked
from motcua.systems.exchange.openings import LEAST_LEVEL, Heard
from motcua.systems.exchange.views.base import actor_of, show
from motcua.systems.exchange.who_asked import SHOWN

ANSWERS_FOR = (MandateKind.PARENT, MandateKind.GUARDIAN, MandateKind.LEGAL_REPRESENTATIVE)


@policy("citizen", whole=True)
@never_cache
@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """What agencies asked over the exchange, and what officers looked at, here and at the other installations, newest
    first; one that gives no answer is named."""
    actor = actor_of(request)
    on_behalf = _for_whom(actor)
    party = Party.objects.filter(pk=actor.principal or 0).first()
    number = party.number if party else ""
    heard: list[Heard] = []
    context: dict[str, object] = {"lines": [], "more": False, "seen": []}
    if number:
        if actor.level >= LEAST_LEVEL:
            heard = openings.ask_peers(actor, number, on_behalf=on_behalf)
        with acting(SYSTEM):
            here, seen = who_asked.known_here(number), openings.seen_here(number)
        lines = who_asked.together([here, *(one.lines for one in heard)])
        context = {
            "lines": who_asked.folded(lines[:SHOWN]),
            "more": len(lines) > SHOWN or any(one.more for one in heard),
            "seen": [("", one) for one in seen]
            + [(each.peer.name, one) for each in heard for one in each.seen],
        }
    context |= {
        "known": bool(number),
        "of": party.name if party and actor.principal != actor.party_id else "",
        "asked": [one.peer.name for one in heard if not one.silent],
        "silent": [one.peer.name for one in heard if one.silent],
        "too_low": bool(number and actor.level < LEAST_LEVEL and openings.peers()),
    }
    return show(request, "asked.jinja", context)


def _for_whom(actor: Actor) -> str:
    """Whose data it is ("") and who answers for them: parents, guardians, legal representatives; never a proxy. Raises
    NotAllowed."""
    if actor.principal == actor.party_id:
        return ""
    mandate = Mandate.objects.filter(pk=actor.mandate_id or 0).first()
    if mandate is None or mandate.kind not in ANSWERS_FOR:
        raise NotAllowed(
            "Trang này chỉ dành cho chính người đó, cha mẹ hoặc người giám hộ. Giấy ủy quyền không gồm việc này.",
            "This page is for the person, their parents or guardian. A proxy does not cover it.",
        )
    return str(mandate.kind)
