"""A paper of an application, proven by a credential instead of handed in: what every door does (see core.cases.proofs).

The service pack says what is to be proven (`proof`) and of whom (`proof_of`). One credential answers for all of it and
for whose it is; the application then keeps a sealed sheet that says what was proven, by which issuer and when.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.urls import reverse

from motcua.core import clock
from motcua.core.cases import queries
from motcua.core.cases.proofs import Fact, Provable, Standing, State
from motcua.core.documents import actions as documents
from motcua.core.errors import Conflict, NotFound, Text, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.systems.wallet import asking, kinds, proof_sheets
from motcua.systems.wallet.keys import site
from motcua.systems.wallet.models import Question
from motcua.systems.wallet.offers import Refused
from motcua.systems.wallet.words import meant

WHOSE = "personal_number"
"""The kind of question that says whose credential it is."""
CHECKED_BY = "Ví giấy tờ"
GOOD_FOR = dt.timedelta(days=1)
"""How long after the answer it may be taken: what was in force then may have been withdrawn since."""
NOBODY_S = Text(
    "Người này chưa có số định danh cá nhân, nên không biết được giấy tờ số là của ai. Nộp giấy này bằng tệp.",
    "This person has no personal number, so nobody can tell whose credential it is. Hand the paper in as a file.",
)
SOMEBODY_ELSE_S = Text(
    "Giấy tờ số này là của người khác, không phải của người cần chứng minh.",
    "This credential is somebody else's, not that of the person who has to prove it.",
)
NOT_SO = Text(
    "Giấy tờ số là thật nhưng cho thấy điều cần chứng minh là không đúng.",
    "The credential is genuine, but shows that what is to be proven is not so.",
)
NOTHING = Text("Chưa có gì được chứng minh.", "Nothing was proven yet.")


def standing(paper: Provable, lang: str) -> Standing:
    """How the proof of this paper stands. UserError where the service names what nobody can ask."""
    titles = tuple(kind.title.text(lang) for kind in _kinds(paper.rule.proof))
    found = _latest(paper)
    if found is None:
        return Standing(State.UNASKED, titles, fault="" if paper.whose else NOBODY_S.text(lang))
    return _standing(found, lang, paper.whose)


def ask(actor: Actor, paper: Provable, *, asker: str = "", through: str = "") -> uuid.UUID:
    """Put the question of the paper; one that still waits goes on waiting. Conflict for who has no personal number."""
    _kinds(paper.rule.proof)
    if not paper.whose:
        raise Conflict(NOBODY_S.vi, NOBODY_S.en)
    waiting = _latest(paper, through)
    if waiting is not None and asking.is_open(waiting):
        return waiting.uuid
    with acting(SYSTEM):
        asked = asking.ask_together(
            _name(paper),
            asker or str(settings.MOTCUA_AUTHORITY),
            kind_ids=[*paper.rule.proof, WHOSE],
            purpose=f"{paper.pack.name('vi')}: {paper.rule.name.vi}",
            by=actor,
            through=through,
        )
    return asked.uuid


def told(question: uuid.UUID, through: str, lang: str) -> Standing:
    """How a question of that system stands. NotFound for any other's."""
    return _standing(_of_system(question, through), lang, None)


def answer(question: uuid.UUID, through: str, vp_token: Mapping[str, Any]) -> None:
    """The presentation that the system's own wallet made. Conflict where the question is over, UserError where the
    presentation does not count; then the question goes on waiting."""
    with acting(SYSTEM):
        found = _of_system(question, through, lock=True)
        if not asking.is_open(found):
            raise Conflict(
                "Câu hỏi này đã được trả lời hoặc đã quá giờ.", "This question was answered or is over."
            )
        try:
            asking.accept(found, asking.presentations(found, vp_token))
        except Refused as wrong:
            said = f"{meant(found.fault, 'vi')} ({wrong.description})".strip()
            raise UserError(
                said, f"{meant(found.fault, 'en')} ({wrong.description})".strip(), "vp_token"
            ) from None


def take(actor: Actor, paper: Provable, *, question: uuid.UUID | None = None, through: str = "") -> str:
    """The name of the sealed sheet that stands for the paper; taken again, the same.

    Raises Conflict where nothing was proven, where what was shown is a "no", or where it is somebody else's.
    """
    with acting(SYSTEM):
        found = _of_system(question, through, lock=True) if question else _latest(paper, through, lock=True)
        if question and found is not None and found.client_id != _name(paper):
            raise Conflict(
                f"Lần chứng minh {question} thuộc giấy khác hoặc hồ sơ khác.",
                f"The presentation {question} is for another paper or another application.",
                "presentation",
            )
        if found is not None and found.sheet is not None:
            return str(found.sheet)
        proven = _counting(found, paper.whose)
        assert found is not None
        file = documents.upload(
            replace(actor, label=CHECKED_BY),
            name=f"Phiếu xác minh – {paper.rule.name.vi}.pdf",
            stream=io.BytesIO(proof_sheets.sheet(paper, found, proven)),
        )
        seen = {"kinds": list(paper.rule.proof), "paper": paper.rule.id, "sha256": file.sha256}
        emit("wallet.paper_proven", actor, subject=("question", found.pk), data=seen)
        Question.objects.filter(pk=found.pk).update(sheet=file.uuid)
    return str(file.uuid)


