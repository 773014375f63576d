"""A paper of an application, proven by a credential instead of handed in.

The service pack says what is to be proven (`proof`). One credential answers for all of it and for whose it is; the
application then keeps a sealed sheet that says what was proven, by which issuer and when, and nothing besides.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import actions as cases
from motcua.core.cases import queries
from motcua.core.cases.models import Draft
from motcua.core.documents import actions as documents
from motcua.core.documents import reports
from motcua.core.errors import Conflict, NotFound, UserError
from motcua.core.identity.models import Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.core.services import queries as services
from motcua.core.services.pack import Pack
from motcua.core.services.pack.parts import PaperRule
from motcua.engines.text import long_date
from motcua.systems.wallet import asking, kinds
from motcua.systems.wallet.models import Question

WHOSE = "personal_number"
"""The kind of question that says whose credential it is."""
CHECKED_BY = "Ví giấy tờ"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper of somebody's application that may be proven, and what is known of it so far."""

    draft: Draft
    pack: Pack
    rule: PaperRule
    question: Question | None

    @property
    def kinds(self) -> list[asking.Kind]:
        """What is to be proven of it. UserError where the service names something that nobody can ask."""
        known = asking.kinds_of_question()
        unknown = [name for name in self.rule.proof if name not in known]
        if unknown:
            raise UserError(
                f"Gói thủ tục nêu điều cần chứng minh không có: {', '.join(unknown)}. Nộp giấy này bằng tệp.",
                f"The service names a proof that does not exist: {', '.join(unknown)}. Hand the paper in as a file.",
            )
        return [known[name] for name in self.rule.proof]


def wanted(actor: Actor, draft_uuid: Any, paper_id: str) -> Wanted:
    """The paper of one's own application. NotFound where there is none that a credential may stand for."""
    draft = queries.draft_for(actor, draft_uuid)
    pack = services.pack(draft.service_version_id)
    rule = next((one for one in pack.paper_rules if one.id == paper_id and one.proof), None)
    if rule is None:
        raise NotFound()
    with acting(SYSTEM):
        question = Question.objects.filter(client_id=_name(draft, rule)).order_by("-id").first()
    return Wanted(draft, pack, rule, question)


def ask(paper: Wanted) -> Question:
    """Put the question of the paper; one that still waits goes on waiting."""
    if paper.question is not None and asking.is_open(paper.question):
        return paper.question
    purpose = f"{paper.pack.name('vi')}: {paper.rule.name.vi}"
    with acting(SYSTEM):
        return asking.ask_together(
            _name(paper.draft, paper.rule),
            str(settings.MOTCUA_AUTHORITY),
            kind_ids=[*paper.rule.proof, WHOSE],
            purpose=purpose,
        )


def facts(paper: Wanted, lang: str) -> list[kinds.Fact]:
    """What was proven of the paper, without whose credential it was. Empty while nothing was."""
    if paper.question is None or paper.question.outcome != asking.PROVEN:
        return []
    asked = {claim for kind in paper.kinds for claim in kind.claims}
    one = paper.question.proven[0]
    return [fact for fact in kinds.facts(one["type"], one["claims"], lang) if tuple(fact.path) in asked]


def take(actor: Actor, paper: Wanted) -> None:
    """Put the sheet of what was proven into the application, in the paper's place; again it changes nothing.

    Raises Conflict where nothing was proven, where what was shown is a "no", or where it is somebody else's.
    """
    proven, kept = facts(paper, "vi"), paper.draft.files.get(paper.rule.id, [])
    if paper.question is None and kept:
        return
    if not proven or paper.question is None:
        raise Conflict("Chưa có gì được chứng minh.", "Nothing was proven yet.")
    one = paper.question.proven[0]
    whose = Party.objects.filter(pk=actor.principal or 0).values_list("personal_number", flat=True).first()
    if not whose or one["claims"].get(WHOSE) != whose:
        raise Conflict(
            "Giấy tờ số này là của người khác, không phải của người nộp hồ sơ.",
            "This credential is somebody else's, not the applicant's.",
        )
    if any(fact.value is False for fact in proven):
        raise Conflict(
            "Giấy tờ số là thật nhưng cho thấy điều cần chứng minh là không đúng.",
            "The credential is genuine, but shows that what is to be proven is not so.",
        )
    name = f"Phiếu xác minh – {paper.rule.name.vi}.pdf"
    checker = replace(SYSTEM, label=CHECKED_BY, party_id=actor.principal)
    with acting(SYSTEM):
        sheet = io.BytesIO(_sheet(paper, proven, one))
        file = documents.upload(checker, name=name, stream=sheet)
        told = {"kinds": list(paper.rule.proof), "paper": paper.rule.id, "sha256": file.sha256}
        emit("wallet.paper_proven", checker, subject=("question", paper.question.pk), data=told)
        Question.objects.filter(pk=paper.question.pk).update(client_id=f"{paper.question.client_id}:taken")
    cases.attach(actor, paper.draft.uuid, paper.rule.id, [*kept, str(file.uuid)])


def page_of(question: Question) -> str:
    """The page of the paper that a question is asked for; "" for any other question."""
    if not question.client_id.startswith(asking.FOR_A_PAPER):
        return ""
    draft, paper_id = question.client_id.removeprefix(asking.FOR_A_PAPER).split(":")[:2]
    return reverse("wallet:prove", args=[draft, paper_id])


def _sheet(paper: Wanted, proven: list[kinds.Fact], one: dict[str, Any]) -> bytes:
    question = paper.question
    assert question is not None
    assert question.answered_at is not None
    at = question.answered_at.astimezone(clock.now().tzinfo)
    rows = [
        *((fact.title, _written(fact.value)) for fact in proven),
        ("Theo", kinds.title_of(one["type"]).vi),
        ("Do", one["issuer"]),
        ("Kiểm tra lúc", f"{at:%H:%M:%S %d/%m/%Y}"),
        ("Mã lần kiểm tra", " ".join(str(question.uuid).split("-"))),
    ]
    note = (
        "Người nộp hồ sơ xuất trình giấy tờ số của chính mình. Chữ ký của cơ quan cấp, khóa của người giữ và tình "
        "trạng hiệu lực đã được kiểm tra vào lúc nêu trên. Những điều khác trên giấy tờ không được xem và lưu lại."
    )
    given = {
        "title": "Phiếu xác minh giấy tờ số",
        "agency": reports.verifier().name,
        "day": long_date(at.date()),
        "rows": rows,
        "note": note,
    }
    template = (files(__package__) / "proof_sheet.typ").read_text("utf-8")
    return reports.sealed_sheet(template, given)


def _written(value: Any) -> str:
    if value is True:
        return "Đúng"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part is not None)
    return f"{value:%d/%m/%Y}" if isinstance(value, dt.date) else str(value)


def _name(draft: Draft, rule: PaperRule) -> str:
    return f"{asking.FOR_A_PAPER}{draft.uuid}:{rule.id}"
