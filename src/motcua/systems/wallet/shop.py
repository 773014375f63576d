"""The counter of a shop: an organisation asks a customer for an age, and learns whether they have it and nothing else.

Who may ask is whoever signed in for an organisation. The customer reads its registered name before agreeing.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.identity.access import CITIZEN, policy
from motcua.core.identity.models import Party, PartyKind
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.systems.wallet import asking, desk
from motcua.systems.wallet.models import Question

SHOPS = desk.Counter("shell/base.jinja", "wallet:shop", "wallet:shop_question", "wallet:shop_standing")
LEVEL = 2
SEE_OTHER, FORBIDDEN = 303, 403


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What the customer shall prove, and for what; for a person alone, how to come for an organisation."""
    shop = _organisation(request)
    if shop is None:
        return render(
            request, "wallet/no_shop.jinja", {}, status=FORBIDDEN if request.method == "POST" else 200
        )
    offered = [kind for kind in asking.kinds_of_question().values() if kind.shops]
    wrongs: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _asked(request, shop, offered)
        except UserError as wrong:
            wrongs[wrong.field or "kind"] = wrong.text(_lang(request))
    with acting(SYSTEM):
        return desk.show_form(request, SHOPS, offered, desk.latest(_of(shop)), wrongs)


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_GET
def question(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """The QR, then the answer."""
    return render(request, "wallet/question.jinja", _context(request, question))


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_GET
def standing(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """The part of the page that changes, for scripts."""
    return render(request, "wallet/_standing.jinja", _context(request, question))


def _asked(request: HttpRequest, shop: Party, offered: list[asking.Kind]) -> HttpResponse:
    kind = request.POST.get("kind", "")
    if kind and kind not in {one.id for one in offered}:
        raise NotAllowed(
            "Điều này chỉ cơ quan nhà nước mới được hỏi.", "Only agencies of the state may ask this.", "kind"
        )
    purpose = request.POST.get("purpose", "")
    with acting(SYSTEM):
        made = asking.ask_for(_name(shop), shop.name, options=[[kind]], purpose=purpose)
    return HttpResponseRedirect(reverse(SHOPS.question, args=[made.uuid]), status=SEE_OTHER)


def _context(request: HttpRequest, name: uuid.UUID) -> dict[str, Any]:
    shop = _organisation(request)
    with acting(SYSTEM):
        asked = _of(shop).filter(uuid=name).first() if shop is not None else None
        if asked is None:
            raise NotFound()
        return desk.context_of(asked, SHOPS, _lang(request))


def _organisation(request: HttpRequest) -> Party | None:
    """The organisation acted for; None where a person acts for themselves or for another person."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return Party.objects.filter(pk=actor.principal or 0, kind=PartyKind.ORGANISATION).first()


def _of(shop: Party) -> QuerySet[Question]:
    return Question.objects.filter(client_id=_name(shop))


def _name(shop: Party) -> str:
    """What its questions are known by; no application of the OpenID provider has a name with a colon."""
    return f"organisation:{shop.uuid}"


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang
