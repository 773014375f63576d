"""Everything an officer sees of one case, gathered as plain values for its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone

from motcua.core.cases import deadlines, doubts, papers, prefill, statuses
from motcua.core.cases import queries as cases
from motcua.core.cases.models import Case, DecisionRun, Transfer
from motcua.core.cases.queries import CaseView
from motcua.core.documents import queries as documents
from motcua.core.documents.models import Document, File
from motcua.core.ledger import queries as ledger
from motcua.core.ledger.models import Read
from motcua.core.notifications import queries as notifications
from motcua.core.notifications.models import Message
from motcua.core.organisations import queries as organisations
from motcua.core.payments import queries as payments
from motcua.core.payments.models import Receipt
from motcua.core.payments.queries import Balance
from motcua.core.registers import queries as registers
from motcua.core.registers.models import Attribute, NumberRequest
from motcua.core.services import queries as services
from motcua.core.services.pack import finding
from motcua.core.services.pack.sources import SOURCES
from motcua.engines import text
from motcua.engines.forms import SummarySection
from motcua.systems.onestop.acts import paper_options
from motcua.systems.onestop.wording import OUTCOMES, said


@dataclass(frozen=True, slots=True)
class Given:
    """A paper: what it is called, and the files that were sent for it (none = still missing)."""

    name: str
    files: list[File]


@dataclass(frozen=True, slots=True)
class Clock:
    """The legal clock, told so that anybody can check it: limit, source, pauses, what is stored, what follows."""

    limit: str
    source: str
    starts: dt.datetime
    suspensions: list[tuple[dt.datetime, dt.datetime | None, str, str]]
    due: dt.datetime | None
    recomputed: dt.datetime | None
    agrees: bool
    extended_to: dt.datetime | None
    promised: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Why:
    """One decision by rule: what it was given and from where, what came out, which rules fired, who took it over."""

    run: DecisionRun
    value: str
    reason: str
    rule: str
    law: str
    inputs: list[tuple[str, str]]
    sources: list[tuple[str, str, str]]
    fired: list[str]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that hangs on it."""

    view: CaseView
    sections: list[SummarySection]
    papers: list[Given]
    items: list[dict[str, Any]]
    clock: Clock
    decisions: list[Why]
    reads: list[Read]
    documents: list[Document]
    balance: Balance
    receipts: list[Receipt]
    messages: list[Message]
    number: NumberRequest | None
    doubts: dict[str, doubts.Doubt]
    """What was said to be wrong in a register, by its path in the form."""
    unchecked: dict[str, str]
    """The rows that came while a register was silent: by their path, the register's name."""
    transfers: list[Transfer] = field(default_factory=list)


def gather(view: CaseView, lang: str) -> CaseFile:
    """The whole file of a case. Nothing here changes anything, and register data is read from the case itself."""
    row = Case.objects.get(pk=view.id)
    return CaseFile(
        view=view,
        sections=sections_of(view, lang),
        papers=papers_of(view, lang),
        items=timeline_items(view, lang),
        clock=clock_of(row, view, lang),
        decisions=[why(run, lang) for run in view.decisions],
        reads=[
            one for one in ledger.reads_of_case(view.id, row.idempotency_key) if one.register != cases.CASES
        ],
        documents=documents.of_case(view.id),
        balance=payments.balance(str(view.uuid)),
        receipts=payments.receipts(str(view.uuid)),
        messages=notifications.of_case(view.id),
        number=registers.number_request(view.id),
        doubts={one.path: one for one in doubts.of_case(view.id, view.application)} if view.doubted else {},
        unchecked=unchecked_of(view, lang),
        transfers=list(row.transfers.select_related("from_agency", "to_agency").order_by("handed_at")),
    )


