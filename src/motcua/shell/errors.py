"""Errors that a person can mend, said on a page: a view need only raise them."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from motcua.core.errors import UserError, say
from motcua.engines.text import Refused
from motcua.shell.language import current_language
from motcua.shell.views import error_page

NO_TEXT = say(
    "Địa chỉ hoặc ô nhập có ký tự không phải là chữ. Xóa ký tự đó rồi thử lại.",
    "The address or a field holds a character that is no text. Remove it and try again.",
)
PAGES = {400, 403, 404, 409, 413, 429, 503}


class UserErrors:
    """Turns a UserError that no view caught into its page, or into problem+json (RFC 9457) below /api/.

    So too the refusal of what is no text: whoever sends broken bytes reads which character it was.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            exception = UserError(exception.message("vi"), exception.message("en"))
        elif _is_no_text(exception):
            exception = UserError(NO_TEXT.vi, NO_TEXT.en)
        if not isinstance(exception, UserError):
            return None
        said = exception.text(current_language())
        if request.path.startswith("/api/"):
            problem = {"title": said, "status": exception.status, "field": exception.field}
            return JsonResponse(problem, status=exception.status, content_type="application/problem+json")
        page = exception.status if exception.status in PAGES else 400
        response = error_page(request, page, reason=said)
        response.status_code = exception.status
        return response


def _is_no_text(exception: Exception) -> bool:
    """Whether the database was to be given what is no text: a NUL, or half of a character."""
    nul = isinstance(exception, ValueError | DataError) and "NUL (0x00)" in str(exception)
    return nul or isinstance(exception, UnicodeEncodeError)
