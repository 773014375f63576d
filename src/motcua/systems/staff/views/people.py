"""Officers: taken on, appointed, ended; their accounts; the second person's word."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core.attempting import attempt
from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity import officers
from motcua.core.identity.access import policy
from motcua.core.identity.models import Account, FirstKey
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Appointment, Officer
from motcua.systems.staff import actions, queries
from motcua.systems.staff.models import Proposal, ProposalState
from motcua.systems.staff.views.shared import KEEPERS, OFFICER, actor_of, day_of, form, go, typed_day

APPROVER = "group:staff_approver"
PROPOSED = say(
    "Đã gửi đề nghị. Người thứ hai đồng ý thì nhiệm vụ được giao.",
    "Proposed. The post is given when a second person agrees.",
)
GIVEN = say("Đã giao nhiệm vụ.", "The post is given.")


@policy(OFFICER)
@never_cache
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, code: str) -> HttpResponse:
    """A new officer: who they are, their post and the paper; the code for the first sign-in is shown once."""
    actor = actor_of(request)
    here, fault = queries.agency(actor, code), None
    if request.method == "POST":
        made: list[Any] = []
        fault = attempt(lambda: made.append(_take_on(request, here)))
        if fault is None:
            officer, paper, waits = made[0]
            return render(
                request,
                "staff/paper.jinja",
                {"officer": officer, "paper": paper, "waits": waits, "agency": here},
            )
    context = {
        "agency": here,
        "positions": queries.positions(),
        "since": typed_day(request, "since") if request.POST else None,
    }
    return form(request, "add", context, fault)


@policy(KEEPERS)
@require_GET
def officer(request: HttpRequest, officer_uuid: uuid.UUID) -> HttpResponse:
    """One officer: posts held and ended, account."""
    actor = actor_of(request)
    person, posts = queries.officer(actor, officer_uuid)
    account = queries.account_of(person)
    context = {
        "officer": person,
        "posts": posts,
        "account": account,
        "turns": list(account.turns.order_by("-id")[:10]) if account else [],
        "waiting": [one for one in queries.proposals(actor) if one.officer_id == person.pk],
        "keeps": actor.has("staff_officer"),
        "own": person.pk == actor.officer_id,
    }
    return render(request, "staff/officer.jinja", context)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, officer_uuid: uuid.UUID) -> HttpResponse:
    """Name and address as they are."""
    actor = actor_of(request)
    person, _ = queries.officer(actor, officer_uuid)
    fault = None
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:200] for name in ("name", "email")}
        fault = attempt(lambda: staffing.correct_officer(actor, person, **typed))
        if fault is None:
            return go(request, say("Đã sửa.", "Corrected."), "officer", person.uuid)
    return form(request, "correct", {"officer": person}, fault)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def post(request: HttpRequest, officer_uuid: uuid.UUID) -> HttpResponse:
    """Another post for an officer who is there."""
    actor = actor_of(request)
    person, _ = queries.officer(actor, officer_uuid)
    fault = None
    if request.method == "POST":
        made: list[Any] = []
        fault = attempt(lambda: made.append(_give(request, person)))
        if fault is None:
            return go(request, PROPOSED if made[0] else GIVEN, "officer", person.uuid)
    context = {
        "officer": person,
        "positions": queries.positions(),
        "since": typed_day(request, "since") if request.POST else None,
    }
    return form(request, "post", context, fault)


@policy(OFFICER)
@require_http_methods(["GET", "POST"])
def end_post(request: HttpRequest, row: int) -> HttpResponse:
    """A post ends: on which day, by which paper, and what ends with it."""
    actor = actor_of(request)
    held = Appointment.objects.filter(pk=row).select_related("officer", "position", "agency").first()
    if held is None:
        raise NotFound()
    queries.agency(actor, held.agency.code)
    fault = None
    if request.method == "POST":
        source = request.POST.get("source", "")[:300]
        fault = attempt(
            lambda: staffing.end_post(actor, held, last_day=day_of(request, "last_day"), source=source)
        )
        if fault is None:
            return go(request, say("Đã kết thúc nhiệm vụ.", "The post ends."), "officer", held.officer.uuid)
    context = {"held": held, "last_day": typed_day(request, "last_day") if request.POST else None}
    return form(request, "end_post", context, fault)


@policy(OFFICER)
@never_cache
@require_POST
def account(request: HttpRequest, officer_uuid: uuid.UUID, act: str) -> HttpResponse:
    """Open, lock, unlock the account, or print a new code."""
    actor = actor_of(request)
    person, _ = queries.officer(actor, officer_uuid)
    mine = queries.account_of(person)
    reason = request.POST.get("reason", "")[:300]
    paper: list[str] = []
    acts = {
        "mo": lambda: paper.append(officers.open_for(actor, person)[1]),
        "ma": lambda: paper.append(officers.code_again(actor, _there(mine))),
        "khoa": lambda: officers.lock(actor, _there(mine), reason),
        "mo-khoa": lambda: officers.unlock(actor, _there(mine), reason),
    }
    if act not in acts:
        raise NotFound()
    fault = attempt(acts[act])
    if fault is not None:
        return form(request, "account", {"officer": person, "act": act}, fault)
    if paper:
        key = FirstKey.objects.filter(account__officer=person).latest("id")
        waits = key if key.purpose == FirstKey.Purpose.RECOVERY else None
        return render(request, "staff/paper.jinja", {"officer": person, "paper": paper[0], "recovery": waits})
    return go(request, say("Đã ghi.", "Done."), "officer", person.uuid)


@policy(APPROVER)
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, proposal_uuid: uuid.UUID) -> HttpResponse:
    """The second person reads what is proposed, and agrees or says why not."""
    actor = actor_of(request)
    row, fault = queries.proposal(actor, proposal_uuid), None
    if request.method == "POST":
        agrees = request.POST.get("act") == "agree"
        if agrees:
            fault = attempt(lambda: actions.agree(actor, row))
        else:
            fault = attempt(lambda: actions.refuse(actor, row, request.POST.get("reason", "")[:500]))
        if fault is None:
            said = GIVEN if agrees else say("Đã trả lời không đồng ý.", "Answered: not agreed.")
            return go(request, said, "home")
    context = {
        "proposal": row,
        "waits": row.state == ProposalState.WAITING,
        "own": actor.officer_id in (row.proposed_by, row.officer_id),
    }
    return form(request, "proposal", context, fault)


@policy(KEEPERS)
@require_POST
def approve_code(request: HttpRequest, key_uuid: uuid.UUID) -> HttpResponse:
    """The second person's word for a recovery code."""
    actor = actor_of(request)
    key = next((one for one in queries.codes(actor) if one.uuid == key_uuid), None)
    if key is None:
        raise NotFound()
    fault = attempt(lambda: officers.approve(actor, key))
    if fault is not None:
        raise fault
    return go(request, say("Đã xác nhận: mã dùng được ngay.", "Confirmed: the code is good at once."), "home")


def _take_on(request: HttpRequest, here: Agency) -> tuple[Officer, str, Proposal | None]:
    who = {name: request.POST.get(name, "")[:200] for name in ("code", "name", "email")}
    return actions.take_on(
        actor_of(request), here, code=who["code"], name=who["name"], email=who["email"], **_post(request)
    )


def _give(request: HttpRequest, person: Officer) -> Proposal | None:
    typed = _post(request)
    here = request.POST.get("agency", "").strip()
    try:
        agency = queries.agency(actor_of(request), here)
    except NotFound:
        raise UserError(
            f"Không có cơ quan mang mã “{here}” trong phạm vi của ông/bà.",
            f"You answer for no agency with the code {here!r}.",
            "agency",
        ) from None
    return actions.give_post(actor_of(request), person, agency, **typed)


def _post(request: HttpRequest) -> dict[str, Any]:
    return {
        "position": request.POST.get("position", ""),
        "since": day_of(request, "since"),
        "source": request.POST.get("source", "")[:300],
    }


def _there(account: Account | None) -> Account:
    if account is None:
        raise NotFound()
    return account