def sections_of(view: CaseView, lang: str) -> list[SummarySection]:
    """The answers as they were read back to the applicant, each with where it comes from."""
    if row_is_objection(view):
        return []
    pack = services.pack(view.service_version_id)
    given = {"applicant": view.applicant, "today": view.received_at.date(), "received": view.received_at}
    found = finding.from_json(view.found)

    def wrong_url(path: str) -> str:
        known = view.finished_at is None and doubts.target_of(path, view.found.get(path))
        return reverse("registers:wrong_in_case", args=[view.uuid, path]) if known else ""

    return pack.form.answers_summary(
        view.answers, lang, found, given=given, correct_url=lambda path: "", wrong_url=wrong_url
    )


def unchecked_of(view: CaseView, lang: str) -> dict[str, str]:
    """Which answers could not be compared, since their register was silent, and which register that is."""
    if not view.unverified or row_is_objection(view):
        return {}
    pack = services.pack(view.service_version_id)
    return {
        question: SOURCES[source].label.text(lang)
        for source in view.unverified
        for above in [prefill.unanswered(pack, [source])]
        for question in pack.form.fields
        if prefill.is_below(question, above)
    }


def row_is_objection(view: CaseView) -> bool:
    """An objection holds grounds, not the answers of the service's form."""
    return "objection" in view.facts


def papers_of(view: CaseView, lang: str) -> list[Given]:
    """The papers that the facts call for and those that were sent besides, each with its files."""
    wanted = {} if row_is_objection(view) else dict(paper_options(view, lang))
    sent = {paper: [str(one) for one in ids] for paper, ids in view.papers.items()}
    files = {str(file.uuid): file for file in files_of(view)}
    shown = [
        Given(name, [files[one] for one in sent.get(paper, []) if one in files])
        for paper, name in wanted.items()
    ]
    placed = {one for paper in wanted for one in sent.get(paper, [])}
    rest = [file for known, file in files.items() if known not in placed]
    other = "Giấy tờ khác" if lang == "vi" else "Other papers"
    return [*shown, *([Given(other, rest)] if rest else [])]


def files_of(view: CaseView) -> list[File]:
    """Every file of the case: sent for a paper, within an answer, or afterwards."""
    rows = {row.pk: row for row in File.objects.filter(uuid__in=papers.named(view.papers, view.answers))}
    rows |= {row.pk: row for row in File.objects.filter(case_id=view.id)}
    return [rows[pk] for pk in sorted(rows)]


def timeline_items(view: CaseView, lang: str) -> list[dict[str, Any]]:
    """The timeline as `ui.timeline` shows it: who has had it, since when, until when."""
    items = []
    for item in cases.timeline(view, lang):
        who = " · ".join(part for part in (item.who, item.agency) if part)
        state = {"next": "later"}.get(item.state, item.state)
        same = item.at is not None and item.at == item.until
        items.append(
            {
                "title": item.text,
                "text": said(OUTCOMES, item.detail, lang) if item.detail else None,
                "who": who,
                "at": item.at or item.until,
                "until": None if same or item.at is None else item.until,
                "state": state,
            }
        )
    return items


UNITS = {
    "working_days": ("ngày làm việc", "working days"),
    "calendar_days": ("ngày", "days"),
    "working_hours": ("giờ làm việc", "working hours"),
    "half_days": ("nửa ngày làm việc", "half working days"),
    "months": ("tháng", "months"),
}


def clock_of(row: Case, view: CaseView, lang: str) -> Clock:
    """The clock with everything it follows from; `agrees` says whether the stored day is the recomputed one."""
    limit = deadlines.limit_of(row)
    note, source = _limit_rule(view, lang)
    recomputed = deadlines.recompute(row)
    pauses = [
        (
            timezone.localtime(one.start),
            timezone.localtime(one.end) if one.end else None,
            statuses.facts(one.status).text(lang),
            one.reason,
        )
        for one in row.suspensions.order_by("start", "id")
    ]
    stands = view.status.stops_clock
    return Clock(
        limit=_limit_told(limit, note, lang),
        source=source,
        starts=view.received_at,
        suspensions=pauses,
        due=view.due_at,
        recomputed=timezone.localtime(recomputed) if recomputed else None,
        agrees=stands or row.due_at == recomputed,
        extended_to=view.extended_to,
        promised=view.promised_at,
    )


