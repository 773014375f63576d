"""Paying: what is owed and by which law, the code to scan, the waiting, the receipt."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from motcua.core.errors import Conflict
from motcua.core.identity.access import policy
from motcua.core.payments import actions as payments
from motcua.core.payments import queries
from motcua.core.payments.models import Attempt, AttemptState
from motcua.core.services import queries as services
from motcua.engines import vietqr
from motcua.systems.portal.attempt import attempt
from motcua.systems.portal.views.cases import about, own_case
from motcua.systems.portal.views.shared import Asked, see_other

WAITS = {AttemptState.CREATED, AttemptState.STARTED, AttemptState.SUBMITTED}
QR_SIZE = 256
"""Pixels: scanned from a screen at arm's length, and within the narrowest phone."""
EVERY = 5
"""Seconds between two looks of the waiting page."""


@policy("citizen")
def pay(request: Asked, case: uuid.UUID) -> HttpResponse:
    """What is owed, line by line; the button begins to pay (pressed twice, it is the same attempt)."""
    view = own_case(request, case)
    balance = queries.balance(str(view.uuid))
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        back = f"{settings.MOTCUA_SITE}{reverse('portal:waiting', args=[view.uuid])}"
        tried = attempt(
            lambda: payments.start_attempt(request.actor, str(view.uuid), return_url=back), request.lang
        )
        if tried.done or isinstance(tried.error, Conflict):
            return see_other("portal:waiting", view.uuid)
        errors = tried.errors
    context = {
        **about(view, services.pack(view.service_version_id), request.lang),
        "balance": balance,
        "newest": queries.newest_attempt(str(view.uuid)),
        "errors": errors,
    }
    return render(request, "portal/pay.jinja", context, status=422 if errors else 200)


@policy("citizen")
def waiting(request: Asked, case: uuid.UUID) -> HttpResponse:
    """The code to scan while we wait for the bank; looks again by itself, with or without scripts."""
    view = own_case(request, case)
    newest = queries.newest_attempt(str(view.uuid))
    if newest is None:
        return see_other("portal:pay", view.uuid)
    balance = queries.balance(str(view.uuid))
    context = {
        **about(view, services.pack(view.service_version_id), request.lang),
        "attempt": newest,
        "balance": balance,
        "waits": newest.state in WAITS and not balance.settled,
        "settled": balance.settled and balance.paid > 0,
        "receipts": queries.receipts(str(view.uuid)),
        "qr": _code(newest, request.lang) if newest.payload and newest.state in WAITS else "",
        "every": EVERY,
        "looks": "dung" not in request.GET,
    }
    part = request.headers.get("HX-Request") == "true"
    response = render(request, "portal/paying.jinja" if part else "portal/waiting.jinja", context)
    response["Cache-Control"] = "no-store"
    return response


def _code(newest: Attempt, lang: str) -> str:
    title = "Mã VietQR để nộp" if lang == "vi" else "VietQR code to pay"
    drawn = vietqr.svg(newest.payload, title=title, description=newest.code)
    return drawn.replace("<svg ", f'<svg width="{QR_SIZE}" height="{QR_SIZE}" ', 1)
