"""Foreigners at the counter: known by passport or residence card, their account, and the paper that follows."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.errors import NotFound, Text, UserError
from motcua.core.identity import accounts, enrolment, papers
from motcua.core.identity.access import policy
from motcua.core.identity.models import Account, EvidenceKind, IdentityPaper, Party
from motcua.core.words import legible
from motcua.engines.text import sort_key
from motcua.systems.onestop import actions, days
from motcua.systems.onestop.desk import actor_of, agency_of, go, lang_of, page
from motcua.systems.onestop.models import Visit
from motcua.systems.onestop.views.cards import show_code
from motcua.systems.onestop.views.counter import unit_code

KINDS = {
    IdentityPaper.Kind.PASSPORT: Text("Hộ chiếu", "Passport"),
    IdentityPaper.Kind.RESIDENCE_CARD: Text("Thẻ thường trú, thẻ tạm trú", "Residence card"),
}
SEXES = {"Nam": "Nam", "Nữ": "Nữ", "X": ""}
BOXES = ("kind", "country", "number", "name", "sex", "nationality", "phone", "unit", "address", "act")
RENEWED = Text(
    "Đã ghi giấy tờ mới. Từ nay đăng nhập bằng {}.", "The new paper is on record. The sign-in name is now {}."
)
NO_ACT = Text("Chọn việc cần làm.", "Choose what is to be done.")


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET", "POST"])
def write_down(request: HttpRequest) -> HttpResponse:
    """Passport or residence card seen: open the account, or begin an application."""
    agency_of(request)
    if request.method == "GET":
        return _form(request)
    made: list[Any] = []
    fault = attempt(lambda: made.append(_begin(request)))
    if fault is not None:
        return _form(request, fault)
    if request.POST.get("act") == "visit":
        return go(request, "services", made[0].uuid)
    account, code = made[0]
    return show_code(request, account, code)


@policy("group:one_stop")
@never_cache
@require_http_methods(["GET", "POST"])
def foreigner(request: HttpRequest, party_uuid: uuid.UUID) -> HttpResponse:
    """A foreigner's account; posting gives the new paper that takes the old one's place."""
    agency_of(request)
    party = Party.objects.filter(uuid=party_uuid).exclude(papers=None).first()
    if party is None:
        raise NotFound()
    if request.method == "GET":
        return show(request, party)
    fault = attempt(lambda: enrolment.renew_paper(actor_of(request), party, _paper(request, party)))
    if fault is not None:
        return show(request, party, fault)
    name = papers.key_of(request.POST.get("country", ""), request.POST.get("number", ""))
    said = Text(RENEWED.vi.format(name), RENEWED.en.format(name))
    return go(request, "foreigner", party.uuid, said=said)


@policy("group:one_stop")
@require_POST
def meet(request: HttpRequest, party_uuid: uuid.UUID) -> HttpResponse:
    """Their paper was seen again: begin an application for them."""
    agency_of(request)
    party = Party.objects.filter(uuid=party_uuid).exclude(papers=None).first()
    if party is None:
        raise NotFound()
    visits: list[Visit] = []
    fault = attempt(
        lambda: visits.append(
            actions.welcome_known_foreigner(actor_of(request), party, request.POST.get("evidence", ""))
        )
    )
    return show(request, party, fault) if fault else go(request, "services", visits[0].uuid)


def show(request: HttpRequest, party: Party, fault: UserError | None = None) -> HttpResponse:
    """The page of a foreigner whom we know."""
    lang = lang_of(request)
    account = Account.objects.filter(party=party).first()
    paper = papers.current_paper(party)
    said = fault.text(lang) if fault else ""
    place = (fault.field if fault else None) or "evidence"
    context: dict[str, Any] = {
        "party": party,
        "paper": paper,
        "kind": KINDS[IdentityPaper.Kind(paper.kind)].text(lang) if paper else "",
        "nationality": papers.country_name(party.nationality, lang),
        "lapsed": papers.has_lapsed(party),
        "account": account,
        "turns": list(account.turns.order_by("-id")) if account else [],
        "may": accounts.may_have_account(party.born, clock.today()),
        "reason": request.POST.get("reason", ""),
        **_choices(request, fault),
        "fault": {place: [said]} if said else {},
        "errors": [(said, f"#{place}")] if said else [],
    }
    return page(request, "foreigner", context, status=fault.status if fault else None)


def _begin(request: HttpRequest) -> Any:
    actor, act = actor_of(request), request.POST.get("act", "")
    paper, contact = _paper(request), _contact(request)
    evidence = request.POST.get("evidence", "")
    if act == "visit":
        return actions.welcome_foreigner(actor, paper, evidence, contact)
    if act == "account":
        return enrolment.code_by_paper(actor, paper, evidence, contact)
    raise UserError(NO_ACT.vi, NO_ACT.en, "act")


def _paper(request: HttpRequest, party: Party | None = None) -> papers.Paper:
    """As typed; of somebody known, name, birth, sex and nationality are known."""
    asked = request.POST
    known = party or Party(
        name=asked.get("name", "")[:200],
        born=days.read(asked.dict(), "born"),
        sex=SEXES.get(asked.get("sex", ""), "?"),
        nationality=asked.get("nationality", ""),
    )
    return papers.Paper(
        kind=asked.get("kind", ""),
        country=asked.get("country", ""),
        number=asked.get("number", "")[:40],
        valid_until=days.read(asked.dict(), "until"),
        name=known.name,
        born=known.born,
        sex=known.sex,
        nationality=known.nationality,
    )


def _contact(request: HttpRequest) -> papers.Contact:
    """Where they live, when they say so. UserError (field unit) for a commune that is not told clearly."""
    asked = request.POST
    unit = asked.get("unit", "").strip()
    return papers.Contact(
        phone=asked.get("phone", "").strip()[:20],
        address_unit=unit_code(unit) if unit else "",
        address_text=legible(asked.get("address", "").strip()[:300], "address"),
    )


def _form(request: HttpRequest, fault: UserError | None = None) -> HttpResponse:
    lang = lang_of(request)
    said = fault.text(lang) if fault else ""
    place = (fault.field if fault else None) or "kind"
    context: dict[str, Any] = {
        **_choices(request, fault),
        "fault": {place: [said]} if said else {},
        "errors": [(said, f"#{place}")] if said else [],
    }
    return page(request, "foreigner_form", context, status=fault.status if fault else None)


def _choices(request: HttpRequest, fault: UserError | None) -> dict[str, Any]:
    lang, asked = lang_of(request), request.POST.dict()
    names = sorted(
        ((code, papers.country_name(code, lang)) for code in papers.countries()),
        key=lambda one: sort_key(one[1]),
    )
    return {
        "typed": {box: asked.get(box, "")[:200] for box in BOXES},
        "born": days.parts(asked, "born"),
        "until": days.parts(asked, "until"),
        "kinds": [(kind.value, words.text(lang)) for kind, words in KINDS.items()],
        "countries": names,
        "evidence": EvidenceKind.CARD_SEEN.value,
        "seen": asked.get("evidence") == EvidenceKind.CARD_SEEN.value,
    }
