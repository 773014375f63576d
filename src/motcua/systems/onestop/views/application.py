"""The counter goes on: the same form pages as online, scans, check answers, submit, slip."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from motcua.core import clock
from motcua.core.attempting import attempt
from motcua.core.cases.actions import Incomplete, NewVersion, Submitted
from motcua.core.cases.actions.draft import given, pack_of
from motcua.core.cases.models import Draft
from motcua.core.documents import actions as documents
from motcua.core.documents import queries as contents
from motcua.core.documents.models import File
from motcua.core.errors import NotFound, Text
from motcua.core.identity.access import policy
from motcua.core.ledger.scope import acting
from motcua.core.payments import queries as payments
from motcua.core.services.pack import finding
from motcua.engines import forms
from motcua.systems.onestop import actions
from motcua.systems.onestop.desk import actor_of, case_of, go, lang_of, page
from motcua.systems.onestop.models import Visit
from motcua.systems.onestop.views.counter import visit_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper to be scanned. `there`: it, or another of its group, has been; `provable`: a credential will do."""

    id: str
    name: str
    group: str
    alternatives: bool
    there: bool
    files: list[File]
    provable: bool


class Filling:
    """A draft with its form and facts, in the language of the officer."""

    def __init__(self, request: HttpRequest, visit: Visit) -> None:
        found = actions.draft_of(actor_of(request), visit)
        if found is None:
            raise NotFound()
        self.visit = visit
        self.helper = actions.helping(actor_of(request), visit)
        self.draft: Draft = found
        self.lang = lang_of(request)
        self.pack = pack_of(found)
        self.found = finding.from_json(found.found)
        self.given = given(found)

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.pack.facts(
            self.draft.answers,
            self.found,
            applicant=self.given["applicant"],
            received=clock.now(),
            extra={"channel": "counter"},
        )
        return facts

    @property
    def pages(self) -> list[forms.PageView]:
        return list(self.pack.form.pages(self.draft.answers, self.lang, found=self.found, given=self.given))

    def papers(self) -> list[Wanted]:
        """The papers that these answers need, alternatives each by themselves."""
        ids = [one for kept in self.draft.files.values() for one in kept]
        with acting(self.helper, savepoint=False):
            files = {str(file.uuid): file for file in File.objects.filter(uuid__in=ids)}
        wanted: list[Wanted] = []
        for paper in self.pack.papers(self.facts, None, self.lang):
            choices = paper.one_of or ((paper.id, paper.name),)
            scans = {
                one: [files[known] for known in self.draft.files.get(one, []) if known in files]
                for one, _ in choices
            }
            there = any(scans.values()) or bool(self.draft.files.get(paper.id))
            wanted += [
                Wanted(one, name, paper.id, len(choices) > 1, there, scans[one], bool(paper.proof))
                for one, name in choices
            ]
        return wanted

    def next_after(self, page_id: str) -> str | None:
        following: str | None = self.pack.form.next_page(
            page_id, self.draft.answers, found=self.found, given=self.given
        )
        return following


