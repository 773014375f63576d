"""The sandbox bank: what a payer sees there, and how it tells us. It exists only in a sandbox."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core import clock, jobs
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.payments import actions
from motcua.core.payments.contrib import sandbox_bank
from motcua.core.payments.gateway import gateways
from motcua.core.payments.models import Attempt, AttemptState

LATE = dt.timedelta(seconds=20)
PAYABLE = {AttemptState.CREATED, AttemptState.STARTED}
"""Once the money is on its way the bank offers no second transfer."""


@policy("public")
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, attempt_uuid: str) -> HttpResponse:
    """The bank's page for one payment: pay, refuse, or misbehave as banks do."""
    if not settings.MOTCUA_SANDBOX:
        raise Http404
    with acting(SYSTEM):
        attempt = Attempt.objects.filter(uuid=attempt_uuid, provider="sandbox_bank").first()
        if attempt is None:
            raise Http404
        if request.method == "POST" and attempt.state in PAYABLE:
            _do(attempt, request.POST.get("viec", ""))
            return HttpResponseRedirect(attempt.return_url or "/")
        account = attempt.obligations.select_related("account__bank").first()
        context = {
            "attempt": attempt,
            "account": account.account if account else None,
            "payable": attempt.state in PAYABLE,
        }
        return render(request, "bank/pay.jinja", context)


@csrf_exempt
@policy("public")
@require_POST
def notice(request: HttpRequest, provider: str) -> JsonResponse:
    """A gateway's signed notice. What is not genuine is refused by its signature, not by who may call."""
    if provider not in gateways.names():
        raise Http404
    with acting(SYSTEM):
        effect = actions.receive_notice(provider, request.body, request.headers)
    return JsonResponse({"effect": effect})


def _do(attempt: Attempt, what: str) -> None:
    """What the payer, or the bank's mood, decides. An unknown choice cancels."""
    if what in ("tre", "mat"):
        _take_in(attempt)
        entry = sandbox_bank.decide(attempt, AttemptState.SUCCESS)
        if what == "tre":
            jobs.defer("bank.tell", schedule_at=clock.now() - clock.sandbox_offset() + LATE, entry=entry)
        return  # a notice that is lost: the statement or our own question will find the money
    outcome = {
        "tra": (AttemptState.SUCCESS, ""),
        "lap": (AttemptState.SUCCESS, ""),
        "tu_choi": (AttemptState.FAILED, "Tài khoản không đủ số dư."),
    }
    state, reason = outcome.get(what, (AttemptState.CANCELLED, "Người nộp hủy giao dịch."))
    told = sandbox_bank.notice(sandbox_bank.decide(attempt, state, reason=reason))
    for _ in range(2 if what == "lap" else 1):
        actions.receive_notice("sandbox_bank", *told)


def _take_in(attempt: Attempt) -> None:
    """The bank has the order and says so at once; whether it was carried out it says later."""
    actions.receive_notice(
        "sandbox_bank", *sandbox_bank.notice(sandbox_bank.decide(attempt, AttemptState.SUBMITTED))
    )
