"""What a calling system may do: granted, ended, asked for. Whoever is not granted anything may do nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from motcua.core import clock
from motcua.core.errors import NotAllowed, UserError
from motcua.core.identity import queries as identity
from motcua.core.identity.models import Account
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.organisations import queries as organisations
from motcua.systems.govstack.models import Caller
from motcua.systems.govstack.speaking import IDENTIFIER


def grant(
    identifier: str,
    *,
    services: Sequence[str] = (),
    registers: Sequence[str] = (),
    level: int = 0,
    officer: str = "",
    agency: str = "",
    statistics: bool = False,
    events: bool = False,
    legal_basis: str,
    actor: Actor = SYSTEM,
) -> Caller:
    """Let a system do this and nothing else; what it was granted before is replaced. `officer` and `agency` are
    codes. Raises UserError for what cannot be granted."""
    if not IDENTIFIER.fullmatch(identifier):
        raise UserError(
            f"“{identifier}” không đúng dạng INSTANCE/CLASS/MEMBER/SUBSYSTEM.",
            f"{identifier!r} is not INSTANCE/CLASS/MEMBER/SUBSYSTEM.",
            "identifier",
        )
    if not legal_basis.strip():
        raise UserError("Ghi căn cứ pháp lý.", "Name the legal basis.", "legal_basis")
    account, works_at = _who_answers(officer, agency)
    row, _ = Caller.objects.update_or_create(
        identifier=identifier,
        defaults={
            "services": sorted(set(services)),
            "registers": sorted(set(registers)),
            "level": level,
            "account": account,
            "agency_id": works_at,
            "statistics": statistics,
            "events": events,
            "legal_basis": legal_basis.strip(),
            "granted_at": clock.now(),
            "granted_by": actor.label,
            "ended_at": None,
        },
    )
    emit(
        "govstack.granted",
        actor,
        subject=("caller", row.pk),
        data={"caller": identifier, "services": row.services, "registers": row.registers, "officer": officer},
    )
    return row


def end(identifier: str, actor: Actor = SYSTEM) -> Caller:
    """Let it do nothing any more, at once. Raises UserError for one that may do nothing."""
    row = Caller.objects.filter(identifier=identifier, ended_at=None).first()
    if row is None:
        raise UserError(
            f"“{identifier}” không có quyền nào.", f"{identifier!r} was granted nothing.", "identifier"
        )
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    emit("govstack.ended", actor, subject=("caller", row.pk), data={"caller": identifier})
    return row


def may(actor: Actor) -> Caller:
    """What the calling system may do. Raises NotAllowed for one without any grant."""
    with acting(SYSTEM):
        row = Caller.objects.filter(identifier=actor.label, ended_at=None).select_related("account").first()
    if row is None:
        raise _refused(actor.label)
    return row


def may_see_figures(actor: Actor) -> None:
    """Raises NotAllowed unless the calling system may have statistics."""
    if not may(actor).statistics:
        raise _refused(actor.label)


def may_use_events(actor: Actor) -> Caller:
    """Raises NotAllowed unless the calling system may tell and hear events through this face."""
    row = may(actor)
    if not row.events:
        raise _refused(actor.label)
    return row


def may_draft(actor: Actor, register: str) -> None:
    """Raises NotAllowed unless the calling system may draft this register's schema."""
    if register not in may(actor).registers:
        raise _refused(actor.label)


def officer_of(row: Caller) -> Actor:
    """The officer in whose name the system does steps, with the duties that they hold at the agency today.

    Raises NotAllowed when the grant names none, or when they do not work there any more.
    """
    if row.account is None:
        raise _refused(row.identifier)
    officer = identity.actor_of(row.account, agency_id=row.agency_id)
    if not row.account.is_active or officer.agency_id != row.agency_id:
        raise NotAllowed(
            "Cán bộ đứng tên cho hệ thống này không còn làm việc tại cơ quan được giao.",
            "The officer who answers for this system does not work at that agency any more.",
        )
    return replace(officer, label=f"{officer.label} (qua {row.identifier})")


def _who_answers(officer: str, agency: str) -> tuple[Account | None, int | None]:
    if not officer and not agency:
        return None, None
    account = Account.objects.filter(username=officer, officer__isnull=False).first()
    if account is None:
        raise UserError(
            f"Không có tài khoản cán bộ “{officer}”.",
            f"There is no officer's account {officer!r}.",
            "officer",
        )
    works_at = organisations.agency(agency).pk
    held = identity.actor_of(account, agency_id=works_at)
    if held.kind is not ActorKind.OFFICER or held.agency_id != works_at:
        raise UserError(
            f"Cán bộ {officer} không làm việc tại {agency}.",
            f"{officer} does not work at {agency}.",
            "officer",
        )
    return account, works_at


def _refused(identifier: str) -> NotAllowed:
    return NotAllowed(
        f"{identifier} chưa được cấp quyền này.", f"{identifier} was not granted this right here."
    )
