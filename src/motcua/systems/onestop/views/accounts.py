"""Accounts at the counter: opened with the card read, a code on paper, a second look, locked, unlocked, closed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity import accounts, enrolment, papers
from motcua.core.identity.access import policy
from motcua.core.identity.models import Account, EvidenceKind, FirstKey, Party
from motcua.core.registers import queries as registers
from motcua.core.words import legible
from motcua.engines.text import Card, Refused, card_qr, fold
from motcua.systems.onestop.desk import actor_of, agency_of, go, lang_of, page
from motcua.systems.onestop.views import foreigners
from motcua.systems.onestop.views.cards import COMPARED, show_code

READ = Text("Nhập số định danh, hoặc quét mã QR trên thẻ.", "Type the number, or scan the card's QR code.")
UNKNOWN = Text("Cơ sở dữ liệu dân cư không có số này.", "The population database does not know this number.")
NO_PAPER = Text(
    "Không có người nước ngoài nào với số hay tên này. Ghi mới theo hộ chiếu hoặc thẻ cư trú.",
    "No foreigner has this number or name. Write them down by passport or residence card.",
)
DONE = {
    "lock": Text(
        "Đã khóa tài khoản. Mọi nơi đang đăng nhập đã bị đăng xuất.", "Locked; signed out everywhere."
    ),
    "unlock": Text("Đã mở khóa tài khoản.", "Unlocked."),
    "close": Text("Đã đóng tài khoản.", "Closed."),
    "approve": Text("Đã xác nhận: mã dùng được ngay.", "Approved: the code is good at once."),
}
ACTS: dict[str, Callable[..., None]] = {
    "lock": accounts.lock,
    "unlock": accounts.unlock,
    "close": accounts.close,
}
SEXES = {"male": "Nam", "female": "Nữ"}


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """By number or by the card's QR text; codes of this desk that wait for a second look are listed."""
    agency_of(request)
    if request.method == "GET":
        return _start(request)
    typed = request.POST.get("who", "")[:1000]
    try:
        words = legible(typed, "who")
        card = card_qr(words) if "|" in words else None
    except (Refused, UserError) as refused:
        said = (
            refused.message(lang_of(request))
            if isinstance(refused, Refused)
            else refused.text(lang_of(request))
        )
        return _start(request, typed, said)
    if card is None and words and not words.replace(" ", "").isdecimal():
        return _foreigners(request, words)
    number = card.number.number if card else words.replace(" ", "")
    return (
        _show(request, number, card=card) if number else _start(request, typed, READ.text(lang_of(request)))
    )


@policy("group:one_stop")
@never_cache
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Open the account, or begin its recovery; the code is shown once, to be printed and handed over."""
    agency_of(request)
    actor, number, evidence = (
        actor_of(request),
        request.POST.get("number", ""),
        request.POST.get("evidence", ""),
    )
    account = Account.objects.filter(username=number).first()
    abroad = papers.party_by_paper(number)
    codes: list[str] = []
    if account is None and abroad is not None:
        fault = attempt(lambda: codes.append(enrolment.code_by_paper_known(actor, abroad, evidence)[1]))
    elif account is None:
        fault = attempt(lambda: codes.append(accounts.open_at_counter(actor, number, evidence)[1]))
    else:
        fault = attempt(lambda: codes.append(accounts.begin_recovery(actor, account, evidence)))
    if fault is not None:
        return _again(request, number, fault)
    return show_code(request, Account.objects.get(username=number), codes[0])


@policy("group:one_stop")
@require_POST
def turn(request: HttpRequest, account_uuid: uuid.UUID, act: str) -> HttpResponse:
    """Lock, unlock or close, with the reason."""
    account = Account.objects.filter(uuid=account_uuid, officer=None).first()
    if account is None or act not in ACTS:
        raise NotFound()
    fault = attempt(lambda: ACTS[act](actor_of(request), account, request.POST.get("reason", "")[:300]))
    if fault is not None:
        return _again(request, account.username, fault)
    return go(request, "accounts", said=DONE[act])


@policy("group:one_stop")
@require_POST
def approve(request: HttpRequest, key_uuid: uuid.UUID) -> HttpResponse:
    """The second look at person and card."""
    key = FirstKey.objects.filter(uuid=key_uuid, agency_id=agency_of(request)).first()
    if key is None:
        raise NotFound()
    fault = attempt(lambda: accounts.approve_recovery(actor_of(request), key))
    if fault is not None:
        return _start(request, "", fault.text(lang_of(request)))
    return go(request, "accounts", said=DONE["approve"])


def _again(request: HttpRequest, number: str, fault: UserError) -> HttpResponse:
    """The page of the person with what went wrong."""
    abroad = papers.party_by_paper(number)
    if abroad is not None:
        return foreigners.show(request, abroad, fault)
    return _show(request, number, fault=fault)


def _foreigners(request: HttpRequest, words: str) -> HttpResponse:
    """Foreigners of that number or name; the one page when it is one."""
    found = papers.find(words)
    if len(found) == 1:
        return go(request, "foreigner", found[0].uuid)
    return _start(request, words, "" if found else NO_PAPER.text(lang_of(request)), found)


def _start(request: HttpRequest, who: str = "", fault: str = "", found: Sequence[Party] = ()) -> HttpResponse:
    context = {
        "who": who,
        "fault": fault,
        "errors": [(fault, "#who")] if fault else [],
        "waiting": accounts.waiting_recoveries(actor_of(request)),
        "me": actor_of(request).officer_id,
        "found": found,
    }
    return page(request, "accounts", context, status=400 if fault else None)


def _show(
    request: HttpRequest, number: str, *, card: Card | None = None, fault: UserError | None = None
) -> HttpResponse:
    lang = lang_of(request)
    person = registers.person(actor_of(request), number, purpose=accounts.PURPOSE)
    if person is None:
        return _start(request, number, UNKNOWN.text(lang))
    account = Account.objects.filter(username=number).first()
    said = fault.text(lang) if fault else ""
    place = (fault.field if fault else None) or "evidence"
    context: dict[str, Any] = {
        "person": person,
        "account": account,
        "turns": list(account.turns.order_by("-id")) if account else [],
        "may": accounts.may_have_account(person.born, clock.today()) and not person.dead_on,
        "differences": [COMPARED[name].text(lang) for name in _differences(card, person)] if card else [],
        "compared": card is not None,
        "evidence": EvidenceKind.CARD_SEEN.value,
        "reason": request.POST.get("reason", ""),
        "fault": {place: [said]} if said else {},
        "errors": [(said, f"#{place}")] if said else [],
    }
    return page(request, "account", context, status=fault.status if fault else None)


def _differences(card: Card, person: registers.Person) -> list[str]:
    """What the card says otherwise than the population database."""
    same = {
        "name": fold(card.name) == fold(person.name),
        "born": card.birth_date == person.born,
        "sex": SEXES[card.sex] == person.sex,
    }
    return [name for name, agrees in same.items() if not agrees]
