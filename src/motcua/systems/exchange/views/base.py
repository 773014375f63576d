"""What the pages share."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity.views import see_other
from motcua.core.ledger.actor import Actor

RUNNERS = "group:service_editor,service_approver"
OWNERS = "group:service_editor,service_approver,chair"
BAD_REQUEST = 400
View = Callable[..., HttpResponse]
M = TypeVar("M", bound=Model)


def legible(view: View) -> View:
    """A view that is shown no text which PostgreSQL cannot keep; people do not type such, machines do."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sent = [request.path, *request.GET.values()]
        sent += [one for several in request.POST.lists() for one in several[1]]
        if any("\x00" in one for one in sent):
            raise UserError(
                "Nội dung gửi lên có ký tự U+0000 không phải chữ. Bỏ ký tự đó.",
                "U+0000 is no text: take it out.",
            )
        return view(request, *args, **kwargs)

    return guarded


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    fault: UserError | None = None,
    otherwise: str = "reason",
) -> HttpResponse:
    """A page; with what was wrong at its field and in the summary, and what was typed kept."""
    faults: dict[str, list[str]] = {}
    errors: list[tuple[str, str]] = []
    if fault is not None:
        said, field = fault.text(lang_of(request)), fault.field or otherwise
        faults, errors = {field: [said]}, [(said, f"#{field}")]
    context = {"typed": defaultdict(str, request.POST.dict()), "faults": faults, "errors": errors, **context}
    return render(request, f"exchange/{template}", context, status=BAD_REQUEST if fault else 200)


def attempt(
    request: HttpRequest, act: Callable[[], object], said: Text, onward: str | Callable[[], str]
) -> tuple[HttpResponse | None, UserError | None]:
    """Do it and go on, or say what was wrong."""
    try:
        act()
    except UserError as fault:
        if fault.status in (403, 404):
            raise
        return None, fault
    messages.success(request, said.text(lang_of(request)))
    return see_other(onward if isinstance(onward, str) else onward()), None


def chosen(request: HttpRequest, rows: QuerySet[M], name: str = "which") -> M:
    """The row whose number was sent. Raises NotFound for any other."""
    number = request.POST.get(name, "")
    found = rows.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if found is None:
        raise NotFound()
    return found


def day(text: str, field: str) -> dt.date:
    """A day as people write it."""
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise UserError("Ghi ngày dạng 31/12/2026.", "Write the day as 31/12/2026.", field=field)


def whole(text: str, field: str, most: int) -> int:
    """A whole number from 0 on; empty is 0."""
    clean = text.strip().replace(".", "").replace(" ", "")
    if not clean:
        return 0
    if not (clean.isascii() and clean.isdecimal()) or int(clean[:12]) > most:
        raise UserError(f"Ghi số nguyên từ 0 đến {most}.", f"A whole number from 0 to {most}.", field=field)
    return int(clean)


def document_of(request: HttpRequest, field: str, largest: int) -> str:
    """What was pasted, or the file that was sent instead. Raises UserError for a file that is no text or too long."""
    sent = request.FILES.get(f"{field}_file")
    if sent is None:
        return request.POST.get(field, "")
    body = sent.read(largest + 1)
    if len(body) > largest:
        raise UserError(
            f"Tệp dài quá {largest // 1024} KB.",
            f"The file is longer than {largest // 1024} KB.",
            field=field,
        )
    try:
        return str(body.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        line = body[: wrong.start].count(b"\n") + 1
        raise UserError(
            f"Tệp không phải văn bản UTF-8: sai ở dòng {line}.",
            f"The file is not UTF-8 text: line {line}.",
            field=field,
        ) from wrong
