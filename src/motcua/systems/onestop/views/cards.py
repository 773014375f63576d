"""A card or passport on the reader: what its chip proves, the face compared, and what is done with it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity import accounts, cards, enrolment, papers, reading_form
from motcua.core.identity.access import policy
from motcua.core.identity.models import Account, CardRead, FirstKey
from motcua.core.registers import queries as registers
from motcua.systems.onestop import actions
from motcua.systems.onestop.desk import actor_of, agency_of, go, lang_of, page

NOTHING = Text(
    "Chọn tệp mà phần mềm đọc thẻ vừa ghi.", "Choose the file that the reader's program has just written."
)
COMPARED = {
    "name": Text("Họ tên", "Name"),
    "born": Text("Ngày sinh", "Born"),
    "sex": Text("Giới tính", "Sex"),
}
CHECKS = {
    "signature": Text("Chữ ký của cơ quan cấp", "The issuer's signature"),
    "authority": Text("Cơ quan cấp có trong danh sách tin cậy", "The issuer is on the trust list"),
    "revocation": Text("Người ký chưa bị thu hồi", "Its signer was not revoked"),
    "groups": Text("Dữ liệu không bị sửa", "The data was not altered"),
    "check_digits": Text("Chữ số kiểm tra", "Check digits"),
    "expiry": Text("Còn hạn", "Not expired"),
    "portrait": Text("Có ảnh chân dung", "It holds a portrait"),
    "card_data": Text("Dữ liệu riêng của thẻ Việt Nam khớp", "The Vietnamese card's own data agrees"),
    "answer": Text(
        "Chip tự trả lời mã kiểm tra: không phải bản sao", "The chip answered the challenge: it is no copy"
    ),
}
RAISED = Text("Đã nâng mức tài khoản theo thẻ vừa đọc.", "The account was raised by the document read.")


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET", "POST"])
def read(request: HttpRequest) -> HttpResponse:
    """Lay the document on the reader, or hand over the file that its program wrote."""
    agency_of(request)
    fault: UserError | None = None
    if request.method == "POST":
        try:
            taken = cards.take(
                actor_of(request),
                reading_form.handed(request, NOTHING),
                _spent(request),
                way=CardRead.Way.COUNTER,
            )
        except UserError as refused:
            fault = refused
        else:
            return go(request, "card", taken.uuid)
    lang = lang_of(request)
    said = fault.text(lang) if fault else ""
    place = (fault.field if fault else None) or "reading"
    context: dict[str, Any] = {
        **reading_form.fields(request, lang),
        "fault": {place: [said]} if said else {},
        "errors": [(said, f"#{place}")] if said else [],
    }
    return page(request, "card_reader", context, status=fault.status if fault else None)


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET"])
def card(request: HttpRequest, card_uuid: uuid.UUID) -> HttpResponse:
    """What the chip says, beside its portrait and what the population database says."""
    agency_of(request)
    return _show(request, cards.of_desk(actor_of(request), card_uuid))


@sensitive_post_parameters()
@policy("group:one_stop")
@never_cache
@require_POST
def use(request: HttpRequest, card_uuid: uuid.UUID, act: str) -> HttpResponse:
    """Open or recover the account, raise it, or begin an application for whose card this is."""
    agency_of(request)
    actor, found = actor_of(request), cards.of_desk(actor_of(request), card_uuid)
    same = request.POST.get("face") == "same"
    made: list[Any] = []
    acts: dict[str, Callable[[], Any]] = {
        "ma": lambda: enrolment.code_by_card(actor, found, face_compared=same),
        "nang-muc": lambda: enrolment.raise_by_card(actor, found, face_compared=same),
        "tiep": lambda: actions.welcome_by_card(actor, found, face_compared=same),
    }
    if act not in acts:
        raise NotFound()
    fault = attempt(lambda: made.append(acts[act]()))
    if fault is not None:
        found.refresh_from_db()
        return _show(request, found, fault)
    if act == "tiep":
        return go(request, "services", made[0].uuid)
    if act == "nang-muc":
        return go(request, "accounts", said=RAISED)
    account, code = made[0]
    return show_code(request, account, code)


def show_code(request: HttpRequest, account: Account, code: str) -> HttpResponse:
    """The code on paper, shown this once."""
    key = FirstKey.objects.filter(account=account).select_related("account__party").latest("id")
    return page(request, "account_code", {"code": code, "key": key, "now": clock.now()})


def _spent(request: HttpRequest) -> bytes:
    return cards.spend_challenge(request.session)


def _show(request: HttpRequest, found: CardRead, fault: UserError | None = None) -> HttpResponse:
    lang, facts = lang_of(request), found.facts
    person = None
    if not cards.is_foreign(found):
        person = registers.person(actor_of(request), facts["personal_number"], purpose=accounts.PURPOSE)
    name = facts["personal_number"] or papers.key_of(facts["country"], facts["number"])
    said = fault.text(lang) if fault else ""
    context: dict[str, Any] = {
        "card": found,
        "facts": facts,
        "name": name,
        "born": dt.date.fromisoformat(facts["born"]),
        "expires": dt.date.fromisoformat(facts["expires"]),
        "person": person,
        "foreign": cards.is_foreign(found),
        "nationality": papers.country_name(facts["nationality"], lang),
        "country": papers.country_name(facts["country"], lang),
        "checks": [CHECKS[one].text(lang) for one in found.checks],
        "differences": [COMPARED[one].text(lang) for one in cards.differences(found, person)]
        if person
        else [],
        "account": Account.objects.filter(username=name).select_related("party").first(),
        "levels": accounts.rules()["proof"]["counter"],
        "errors": [(said, "#face")] if said else [],
        "fault": [said] if said else [],
    }
    return page(request, "card", context, status=fault.status if fault else None)
