"""A paper proven at the desk: a wallet answers the code on the clerk's screen, and the sheet joins the papers."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.attempting import attempt
from motcua.core.cases import proofs
from motcua.core.cases.proofs import Provable
from motcua.core.errors import Text
from motcua.core.identity.access import policy
from motcua.core.qr import drawing
from motcua.systems.onestop import actions
from motcua.systems.onestop.desk import actor_of, go, lang_of, page
from motcua.systems.onestop.models import Visit
from motcua.systems.onestop.views.application import Filling
from motcua.systems.onestop.views.counter import visit_of

EVERY = 3
"""Seconds between two looks for the answer, where scripts run."""
TAKEN = Text("Đã dùng điều vừa chứng minh thay cho giấy này.", "What was proven stands for this paper now.")


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest, visit_uuid: uuid.UUID, paper: str) -> HttpResponse:
    """Show the code; learn what came; take it in the paper's place."""
    here = visit_of(request, visit_uuid)
    if here.ended_at is not None:
        return go(request, "visit", here.uuid)
    wanted = _wanted(request, here, paper)
    fault = None
    if request.method == "POST" and "take" in request.POST:
        fault = attempt(lambda: actions.take_proof(actor_of(request), here, wanted))
        if fault is None:
            return go(request, "papers", here.uuid, said=TAKEN)
    elif request.method == "POST":
        fault = attempt(lambda: actions.ask_for_proof(actor_of(request), here, wanted))
        if fault is None:
            return go(request, "prove", here.uuid, paper)
    context = _context(request, here, wanted)
    if fault is not None:
        context["fault"] = fault.text(lang_of(request))
    return page(request, "prove", context, status=fault.status if fault else None)


@policy("group:one_stop")
@never_cache
@require_GET
def standing(request: HttpRequest, visit_uuid: uuid.UUID, paper: str) -> HttpResponse:
    """The part of the page that changes, for scripts."""
    here = visit_of(request, visit_uuid)
    context = _context(request, here, _wanted(request, here, paper))
    return render(request, "onestop/_proof.jinja", context)


def _wanted(request: HttpRequest, here: Visit, paper: str) -> Provable:
    return proofs.of_draft(Filling(request, here).draft, paper)


def _context(request: HttpRequest, here: Visit, wanted: Provable) -> dict[str, Any]:
    lang = lang_of(request)
    found = proofs.prover().standing(wanted, lang)
    waits = found.state is proofs.State.WAITING
    return {
        "visit": here,
        "paper": wanted.rule,
        "name": wanted.rule.name.text(lang),
        "standing": found,
        "waits": waits,
        "every": EVERY,
        "fault": "" if waits else found.fault,
        "page_qr": drawing(found.page, "QR") if waits else "",
        "wallet_qr": drawing(found.link, "QR") if waits else "",
    }
