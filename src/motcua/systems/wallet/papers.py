"""The page on which an applicant proves a paper: the QR for a phone, the account's own wallet, what was proven."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core.errors import Conflict
from motcua.core.identity.access import CITIZEN, policy
from motcua.core.ledger.actor import Actor
from motcua.systems.wallet import asking, proving
from motcua.systems.wallet.qr import drawing
from motcua.systems.wallet.words import FAULTS

LEVEL = 2
SEE_OTHER, CONFLICT = 303, 409


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest, draft: uuid.UUID, paper: str) -> HttpResponse:
    """Ask; wait; show what was proven; take it as the paper."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lang: str = request.lang  # type: ignore[attr-defined]
    found, fault = proving.wanted(actor, draft, paper), ""
    if request.method == "POST" and "take" in request.POST:
        try:
            proving.take(actor, found)
            messages.success(request, "Đã dùng điều vừa chứng minh thay cho giấy này.")
            return HttpResponseRedirect(reverse("portal:paper", args=[draft, paper]), status=SEE_OTHER)
        except Conflict as wrong:
            fault = wrong.text(lang)
    elif request.method == "POST":
        proving.ask(found)
        return HttpResponseRedirect(request.path, status=SEE_OTHER)
    question = found.question
    waits = question is not None and asking.is_open(question)
    context = {
        "draft": draft,
        "paper": found.rule.name.text(lang),
        "paper_id": paper,
        "kinds": [kind.title.text(lang) for kind in found.kinds],
        "question": question,
        "waits": waits,
        "facts": proving.facts(found, lang),
        "fault": fault,
        "answer_fault": FAULTS.get(question.fault, "") if question else "",
    }
    if question is not None and waits:
        link = asking.link(question)
        context |= {"link": link, "qr": drawing(link, "QR")}
    return render(request, "wallet/prove.jinja", context, status=CONFLICT if fault else 200)
