"""The citizen's pages: what can be carried, adding it to a wallet, showing it by a code, answering a question."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.identity.access import CITIZEN, PUBLIC, policy
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.qr import drawing
from motcua.engines.sd_jwt import SdJwtError
from motcua.systems.wallet import asking, holding, kinds, offers, proving
from motcua.systems.wallet.models import Question, Showing
from motcua.systems.wallet.words import meant

SEE_OTHER, UNPROCESSABLE, GONE = 303, 422, 410
LEVEL = 2
"""Carrying and showing takes the level at which a person is known by their card (Decree 69/2024 art. 7)."""


@policy(CITIZEN)
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What the person can carry."""
    return render(request, "wallet/home.jinja", {"carried": holding.carried(_actor(request))})


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, document: uuid.UUID) -> HttpResponse:
    """Say what happens; then the QR for the wallet and the number to type there. They are shown once."""
    one = holding.one_carried(_actor(request), document)
    context: dict[str, Any] = {"one": one, "facts": one.facts(_lang(request))}
    if request.method == "POST":
        offer, tx_code = offers.make(_actor(request), one.document, holding.owner(_actor(request)))
        link = offers.link(offer)
        context |= {"offer": offer, "tx_code": tx_code, "link": link, "qr": drawing(link, one.rule.title.vi)}
    return render(request, "wallet/add.jinja", context)


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, document: uuid.UUID) -> HttpResponse:
    """Choose what to show by a code."""
    one = holding.one_carried(_actor(request), document)
    error = ""
    if request.method == "POST":
        try:
            laid = holding.lay_out(_actor(request), one, request.POST.getlist("claims"))
            return _to("wallet:showing", laid.uuid)
        except UserError as wrong:
            error = wrong.text(_lang(request))
    context = {"one": one, "facts": one.facts(_lang(request)), "error": error}
    return render(request, "wallet/choose.jinja", context, status=UNPROCESSABLE if error else 200)


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_GET
def showing(request: HttpRequest, showing: uuid.UUID) -> HttpResponse:
    """The code, while it may be seen."""
    laid = Showing.objects.filter(uuid=showing, party_id=_actor(request).principal or 0).first()
    if laid is None:
        raise NotFound()
    waits = laid.seen_at is None and laid.expires_at > clock.now()
    context: dict[str, Any] = {"laid": laid, "waits": waits}
    if waits:
        address = holding.code_address(laid)
        context |= {"qr": drawing(address, "QR"), "address": address}
    return render(request, "wallet/showing.jinja", context)


@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def see(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever reads the code sees, once, what was laid out. Opening the address takes nothing; pressing does."""
    judged, fault = None, ""
    with acting(SYSTEM):
        waits = holding.waiting_showing(code) is not None
        if request.method == "POST":
            try:
                judged = holding.see(_actor(request), code)
            except SdJwtError as wrong:
                fault = wrong.code
        if judged is not None:
            rows = kinds.facts(judged.type, judged.claims, _lang(request))
            title = kinds.title_of(judged.type).text(_lang(request))
            context = {"judged": judged, "facts": rows, "title": title, "at": clock.now()}
            return render(request, "wallet/seen.jinja", context)
    gone = not waits or request.method == "POST"
    context = {"gone": gone, "fault": meant(fault, _lang(request))}
    return render(request, "wallet/see.jinja", context, status=GONE if gone else 200)


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """An officer asks: for what, and what would be shown. The person agrees or declines."""
    with acting(SYSTEM):
        asked = Question.objects.select_for_update().filter(uuid=question).first()
        who = asking.asked_by(asked) if asked else ""
    if asked is None:
        raise NotFound()
    found = holding.ways(_actor(request), asked) if asking.is_open(asked) else []
    if request.method == "POST":
        return _answered(request, asked, found)
    lang = _lang(request)
    kinds_asked = [asking.kinds_of_question()[name].title.text(lang) for name in asked.kind.split()]
    queries = asking.queries(asked)
    context = {
        "question": asked,
        "who": who,
        "of_the_state": asking.is_of_the_state(asked),
        "kinds": kinds_asked,
        "open": asking.is_open(asked),
        "found": [
            (way, [(one, _asked_of(one, queries[name], lang)) for name, one in way.parts]) for way in found
        ],
        "link": asking.link(asked),
    }
    return render(request, "wallet/agree.jinja", context)


def _answered(request: HttpRequest, asked: Question, found: list[holding.Way]) -> HttpResponse:
    if not asking.is_open(asked):
        raise Conflict(
            "Câu hỏi này đã được trả lời hoặc đã quá giờ. Chưa có gì được gửi thêm.",
            "This question was answered or is over. Nothing more was sent.",
        )
    if "decline" in request.POST:
        with acting(SYSTEM):
            asking.settle(asked, asking.DECLINED)
        messages.success(request, "Đã từ chối. Không có thông tin nào được gửi.")
        return _after(request, asked)
    chosen = next((one for one in found if one.key == request.POST.get("document")), None)
    if chosen is None:
        raise NotFound()
    try:
        holding.answer(_actor(request), asked, chosen)
    except offers.Refused:
        raise Conflict(
            "Giấy tờ này không trả lời được câu hỏi. Chưa có gì được gửi.",
            "This paper cannot answer the question. Nothing was sent.",
        ) from None
    messages.success(request, "Đã gửi câu trả lời.")
    return _after(request, asked)


def _after(request: HttpRequest, asked: Question) -> HttpResponseRedirect:
    """Where the person goes on: their application whose paper was asked for, else the wallet."""
    return HttpResponseRedirect(
        proving.page_of(_actor(request), asked) or reverse("wallet:home"), status=SEE_OTHER
    )


def _asked_of(one: holding.Carried, query: dict[str, Any], lang: str) -> list[kinds.Fact]:
    wanted = set(holding.paths_of(query))
    return [fact for fact in one.facts(lang) if tuple(fact.path) in wanted]


def _to(name: str, *args: object) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(name, args=args), status=SEE_OTHER)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _lang(request: HttpRequest) -> str:
    lang: str = request.lang  # type: ignore[attr-defined]
    return lang
