"""The page of the public log, and the program with which anyone checks it."""

from __future__ import annotations

import datetime as dt
import inspect

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from motcua.core import clock
from motcua.core.documents import queries as documents
from motcua.core.documents.actions import spoken_code
from motcua.core.identity.access import policy
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines.merkle import verifier
from motcua.systems.transparency import reading


@policy("public")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What the log is, its head and its witnesses; `?ma=` leads to the proof of a result."""
    typed = request.GET.get("ma", "")
    code = spoken_code(typed)
    error = ""
    if typed:
        with acting(SYSTEM):
            found = documents.by_code(code) if code else None
        if found is not None:
            return redirect("verification:by_code", code=found.code)
        error = "Không có kết quả nào mang mã này. Kiểm tra lại từng ký tự in dưới mã QR."
    told = reading.newest()
    context = {
        "typed": typed,
        "code_error": error,
        "sth": told["sth"],
        "signed_at": _moment(told["sth"]["timestamp"]) if told["sth"] else None,
        "halted": told["halted"],
        "first_key": reading.keys()[0]["public_key"],
        "witnesses": [
            one | {"seen_at": _moment(one["last_seen_at"]) if one["last_seen_at"] else None}
            for one in reading.witnesses()
        ],
    }
    return render(request, "transparency/home.jinja", context, status=404 if error else 200)


@policy("public")
@require_GET
@cache_control(max_age=3600, public=True)
def verifier_file(request: HttpRequest) -> HttpResponse:
    """The verifier as one file, to be run on any machine."""
    return HttpResponse(inspect.getsource(verifier), content_type="text/x-python; charset=utf-8")


def _moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, clock.now().tzinfo)
