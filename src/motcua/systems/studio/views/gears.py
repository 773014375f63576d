"""A decision runs in another gear at one agency: set by whoever approves services, from a day on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from motcua.core import clock
from motcua.core.errors import NotFound, UserError
from motcua.core.identity.access import policy
from motcua.core.organisations.models import Agency
from motcua.core.services import actions as services
from motcua.core.services import queries
from motcua.systems.studio import words
from motcua.systems.studio.desk import Faults, actor_of, day, go, lang_of, page, service_of, typed


@policy("group:service_approver")
@require_http_methods(["GET", "POST"])
def agency_gear(request: HttpRequest, code: str) -> HttpResponse:
    """The gear of one agency. The general gear is part of the version and is changed by proposal."""
    service, faults, lang = service_of(code), Faults(lang_of(request)), lang_of(request)
    pack = queries.current(code, clock.today())
    name = str(request.GET.get("quyet-dinh", ""))
    if name not in pack.decisions:
        raise NotFound
    given = {"agency": "", "gear": "", "legal_basis": "", "valid_from": clock.today().isoformat()}
    if request.method == "POST":
        given = {one: typed(request, one) for one in given}
        try:
            agency = _agency(given["agency"])
            since = day(request, "valid_from")
            if since < clock.today():
                raise UserError(
                    "Ngày áp dụng không được ở quá khứ.", "The day it comes into force must not lie in the past.",
                    field="valid_from",
                )  # fmt: skip
            services.set_gear(
                actor_of(request), code, name, given["gear"],
                agency_id=agency.pk, legal_basis=given["legal_basis"], valid_from=since,
            )  # fmt: skip
            return go(request, "service", code, said="Đã đặt mức riêng cho cơ quan.")
        except UserError as fault:
            faults.add(fault, fault.field or "gear")
    title = words.questions(pack.files, lang).get(name, name)
    context = {"service": service, "title": title, "given": given, "faults": faults, "errors": faults.summary}
    return page(request, "agency_gear", context, status=400 if faults else 200)


def _agency(code: str) -> Agency:
    """An agency in being by its code. Raises UserError."""
    row = Agency.objects.filter(code__iexact=code, valid_until=None).first() if code else None
    if row is None:
        raise UserError(
            f"Không có cơ quan mã “{code}”. Ví dụ: H55.237." if code else "Gõ mã cơ quan, ví dụ H55.237.",
            f"There is no agency {code!r}. For example: H55.237."
            if code
            else "Type the agency's code, as H55.237.",
            field="agency",
        )
    return row
