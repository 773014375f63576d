"""Owing, paying, being told, matching. Every act may come twice, late or out of order; none is counted twice."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import connection

from motcua.core import clock, jobs
from motcua.core.errors import Conflict, NotAllowed, NotFound, Unavailable, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.organisations.models import Agency
from motcua.core.outbound.destinations import WrongConnections, payment_platform
from motcua.core.payments.gateway import Line, Said, attempt_failed, gateways, settled
from motcua.core.payments.models import (
    FINISHED,
    Attempt,
    AttemptState,
    Notice,
    Obligation,
    ObligationState,
    Receipt,
    Refund,
    RevenueAccount,
    StatementLine,
)

SANDBOX = "sandbox_bank"
"""The platform of a sandbox in which none is named."""
ATTEMPT_LASTS = dt.timedelta(minutes=30)
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No 0/O, 1/I: people read these codes to each other."""


@dataclass(frozen=True, slots=True)
class FeeDue:
    """A fee line as the rules have worked it out. `amount` in đồng; `source` is the legal text."""

    line: str
    title: str
    amount: int
    source: str
    title_en: str = ""


def owe(
    actor: Actor,
    reference: str,
    fees: Sequence[FeeDue],
    *,
    agency_id: int,
    payer_party_id: int | None,
    case_id: int | None = None,
) -> list[Obligation]:
    """Enter what a reference owes; a line already entered stays as it is. A fee of nothing is not entered."""
    obligations = []
    for fee in fees:
        if fee.amount <= 0:
            continue
        obligation, made = Obligation.objects.get_or_create(
            reference=reference,
            line=fee.line,
            defaults={
                "title": fee.title,
                "title_en": fee.title_en,
                "amount": fee.amount,
                "source": fee.source,
                "agency_id": agency_id,
                "account": account_for(agency_id, fee.line),
                "payer_party_id": payer_party_id,
                "case_id": case_id,
                "created_at": clock.now(),
            },
        )
        if made:
            emit(
                "payment.owed",
                actor,
                case_id=case_id,
                subject=("obligation", obligation.pk),
                data=asdict(fee) | {"reference": reference},
            )
        obligations.append(obligation)
    return obligations


def account_for(agency_id: int, line: str) -> RevenueAccount:
    """The agency's account for the line, or its general one, or its parent's."""
    agency: Agency | None = Agency.objects.get(pk=agency_id)
    while agency is not None:
        rows = RevenueAccount.objects.filter(agency=agency, line__in=[line, ""])
        found = rows.order_by("-line").first()
        if found:
            return found
        agency = agency.parent
    raise NotFound(
        "Cơ quan này chưa khai báo tài khoản thu phí. Báo quản trị viên bổ sung trước khi thu.",
        "This agency has no revenue account yet. Ask the administrator to add one before charging.",
    )


def _platform(agency: Agency) -> str:
    """The platform that the connections name for the agency or the nearest above it; a sandbox has one of its own."""
    above: list[str] = []
    here: Agency | None = agency
    while here is not None and here.code not in above:
        above.append(here.code)
        here = here.parent
    try:
        named = payment_platform(above)
    except WrongConnections as wrong:
        raise _no_platform() from wrong
    if not named and settings.MOTCUA_SANDBOX:
        return SANDBOX
    if named not in gateways.names():
        raise _no_platform()
    return named


def _no_platform() -> Unavailable:
    return Unavailable(
        "Cơ quan này chưa nối với nền tảng thanh toán nào. Ông/bà nộp tại bộ phận một cửa; quản trị viên khai báo ở "
        "mục payments của tệp kết nối.",
        "This agency is not connected to a payment platform. Pay at the one-stop desk; the administrator names one "
        "under `payments` in the file of connections.",
    )