def page_of(actor: Actor, question: Question) -> str:
    """The page of one's own application that a question is asked for on the portal; "" for any other question."""
    if not question.client_id.startswith(asking.FOR_A_PAPER) or question.officer_id or question.through:
        return ""
    draft, paper_id = question.client_id.removeprefix(asking.FOR_A_PAPER).split(":")[:2]
    try:
        queries.draft_for(actor, uuid.UUID(draft))
    except NotFound:
        return ""
    return reverse("wallet:prove", args=[draft, paper_id])


def _standing(question: Question, lang: str, whose: str | None) -> Standing:
    titles = tuple(kind.title.text(lang) for kind in _proven_kinds(question))
    known = Standing(
        State.OVER, titles, question.uuid, asked_at=question.asked_at, expires_at=question.expires_at
    )
    if question.outcome == asking.DECLINED:
        return replace(known, state=State.DECLINED)
    if question.outcome == asking.PROVEN:
        return _answered(known, question, lang, whose)
    if not asking.is_open(question):
        return known
    page = f"{site()}{reverse('wallet:agree', args=[question.uuid])}"
    fault = meant(question.fault, lang)
    return replace(known, state=State.WAITING, link=asking.link(question), page=page, fault=fault)


def _answered(known: Standing, question: Question, lang: str, whose: str | None) -> Standing:
    one = question.proven[0]
    shown = tuple(Fact(fact.title, proof_sheets.written(fact.value, lang)) for fact in _facts(question, lang))
    told_of = replace(
        known,
        credential=kinds.title_of(one["type"]).text(lang),
        issuer=one["issuer"],
        facts=shown,
        answered_at=question.answered_at,
    )
    if question.sheet is not None:
        return replace(told_of, state=State.TAKEN)
    if _is_stale(question):
        return known
    wrong = _wrong(question, whose)
    if wrong is not None:
        return replace(told_of, state=State.UNUSABLE, facts=(), fault=wrong.text(lang))
    return replace(told_of, state=State.PROVEN)


def _counting(question: Question | None, whose: str) -> list[kinds.Fact]:
    """What was proven, where it counts. Raises Conflict."""
    if question is None or question.outcome != asking.PROVEN or _is_stale(question):
        raise Conflict(NOTHING.vi, NOTHING.en)
    wrong = _wrong(question, whose)
    if wrong is not None:
        raise Conflict(wrong.vi, wrong.en)
    return _facts(question, "vi")


def _wrong(question: Question, whose: str | None) -> Text | None:
    """Why what was shown cannot stand for the paper; None where it can. Without `whose` nobody can tell of whom."""
    if whose is not None and (not whose or question.proven[0]["claims"].get(WHOSE) != whose):
        return SOMEBODY_ELSE_S
    if any(fact.value is False for fact in _facts(question, "vi")):
        return NOT_SO
    return None


def _facts(question: Question, lang: str) -> list[kinds.Fact]:
    """What was proven of the paper, without whose credential it was."""
    asked = {claim for kind in _proven_kinds(question) for claim in kind.claims}
    one = question.proven[0]
    return [fact for fact in kinds.facts(one["type"], one["claims"], lang) if tuple(fact.path) in asked]


def _is_stale(question: Question) -> bool:
    return question.answered_at is not None and clock.now() - question.answered_at > GOOD_FOR


def _proven_kinds(question: Question) -> list[asking.Kind]:
    """What the paper needs; whose it is was asked besides, at the end."""
    return _kinds(question.kind.split()[:-1] or [question.kind])


def _kinds(names: tuple[str, ...] | list[str]) -> list[asking.Kind]:
    """The kinds of question by these names. UserError where the service names something that nobody can ask."""
    known = asking.kinds_of_question()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            f"Gói thủ tục nêu điều cần chứng minh không có: {', '.join(unknown)}. Nộp giấy này bằng tệp.",
            f"The service names a proof that does not exist: {', '.join(unknown)}. Hand the paper in as a file.",
        )
    return [known[name] for name in names]


def _latest(paper: Provable, through: str = "", *, lock: bool = False) -> Question | None:
    """The last question of this paper."""
    with acting(SYSTEM):
        rows = Question.objects.filter(client_id=_name(paper), through=through).order_by("-id")
        return (rows.select_for_update() if lock else rows).first()


def _of_system(question: uuid.UUID, through: str, *, lock: bool = False) -> Question:
    with acting(SYSTEM):
        rows = Question.objects.exclude(through="").filter(uuid=question, through=through)
        found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise NotFound(
            f"Không có lần chứng minh {question} của hệ thống này.",
            f"This system has no presentation {question}.",
            "presentation",
        )
    return found


def _name(paper: Provable) -> str:
    return f"{asking.FOR_A_PAPER}{paper.application}:{paper.rule.id}"
