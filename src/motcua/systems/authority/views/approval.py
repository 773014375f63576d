"""The page on which the holder of a key sees what a client wants signed, and agrees with a passkey."""

from __future__ import annotations

import json
import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.systems.authority.csc import approving
from motcua.systems.authority.models import Approval

SEE_OTHER = 303
LARGEST = 16 * 1024


@policy("officer")
@never_cache
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, approval_uuid: uuid.UUID) -> HttpResponse:
    """GET shows it; POST brings the passkey's word on exactly that."""
    account: Account = request.account  # type: ignore[attr-defined]
    fault: UserError | None = None
    with acting(SYSTEM):
        approval = approving.own(account.pk, approval_uuid)
        if request.method == "POST":
            try:
                approving.approve(approval, account, _response(request))
                messages.success(request, "Đã đồng ý. Quay lại ứng dụng đang chờ ký.")
                return HttpResponseRedirect(
                    reverse("authority:agree", args=[approval.uuid]), status=SEE_OTHER
                )
            except UserError as refused:
                fault = refused
        return _shown(request, approval, account, fault)


def _shown(
    request: HttpRequest, approval: Approval, account: Account, fault: UserError | None
) -> HttpResponse:
    waits = approval.approved_at is None and approval.expires_at > clock.now()
    context = {
        "approval": approval,
        "digests": [approving.spoken(one) for one in approval.digests],
        "waits": waits,
        "options": json.dumps(approving.options(approval, account)) if waits else "",
        "fault": fault.text(str(request.lang)) if fault else "",  # type: ignore[attr-defined]
    }
    return render(request, "authority/agree.jinja", context, status=fault.status if fault else 200)


def _response(request: HttpRequest) -> dict[str, object]:
    text = request.POST.get("credential", "")
    try:
        found = json.loads(text) if 0 < len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}
