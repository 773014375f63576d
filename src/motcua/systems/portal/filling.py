"""An application while it is filled in: which pages are done, what is missing, what it will cost and take."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import doubts, reference
from motcua.core.cases.actions.draft import applicant_of
from motcua.core.cases.models import Draft
from motcua.core.documents.models import File
from motcua.core.services import queries as services
from motcua.core.services.pack import FactMissing, FeeDue, Pack, Paper, finding
from motcua.engines import forms, working_time
from motcua.engines.forms.rules import html_id

DONE, WRONG, OPEN = "done", "wrong", "open"


@dataclass(frozen=True, slots=True)
class Step:
    """A page or paper of the task list. `state`: done, wrong (needs mending), open."""

    id: str
    title: str
    state: str
    href: str
    kind: str
    answers: int = 0


@dataclass
class Filling:
    """A draft with its pack, in the reader's language."""

    draft: Draft
    lang: str
    pack: Pack = field(init=False)

    def __post_init__(self) -> None:
        self.pack = services.pack(self.draft.service_version_id)

    @cached_property
    def found(self) -> dict[str, forms.Found]:
        return finding.from_json(self.draft.found)

    @cached_property
    def applicant(self) -> dict[str, Any]:
        """Whose application it is, as expressions of the pack name them."""
        known: dict[str, Any] = applicant_of(self.draft)
        return known

    @cached_property
    def given(self) -> dict[str, Any]:
        """The facts beside the answers that the form's conditions name; who applies only where one of them asks."""
        now = clock.now()
        known: dict[str, Any] = {"today": now.date(), "received": now}
        return {**known, "applicant": self.applicant} if "applicant" in self.pack.form.outside else known

    @cached_property
    def facts(self) -> dict[str, Any]:
        received: dt.datetime = self.given["received"]
        return self.pack.facts(
            self.draft.answers, self.found, applicant=self.applicant, received=received,
            extra={"channel": "portal"},
        )  # fmt: skip

    # what is to be done

    @property
    def page_ids(self) -> frozenset[str]:
        """The ids of all pages that the form has, asked or not."""
        return frozenset(component.page.id for component in self.pack.form.components)

    @cached_property
    def asked_pages(self) -> list[forms.PageView]:
        """The pages that have something to ask."""
        return self.pack.form.pages(self.draft.answers, self.lang, found=self.found, given=self.given)

    @cached_property
    def mistakes(self) -> list[forms.FieldError]:
        """Everything that the form still lacks or has wrong."""
        return self.pack.form.validate(
            self.draft.answers, lang=self.lang, today=clock.today(), found=self.found, given=self.given
        )

    @cached_property
    def pages(self) -> list[Step]:
        """The pages with something to ask, and those that have mistakes."""
        wrong = {where.id for one in self.mistakes if (where := self.pack.form.page_of(one.path))}
        steps = []
        for page in self.asked_pages:
            seen = page.id in self.draft.pages_done or self.draft.page == page.id
            state = OPEN if page.id not in self.draft.pages_done else DONE
            if page.id in wrong:
                state = WRONG if seen else OPEN
            steps.append(Step(page.id, page.title, state, self._href("page", page.id), "page"))
        return steps

    @cached_property
    def papers(self) -> list[Paper]:
        """The papers that these facts need."""
        return self.pack.papers(self.facts, None, self.lang)

    @cached_property
    def paper_steps(self) -> list[Step]:
        return [
            Step(
                paper.id,
                paper.name,
                DONE if self.has_paper(paper) else OPEN,
                self._href("paper", paper.id),
                "paper",
            )
            for paper in self.papers
        ]

    def has_paper(self, paper: Paper) -> bool:
        names = [paper.id, *(name for name, _ in paper.one_of)]
        return any(self.draft.files.get(name) for name in names) or bool(self.facts.get(paper.id))

    def paper(self, paper_id: str) -> Paper | None:
        return next((paper for paper in self.papers if paper.id == paper_id), None)

    @property
    def steps(self) -> list[Step]:
        return [*self.pages, *self.paper_steps]

    @property
    def ready(self) -> bool:
        """Whether only the last look is left."""
        return not self.mistakes and all(step.state == DONE for step in self.steps)

    def next_after(self, step_id: str = "") -> str:
        """Where to go on: the next step that is open, from this one on and then from the start; else the last look."""
        fresh = self._unseen_after(step_id)
        if fresh is not None:
            return self._href("page", fresh)
        steps = self.steps
        here = next((place for place, step in enumerate(steps) if step.id == step_id), -1)
        waiting = [step for step in (*steps[here + 1 :], *steps[: here + 1]) if step.state != DONE]
        return waiting[0].href if waiting else reverse("portal:check", args=[self.draft.uuid])

    def _unseen_after(self, step_id: str) -> str | None:
        """The next page, when nobody has filled it in yet: then the form need not be examined to know where to go."""
        ids = [page.id for page in self.asked_pages]
        following = ids[ids.index(step_id) + 1 :] if step_id in ids else ids if not step_id else []
        first = next(iter(following), None)
        return first if first is not None and first not in self.draft.pages_done else None

    # what it comes to

    @cached_property
    def measure(self) -> forms.Measure:
        return self.pack.form.measure(self.draft.answers, self.found, self.given)

    @property
    def fees(self) -> list[FeeDue]:
        """What will be owed, as far as the answers tell."""
        try:
            return self.pack.fees(self.facts, self.lang)
        except FactMissing:
            return []

    @cached_property
    def competent(self) -> reference.AgencyFacts | None:
        """The agency that will decide; None while the place is not known."""
        unit = self.pack.competent_unit(self.facts)
        if not unit:
            return None
        return reference.competent_agency(self.pack.competent_kind, unit, clock.today())

    @property
    def due(self) -> dt.datetime | None:
        """When it would be answered if it were submitted now."""
        if self.competent is None:
            return None
        try:
            limit = self.pack.limit(self.facts)
        except FactMissing:
            return None
        return working_time.deadline(clock.now(), limit, reference.calendar(self.competent.id))

    # how it is shown

    def view(
        self,
        page_id: str,
        *,
        answers: dict[str, Any] | None = None,
        errors: list[forms.FieldError] | None = None,
        correcting: list[str] | None = None,
    ) -> forms.PageView:
        """A page, with links by which found facts are put right on it."""
        return self.pack.form.view(
            page_id, self.draft.answers if answers is None else answers, lang=self.lang, errors=errors,
            found=self.found, given=self.given, correcting=correcting or (), correct_url=self.correct_url,
            wrong_url=self.wrong_url,
        )  # fmt: skip

    def summary(self) -> list[forms.SummarySection]:
        return self.pack.form.answers_summary(
            self.draft.answers, self.lang, self.found, given=self.given, correct_url=self.correct_url,
            wrong_url=self.wrong_url,
        )  # fmt: skip

    @property
    def correct_url(self) -> Callable[[str], str]:
        def url(path: str) -> str:
            if getattr(self.pack.form.at(path), "readonly", False) is True:
                return ""  # shown for information: put right at its register, not here
            page = self.pack.form.page_of(path)
            where = self._href("page", page.id) if page else ""
            return f"{where}?correct={quote(path)}#{html_id(path)}"

        return url

    def wrong_url(self, path: str) -> str:
        """Where the keeper of a found fact is told that it is wrong; "" where nobody here can be told."""
        if doubts.target_of(path, self.draft.found.get(path)) is None:
            return ""
        return reverse("registers:wrong_in_application", args=[self.draft.uuid, path])

    @cached_property
    def doubts(self) -> dict[str, doubts.Doubt]:
        """What was said to be wrong while this was filled in, by its path in the form."""
        return {one.path: one for one in doubts.of_case(None, self.draft.key)}

    def files_of(self, paper: Paper) -> list[File]:
        """The files given for a paper, in whichever of its forms."""
        names = [paper.id, *(name for name, _ in paper.one_of)]
        uuids = [one for name in dict.fromkeys(names) for one in self.draft.files.get(name, [])]
        kept = {
            str(file.uuid): file for file in File.objects.filter(uuid__in=[uuid.UUID(one) for one in uuids])
        }
        return [kept[one] for one in uuids if one in kept]

    def _href(self, name: str, part: str) -> str:
        return reverse(f"portal:{name}", args=[self.draft.uuid, part])
