"""What several pages of the citizen need."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import queries as cases
from motcua.core.cases.models import Code, Draft
from motcua.core.cases.queries import CaseRow
from motcua.core.identity.models import Account
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import queries as organisations
from motcua.core.services import queries as services
from motcua.engines import working_time

ENDED = frozenset({Code.NOT_RECEIVED, Code.WITHDRAWN, Code.FINISHED, Code.RETURNED})
KINDS = {
    Code.NOT_RECEIVED: "late", Code.WITHDRAWN: "quiet", Code.STOPPED: "waiting", Code.SUPPLEMENT: "waiting",
    Code.PAYMENT: "waiting", Code.FINISHED: "done", Code.RETURNED: "done",
}  # fmt: skip
"""The colour that helps the word of a status; every other one is in hand."""


class Asked(HttpRequest):
    """A request as the house's middleware hands it on."""

    actor: Actor
    account: Account | None
    lang: str


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A line of a person's list of cases."""

    uuid: uuid.UUID
    number: str
    title: str
    applicant: str
    status: str
    kind: str
    received_at: dt.datetime
    due_at: dt.datetime | None
    remaining: str
    urgency: str
    waits: bool
    pays: bool
    running: bool


def case_lines(actor: Actor, lang: str, limit: int = 100) -> list[CaseLine]:
    """The person's cases, newest first, as lists show them."""
    calendar = organisations.calendar()
    return [case_line(row, lang, calendar) for row in cases.my_cases(actor, limit)]


def case_line(row: CaseRow, lang: str, calendar: working_time.Calendar) -> CaseLine:
    words, urgency = "", ""
    running = row.status.code not in ENDED
    if running and row.due_at is not None:
        words, urgency = time_left(row.due_at, lang, calendar)
    return CaseLine(
        row.uuid, row.number, title_of(row.service_code, row.title, lang), row.applicant_name, row.status.text(lang),
        KINDS.get(Code(row.status.code), ""), row.received_at, row.due_at, words, urgency, row.waits_for_you,
        row.status.code == Code.PAYMENT, running,
    )  # fmt: skip


def time_left(due: dt.datetime, lang: str, calendar: working_time.Calendar) -> tuple[str, str]:
    """How much time is left in words, and how pressing it is: ontime, soon or late."""
    there = due.astimezone(clock.now().tzinfo)
    left = working_time.remaining(clock.now(), there, calendar)
    state = "late" if left.late else "soon" if left.working_days <= 0 else "ontime"
    return working_time.in_words(left, there, lang), state


def title_of(code: str, title: str, lang: str) -> str:
    """What a case is about, in the reader's language: the service's name there, where the title is its name."""
    if lang == "vi":
        return title
    for one in services.catalogue(clock.today()):
        if one.code == code and one.name == title:
            return one.name_en
    return title


@dataclass(frozen=True, slots=True)
class DraftLine:
    uuid: uuid.UUID
    title: str
    saved_at: dt.datetime


def draft_lines(actor: Actor, lang: str) -> list[DraftLine]:
    """What was begun and not sent, for the person one acts for now."""
    return [
        DraftLine(draft.uuid, _name(draft, lang), draft.saved_at)
        for draft in cases.my_drafts(actor)
        if (draft.principal_id or draft.party_id) == actor.principal
    ]


def _name(draft: Draft, lang: str) -> str:
    return services.pack(draft.service_version_id).name(lang)


def see_other(name: str, *args: Any, query: str = "") -> HttpResponse:
    """Redirect after a post, so that Back and reload are safe."""
    response = HttpResponseRedirect(reverse(name, args=args) + (f"?{query}" if query else ""))
    response.status_code = 303
    return response


def ask(request: HttpRequest, name: str) -> str:
    """A posted text, trimmed."""
    return request.POST.get(name, "").strip()


def language_wanted(request: HttpRequest) -> str:
    """The language to go on in, when a form was sent by the language switch; "" when by a button of its own."""
    wanted = ask(request, "_language")
    return wanted if wanted in dict(settings.LANGUAGES) else ""
