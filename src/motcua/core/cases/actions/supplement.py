"""What is missing: asked once and in full, answered, and the clock goes on (Decree 61/2018 arts 17, 19)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from motcua.core import clock
from motcua.core.cases import facts, papers, policies, reference, standing
from motcua.core.cases.models import Code, Supplement, Task
from motcua.core.documents.files import join_case
from motcua.core.errors import Conflict, UserError
from motcua.core.jobs import defer
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor


def ask_supplement(
    actor: Actor,
    case_uuid: uuid.UUID,
    items: Sequence[Mapping[str, str]] | Sequence[str],
    reason: str,
    *,
    again_because: str = "",
) -> Supplement:
    """Ask the applicant for what is missing, once and in full; the clock stands still until the answer.

    `items` are {"text", and "field" or "paper"} or plain texts. Within three working days of receipt, and once: a
    second time only for a ground of `policies.AGAIN_BECAUSE`. Raises UserError saying what the law allows instead.
    """
    reason = standing.require_reason(reason)
    wanted = [_item(item) for item in items]
    if not wanted:
        raise UserError(
            "Nêu ít nhất một nội dung cần bổ sung.", "Name at least one thing that is missing.", field="items"
        )
    case = standing.lock(case_uuid)
    policies.require(actor, case, "ask_supplement")
    at = clock.now()
    _check_ground(case, again_because)
    if not again_because and not policies.in_time_for_supplement(
        case, at, reference.calendar(case.handling_agency_id)
    ):
        raise UserError(
            f"Đã quá {policies.SUPPLEMENT_WITHIN} ngày làm việc kể từ khi tiếp nhận: không được yêu cầu bổ sung nữa. "
            "Giải quyết theo hồ sơ hiện có, từ chối có lý do, hoặc nêu căn cứ đặc biệt.",
            f"More than {policies.SUPPLEMENT_WITHIN} working days have passed since receipt: nothing more may be asked "
            "for. Decide on what there is, refuse with a reason, or name a special ground.",
        )
    supplement = Supplement.objects.create(
        case=case, asked_at=at, asked_by=actor.label, items=wanted, reason=reason, again_because=again_because
    )
    standing.remember(case, supplement={"resume": case.business_status_id})
    Task.objects.create(
        case=case, name="Bổ sung hồ sơ", name_en="Add what is missing", role="applicant", verb="supplement",
        applicant_task=True, data={"items": wanted, "reason": reason}, offered_at=at, sort_at=at,
    )  # fmt: skip
    standing.move(case, Code.SUPPLEMENT, actor, reason=reason, at=at)
    emit("case.supplement_asked", actor, case_id=case.pk, data={"items": wanted, "reason": reason})
    defer("cases.write_slip", case_uuid=str(case.uuid), slip="supplement")
    return supplement


def _check_ground(case: Any, again_because: str) -> None:
    if again_because and again_because not in policies.AGAIN_BECAUSE:
        known = ", ".join(policies.AGAIN_BECAUSE)
        raise UserError(
            f"Căn cứ “{again_because}” không có; chọn một trong: {known}.",
            f"There is no ground “{again_because}”; use one of {known}.",
            field="again_because",
        )
    if case.supplements.exists() and not again_because:
        raise Conflict(
            "Hồ sơ này đã được yêu cầu bổ sung một lần. Pháp luật chỉ cho yêu cầu một lần, đầy đủ; "
            "muốn yêu cầu lại phải có căn cứ đặc biệt.",
            "More was asked for in this case once already. The law allows one request, in full; a second needs a "
            "special ground.",
        )


def _item(item: Mapping[str, str] | str) -> dict[str, str]:
    content = {"text": item} if isinstance(item, str) else dict(item)
    content["text"] = " ".join(content.get("text", "").split())
    if not content["text"]:
        raise UserError("Mỗi nội dung bổ sung phải có lời.", "Each missing thing needs words.", field="items")
    return {key: content[key] for key in ("text", "field", "paper") if content.get(key)}


def answer_supplement(
    actor: Actor,
    case_uuid: uuid.UUID,
    answers: Mapping[str, Any],
    files: Mapping[str, list[str]] | None = None,
) -> Supplement:
    """Take the applicant's answer: new answers and papers join the case, the clock goes on where it stood."""
    case = standing.lock(case_uuid)
    policies.require(actor, case, "answer_supplement")
    supplement = case.supplements.select_for_update().filter(answered_at=None).get()
    if not answers and not files:
        raise UserError(
            "Chưa có nội dung bổ sung nào. Trả lời hoặc tải lên giấy tờ được yêu cầu.",
            "Nothing was added. Answer, or upload the papers asked for.",
        )
    at = clock.now()
    supplement.answered_at, supplement.answers, supplement.files = at, dict(answers), dict(files or {})
    supplement.save()
    merged = dict(case.data.get("answers", {}))
    facts.merge(merged, answers)
    given = {**case.data.get("papers", {}), **(files or {})}
    resume = case.data.get("facts", {}).get("supplement", {}).get("resume", Code.IN_PROCESS)
    case.data = {**case.data, "answers": merged, "papers": given}
    join_case(case.pk, papers.named(files or {}, answers))
    case.tasks.filter(state=Task.State.OPEN, verb="supplement").update(
        state=Task.State.DONE, outcome="answered", done_at=at, done_by_label=actor.label
    )
    emit("case.supplement_answered", actor, case_id=case.pk, data={"papers": sorted(files or {})})
    standing.move(case, int(resume), actor, at=at)
    defer("cases.tell_process", case_uuid=str(case.uuid), name="supplement_answered")
    return supplement
