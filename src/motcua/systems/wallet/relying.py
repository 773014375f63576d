"""The door for relying parties outside: ask for presentations for a purpose, and read the answer by polling.

An application that an officer approved at the OpenID provider for `presentation` shows a token that speaks for itself
(`client_credentials`). It asks by kinds of question, as officers do: what is asked stays as narrow as they are.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from motcua.core import bearers
from motcua.core.bearers import Bearer
from motcua.core.errors import NotFound, UserError
from motcua.systems.wallet import asking
from motcua.systems.wallet.endpoints import body_of, machine
from motcua.systems.wallet.keys import site
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.offers import Refused

SCOPE = "presentation"
CREATED = 201
MODES = ("direct_post.jwt", "direct_post")


@csrf_exempt
@machine
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """`{"purpose", "any_of": [["over_18"], ["commune", "pensioner"]], "by": "reference"|"value", "response_mode"}`.

    One kind alone may be said as `"kind"`. `by: value` adds the signed request itself (RFC 9101 section 5.1).
    """
    who, asked = _relying_party(request), body_of(request)
    if not isinstance(asked, dict):
        raise Refused("invalid_request", "the body is no JSON object")
    options = asked.get("any_of", [[asked.get("kind", "")]])
    if not isinstance(options, list) or not all(
        isinstance(option, list) and all(isinstance(name, str) for name in option) for option in options
    ):
        raise Refused("invalid_request", "any_of is a list of lists of kinds")
    mode, by = asked.get("response_mode", MODES[0]), asked.get("by", "reference")
    if mode not in MODES or by not in ("reference", "value"):
        raise Refused(
            "invalid_request", "response_mode is direct_post.jwt or direct_post, by is reference or value"
        )
    purpose = str(asked.get("purpose", ""))
    try:
        question = asking.ask_for(
            who.client_id, who.client_name, options=options, purpose=purpose, response_mode=mode
        )
    except UserError as wrong:
        raise Refused("invalid_request", f"{wrong.field or 'any_of'}: {wrong.text('en')}") from None
    told: dict[str, Any] = {
        "id": str(question.uuid),
        "link": asking.link(question),
        "agree_uri": f"{site()}{reverse('wallet:agree', args=[question.uuid])}",
        "result_uri": f"{site()}{reverse('wallet:result', args=[question.uuid])}",
        "expires_at": question.expires_at.isoformat(),
    }
    if by == "value":
        told["request"] = asking.request_object(question, who.client_name)
    return JsonResponse(told, status=CREATED)


@csrf_exempt
@machine
@require_GET
def result(request: HttpRequest, question: uuid.UUID) -> HttpResponse:
    """Where it stands: waiting, proven (with exactly the claims asked for), declined, or over."""
    who = _relying_party(request)
    found = Question.objects.filter(uuid=question, client_id=who.client_id).first()
    if found is None:
        raise NotFound()
    state = found.outcome or ("waiting" if asking.is_open(found) else "over")
    told = {"id": str(found.uuid), "state": state, "purpose": found.purpose, "answers": found.proven}
    return JsonResponse(told | ({"fault": found.fault} if found.fault else {}))


def _relying_party(request: HttpRequest) -> Bearer:
    """The application whose token is shown. Raises Refused."""
    found = bearers.bearer_of(request)
    if found is None:
        raise Refused("invalid_token", "the access token is unknown, over, or not shown by its owner", 401)
    if found.account_id or SCOPE not in found.scopes:
        raise Refused("insufficient_scope", f"a token of the application itself for {SCOPE} is needed", 403)
    return found