def start_attempt(actor: Actor, reference: str, *, provider: str = "", return_url: str = "") -> Attempt:
    """Begin to pay everything the reference still owes, by the platform of the agency it is owed to. An attempt that
    still waits is given again. Raises Unavailable where the agency has no platform."""
    due = list(
        Obligation.objects.select_for_update()
        .filter(reference=reference, state=ObligationState.DUE)
        .order_by("id")
    )
    if not due:
        raise Conflict(
            "Hồ sơ này không còn khoản nào phải nộp.", "Nothing is left to pay for this application."
        )
    provider = provider or _platform(due[0].agency)
    amount = sum(obligation.amount for obligation in due)
    waiting = (
        Attempt.objects.filter(reference=reference, provider=provider, amount=amount)
        .exclude(state__in=FINISHED)
        .filter(expires_at__gt=clock.now())
        .order_by("-id")
        .first()
    )
    if waiting:
        return waiting
    attempt = Attempt.objects.create(
        reference=reference,
        provider=provider,
        amount=amount,
        code=_new_code(),
        return_url=return_url,
        payer_party_id=actor.principal,
        created_at=clock.now(),
        expires_at=clock.now() + ATTEMPT_LASTS,
    )
    attempt.obligations.set(due)
    start = gateways.get(provider).start(attempt)
    attempt.pay_url, attempt.payload, attempt.state = start.pay_url, start.payload, AttemptState.STARTED
    attempt.save(update_fields=["pay_url", "payload", "state"])
    emit(
        "payment.started",
        actor,
        subject=("attempt", attempt.pk),
        data={"reference": reference, "amount": amount},
    )
    jobs.defer(
        "payments.ask_gateway",
        schedule_at=attempt.expires_at - clock.sandbox_offset(),
        attempt_id=attempt.pk,
    )
    return attempt


