"""One page for each act: what will happen, what has to be said, then the act itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core.attempting import attempt
from motcua.core.errors import UserError
from motcua.core.identity.access import policy
from motcua.core.payments import queries as balances
from motcua.systems.onestop import days
from motcua.systems.onestop.acts import BY_SLUG, Act, Given
from motcua.systems.onestop.desk import actor_of, already, case_of, go, lang_of, moved_on, page


@policy("officer")
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, case_uuid: uuid.UUID, slug: str) -> HttpResponse:
    """Ask for what the act needs, do it, go back to the case. Done twice it changes nothing the second time."""
    wanted = BY_SLUG.get(slug)
    if wanted is None:
        raise Http404
    actor, case = actor_of(request), case_of(request, case_uuid)
    if not wanted.may(actor, case):
        return already(request, "case", case.uuid)
    if request.method == "GET":
        return page(request, "act", _context(request, wanted, case, Given({}), None))
    given = _given(request)
    fault = attempt(lambda: wanted.do(actor, case, given))
    if fault is None:
        return go(request, "case", case.uuid, said=wanted.done)
    if moved_on(fault) and not wanted.may(actor, case_of(request, case_uuid)):
        return already(request, "case", case.uuid)
    return page(request, "act", _context(request, wanted, case, given, fault), status=fault.status)


def _given(request: HttpRequest) -> Given:
    lists = {name: values for name, values in request.POST.lists() if name == "papers"}
    return Given({name: str(value)[:5000] for name, value in request.POST.items()}, lists)


def _context(
    request: HttpRequest, wanted: Act, case: Any, given: Given, fault: UserError | None
) -> dict[str, Any]:
    lang = lang_of(request)
    fields = [
        {
            "name": field.name,
            "kind": field.kind,
            "label": field.label.text(lang),
            "hint": field.hint.text(lang) if field.hint else None,
            "required": field.required,
            "options": field.options(case, lang) if field.options else [],
            "value": given.texts.get(field.name, field.value),
            "values": given.lists.get(field.name, []),
            "parts": days.parts(given.texts, field.name),
            "errors": [fault.text(lang)] if fault is not None and fault.field == field.name else [],
        }
        for field in wanted.fields
        if field.shown(case)
    ]
    placed = fault is not None and any(one["errors"] for one in fields)
    return {
        "act": wanted,
        "case": case,
        "fields": fields,
        "balance": balances.balance(str(case.uuid)) if wanted.slug == "thu-tien" else None,
        "errors": [] if fault is None else [(fault.text(lang), f"#{fault.field}" if placed else "#act")],
    }
