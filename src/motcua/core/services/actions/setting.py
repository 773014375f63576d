"""Dated settings: an amount, a gear. The line before ends the day before."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from motcua.core.errors import NotAllowed, UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.services import policies, queries
from motcua.core.services.models import GearName, GearSetting, Rate

ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def set_rate(
    actor: Actor,
    key: str,
    province_code: str | None,
    amount: int,
    *,
    valid_from: dt.date,
    valid_until: dt.date | None = None,
    source: str,
    verified_on: dt.date | None = None,
) -> Rate:
    """An amount holds from a day on; the line in force then ends the day before, a later line stays.

    Raises NotAllowed, and UserError for a negative amount or a missing source.
    """
    if not policies.abilities(actor)["propose"]:
        raise NotAllowed("Chỉ người soạn thủ tục được đặt mức thu.", "Only a service editor sets rates.")
    if amount < 0 or not source.strip():
        raise UserError(
            "Mức thu không âm và phải ghi căn cứ.",
            "A rate is not negative and names its source.",
            field="amount",
        )
    return put_rate(actor, key, province_code, amount, valid_from, valid_until, source, verified_on)


def put_rate(
    actor: Actor,
    key: str,
    province_code: str | None,
    amount: int,
    valid_from: dt.date,
    valid_until: dt.date | None,
    source: str,
    verified_on: dt.date | None,
) -> Rate:
    """As `set_rate`, for an act that has asked for the duty itself (a version that was approved)."""
    rows = Rate.objects.select_for_update().filter(key=key, province_code=province_code or "")
    same_day = rows.filter(valid_from=valid_from).first()
    if same_day is not None:
        same_day.amount, same_day.source, same_day.verified_on = amount, source, verified_on
        same_day.save(update_fields=["amount", "source", "verified_on"])
        row = same_day
    else:
        for before in rows.filter(valid_from__lt=valid_from):
            if before.valid_until is None or before.valid_until >= valid_from:
                before.valid_until = valid_from - ONE_DAY
                before.save(update_fields=["valid_until"])
        later = rows.filter(valid_from__gt=valid_from).order_by("valid_from").first()
        if later is not None and (valid_until is None or valid_until >= later.valid_from):
            valid_until = later.valid_from - ONE_DAY
        row = Rate.objects.create(
            key=key, province_code=province_code or "", amount=amount, valid_from=valid_from,
            valid_until=valid_until, source=source, verified_on=verified_on,
        )  # fmt: skip
    emit(
        "service.rate_set", actor, subject=("rate", row.pk),
        data={"key": key, "province": province_code, "amount": amount, "from": valid_from.isoformat()},
    )  # fmt: skip
    queries.forget()
    return row


@transaction.atomic
def set_gear(
    actor: Actor,
    service_code: str,
    decision: str,
    gear: str,
    *,
    agency_id: int | None = None,
    legal_basis: str = "",
    valid_from: dt.date,
) -> GearSetting:
    """From a day on a decision runs in this gear, at one agency or at all. Automatic needs its legal basis on file."""
    if not policies.abilities(actor)["set_gear"]:
        raise NotAllowed(
            "Chỉ người duyệt thủ tục được đổi mức tự động.", "Only a service approver changes gears."
        )
    if gear not in GearName.values:
        raise UserError(
            f"Không có mức “{gear}”; dùng: {', '.join(GearName.values)}.",
            f"There is no gear {gear!r}; use one of {', '.join(GearName.values)}.",
            field="gear",
        )
    if gear == GearName.AUTOMATIC and not legal_basis.strip():
        raise UserError(
            "Quyết định tự động phải ghi căn cứ pháp lý.", "An automatic decision needs its legal basis.",
            field="legal_basis",
        )  # fmt: skip
    if decision not in queries.current(service_code, valid_from).decisions:
        raise UserError(
            f"Thủ tục không có quyết định “{decision}”.",
            f"The service has no decision {decision!r}.",
            field="decision",
        )
    rows = GearSetting.objects.filter(service_code=service_code, decision=decision, agency_id=agency_id)
    rows.filter(valid_until=None, valid_from__lt=valid_from).update(valid_until=valid_from - ONE_DAY)
    row, _ = rows.update_or_create(
        service_code=service_code, decision=decision, agency_id=agency_id, valid_from=valid_from,
        defaults={"gear": gear, "legal_basis": legal_basis, "valid_until": None},
    )  # fmt: skip
    emit(
        "service.gear_set", actor, subject=("gear", row.pk),
        data={"service": service_code, "decision": decision, "gear": gear, "agency": agency_id},
    )  # fmt: skip
    queries.forget()
    return row
