"""Officers' accounts: opened for a post, recovered by a second person's word, locked when the last post ends."""

from __future__ import annotations

from typing import Any

from motcua.core.errors import Conflict, NotAllowed, NotFound
from motcua.core.identity import accounts
from motcua.core.identity.actions import open_officer_account
from motcua.core.identity.models import Account, AccountTurn, EvidenceKind, FirstKey
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.organisations import staffing
from motcua.core.organisations.models import Agency, Officer

STAFF, APPROVER = "staff_officer", "staff_approver"
LEFT = "Không còn giữ nhiệm vụ nào"


def open_for(actor: Actor, officer: Officer, *, agency_id: int | None = None) -> tuple[Account, str]:
    """Open the account of an officer, and the code for their first sign-in, to be handed over on paper. Raises
    Conflict when it is there already. `agency_id` where the installation itself opens it."""
    keeps_staff(actor)
    if Account.objects.filter(officer=officer).exists():
        raise Conflict("Cán bộ này đã có tài khoản.", "This officer has an account already.")
    account = open_officer_account(actor, officer, None)
    paper = accounts.issue(
        actor, account, FirstKey.Purpose.FIRST, EvidenceKind.CARD_SEEN, agency_id=agency_id
    )
    return account, paper


def code_again(actor: Actor, account: Account) -> str:
    """A new code. For one who has signed in before it waits for a second person, since it replaces every factor."""
    keeps_staff(actor)
    if not account.is_active:
        raise Conflict("Tài khoản đang khóa; mở khóa trước.", "The account is locked: unlock it first.")
    used = account.last_login is not None
    purpose = FirstKey.Purpose.RECOVERY if used else FirstKey.Purpose.FIRST
    return accounts.issue(actor, account, purpose, EvidenceKind.CARD_SEEN)


def waiting(agencies: list[int]) -> list[FirstKey]:
    """Officers' recovery codes issued at these agencies that wait for a second person, the oldest first."""
    rows = accounts.waiting_second_look(agencies).filter(account__officer__isnull=False)
    return list(rows.select_related("account__officer").order_by("issued_at"))


def approve(actor: Actor, key: FirstKey) -> None:
    """The second person agrees: the code is good at once. Raises NotAllowed for who issued it."""
    if actor.kind is not ActorKind.OFFICER or not actor.has(APPROVER, STAFF):
        raise NotFound()
    if actor.officer_id == key.issued_by or actor.officer_id == key.account.officer_id:
        raise NotAllowed(
            "Người xác nhận phải là người khác với người cấp mã và người nhận mã.",
            "Who confirms is neither who issued the code nor who gets it.",
        )
    accounts.confirm(actor, key)


def unlock(actor: Actor, account: Account, reason: str) -> None:
    """Let an officer sign in again who holds a post."""
    keeps_staff(actor)
    accounts.turn(actor, account, AccountTurn.Kind.UNLOCKED, reason)


def lock(actor: Actor, account: Account, reason: str) -> None:
    """Nobody signs in with it; sessions end."""
    keeps_staff(actor)
    if account.officer_id == actor.officer_id:
        raise NotAllowed("Không tự khóa tài khoản của mình ở đây.", "Not your own account here.")
    accounts.turn(actor, account, AccountTurn.Kind.LOCKED, reason)


@staffing.post_ended.register
def lock_who_left(*, officer: Officer, agency: Agency, last: bool, **_: Any) -> None:
    """The last post ends: the account is locked in the same act."""
    account = Account.objects.filter(officer=officer, is_active=True).first() if last else None
    if account is not None:
        accounts.turn(SYSTEM, account, AccountTurn.Kind.LOCKED, LEFT)


def keeps_staff(actor: Actor) -> None:
    """Raises NotFound for whoever does not keep the staff."""
    if not actor.is_system and (actor.kind is not ActorKind.OFFICER or not actor.has(STAFF)):
        raise NotFound()
