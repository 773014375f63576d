"""Opening an account from one's own phone: the card's chip answers a challenge, then one chooses a password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from motcua.core.errors import UserError, say
from motcua.core.identity import cards, enrolment, limits, reading_form
from motcua.core.identity.access import PUBLIC, policy
from motcua.core.identity.first_views import TOO_OFTEN, TRIES, UNEQUAL, WINDOW
from motcua.core.identity.models import CardRead
from motcua.core.identity.views import see_other
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM
from motcua.core.ledger.scope import acting

ENROLLING = "enrolling_by"
"""In the session: the reading by which somebody is opening an account."""
NOTHING = say(
    "Chọn tệp mà ứng dụng đọc thẻ trên điện thoại vừa ghi.",
    "Choose the file that the reading app on your phone has just written.",
)


@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def read_card(request: HttpRequest) -> HttpResponse:
    """The challenge to be answered, and the reading handed over."""
    if request.method == "GET":
        return _reading_page(request)
    if not limits.allow("enrol", request.META.get("REMOTE_ADDR", ""), most=TRIES, seconds=WINDOW):
        return _reading_page(request, UserError(TOO_OFTEN.vi, TOO_OFTEN.en, "reading"))
    try:
        with acting(SYSTEM):
            handed = reading_form.handed(request, NOTHING)
            card = cards.take(
                ANONYMOUS, handed, cards.spend_challenge(request.session), way=CardRead.Way.ONLINE
            )
            enrolment.whose_card(card)
    except UserError as refused:
        return _reading_page(request, refused)
    request.session[ENROLLING] = str(card.uuid)
    return see_other(reverse("identity_enrol_password"))


@sensitive_post_parameters("password1", "password2")
@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """Whose card it was, and the password; then the account is open and its holder signed in."""
    chosen = str(request.session.get(ENROLLING, "")) or None
    with acting(SYSTEM):
        mine = CardRead.objects.filter(way=CardRead.Way.ONLINE, used_at=None)
        card = mine.filter(uuid=chosen).first() if chosen else None
    if card is None:
        return HttpResponseRedirect(reverse("identity_enrol"))
    if request.method == "GET":
        return _password_page(request, card)
    lang: str = request.lang  # type: ignore[attr-defined]
    password = request.POST.get("password1", "")
    if password != request.POST.get("password2", ""):
        return _password_page(request, card, UNEQUAL.text(lang), "password2")
    try:
        with acting(SYSTEM):
            account = enrolment.open_from_afar(card, password)
    except UserError as refused:
        if refused.field != "password":
            request.session.pop(ENROLLING, None)
            return _reading_page(request, refused)
        return _password_page(request, card, refused.text(lang), "password1")
    request.session.pop(ENROLLING, None)
    record_authentication(request, account, "password", username=account.username)
    get_adapter(request).login(request, account)
    return see_other(reverse("mfa_index"))


def _reading_page(request: HttpRequest, fault: UserError | None = None) -> HttpResponse:
    lang: str = request.lang  # type: ignore[attr-defined]
    said = fault.text(lang) if fault else ""
    place = "document" if fault and fault.field == "document" else "reading"
    context: dict[str, Any] = {
        **reading_form.fields(request, lang),
        "fault": {place: [said]} if said else {},
        "errors": [(said, f"#{place}")] if said else [],
    }
    return render(request, "identity/enrol.jinja", context, status=fault.status if fault else None)


def _password_page(request: HttpRequest, card: CardRead, said: str = "", field: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "facts": card.facts,
        "fault": {field: [said]} if said else {},
        "errors": [(said, f"#{field}")] if said else [],
    }
    return render(request, "identity/enrol_password.jinja", context, status=422 if said else 200)