def receive_notice(provider: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Take a gateway's notice: genuine or refused, once or repeated, in order or not. Says what it did."""
    said = gateways.get(provider).read_notice(body, headers)
    notice, fresh = Notice.objects.get_or_create(
        provider=provider,
        event_id=said.event_id,
        defaults={"code": said.code, "body": asdict(said), "received_at": clock.now()},
    )
    if not fresh:
        return "repeated"
    notice.effect = apply_said(provider, said)
    notice.save(update_fields=["effect"])
    return notice.effect


def apply_said(provider: str, said: Said) -> str:
    """Bring an attempt to what the gateway says of it. Success is final; a wrong amount is somebody's work."""
    attempt = Attempt.objects.select_for_update().filter(provider=provider, code=said.code).first()
    if attempt is None:
        return "unknown attempt"
    if said.state == AttemptState.SUCCESS and said.amount != attempt.amount:
        _note_wrong_amount(attempt, said)
        return "wrong amount"
    if attempt.state == AttemptState.SUCCESS:
        return "already paid"
    if said.state == AttemptState.SUCCESS:
        succeed(attempt)
        return "paid"
    if attempt.state in FINISHED and said.state not in FINISHED:
        return "out of order"
    _move(attempt, AttemptState(said.state), said.reason)
    return str(said.state)


def pay_at_counter(actor: Actor, reference: str) -> list[Receipt]:
    """Cash or card at the desk, taken by a cashier, who answers for it."""
    if not actor.has("cashier"):
        raise NotAllowed(
            "Chỉ người thu ngân được thu tiền tại quầy.", "Only a cashier takes money at the desk."
        )
    due = list(Obligation.objects.select_for_update().filter(reference=reference, state=ObligationState.DUE))
    if not due:
        raise Conflict("Không còn khoản nào phải nộp.", "Nothing is left to pay.")
    receipts = [_settle(obligation, None, "counter") for obligation in due]
    emit("payment.taken_at_counter", actor, data={"reference": reference})
    settled.send(reference=reference, obligation_ids=[one.pk for one in due], attempt_id=None)
    return receipts


def waive(actor: Actor, obligation_id: int, reason: str) -> None:
    """Let somebody off a fee, with the reason."""
    obligation = Obligation.objects.select_for_update().get(pk=obligation_id)
    if obligation.state != ObligationState.DUE:
        raise Conflict("Khoản này không còn ở trạng thái phải nộp.", "This fee is no longer due.")
    obligation.state, obligation.settled_at = ObligationState.WAIVED, clock.now()
    obligation.save(update_fields=["state", "settled_at"])
    emit("payment.waived", actor, subject=("obligation", obligation.pk), data={"reason": reason})
    still_due = Obligation.objects.filter(reference=obligation.reference, state=ObligationState.DUE)
    if not still_due.exists():
        settled.send(reference=obligation.reference, obligation_ids=[obligation.pk], attempt_id=None)


def cancel(actor: Actor, reference: str, reason: str) -> None:
    """What is still due for the reference is owed no more (withdrawn or refused)."""
    rows = Obligation.objects.filter(reference=reference, state=ObligationState.DUE)
    if rows.update(state=ObligationState.CANCELLED, settled_at=clock.now()):
        emit("payment.cancelled", actor, data={"reference": reference, "reason": reason})


def refund(actor: Actor, obligation_id: int, reason: str) -> Refund:
    """Decide to give back what was paid."""
    obligation = Obligation.objects.select_for_update().get(pk=obligation_id)
    if obligation.state != ObligationState.PAID:
        raise Conflict("Chỉ hoàn được khoản đã nộp.", "Only what was paid can be given back.")
    if not reason.strip():
        raise UserError("Ghi lý do hoàn tiền.", "Give the reason for the refund.", "reason")
    obligation.state = ObligationState.REFUNDED
    obligation.save(update_fields=["state"])
    made = Refund.objects.create(
        obligation=obligation, amount=obligation.amount, reason=reason, decided_by=actor.label, at=clock.now()
    )
    emit("payment.refunded", actor, subject=("obligation", obligation.pk), data={"reason": reason})
    return made


def import_statement(provider: str, day: dt.date, lines: Sequence[Line]) -> int:
    """Enter a day's statement and match it; a line met before is left. Money the notices never told of is booked."""
    new = 0
    for line in lines:
        attempt = Attempt.objects.filter(provider=provider, code=line.code).first()
        row, fresh = StatementLine.objects.get_or_create(
            provider=provider,
            bank_reference=line.bank_reference,
            defaults={
                "day": day,
                "code": line.code,
                "amount": line.amount,
                "text": line.text,
                "attempt": attempt,
            },
        )
        if not fresh:
            continue
        new += 1
        effect = apply_said(
            provider, Said(f"statement:{line.bank_reference}", line.code, AttemptState.SUCCESS, line.amount)
        )
        row.note = effect
        row.settled = effect in {"paid", "already paid"}
        row.save(update_fields=["note", "settled"])
    emit("payment.statement_imported", SYSTEM, data={"provider": provider, "day": str(day), "lines": new})
    return new


def succeed(attempt: Attempt) -> None:
    _move(attempt, AttemptState.SUCCESS, "")
    covered = list(attempt.obligations.select_for_update().order_by("id"))
    paid = [one for one in covered if one.state == ObligationState.DUE]
    for obligation in paid:
        _settle(obligation, attempt, attempt.provider)
    if paid:
        settled.send(
            reference=attempt.reference, obligation_ids=[one.pk for one in paid], attempt_id=attempt.pk
        )


def _settle(obligation: Obligation, attempt: Attempt | None, method: str) -> Receipt:
    obligation.state, obligation.settled_at = ObligationState.PAID, clock.now()
    obligation.save(update_fields=["state", "settled_at"])
    receipt = Receipt.objects.create(
        number=_receipt_number(obligation),
        obligation=obligation,
        attempt=attempt,
        method=method,
        amount=obligation.amount,
        at=clock.now(),
    )
    emit(
        "payment.received",
        SYSTEM,
        subject=("obligation", obligation.pk),
        data={"reference": obligation.reference, "amount": obligation.amount, "receipt": receipt.number},
    )
    jobs.defer("payments.write_receipt", receipt_id=receipt.pk)
    return receipt


def _move(attempt: Attempt, state: AttemptState, reason: str) -> None:
    attempt.state, attempt.reason = state, reason
    if state in FINISHED:
        attempt.finished_at = clock.now()
    attempt.save(update_fields=["state", "reason", "finished_at"])
    if state in FINISHED and state != AttemptState.SUCCESS:
        attempt_failed.send(reference=attempt.reference, reason=reason)


def _note_wrong_amount(attempt: Attempt, said: Said) -> None:
    StatementLine.objects.get_or_create(
        provider=attempt.provider,
        bank_reference=said.event_id,
        defaults={
            "day": clock.today(),
            "code": said.code,
            "amount": said.amount,
            "attempt": attempt,
            "note": f"wrong amount: {attempt.amount} was due",
        },
    )


def _new_code() -> str:
    """MC and ten letters that cannot be mistaken for each other."""
    return "MC" + "".join(secrets.choice(CODE_LETTERS) for _ in range(10))


def _receipt_number(obligation: Obligation) -> str:
    year = clock.today().year
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into payments_receiptcounter (agency_id, year, last) values (%s, %s, 1) "
            "on conflict on constraint receipt_counter_once do update "
            "set last = payments_receiptcounter.last + 1 returning last",
            [obligation.agency_id, year],
        )
        serial = cursor.fetchone()[0]
    return f"BL-{obligation.agency.code}-{year}-{serial:06}"
