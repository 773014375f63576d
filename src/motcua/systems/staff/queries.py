"""What pages see of staff: always within the agency where the reader works, and what lies below it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Count, Q

from motcua.core import clock
from motcua.core.errors import NotFound
from motcua.core.identity import officers
from motcua.core.identity.models import Account, FirstKey
from motcua.core.ledger.actor import Actor
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Appointment, Delegation, Officer, Position
from motcua.core.organisations.queries import in_force
from motcua.engines.text import fold
from motcua.systems.staff.models import Proposal, ProposalState

SHOWN = 60


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency in the list: how deep below one's own it stands, and how many work there today."""

    agency: Agency
    depth: int
    staff: int


def root_of(actor: Actor) -> int:
    """The agency for whose staff, and that below it, the actor answers. Raises NotFound without one."""
    if actor.agency_id is None:
        raise NotFound()
    return actor.agency_id


def agencies(actor: Actor, text: str = "") -> list[AgencyRow]:
    """The actor's agency and all below it, or those whose name or code holds the words."""
    words = fold(text)
    found = staffing.below(root_of(actor))
    depth: dict[int, int] = {}
    for one in found:
        depth[one.pk] = depth.get(one.parent_id or 0, -1) + 1
    counts = dict(
        Appointment.objects.filter(in_force(None), agency__in=found)
        .values_list("agency")
        .annotate(people=Count("officer", distinct=True))
    )
    return [
        AgencyRow(one, depth[one.pk], counts.get(one.pk, 0))
        for one in found
        if not words or words in one.folded or text.casefold().strip() in one.code.casefold()
    ]


def agency(actor: Actor, code: str) -> Agency:
    """One agency that the actor answers for. Raises NotFound."""
    return staffing.within(root_of(actor), code)


def staff_of(here: Agency) -> list[Appointment]:
    """The posts held or to be held there, the highest first."""
    rows = Appointment.objects.filter(agency=here).filter(
        Q(valid_until=None) | Q(valid_until__gte=clock.today())
    )
    return list(rows.select_related("officer", "position").order_by("position__rank", "officer__folded"))


def signers_of(here: Agency) -> list[Delegation]:
    """Rights to sign for the agency, today's and those to come."""
    rows = Delegation.objects.filter(agency=here).filter(
        Q(valid_until=None) | Q(valid_until__gte=clock.today())
    )
    return list(
        rows.select_related("grantor__officer", "delegate__officer", "delegate__position").order_by("id")
    )


def officer(actor: Actor, officer_uuid: uuid.UUID) -> tuple[Officer, list[Appointment]]:
    """An officer who holds or held a post in what the actor answers for, or has none yet, with those posts."""
    found = Officer.objects.filter(uuid=officer_uuid).first()
    if found is None:
        raise NotFound()
    mine = {one.pk for one in staffing.below(root_of(actor))}
    posts = list(found.appointments.select_related("position", "agency").order_by("-valid_from", "-id"))
    proposed = Proposal.objects.filter(officer=found, state=ProposalState.WAITING).values_list(
        "agency", flat=True
    )
    if (posts or proposed) and mine.isdisjoint({one.agency_id for one in posts} | set(proposed)):
        raise NotFound()
    return found, posts


def account_of(person: Officer) -> Account | None:
    return Account.objects.filter(officer=person).first()


def proposals(actor: Actor) -> list[Proposal]:
    """Posts that wait for a second person, the oldest first."""
    root = root_of(actor)
    rows = Proposal.objects.filter(state=ProposalState.WAITING).order_by("id")
    waiting = list(rows.select_related("officer", "position", "agency"))
    mine = {one.pk for one in staffing.below(root)} if waiting else set()  # every page of the desk asks
    return [one for one in waiting if one.agency_id in mine]


def proposal(actor: Actor, proposal_uuid: uuid.UUID) -> Proposal:
    found = (
        Proposal.objects.filter(uuid=proposal_uuid).select_related("officer", "position", "agency").first()
    )
    if found is None:
        raise NotFound()
    staffing.within(root_of(actor), found.agency.code)
    return found


def codes(actor: Actor) -> list[FirstKey]:
    """Officers' recovery codes that wait for a second person."""
    return officers.waiting([root_of(actor)])


def how_many_wait(actor: Actor) -> int:
    """What waits that this very officer may settle."""
    if actor.agency_id is None:
        return 0
    waiting = [
        one
        for one in (proposals(actor) if actor.has(officers.APPROVER) else ())
        if actor.officer_id not in (one.proposed_by, one.officer_id)
    ]
    keys = [one for one in codes(actor) if actor.officer_id not in (one.issued_by, one.account.officer_id)]
    return len(waiting) + len(keys)


def positions() -> list[tuple[str, str]]:
    """The posts that there are: (code, name)."""
    return [(one.code, one.name) for one in Position.objects.order_by("rank", "name")]
