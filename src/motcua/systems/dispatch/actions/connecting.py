"""Members of our axis, and our connections to others': by the administrator, each with a secret that is shown once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from motcua.core.errors import UserError
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.systems.dispatch.axis import exchange
from motcua.systems.dispatch.models import AxisMember, Connection, Form


def admit(
    actor: Actor, system_id: str, name: str, organs: Sequence[tuple[str, str]]
) -> tuple[AxisMember, str]:
    """Let a system onto our axis, with the agencies it speaks for. Returns it and its secret, sealed from now on."""
    if AxisMember.objects.filter(system_id=system_id).exists():
        raise UserError("Mã hệ thống này đã có.", "This system id is taken.", "system_id")
    secret = secrets.token_urlsafe(32)
    member = AxisMember.objects.create(system_id=system_id, name=name, secret=secret)
    for organ_id, organ_name in organs:
        exchange.register_agency(member, organ_id, organ_name)
    emit("axis.member_admitted", actor, subject=("axis_member", member.pk), data={"system": system_id})
    return member, secret


def connect(
    actor: Actor,
    name: str,
    form: Form,
    *,
    system_id: str,
    secret: str,
    organ_ids: Sequence[str],
    endpoint: str = "",
    trust_pem: str = "",
) -> Connection:
    """Connect agencies of ours to an axis."""
    if form is not Form.LOCAL and not endpoint.startswith(("https://", "http://")):
        raise UserError("Ghi địa chỉ của trục.", "Give the address of the axis.", "endpoint")
    made = Connection.objects.create(
        name=name, form=form, endpoint=endpoint, system_id=system_id, secret=secret, organ_ids=list(organ_ids),
        trust_pem=trust_pem,
    )  # fmt: skip
    emit(
        "axis.connected", actor, subject=("axis_connection", made.pk), data={"name": name, "form": form.value}
    )
    return made