def _limit_told(limit: Any, note: str, lang: str) -> str:
    """The limit and its note; of the same day the note alone, which says how the day counts."""
    if note and limit is not None and limit.amount == 0:
        return note
    return ". ".join(part for part in (_limit_words(limit, lang), note) if part)


def _limit_words(limit: Any, lang: str) -> str:
    if limit is None:
        return "Không quy định" if lang == "vi" else "None set by law"
    if limit.amount == 0:
        return "Trong ngày" if lang == "vi" else "The same day"
    vi, en = UNITS.get(limit.unit.value, (limit.unit.value, limit.unit.value))
    return f"{limit.amount.normalize():f} {vi if lang == 'vi' else en}"


def _limit_rule(view: CaseView, lang: str) -> tuple[str, str]:
    """(note, source) of the line that sets the limit."""
    if row_is_objection(view):
        return "", "Luật Khiếu nại 02/2011/QH13 Điều 28"
    pack = services.pack(view.service_version_id)
    facts = pack.facts(
        view.answers,
        finding.from_json(view.found),
        applicant=view.applicant,
        received=view.received_at,
        extra=view.facts,
    )
    rule = pack.limit_rule(facts)
    return rule.note.text(lang), rule.source


def why(run: DecisionRun, lang: str) -> Why:
    """A decision run, readable: "Vì sao?"."""
    outcome = run.outcome
    titles = _titles(lang)
    return Why(
        run=run,
        value=readable(outcome.get("value"), lang),
        reason=str(outcome.get(f"reason_{lang}") or outcome.get("reason_vi") or ""),
        rule=str(outcome.get("rule") or ""),
        law=str(outcome.get("law") or ""),
        inputs=[
            (_name(run, path, titles, lang), readable(value, lang)) for path, value in _leaves(run.inputs)
        ],
        sources=[
            (key.partition("/")[2], _source(entry, lang), readable(str(entry.get("at") or ""), lang))
            for key, entry in run.sources.items()
        ],
        fired=[str(rule) for rule in outcome.get("fired", [])],
    )


def _source(entry: dict[str, Any], lang: str) -> str:
    return str((entry.get("labels") or {}).get(lang) or entry.get("source", ""))


def _name(run: DecisionRun, path: str, titles: dict[str, str], lang: str) -> str:
    """What the form calls a fact, else what a register calls it, else its path."""
    question = services.pack(run.version_id).form.at(path)
    if question is not None:
        return question.name.said(lang)
    return titles.get(path.rpartition(".")[2], path)


def _titles(lang: str) -> dict[str, str]:
    """What registers call their attributes; the population database's words stand before those of others."""
    rows = Attribute.objects.values_list("register_id", "path", "title_en" if lang == "en" else "title")
    ordered = sorted(rows, key=lambda row: row[0] == registers.POPULATION)
    received = "Nhận lúc" if lang == "vi" else "Received"
    return {"received": received} | {path: title for _, path, title in ordered}


def _leaves(value: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, inner in value.items():
        if isinstance(inner, dict):
            found += _leaves(inner, f"{above}{key}.")
        else:
            found.append((f"{above}{key}", inner))
    return found


def readable(value: Any, lang: str) -> str:
    """A value of a decision as people read it."""
    yes, no, none = ("Có", "Không", "Không có") if lang == "vi" else ("Yes", "No", "None")
    match value:
        case None | "":
            return none
        case True:
            return yes
        case False:
            return no
        case list():
            return ", ".join(readable(one, lang) for one in value) or none
        case str() if (day := _day(value)) is not None:
            return text.date(day)
        case _:
            return str(value)


def _day(value: str) -> dt.date | None:
    """The day of a date or moment as JSON holds it; None for any other text."""
    try:
        return dt.date.fromisoformat(value[:10]) if value[4:5] == "-" else None
    except ValueError:
        return None


def register_name(slug: str) -> str:
    """The register's own name, for the list of look-ups."""
    return str(registers.describe(slug)["name"])


def agency_name(agency_id: int | None) -> str:
    return organisations.agency(agency_id).name if agency_id else ""
