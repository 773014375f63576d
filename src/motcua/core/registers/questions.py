"""Yes or no instead of data: whoever needs only an answer gets only that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.core import clock
from motcua.core.errors import UserError
from motcua.core.ledger.actor import Actor
from motcua.core.registers import access, consent, queries, reading
from motcua.core.registers import schema as schemas
from motcua.core.registers.models import Record
from motcua.engines.text import fold

Check = Callable[[Mapping[str, Any], Mapping[str, str]], bool | None]
"""Whether it is so; None where the record does not say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked and whether it is so; None where the register does not know."""

    question: str
    answer: bool | None


def ask(
    actor: Actor,
    register: str,
    key: str,
    question: str,
    *,
    purpose: str,
    use: str = access.SERVICE,
    given: Mapping[str, str] | None = None,
    case_id: int | None = None,
    partner: str = "",
) -> Answer:
    """Answer a question that the schema allows, log the look, and hand out nothing else.

    Raises UserError for a question that is unknown here or lacks what it compares with; NotAllowed by the rules.
    """
    schema = schemas.of(register)
    check = QUESTIONS.get(question)
    if check is None or question not in schema.questions:
        known = ", ".join(sorted(schema.questions)) or "-"
        raise UserError(
            f"Cơ sở dữ liệu này không trả lời câu hỏi “{question}”. Có thể hỏi: {known}.",
            f"This register does not answer {question!r}. It answers: {known}.",
            "question",
        )
    rule = access.rule_for(schema, actor, "ask", use, partner=partner) if not actor.is_system else None
    if rule is not None and rule.consent:
        consent.require(key, rule.consent)
    row = current(register, key)
    if row is None:
        return Answer(question, False if question == "exists" else None)
    reading.log(actor, schema, [row], f"{purpose} (hỏi: {question})", case_id)
    return Answer(question, check(row.facts, given or {}))


def current(register: str, key: str) -> Record | None:
    """The row in force today, not logged: for whoever logs the look."""
    rows = queries.in_force(Record.objects.filter(register_id=register, key=key))
    return rows.order_by("-valid_from").first()


def _of_age(facts: Mapping[str, Any], given: Mapping[str, str]) -> bool | None:
    years = _number(given.get("years", "18"))
    if not facts.get("born"):
        return None
    born = dt.date.fromisoformat(str(facts["born"])[:10])
    today = clock.today()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= years


def _address(facts: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    """Word by word, without accents and punctuation; a commune's code alone is compared with the commune."""
    asked = given.get("value", "").strip()
    if not asked:
        raise UserError(
            "Thiếu địa chỉ cần so (value).", "The address to compare is missing (value).", "value"
        )
    if asked.isdecimal():
        return asked == facts.get("residence_unit")
    known, said = _plain(str(facts.get("residence_text", ""))), _plain(asked)
    return bool(said) and (known == said or known.startswith(said + " "))


def _married(facts: Mapping[str, Any], given: Mapping[str, str]) -> bool:
    spouse = str(facts.get("spouse_number") or "")
    return spouse == given["value"] if given.get("value") else bool(spouse)


def _plain(text: str) -> str:
    return " ".join(fold("".join(c if c.isalnum() else " " for c in text)).split())


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 120:
        raise UserError("Số tuổi phải từ 1 đến 120.", "Years are a number from 1 to 120.", "years")
    return int(text)


QUESTIONS: dict[str, Check] = {
    "exists": lambda facts, given: True,
    "of_age": _of_age,
    "address": _address,
    "married": _married,
    "alive": lambda facts, given: not facts.get("dead_on"),
}
"""of_age takes `years` (18), address `value` (text or commune code), married may take `value` (the spouse's number)."""
