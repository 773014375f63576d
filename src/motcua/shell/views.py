"""Pages that belong to no room: what is said when something went wrong, and how accessible the house is.

Each error page says what happened, what is safe and what to do; none says "please try again later".
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse

from motcua.core.identity import stash
from motcua.core.identity.access import policy
from motcua.shell.bundle import last_resort

log = logging.getLogger(__name__)


def error_page(
    request: HttpRequest, status: int, *, reason: str = "", retry_after: int | None = None
) -> HttpResponse:
    """The page for `status` (400, 403, 404, 409, 413, 429, 500, 503); `reason` is one sentence for the reader.

    `retry_after` is in seconds. When even the error page cannot be rendered, the static one is sent.
    """
    try:
        body: str = render_to_string(
            f"shell/{status}.jinja", {"reason": reason, "retry_after": retry_after}, request
        )
    except Exception:
        log.exception("the page for status %s could not be rendered", status)
        body = last_resort()
    response = HttpResponse(body, status=status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    from django.core.exceptions import RequestDataTooBig, TooManyFilesSent

    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return error_page(request, 413)
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 404)


def too_large(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 413)


def too_many(request: HttpRequest, retry_after: int = 60) -> HttpResponse:
    return error_page(request, 429, retry_after=retry_after)


def unavailable(request: HttpRequest, reason: str = "", retry_after: int = 300) -> HttpResponse:
    return error_page(request, 503, reason=reason, retry_after=retry_after)


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing is rendered here: whatever broke the page may break this one too."""
    return HttpResponse(last_resort(), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open for too long, or in another tab while somebody signed in.

    What was typed on our own page is kept and offered to be sent on. What comes from elsewhere is not: nobody
    shall lay words into another's mouth.
    """
    log.warning("refused by the CSRF check: %s", reason)
    if _typed_here(request) and stash.keep(request, page_expired=True):
        response = HttpResponseRedirect(reverse("identity:kept"))
        response.status_code = 303
        return response
    from motcua.shell.language import t

    return error_page(
        request,
        403,
        reason=t(
            "Trang đã mở quá lâu nên hết hiệu lực. Hãy bấm nút quay lại của trình duyệt, tải lại trang rồi gửi lần nữa."
        ),
    )


def _typed_here(request: HttpRequest) -> bool:
    """Whether a signed-in person typed something on a page of this very site, as their browser tells."""
    ours = (
        request.headers.get("Sec-Fetch-Site") == "same-origin"
        or request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    )
    signed_in = getattr(request, "account", None) is not None
    typed = set(request.POST) - stash.NEVER_KEPT
    return ours and signed_in and bool(typed) and not request.path.startswith(settings.LOGIN_URL)


@policy("public")
def accessibility(request: HttpRequest) -> HttpResponse:
    """How far this site can be used by everyone, and whom to tell where it cannot."""
    return HttpResponse(render_to_string("shell/accessibility.jinja", {}, request))


@policy("public")
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component with real words; a sandbox shows it, a real installation has no need to."""
    from motcua.shell.styleguide import sample

    context: dict[str, Any] = sample()
    return HttpResponse(render_to_string("shell/styleguide.jinja", context, request))
