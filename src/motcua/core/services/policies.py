"""Who may do what with a service: pages, API and actions read the same answer."""

from __future__ import annotations

from motcua.core.ledger.actor import Actor
from motcua.core.services.models import ServiceVersion, VersionState

EDITOR, APPROVER = "service_editor", "service_approver"


def abilities(actor: Actor, version: ServiceVersion | None = None) -> dict[str, bool]:
    """What the actor may do; of a version, what may be done with it now."""
    editor = actor.is_system or actor.has(EDITOR, "admin")
    approver = actor.is_system or actor.has(APPROVER, "admin")
    answers = {"see_drafts": editor or approver, "import": editor, "propose": editor, "set_gear": approver}
    if version is None:
        return answers
    open_proposal = version.state == VersionState.PROPOSED
    same_person = (
        not actor.is_system
        and actor.account_id is not None
        and actor.account_id == version.proposed_by_account
    )
    return {
        **answers,
        "approve": approver and open_proposal and not same_person,
        "reject": (approver or editor) and open_proposal,
        "publish": approver and version.state in (VersionState.DRAFT, VersionState.APPROVED),
        "export": True,
    }
