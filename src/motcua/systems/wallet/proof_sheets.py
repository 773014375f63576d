"""The sealed sheet that stands for a paper: what was proven, by which issuer, when, and nothing besides."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from typing import Any

from motcua.core import clock
from motcua.core.cases.proofs import Provable
from motcua.core.documents import reports
from motcua.engines.text import long_date
from motcua.systems.wallet import kinds
from motcua.systems.wallet.models import Question

OWN = "Người nộp hồ sơ xuất trình giấy tờ số của chính mình."
OF_ANOTHER = "Người mang số định danh nêu trên xuất trình giấy tờ số của chính mình."
CHECKED = (
    "Chữ ký của cơ quan cấp, khóa của người giữ và tình trạng hiệu lực đã được kiểm tra vào lúc nêu trên. Những điều "
    "khác trên giấy tờ không được xem và lưu lại."
)


def sheet(paper: Provable, question: Question, proven: list[kinds.Fact]) -> bytes:
    """The sheet as a sealed PDF. Whose it is stands on it only where that may be another than the applicant."""
    assert question.answered_at is not None
    one, at = question.proven[0], question.answered_at.astimezone(clock.now().tzinfo)
    another = paper.rule.proof_of is not None
    whose = [("Số định danh của người xuất trình", paper.whose)] if another else []
    by = f"{question.client_name}, {question.asked_by}" if question.officer_id else question.client_name
    rows = [
        *((fact.title, written(fact.value, "vi")) for fact in proven),
        *whose,
        ("Theo", kinds.title_of(one["type"]).vi),
        ("Do", one["issuer"]),
        ("Tình trạng", "Đang có hiệu lực khi kiểm tra"),
        ("Kiểm tra lúc", f"{at:%H:%M:%S %d/%m/%Y}"),
        ("Bên hỏi", by),
        ("Mã lần kiểm tra", " ".join(str(question.uuid).split("-"))),
    ]
    given = {
        "title": "Phiếu xác minh giấy tờ số",
        "agency": reports.verifier().name,
        "day": long_date(at.date()),
        "rows": rows,
        "note": f"{OF_ANOTHER if another else OWN} {CHECKED}",
    }
    template = (files(__package__) / "proof_sheet.typ").read_text("utf-8")
    return reports.sealed_sheet(template, given)


def written(value: Any, lang: str) -> str:
    """A shown value in words."""
    if isinstance(value, bool):
        yes, no = ("Yes", "No") if lang == "en" else ("Đúng", "Không")
        return yes if value else no
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part is not None)
    return f"{value:%d/%m/%Y}" if isinstance(value, dt.date) else str(value)
