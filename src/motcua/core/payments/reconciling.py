"""Statement lines that match nothing: an officer finds what they pay, or writes down why they pay nothing."""

from __future__ import annotations

from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations.models import Agency
from motcua.core.payments import actions
from motcua.core.payments.models import Attempt, AttemptState, ObligationState, StatementLine
from motcua.engines.text import money


def settle_statement_line(
    actor: Actor, line_id: int, note: str, attempt_code: str | None = None
) -> StatementLine:
    """Match an unmatched line with the payment of that code, or, without a code, explain it (e.g. money given back).

    A match pays what the attempt covers, as a notice of the bank would have. Raises NotAllowed for whoever neither
    takes money nor steers, or whose agency is not paid by it; NotFound for no such line; Conflict for one that is
    settled; UserError where the code or the amount does not fit.
    """
    line = unsettled(actor, line_id)
    note = " ".join(note.split())
    if not note:
        raise UserError("Ghi lý do, căn cứ của kết luận.", "Give the reason for this conclusion.", "note")
    if attempt_code:
        line.attempt = _match(actor, line, "".join(attempt_code.split()).upper())
    line.settled, line.note = True, f"{actor.label}: {note}"
    line.save(update_fields=["attempt", "settled", "note"])
    emit(
        "payment.statement_settled",
        actor,
        subject=("statement_line", line.pk),
        data={
            "bank_reference": line.bank_reference,
            "amount": line.amount,
            "code": line.attempt.code if attempt_code and line.attempt else "",
            "note": note,
        },
    )
    return line


def unsettled(actor: Actor, line_id: int) -> StatementLine:
    """The line, locked, if it still waits and the actor may settle it; raises as `settle_statement_line`."""
    if not actor.is_system and not actor.has("cashier", "steering"):
        raise NotAllowed(
            "Chỉ thu ngân và người chỉ đạo được đối soát tiền.",
            "Only a cashier or a steering officer reconciles.",
        )
    line = StatementLine.objects.select_for_update(of=("self",)).filter(pk=line_id).first()
    if line is None or (line.attempt is not None and not _pays_agency_of(actor, line.attempt)):
        raise NotFound()
    if line.settled:
        raise Conflict("Dòng sao kê này đã được đối soát.", "This line of the statement is settled already.")
    return line


def _match(actor: Actor, line: StatementLine, code: str) -> Attempt:
    """The attempt that the line pays, brought to success."""
    attempt = Attempt.objects.select_for_update().filter(provider=line.provider, code=code).first()
    if attempt is None or not _pays_agency_of(actor, attempt):
        raise UserError(
            f"Cơ quan không có giao dịch nào mang mã {code}. Xem lại mã trên hồ sơ.",
            f"The agency has no payment with the code {code}. Look it up in the case.",
            "code",
        )
    if attempt.amount != line.amount:
        raise UserError(
            f"Giao dịch {code} cần {money(attempt.amount)}, dòng sao kê có {money(line.amount)}. "
            "Không khớp thì hoàn tiền và ghi lý do.",
            f"Payment {code} is of {money(attempt.amount)}, the line of {money(line.amount)}: give it back, say why.",
            "code",
        )
    if attempt.statement_lines.filter(settled=True).exists():
        raise UserError(
            f"Giao dịch {code} đã có dòng sao kê khác. Đây là tiền nộp hai lần: hoàn lại và ghi lý do.",
            f"Another line bears payment {code} out. This was paid twice: give it back and say why.",
            "code",
        )
    if attempt.state != AttemptState.SUCCESS:
        _pay(attempt)
    return attempt


def _pay(attempt: Attempt) -> None:
    due = attempt.obligations.filter(state=ObligationState.DUE).values_list("amount", flat=True)
    if sum(due) != attempt.amount:
        raise UserError(
            f"Các khoản của giao dịch {attempt.code} đã được nộp bằng cách khác hoặc không còn phải nộp. "
            "Hoàn lại tiền và ghi lý do.",
            f"What payment {attempt.code} covers was paid otherwise or is owed no more. Give it back and say why.",
            "code",
        )
    actions.succeed(attempt)


def _pays_agency_of(actor: Actor, attempt: Attempt) -> bool:
    """Whether the money of an attempt is owed to an agency of the actor's, or to the one that their desk serves."""
    if actor.is_system:
        return True
    own = set(actor.unit_ids)
    served = Agency.objects.filter(pk__in=own).values_list("parent_id", flat=True)
    return attempt.obligations.filter(agency_id__in=own | {pk for pk in served if pk is not None}).exists()
