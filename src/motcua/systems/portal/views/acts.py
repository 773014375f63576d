"""What a person does with a running or finished case: add, withdraw, confirm, rate, object. Each asks, then acts."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from motcua.core.cases import actions
from motcua.core.cases.queries import CaseView
from motcua.core.errors import NotFound, UserError, say
from motcua.core.identity import stash
from motcua.core.identity.access import policy
from motcua.core.services import queries as services
from motcua.core.words import legible
from motcua.systems.portal.attempt import Errors, attempt
from motcua.systems.portal.receiving import keep
from motcua.systems.portal.views.cases import about, own_case
from motcua.systems.portal.views.shared import Asked, ask, see_other

LONGEST = 4000
DONE = {
    "supplement": say(
        "Đã gửi phần bổ sung. Thời hạn được tính tiếp.", "What was missing is sent. The clock goes on."
    ),
    "withdraw": say("Đã rút hồ sơ.", "The application is withdrawn."),
    "rate": say("Cảm ơn ông/bà đã đánh giá.", "Thank you for rating."),
    "confirm": say("Đã ghi nhận trả lời của ông/bà.", "Your answer is noted."),
}
TOO_LONG = say(f"Viết ngắn lại, tối đa {LONGEST} ký tự.", f"Write less: {LONGEST} characters at most.")


def _words(request: Asked, name: str) -> tuple[str, Errors]:
    """A posted text in its stored form (as it came where it is no text), and what is wrong with it."""
    typed = request.POST.get(name, "").replace("\0", "")
    try:
        text = legible(typed)
    except UserError as refused:
        return typed, [(refused.text(request.lang), f"#{name}")]
    return text, [(TOO_LONG.text(request.lang), f"#{name}")] if len(text) > LONGEST else []


def _page(request: Asked, template: str, view: CaseView, errors: Errors, **more: Any) -> HttpResponse:
    context = {**about(view, services.pack(view.service_version_id), request.lang), "errors": errors, **more}
    return render(request, f"portal/{template}.jinja", context, status=422 if errors else 200)


@policy("citizen")
def withdraw(request: Asked, case: uuid.UUID) -> HttpResponse:
    """Take the application back, with a reason."""
    view = own_case(request, case)
    reason, errors = _words(request, "reason")
    if not view.abilities["withdraw"]:
        return see_other("portal:case", case)
    if request.method == "POST" and not errors:
        tried = attempt(lambda: actions.withdraw(request.actor, case, reason), request.lang, control="reason")
        if tried.done:
            messages.success(request, DONE["withdraw"].text(request.lang))
            return see_other("portal:case", case)
        errors = tried.errors
    return _page(request, "withdraw", view, errors, reason=reason or _typed(request, "reason"))


@policy("citizen")
def supplement(request: Asked, case: uuid.UUID) -> HttpResponse:
    """Answer what was asked for: a text or files for each thing that is missing."""
    view = own_case(request, case)
    asked = next((one for one in view.supplements if one.answered_at is None), None)
    if asked is None or not view.abilities["answer_supplement"]:
        return see_other("portal:case", case)
    items = [
        {
            "id": f"item-{place}",
            "text": item["text"],
            "field": item.get("field", ""),
            "paper": item.get("paper", ""),
        }
        for place, item in enumerate(asked.items)
    ]
    errors: Errors = []
    if request.method == "POST":
        answers, files, errors = _answers(request, view, items)
        if not errors:
            tried = attempt(
                lambda: actions.answer_supplement(request.actor, case, answers, files),
                request.lang,
                control="item-0",
            )
            if tried.done:
                messages.success(request, DONE["supplement"].text(request.lang))
                return see_other("portal:case", case)
            errors = tried.errors
    typed = {item["id"]: request.POST.get(item["id"], "") or _typed(request, item["id"]) for item in items}
    return _page(request, "supplement", view, errors, asked=asked, items=items, typed=typed)


def _answers(
    request: Asked, view: CaseView, items: list[dict[str, str]]
) -> tuple[dict[str, Any], dict[str, list[str]], Errors]:
    """What was answered: fields of the form by path, words beside, files by paper; and what was wrong."""
    answers: dict[str, Any] = {}
    files: dict[str, list[str]] = {}
    errors: Errors = []
    for item in items:
        text, wrong = _words(request, item["id"])
        errors += wrong
        if text:
            answers[item["field"] or f"supplement.{item['id'].replace('-', '_')}"] = text
        for upload in request.FILES.getlist(f"{item['id']}-file"):
            tried = attempt(partial(keep, upload, request.actor), request.lang, control=f"{item['id']}-file")
            errors += tried.errors
            if tried.value is not None:
                files.setdefault(item["paper"] or item["id"], []).append(str(tried.value.uuid))
    return answers, {paper: [*view.papers.get(paper, []), *new] for paper, new in files.items()}, errors


@policy("citizen")
def rate(request: Asked, case: uuid.UUID) -> HttpResponse:
    """One to five stars, and words if one likes."""
    view = own_case(request, case)
    if not view.abilities["rate"]:
        return see_other("portal:case", case)
    comment, errors = _words(request, "comment")
    stars = ask(request, "stars")
    if request.method == "POST" and not errors:
        given = int(stars) if stars.isascii() and stars.isdigit() and len(stars) == 1 else 0
        tried = attempt(
            lambda: actions.rate(request.actor, case, given, comment), request.lang, control="stars"
        )
        if tried.done:
            messages.success(request, DONE["rate"].text(request.lang))
            return see_other("portal:case", case)
        errors = tried.errors
    return _page(request, "rate", view, errors, stars=stars or str(view.stars or ""), comment=comment)


@policy("citizen")
def objection(request: Asked, case: uuid.UUID) -> HttpResponse:
    """Object to the decision: which rule it was, how to object, and the objection itself as a case of its own."""
    view = own_case(request, case)
    if not view.abilities["object_to"]:
        return see_other("portal:case", case)
    grounds, errors = _words(request, "grounds")
    if request.method == "POST" and not errors:
        key = _key(ask(request, "key"))
        tried = attempt(
            lambda: actions.object_to(request.actor, case, grounds, key), request.lang, control="grounds"
        )
        if tried.value is not None:
            return see_other("portal:confirmation", tried.value.uuid)
        errors = tried.errors
    key_text = ask(request, "key") or str(uuid.uuid4())
    return _page(
        request, "objection", view, errors, grounds=grounds or _typed(request, "grounds"), key=key_text
    )


@policy("citizen")
def confirm(request: Asked, case: uuid.UUID, task: uuid.UUID) -> HttpResponse:
    """A step of the process that waits for the applicant: choose one of its answers."""
    view = own_case(request, case)
    step = next((one for one in view.open_tasks if one.uuid == task and one.may_do), None)
    if step is None:
        if any(one.uuid == task for one in view.tasks):
            return see_other("portal:case", case)
        raise NotFound()
    if step.verb == "supplement":
        return see_other("portal:supplement", case)
    reason, errors = _words(request, "reason")
    if request.method == "POST" and not errors:
        outcome = ask(request, "outcome") or (step.outcomes[0] if len(step.outcomes) == 1 else "")
        tried = attempt(
            lambda: actions.complete_task(request.actor, task, outcome, reason=reason),
            request.lang,
            control="outcome",
        )
        if tried.done:
            messages.success(request, DONE["confirm"].text(request.lang))
            return see_other("portal:case", case)
        errors = tried.errors
    return _page(request, "confirm", view, errors, step=step, reason=reason)


def _typed(request: Asked, name: str) -> str:
    """What was typed here before the session ended."""
    kept = stash.look(request)
    if kept is None or request.method == "POST" or kept.path.partition("?")[0] != request.path:
        return ""
    return str(kept.fields.get(name, ""))


def _key(typed: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None
