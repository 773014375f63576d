"""Asking at a counter: choose one thing, show the QR, read the answer. Here by officers; `shop` does it by shops."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.errors import NotAllowed, NotFound, UserError
from motcua.core.identity.access import OFFICER, policy
from motcua.core.ledger.actor import Actor
from motcua.core.qr import drawing
from motcua.systems.wallet import asking, kinds
from motcua.systems.wallet.keys import site
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.words import meant

SEE_OTHER, UNPROCESSABLE = 303, 422
SHOWN = 10
EVERY = 3
"""Seconds between two looks for the answer, where scripts run."""


@dataclass(frozen=True, slots=True)
class Counter:
    """Whose counter it is: the frame of its pages and their names."""

    frame: str
    home: str
    question: str
    standing: str


OFFICES = Counter("shell/officer.jinja", "wallet:desk", "wallet:question", "wallet:standing")


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
    mine = Question.objects.filter(agency_id=actor.agency_id, officer_id=actor.officer_id)
    return show_form(request, OFFICES, list(asking.kinds_of_question().values()), latest(mine), wrongs)


def latest(mine: QuerySet[Question]) -> list[Question]:
    """What was asked last at this counter."""
    return list(mine.order_by("-id")[:SHOWN])


def show_form(
    request: HttpRequest,
    counter: Counter,
    offered: list[asking.Kind],
    asked: list[Question],
    wrongs: dict[str, str],
) -> HttpResponse:
    """The form with what was typed and what was wrong in it."""
    context = {
        "counter": counter,
        "titles": {one.id: one.title.text(_lang(request)) for one in offered},
        "kind": request.POST.get("kind", ""),
        "purpose": request.POST.get("purpose", ""),
        "wrongs": wrongs,
        "errors": [(text, f"#{field}") for field, text in wrongs.items()],
        "asked": asked,
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
    asked = Question.objects.filter(uuid=question_, agency_id=_actor(request).agency_id or 0).first()
    if asked is None:
        raise NotFound()
    return context_of(asked, OFFICES, _lang(request))


def context_of(asked: Question, counter: Counter, lang: str) -> dict[str, Any]:
    """What the page of a question shows, at any counter."""
    waits = asking.is_open(asked)
    context: dict[str, Any] = {
        "counter": counter,
        "question": asked,
        "title": asking.kinds_of_question()[asked.kind].title.text(lang),
        "waits": waits,
        "every": EVERY,
        "fault": meant(asked.fault, lang),
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
