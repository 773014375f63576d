"""What stands between a request and its answer: each step in turn, until nothing is left to ask the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from motcua.core.identity.access import SECOND_FACTOR_SHOWN
from motcua.core.identity.models import Account, Party, PartyKind
from motcua.core.ledger.actor import Actor
from motcua.systems.openid import clients, consents, telling
from motcua.systems.openid.asking import Ask
from motcua.systems.openid.faults import OAuthError
from motcua.systems.openid.models import AuthorizationRequest, Client
from motcua.systems.openid.telling import AAL, Authentication
from motcua.systems.openid.times import seconds


class Step(StrEnum):
    """What the person has to do next."""

    SIGN_IN = "sign_in"
    CHOOSE = "choose"
    SECOND_FACTOR = "second_factor"
    PROVE_AGAIN = "prove_again"
    STEP_UP = "step_up"
    CONSENT = "consent"
    DONE = "done"


REFUSED_SILENTLY = {
    Step.SIGN_IN: "login_required",
    Step.CHOOSE: "account_selection_required",
    Step.SECOND_FACTOR: "login_required",
    Step.PROVE_AGAIN: "login_required",
    Step.STEP_UP: "unmet_authentication_requirements",
    Step.CONSENT: "consent_required",
}
"""With prompt=none nobody is asked: the application hears what would have been."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sits at the browser, and how they proved it."""

    actor: Actor
    account: Account | None
    authentication: Authentication


def next_step(row: AuthorizationRequest, ask: Ask, client: Client, visitor: Visitor) -> Step:
    """The first thing that is missing. OAuthError when it may not be asked for, or cannot be had."""
    step = _missing(row, ask, client, visitor)
    if "none" in ask.prompt and step is not Step.DONE:
        if step is Step.STEP_UP and not ask.essential_acr:
            step = _after_step_up(row, ask, client, visitor)
        if step is not Step.DONE:
            raise OAuthError(REFUSED_SILENTLY[step], "the person would have to be asked")
    return step


def subject(client: Client, visitor: Visitor) -> tuple[str, str]:
    """(sub, sub of who acts): the second is "" for who acts for themselves."""
    assert visitor.account is not None
    sector = clients.sector_of(client)
    own = telling.name(sector, telling.holder_of(visitor.account))
    if visitor.actor.principal_id is None:
        return own, ""
    return telling.name(sector, telling.holder_of(visitor.account, visitor.actor.principal_id)), own


def level_told(ask: Ask, visitor: Visitor) -> int | None:
    """The identity level that tokens state; None for organisations (Decree 69/2024/NĐ-CP article 7).

    Where exact classes were demanded, the strongest of those that the person reaches.
    """
    party_id = visitor.actor.principal
    if party_id is not None:
        kind = Party.objects.filter(pk=party_id).values_list("kind", flat=True).first()
        if kind == PartyKind.ORGANISATION:
            return None
    reached = [level for level in ask.levels if level <= visitor.actor.level]
    if ask.essential_acr and reached:
        return max(reached)
    return visitor.actor.level


def scopes_to_agree(ask: Ask, client: Client, visitor: Visitor) -> list[str]:
    """What the person has not agreed to yet; everything when the application wants it asked again."""
    if client.first_party:
        return []
    agreed = consents.in_force(visitor.actor.account_id or 0, client)
    return [scope for scope in ask.scopes if scope not in agreed]


def _missing(row: AuthorizationRequest, ask: Ask, client: Client, visitor: Visitor) -> Step:
    if visitor.account is None or visitor.actor.account_id is None:
        return Step.SIGN_IN
    if "select_account" in ask.prompt and "account" not in row.settled:
        return Step.CHOOSE
    if ask.hinted_sub and ask.hinted_sub != subject(client, visitor)[0]:
        raise OAuthError("login_required", "somebody else is signed in")
    if visitor.actor.officer_id is not None and visitor.actor.level < SECOND_FACTOR_SHOWN:
        return Step.SECOND_FACTOR
    if _proof_is_old(row, ask, visitor.authentication):
        return Step.PROVE_AGAIN
    if is_too_weak(ask, visitor) and "level" not in row.settled:
        return Step.STEP_UP
    if is_too_weak(ask, visitor) and ask.essential_acr:
        raise OAuthError("unmet_authentication_requirements", "the level asked for was not reached")
    return _after_step_up(row, ask, client, visitor)


def _after_step_up(row: AuthorizationRequest, ask: Ask, client: Client, visitor: Visitor) -> Step:
    if "consent" in ask.prompt and "consent" not in row.settled and not client.first_party:
        return Step.CONSENT
    if "consent" not in row.settled and scopes_to_agree(ask, client, visitor):
        return Step.CONSENT
    return Step.DONE


def _proof_is_old(row: AuthorizationRequest, ask: Ask, authentication: Authentication) -> bool:
    """Whether the last proof is older than wished for; one given since the request came is always new enough."""
    if authentication.at >= int(row.made_at.timestamp()):
        return False
    too_old = ask.max_age is not None and seconds() - authentication.at > ask.max_age
    return "login" in ask.prompt or too_old


def is_too_weak(ask: Ask, visitor: Visitor) -> bool:
    """Whether the session is below the level, or the strength of proof, that was asked for."""
    levels = ask.levels
    return bool(levels and visitor.actor.level < min(levels)) or visitor.authentication.aal < aal_wanted(ask)


def aal_wanted(ask: Ask) -> int:
    wanted: Sequence[str] = ask.essential_acr or ask.acr_values
    named = [acr.removeprefix(AAL) for acr in wanted if acr.startswith(AAL)]
    return min((int(one) for one in named if one in ("1", "2", "3")), default=0)
