"""The page on which an applicant proves a paper: the QR for a phone, the account's own wallet, what was proven."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core.cases import actions as cases
from motcua.core.cases import proofs, queries
from motcua.core.errors import Conflict
from motcua.core.identity.access import CITIZEN, policy
from motcua.core.ledger.actor import Actor
from motcua.core.qr import drawing
from motcua.systems.wallet import proving

LEVEL = 2
SEE_OTHER, CONFLICT = 303, 409


@policy(CITIZEN, level=LEVEL)
@never_cache
@require_http_methods(["GET", "POST"])
def prove(request: HttpRequest, draft: uuid.UUID, paper: str) -> HttpResponse:
    """Ask; wait; show what was proven; take it as the paper."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lang: str = request.lang  # type: ignore[attr-defined]
    own = queries.draft_for(actor, draft)
    found, fault = proofs.of_draft(own, paper), ""
    try:
        if request.method == "POST" and "take" in request.POST:
            sheet, kept = proving.take(actor, found), own.files.get(paper, [])
            cases.attach(actor, draft, paper, [*(one for one in kept if one != sheet), sheet])
            messages.success(request, "Đã dùng điều vừa chứng minh thay cho giấy này.")
            return HttpResponseRedirect(reverse("portal:paper", args=[draft, paper]), status=SEE_OTHER)
        if request.method == "POST":
            proving.ask(actor, found)
            return HttpResponseRedirect(request.path, status=SEE_OTHER)
    except Conflict as wrong:
        fault = wrong.text(lang)
    standing = proving.standing(found, lang)
    context = {
        "draft": draft,
        "paper": found.rule.name.text(lang),
        "paper_id": paper,
        "standing": standing,
        "attached": bool(own.files.get(paper)),
        "fault": fault,
        "qr": drawing(standing.link, "QR") if standing.link else "",
    }
    return render(request, "wallet/prove.jinja", context, status=CONFLICT if fault else 200)