@policy("group:one_stop")
@require_GET
def visit(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """Where the application stands: pages, scans, what remains."""
    here = visit_of(request, visit_uuid)
    if here.ended_at is not None:
        return go(request, "receipt_slip", here.uuid) if here.case_uuid else go(request, "counter")
    if here.draft_uuid is None:
        return go(request, "services", here.uuid)
    filling = Filling(request, here)
    fees = filling.pack.fees(filling.facts, filling.lang) if _fees_known(filling) else []
    done = set(filling.draft.pages_done)
    context = {
        "visit": here,
        "title": filling.pack.name(filling.lang),
        "pages": [(one, one.complete or one.id in done) for one in filling.pages],
        "papers": filling.papers(),
        "fees": fees,
        "down": filling.draft.down,
    }
    return page(request, "visit", context)


def _fees_known(filling: Filling) -> bool:
    """Fees are worked out from the answers: shown once every page is complete."""
    return all(one.complete for one in filling.pages)


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def form_page(request: HttpRequest, visit_uuid: uuid.UUID, page_id: str) -> HttpResponse:
    """One page of the form, read and kept; what is wrong is said at its field, and nothing typed is lost."""
    here = visit_of(request, visit_uuid)
    if here.ended_at is not None:
        return go(request, "visit", here.uuid)
    filling = Filling(request, here)
    if not any(known.page.id == page_id for known in filling.pack.form.components):
        raise NotFound()
    errors: Sequence[forms.FieldError] = ()
    refused = None
    if request.method == "POST":
        files: dict[str, list[forms.UploadedRef]] = {}
        refused = attempt(lambda: files.update(_uploads(request, here)))
        reading = actions.save_page(actor_of(request), here, page_id, dict(request.POST.lists()), files)
        filling = Filling(request, here)
        if not reading.errors and not reading.stay and refused is None:
            following = filling.next_after(page_id)
            if following is None or request.POST.get("then") == "overview":
                return go(request, "visit", here.uuid)
            return go(request, "form_page", here.uuid, following)
        errors = reading.errors
    correcting = [path for path in request.GET.getlist("correct") if path]
    shown = filling.pack.form.view(
        page_id, filling.draft.answers, lang=filling.lang, errors=errors, found=filling.found, given=filling.given,
        correcting=correcting,
    )  # fmt: skip
    said = [(refused.text(filling.lang), "#main")] if refused else []
    context = {
        "visit": here,
        "form": shown,
        "title": filling.pack.name(filling.lang),
        "errors": [*said, *((one.message, f"#{one.field_id}") for one in errors)],
    }
    return page(request, "form_page", context, status=422 if errors or refused else None)


def _uploads(request: HttpRequest, here: Visit) -> dict[str, list[forms.UploadedRef]]:
    kept: dict[str, list[forms.UploadedRef]] = {}
    with acting(actions.helping(actor_of(request), here)) as helper:
        for name in request.FILES:
            for sent in request.FILES.getlist(name):
                file = documents.upload(helper, name=sent.name or "", stream=sent, size=sent.size)  # type: ignore[arg-type]
                ref = forms.UploadedRef(str(file.uuid), file.name, file.size, file.media_type, file.sha256)
                kept.setdefault(name, []).append(ref)
    return kept


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def papers(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """Scan and put in the papers that these answers call for."""
    here = visit_of(request, visit_uuid)
    if here.ended_at is not None:
        return go(request, "visit", here.uuid)
    filling = Filling(request, here)
    fault = attempt(lambda: _keep_scans(request, filling)) if request.method == "POST" else None
    if request.method == "POST" and fault is None:
        return go(request, "visit", here.uuid)
    context = {
        "visit": here,
        "papers": Filling(request, here).papers(),
        "errors": [(fault.text(filling.lang), "#papers")] if fault else [],
    }
    return page(request, "papers", context, status=fault.status if fault else None)


def _keep_scans(request: HttpRequest, filling: Filling) -> None:
    actor = actor_of(request)
    dropped = set(request.POST.getlist("drop"))
    for paper in filling.papers():
        kept = [str(file.uuid) for file in paper.files if str(file.uuid) not in dropped]
        with acting(actions.helping(actor, filling.visit)) as helper:
            new = [
                documents.upload(helper, name=sent.name or "", stream=sent, size=sent.size)  # type: ignore[arg-type]
                for sent in request.FILES.getlist(f"paper-{paper.id}")
            ]
        if new or len(kept) != len(paper.files):
            actions.attach(actor, filling.visit, paper.id, new, kept)


@policy("group:one_stop")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """Read the answers back to the person, then submit. Pressed twice it is one case."""
    here = visit_of(request, visit_uuid)
    if here.case_uuid is not None:
        return go(request, "receipt_slip", here.uuid)
    filling = Filling(request, here)
    errors: list[tuple[str, str]] = []
    status = None
    if request.method == "POST":
        made: list[Submitted] = []
        fault = attempt(lambda: made.append(actions.submit(actor_of(request), here)))
        if fault is None:
            return go(request, "receipt_slip", here.uuid)
        status = fault.status
        if isinstance(fault, Incomplete):
            errors = [(one.message, _place_of(filling, one.path)) for one in fault.mistakes]
        else:
            errors = [(fault.text(filling.lang), "#check")]
        if isinstance(fault, NewVersion):
            errors.append(
                (
                    Text(
                        "Mở lại từng trang để xem biểu mẫu mới.", "Open each page again to see the new form."
                    ).text(filling.lang),
                    reverse("onestop:visit", args=[here.uuid]),
                )
            )
    context = {
        "visit": here,
        "title": filling.pack.name(filling.lang),
        "sections": _summary(filling),
        "papers": filling.papers(),
        "fees": filling.pack.fees(filling.facts, filling.lang) if _fees_known(filling) else [],
        "errors": errors,
    }
    return page(request, "check", context, status=status)


def _summary(filling: Filling) -> list[tuple[forms.SummarySection, str]]:
    sections = filling.pack.form.answers_summary(
        filling.draft.answers, filling.lang, filling.found, given=filling.given, correct_url=lambda path: ""
    )
    return [(one, _page_url(filling, one.page_id)) for one in sections]


def _page_url(filling: Filling, page_id: str) -> str:
    return reverse("onestop:form_page", args=[filling.visit.uuid, page_id])


def _place_of(filling: Filling, path: str) -> str:
    """Where a mistake is mended: the page of its question, else the papers."""
    known = filling.pack.form.page_of(path)
    if known is None:
        return reverse("onestop:papers", args=[filling.visit.uuid])
    return f"{_page_url(filling, known.id)}?correct={quote(path)}"


@policy("group:one_stop")
@require_GET
def receipt_slip(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """The number, the slip to print, the money to take."""
    here = visit_of(request, visit_uuid)
    if here.case_uuid is None:
        return go(request, "visit", here.uuid)
    case = case_of(request, here.case_uuid)
    slips = [row for row in contents.of_case(case.id) if row.slip_no == "01" and row.state != "draft"]
    context = {
        "visit": here,
        "case": case,
        "slip": slips[0] if slips else None,
        "balance": payments.balance(str(case.uuid)),
    }
    return page(request, "receipt_slip", context)


@policy("group:one_stop")
@require_POST
def next_service(request: HttpRequest, visit_uuid: uuid.UUID) -> HttpResponse:
    """The same person wants something else: a new visit with the same evidence."""
    here = visit_of(request, visit_uuid)
    again = actions.once_more(actor_of(request), here)
    return go(request, "services", again.uuid)
