"""What the people who answer for staff do. A post with power over others waits for a second person's word."""

from __future__ import annotations

import datetime as dt

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.identity import officers
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Appointment, Officer, Position
from motcua.core.words import legible
from motcua.systems.staff.models import Proposal, ProposalState


def take_on(
    actor: Actor,
    agency: Agency,
    *,
    code: str,
    name: str,
    email: str,
    position: str,
    since: dt.date,
    source: str,
) -> tuple[Officer, str, Proposal | None]:
    """A new officer with an account and a post. Returns the code for the first sign-in, to be handed over on paper,
    and the proposal where the post waits for a second person."""
    officer = staffing.add_officer(actor, code=code, name=name, email=email)
    _, paper = officers.open_for(actor, officer)
    return officer, paper, give_post(actor, officer, agency, position=position, since=since, source=source)


def give_post(
    actor: Actor, officer: Officer, agency: Agency, *, position: str, since: dt.date, source: str
) -> Proposal | None:
    """Give a post, or propose it where a second person must agree."""
    officers.keeps_staff(actor)
    post = Position.objects.filter(code=position).first()
    if post is None:
        raise UserError("Chọn nhiệm vụ.", "Choose a post.", "position")
    if not staffing.needs_second_person(post):
        staffing.appoint(actor, officer, post, agency, since=since, source=source)
        return None
    source = staffing.decision(source)
    if Proposal.objects.filter(
        officer=officer, position=post, agency=agency, state=ProposalState.WAITING
    ).exists():
        raise Conflict(
            "Đề nghị này đang chờ người thứ hai.", "This waits for a second person already.", "position"
        )
    made = Proposal.objects.create(
        officer=officer, position=post, agency=agency, since=since, source=source,
        proposed_by=actor.officer_id or 0, proposed_label=actor.label, proposed_at=clock.now(),
    )  # fmt: skip
    emit("staff.proposed", actor, subject=("officer", officer.pk), data=_told(made))
    return made


def agree(actor: Actor, proposal: Proposal) -> Appointment:
    """The second person agrees: the post is given. Raises NotAllowed for who proposed it or would get it."""
    _settles(actor, proposal)
    made = staffing.appoint(
        actor,
        proposal.officer,
        proposal.position,
        proposal.agency,
        since=proposal.since,
        source=proposal.source,
    )
    _settle(actor, proposal, ProposalState.AGREED)
    return made


def refuse(actor: Actor, proposal: Proposal, reason: str) -> None:
    """The second person does not agree, and says why."""
    _settles(actor, proposal)
    reason = legible(reason, "reason")
    if not reason:
        raise UserError("Ghi lý do không đồng ý.", "Say why not.", "reason")
    _settle(actor, proposal, ProposalState.REFUSED, reason)


def _settle(actor: Actor, proposal: Proposal, state: ProposalState, reason: str = "") -> None:
    proposal.state, proposal.reason = state, reason
    proposal.settled_label, proposal.settled_at = actor.label, clock.now()
    proposal.save(update_fields=["state", "reason", "settled_label", "settled_at"])
    emit(f"staff.{state}", actor, subject=("officer", proposal.officer_id), data=_told(proposal))


def _settles(actor: Actor, proposal: Proposal) -> None:
    if not actor.has(officers.APPROVER):
        raise NotFound()
    if actor.officer_id in (proposal.proposed_by, proposal.officer_id):
        raise NotAllowed(
            "Người đồng ý phải là người khác với người đề nghị và người được giao.",
            "Who agrees is neither who proposed it nor who gets the post.",
        )
    if proposal.state != ProposalState.WAITING:
        raise Conflict("Đề nghị này đã được giải quyết.", "This proposal is settled already.")


def _told(row: Proposal) -> dict[str, str]:
    return {
        "position": row.position.code,
        "agency": row.agency.code,
        "since": row.since.isoformat(),
        "source": row.source,
    }
