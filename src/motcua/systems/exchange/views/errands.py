"""What did not get through to another agency: read and settled by whoever has the case, in plain words."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from motcua.core.cases.models import Case
from motcua.core.errors import NotFound, UserError, say
from motcua.core.exchange import actions, queries
from motcua.core.exchange.models import Errand, ErrandState, Fault
from motcua.core.identity.access import policy
from motcua.systems.exchange.models import Member
from motcua.systems.exchange.views.base import actor_of, attempt, show

ADVICE = {
    Fault.UNREACHABLE: "Thường do đường truyền. Thử lại; nếu vẫn không được, gọi cơ quan kia hoặc làm bằng giấy.",
    Fault.SLOW: "Cơ quan kia đang bận. Thử lại sau ít phút.",
    Fault.BROKEN: "Lỗi ở phía cơ quan kia. Gọi báo họ, rồi thử lại khi họ đã sửa.",
    Fault.NOT_ALLOWED: "Báo người quản trị liên thông của tỉnh xin quyền. Trong lúc chờ, làm bằng giấy.",
    Fault.TOO_MANY: "Thử lại vào ngày mai. Nếu gấp, làm bằng giấy.",
    Fault.WRONG_QUESTION: "Xem lại thông tin trong hồ sơ, nhất là số định danh và ngày sinh, rồi hỏi cơ quan kia.",
    Fault.WRONG_ANSWER: "Gọi cơ quan kia để nghe trả lời, hoặc làm bằng giấy.",
}
SAID = {
    "retry": say("Đang thử lại. Có trả lời thì việc này tự biến mất.", "Trying again."),
    "enquire": say("Đã ghi lại việc hỏi. Việc vẫn nằm ở đây cho đến khi xong.", "Noted that you asked."),
    "paper": say("Hồ sơ đi tiếp bằng giấy.", "The case goes on with a paper."),
}


@policy("officer")
@never_cache
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """What waits in the officer's agencies, the oldest first."""
    rows = queries.open_errands(actor_of(request))
    known = _cases([row.case_id for row in rows if row.case_id])
    lines = [(row, known.get(row.case_id or 0)) for row in rows]
    return show(request, "errands.jinja", {"lines": lines})


@policy("officer")
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, errand_uuid: uuid.UUID) -> HttpResponse:
    """One of them: what failed, for which case, and the three ways on."""
    actor = actor_of(request)
    errand = queries.errand(actor, errand_uuid)
    fault: UserError | None = None
    if request.method == "POST":
        act, note = request.POST.get("act", ""), request.POST.get("note", "")
        ways = {
            "retry": lambda: actions.retry(actor, errand),
            "enquire": lambda: actions.enquire(actor, errand, note),
            "paper": lambda: actions.take_paper(actor, errand, note),
        }
        if act not in ways:
            raise NotFound()
        done, fault = attempt(request, ways[act], SAID[act], reverse("exchange:errands"))
        if done is not None:
            return done
    context = {
        "errand": errand,
        "case": _cases([errand.case_id]).get(errand.case_id) if errand.case_id else None,
        "open": errand.state in actions.OPEN,
        "advice": ADVICE.get(Fault(errand.fault), "") if errand.fault else "",
        "contact": _contact(errand),
        "fault_said": Fault(errand.fault).label if errand.fault else "",
        "state": ErrandState(errand.state).label,
        "act": request.POST.get("act", ""),
    }
    return show(request, "errand.jinja", context, fault, "note")


def _cases(numbers: list[int]) -> dict[int, tuple[str, uuid.UUID]]:
    """Number and UUID of cases that this officer may see."""
    rows = Case.objects.filter(pk__in=numbers).values_list("pk", "number", "uuid")
    return {pk: (number, case_uuid) for pk, number, case_uuid in rows}


def _contact(errand: Errand) -> Member | None:
    """Whom to call at the agency that was asked."""
    parts = errand.service.split("/")
    if len(parts) < 3:
        return None
    return Member.objects.filter(member_class=parts[1], code=parts[2]).exclude(state="refused").first()
