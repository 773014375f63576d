"""What every page of the studio needs: who sits there, the service, how a form is read and shown again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from motcua.core.errors import NotFound, UserError
from motcua.core.ledger.actor import Actor
from motcua.core.services import policies
from motcua.core.services.models import Service, ServiceVersion
from motcua.core.services.pack import PackError
from motcua.systems.studio.models import Workbench

SEE_OTHER = 303
DESK = "group:service_editor,service_approver"
EDITOR = "group:service_editor"
LONGEST = 5000


def actor_of(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def lang_of(request: HttpRequest) -> str:
    return str(request.lang)  # type: ignore[attr-defined]


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page of the studio; `may` says what this officer may do at all."""
    shown = {"lang": lang_of(request), "may": policies.abilities(actor_of(request)), **context}
    return render(request, f"studio/{template}.jinja", shown, status=status)


def go(request: HttpRequest, url_name: str, *args: Any, said: str = "") -> HttpResponse:
    """Elsewhere after an act, with a sentence about it."""
    if said:
        messages.success(request, said)
    return HttpResponseRedirect(reverse(f"studio:{url_name}", args=args), status=SEE_OTHER)


def service_of(code: str) -> Service:
    """The service of a code. Raises NotFound."""
    row = Service.objects.filter(code=code).first()
    if row is None:
        raise NotFound
    return row


def version_of(version_uuid: uuid.UUID) -> ServiceVersion:
    """The version of a public key, with what it is based on. Raises NotFound."""
    row = ServiceVersion.objects.select_related("service", "based_on").filter(uuid=version_uuid).first()
    if row is None:
        raise NotFound
    return row


def bench_of(request: HttpRequest, service: Service) -> Workbench | None:
    """The clerk's open desk for a service, None where nothing is begun."""
    return desks_of(request).filter(service=service).first()


def desks_of(request: HttpRequest) -> QuerySet[Workbench]:
    """The clerk's open desks."""
    account = actor_of(request).account_id
    return (
        Workbench.objects.filter(account_id=account, proposal=None) if account else Workbench.objects.none()
    )


def typed(request: HttpRequest, name: str) -> str:
    """What was typed into a field, without blanks around it."""
    return str(request.POST.get(name, ""))[:LONGEST].strip()


def day(request: HttpRequest, name: str) -> dt.date:
    """A day as a calendar field or a person writes it. Raises UserError."""
    text = typed(request, name)
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day, no instant
        except ValueError:
            continue
    raise UserError(
        f"“{text}” không phải ngày. Gõ dạng 01/01/2027." if text else "Chọn ngày.",
        f"{text!r} is no day. Type it as 01/01/2027." if text else "Choose the day.",
        field=name,
    )


def amount(request: HttpRequest, name: str) -> int:
    """Đồng, however people set dots and the sign. Raises UserError."""
    text = typed(request, name)
    digits = text.lower().replace("đồng", "").rstrip("đd ").replace(".", "").replace(",", "").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 12:
        raise UserError(
            f"“{text}” không phải số tiền. Gõ số đồng, ví dụ 10.000." if text else "Gõ số tiền.",
            f"{text!r} is no amount. Type đồng, for example 10.000." if text else "Type the amount.",
            field=name,
        )
    return int(digits)


class Faults(dict[str, list[str]]):
    """Mistakes by field, as the form's macros take them; `summary` is what stands on top of the page."""

    def __init__(self, lang: str) -> None:
        super().__init__()
        self.lang = lang
        self.summary: list[tuple[str, str]] = []

    def add(self, fault: UserError, field: str) -> None:
        """A mistake at the field it names, else at `field`; a pack's mistakes one by one."""
        told = (
            [one.text(self.lang) for one in fault.faults]
            if isinstance(fault, PackError)
            else [fault.text(self.lang)]
        )
        self.setdefault(field, []).extend(told)
        self.summary.extend((text, f"#{field}") for text in told)

    def of(self, field: str) -> list[str]:
        return self.get(field, [])
