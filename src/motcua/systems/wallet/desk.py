"""The officer's page: ask for one thing, show the QR, read the answer."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.identity.access import OFFICER, policy
from motcua.core.ledger.actor import Actor
from motcua.systems.wallet import asking, kinds
from motcua.systems.wallet.keys import site
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.qr import drawing
from motcua.systems.wallet.words import FAULTS

SEE_OTHER, UNPROCESSABLE = 303, 422
SHOWN = 10
EVERY = 3
"""Seconds between two looks for the answer, where scripts run."""


@policy(OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What shall be proven, and for what; below, what was asked last."""
    actor, lang = _actor(request), _lang(request)
    if actor.agency_id is None:
        raise NotAllowed("Chọn cơ quan đang làm việc trước.", "Choose the agency you work in first.")
    kind, purpose = request.POST.get("kind", ""), request.POST.get("purpose", "")
    wrongs: dict[str, str] = {}
    if request.method == "POST":
        try:
            asked = asking.ask(actor, kind_id=kind, purpose=purpose, agency_id=actor.agency_id)
            return HttpResponseRedirect(reverse("wallet:question", args=[asked.uuid]), status=SEE_OTHER)
        except UserError as wrong:
            wrongs[wrong.field or "kind"] = wrong.text(lang)
    titles = {one.id: one.title.text(lang) for one in asking.kinds_of_question().values()}
    context = {
        "titles": titles,
        "kind": kind,
        "purpose": purpose,
        "wrongs": wrongs,
        "errors": [(text, f"#{field}") for field, text in wrongs.items()],
        "asked": Question.objects.filter(agency_id=actor.agency_id, officer_id=actor.officer_id).order_by(
            "-id"
        )[:SHOWN],
    }
    return render(request, "wallet/desk.jinja", context, status=UNPROCESSABLE if wrongs else 200)


@policy(OFFICER)
@never_cache
@require_GET
def question(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """The QR, then the answer."""
    return render(request, "wallet/question.jinja", _context(request, question))


@policy(OFFICER)
@never_cache
@require_GET
def standing(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """The part of the page that changes, for scripts."""
    return render(request, "wallet/_standing.jinja", _context(request, question))


def _context(request: HttpRequest, question_: uuid.UUID) -> dict[str, Any]:
    actor, lang = _actor(request), _lang(request)
    asked = Question.objects.filter(uuid=question_, agency_id=actor.agency_id or 0).first()
    if asked is None:
        raise NotFound()
    waits = asking.is_open(asked)
    context: dict[str, Any] = {
        "question": asked,
        "title": asking.kinds_of_question()[asked.kind].title.text(lang),
        "waits": waits,
        "every": EVERY,
        "fault": FAULTS.get(asked.fault, ""),
        "at": clock.now(),
        "answers": [_answer(one, lang) for one in asked.proven],
    }
    if waits:
        address = f"{site()}{reverse('wallet:agree', args=[asked.uuid])}"
        link = asking.link(asked)
        context |= {"qr": drawing(address, "QR"), "wallet_qr": drawing(link, "QR"), "link": link}
    return context


def _answer(one: dict[str, Any], lang: str) -> dict[str, Any]:
    """What one credential proved; a shown "no" is an answer, and not the one that was hoped for."""
    facts = kinds.facts(one["type"], one["claims"], lang)
    return {
        "title": kinds.title_of(one["type"]).text(lang),
        "issuer": one["issuer"],
        "facts": facts,
        "holds": not any(fact.value is False for fact in facts),
    }


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang
