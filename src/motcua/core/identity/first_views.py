"""The first sign-in by a code on paper, and locking one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from motcua.core.errors import UserError, say
from motcua.core.identity import accounts, limits, papers
from motcua.core.identity.access import ACCOUNT, PUBLIC, policy
from motcua.core.identity.views import see_other
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting

UNPROCESSABLE, TRIES, WINDOW = 422, 10, 600
NOT_RIGHT = say(
    "Số định danh và mã không khớp, hoặc mã chưa đến giờ dùng, đã dùng hay đã hết hạn. Kiểm tra lại trên giấy.",
    "Number and code do not fit, or the code is not yet good, used or expired. Look at the paper again.",
)
TOO_OFTEN = say(
    "Đã thử quá nhiều lần. Đợi 10 phút rồi thử lại; mã trên giấy vẫn còn.",
    "Too many tries. Wait 10 minutes and try again; the code stays good.",
)
UNEQUAL = say("Hai lần nhập mật khẩu khác nhau.", "The two passwords differ.")


@sensitive_post_parameters("code", "password1", "password2")
@policy(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def first_sign_in(request: HttpRequest) -> HttpResponse:
    """Number, code, and the password that the person chooses."""
    lang: str = request.lang  # type: ignore[attr-defined]
    number = papers.sign_in_name(request.POST.get("number", "")[:60])
    if request.method == "GET":
        return _page(request, number)
    if not limits.allow("first_sign_in", request.META.get("REMOTE_ADDR", ""), most=TRIES, seconds=WINDOW):
        return _page(request, number, TOO_OFTEN.text(lang), "code")
    password = request.POST.get("password1", "")
    if password != request.POST.get("password2", ""):
        return _page(request, number, UNEQUAL.text(lang), "password2")
    try:
        with acting(SYSTEM):
            account = accounts.enter_by_first_key(number, request.POST.get("code", "")[:40], password)
    except UserError as weak:
        return _page(request, number, weak.text(lang), "password1")
    if account is None:
        return _page(request, number, NOT_RIGHT.text(lang), "code")
    record_authentication(request, account, "password", username=account.username)
    get_adapter(request).login(request, account)
    return see_other(reverse("mfa_index"))


@policy(ACCOUNT)
@never_cache
@require_http_methods(["GET", "POST"])
def lock_own(request: HttpRequest) -> HttpResponse:
    """Lock one's own account, at once; only a one-stop desk opens it again."""
    if request.method == "GET":
        return render(request, "identity/lock.jinja")
    with acting(SYSTEM):
        accounts.lock(request.actor, request.account, "Chủ tài khoản tự khóa")  # type: ignore[attr-defined]
    logout(request)
    return see_other(reverse("account_inactive"))


def _page(request: HttpRequest, number: str, fault: str = "", field: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "number": number,
        "fault": {field: [fault]} if fault else {},
        "errors": [(fault, f"#{field}")] if fault else [],
    }
    return render(request, "identity/first.jinja", context, status=UNPROCESSABLE if fault else 200)
