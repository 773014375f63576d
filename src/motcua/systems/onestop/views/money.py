"""Money that came and matches nothing: find what it pays, or write down what became of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core.attempting import attempt
from motcua.core.errors import Conflict, Text, UserError
from motcua.core.identity.access import policy
from motcua.core.payments import reconciling
from motcua.systems.onestop.desk import actor_of, agency_of, already, go, lang_of, page


@policy("group:cashier,steering")
@require_http_methods(["GET", "POST"])
def settle_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Match a line of a bank's statement with a payment, or explain it."""
    agency_of(request)
    actor = actor_of(request)
    try:
        line = reconciling.unsettled(actor, line_id)
    except Conflict:
        return already(request, "incidents")
    note, code, what = (request.POST.get(name, "").strip() for name in ("note", "code", "what"))
    fault: UserError | None = None
    if request.method == "POST":
        fault = _unsaid(what, code) or attempt(
            lambda: reconciling.settle_statement_line(actor, line.pk, note, code if what == "match" else None)
        )
        if fault is None:
            return go(request, "incidents", said=Text("Đã đối soát dòng sao kê.", "The line is settled."))
    field = fault.field if fault is not None else None
    shown = "" if fault is None else fault.text(lang_of(request))
    context = {
        "line": line,
        "note": note,
        "code": code,
        "what": what,
        "field": field,
        "fault": shown,
        "errors": [(shown, f"#{field or 'note'}")] if fault is not None else [],
    }
    return page(request, "settle_line", context, status=fault.status if fault else None)


def _unsaid(what: str, code: str) -> UserError | None:
    if what not in ("match", "explain"):
        return UserError("Chọn kết luận.", "Choose the conclusion.", "what")
    if what == "match" and not code:
        return UserError("Nhập mã chuyển khoản của hồ sơ.", "Enter the payment code of the case.", "code")
    return None
