"""An account's life at the counter and after: opened with the card read, locked, unlocked, recovered, closed.

The first sign-in, and the one after everything was lost, is by a code on paper. Of the code only a digest is kept; the
page that takes it says the same of a wrong code, an unknown number and a code that is spent.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.hooks import Hook
from motcua.core.identity import mandates
from motcua.core.identity.actions import close_sessions, open_account, party_from_register
from motcua.core.identity.mandates import age_on
from motcua.core.identity.models import Account, AccountTurn, EvidenceKind, FirstKey, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers import queries as registers
from motcua.core.registers.models import Record
from motcua.core.registers.telling import register_changed
from motcua.core.words import legible

PURPOSE = "Mở, khóa và khôi phục tài khoản tại bộ phận một cửa"
COUNTER_GROUP = "one_stop"
IN_PERSON = (EvidenceKind.CARD_SEEN,)
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters and digits that are not taken for one another on paper."""
LENGTH = 12
alerted = Hook("account.alerted")
"""Told `account` and `what` (locked, unlocked, closed, recovered, new_device, second_factor,
opened_online, paper_ends, paper_ended), to tell its holder."""


@cache
def rules() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(
        resources.files("motcua.core.identity").joinpath("standing.yaml").read_text(encoding="utf-8")
    )
    return told


@dataclass(frozen=True, slots=True)
class Standing:
    """The highest level somebody may have, and whether only when it is asked for on their behalf."""

    level: int
    on_request: bool


def standing_of(kind: str, born: dt.date, on: dt.date) -> Standing | None:
    """What the Decree's table gives a `citizen` or `foreigner` of that birthday on that day; None before birth.

    An `organisation` has no level: None. Raises KeyError for another kind.
    """
    lines = rules()["levels"][kind] or []
    reached = [line for line in lines if line["from_age"] <= age_on(born, on)]
    best = max(reached, key=lambda line: int(line["from_age"]), default=None)
    return Standing(best["level"], best["on_request"]) if best else None


def may_have_account(born: dt.date | None, on: dt.date) -> bool:
    """Whether somebody born then may have an account of their own on that day (by the table of ages)."""
    if born is None:
        return True
    return any(age_on(born, on) >= line["from_age"] for line in rules()["own_account"])


def open_at_counter(actor: Actor, number: str, evidence: str) -> tuple[Account, str]:
    """Open the account of who stands here with their paper seen, and the code for their first sign-in, to be handed
    over on paper. For a chip that was read, see `enrolment`.

    Raises NotAllowed below the age of an own account, Conflict when the account is there already.
    """
    require_seen(actor, evidence)
    return open_for(actor, party_from_register(actor, number, purpose=PURPOSE, kind=evidence), evidence)


def open_for(actor: Actor, party: Party, evidence: str) -> tuple[Account, str]:
    """An account for a party recognised a moment ago, and its first code. NotAllowed below the age for one."""
    require_age(party)
    account = open_account(actor, party, None)
    return account, issue(actor, account, FirstKey.Purpose.FIRST, evidence)


def require_age(party: Party) -> None:
    """Raises NotAllowed for who is too young to have an account of their own."""
    if not may_have_account(party.born, clock.today()):
        raise NotAllowed(
            f"Người chưa đủ {rules()['guardian_acts_below']} tuổi chưa có tài khoản riêng: "
            "cha, mẹ hoặc người giám hộ làm thay bằng tài khoản của mình.",
            f"Below {rules()['guardian_acts_below']} nobody has an account: a parent or guardian acts by their own.",
        )


def begin_recovery(actor: Actor, account: Account, evidence: str) -> str:
    """A new code for somebody who has lost everything, their paper seen. It is good after a wait, or when a second
    officer agrees."""
    require_seen(actor, evidence)
    return recover_for(actor, account, evidence)


def recover_for(actor: Actor, account: Account, evidence: str) -> str:
    """A recovery code for the account of somebody recognised a moment ago. Conflict when it is locked or closed."""
    _is_open(account)
    return issue(actor, account, FirstKey.Purpose.RECOVERY, evidence)


def approve_recovery(actor: Actor, key: FirstKey) -> FirstKey:
    """A second officer has looked at person and card: the code is good at once. NotAllowed for who issued it."""
    if actor.kind is not ActorKind.OFFICER or actor.officer_id in (None, key.issued_by):
        raise NotAllowed(
            "Người thứ hai phải là cán bộ khác với người cấp mã.",
            "The second look must be another officer's than that of who issued the code.",
        )
    if key.agency_id not in actor.unit_ids or not actor.has(COUNTER_GROUP):
        raise NotFound()
    return confirm(actor, key)


def confirm(actor: Actor, key: FirstKey) -> FirstKey:
    """The second word for a code, by somebody who may give it. Raises Conflict for one that needs none any more."""
    if key.used_at or key.cancelled_at or key.approved_by:
        raise Conflict(
            "Mã này đã dùng, đã hủy hoặc đã được xác nhận.", "This code is used, cancelled or approved."
        )
    key.approved_by, key.approved_label, key.ready_at = actor.officer_id, actor.label, clock.now()
    key.save(update_fields=["approved_by", "approved_label", "ready_at"])
    emit("account.recovery_approved", actor, subject=("account", key.account_id))
    return key


def waiting_recoveries(actor: Actor) -> list[FirstKey]:
    """Codes of the officer's desk that wait for a second look, the oldest first."""
    rows = waiting_second_look(actor.unit_ids).filter(account__officer=None)
    return list(rows.select_related("account__party").order_by("issued_at"))


def waiting_second_look(agencies: Collection[int]) -> QuerySet[FirstKey]:
    """Codes issued at these agencies that neither time nor a second person has made good yet."""
    return FirstKey.objects.filter(
        agency_id__in=agencies, purpose=FirstKey.Purpose.RECOVERY, approved_by=None, used_at=None,
        cancelled_at=None, ready_at__gt=clock.now(),
    )  # fmt: skip


def enter_by_first_key(username: str, code: str, password: str) -> Account | None:
    """Spend a code on paper and set the new password; None when it is not right, whatever is wrong with it.

    After recovery the former second factors and sessions are gone. Raises UserError (field `password`) for a weak one.
    """
    typed = code.replace("-", "").replace(" ", "").upper()
    waiting = (
        FirstKey.objects.select_for_update()
        .filter(
            account__username=username, account__is_active=True, used_at=None, cancelled_at=None,
            ready_at__lte=clock.now(), expires_at__gt=clock.now(), wrong__lt=rules()["first_key"]["wrong_at_most"],
        )
        .order_by("-id")
        .first()
    )  # fmt: skip
    if not check_password(typed, waiting.digest if waiting else _of_nobody()) or waiting is None:
        if waiting is not None:
            waiting.wrong += 1
            waiting.save(update_fields=["wrong"])
        return None
    account = Account.objects.select_related("party").get(pk=waiting.account_id)
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise UserError(" ".join(weak.messages), " ".join(weak.messages), "password") from weak
    waiting.used_at = clock.now()
    waiting.save(update_fields=["used_at"])
    account.set_password(password)
    account.save(update_fields=["password"])
    close_sessions(account)
    if waiting.purpose == FirstKey.Purpose.RECOVERY:
        Authenticator.objects.filter(user_id=account.pk).delete()
        emit("account.recovered", SYSTEM, subject=("account", account.pk))
        alerted.send(account=account, what="recovered")
    return account


def lock(actor: Actor, account: Account, reason: str) -> None:
    """Nobody signs in with it until it is unlocked; its holder may, and an officer with the reason."""
    _own_or_at_the_counter(actor, account)
    turn(actor, account, AccountTurn.Kind.LOCKED, reason)
    emit("account.locked", actor, subject=("account", account.pk), data={"reason": reason})


def unlock(actor: Actor, account: Account, reason: str) -> None:
    """Only an officer who has the person before them. Conflict for one that is closed."""
    if actor.kind is not ActorKind.OFFICER or not actor.has(COUNTER_GROUP):
        raise NotFound()
    last = account.turns.order_by("-id").first()
    if last is not None and last.kind == AccountTurn.Kind.CLOSED:
        raise Conflict(
            "Tài khoản đã đóng, không mở lại được.", "The account is closed and cannot be opened again."
        )
    turn(actor, account, AccountTurn.Kind.UNLOCKED, reason)
    emit("account.unlocked", actor, subject=("account", account.pk), data={"reason": reason})


def close(actor: Actor, account: Account, reason: str) -> None:
    """For good: sessions, codes on paper and second factors end. What the person has done stays."""
    _own_or_at_the_counter(actor, account)
    turn(actor, account, AccountTurn.Kind.CLOSED, reason)
    Authenticator.objects.filter(user_id=account.pk).delete()
    emit("account.closed", actor, subject=("account", account.pk), data={"reason": reason})


def close_of_the_dead(actor: Actor, party: Party) -> bool:
    """Somebody is registered as deceased: their account closes, their mandates end. Whether an account was open."""
    mandates.end_of_the_dead(actor, party)
    account = Account.objects.filter(party=party, is_active=True).first()
    if account is not None:
        close(actor, account, "Chủ tài khoản đã được khai tử")
    return account is not None


@register_changed.register
def hear_of_death(*, record: Record, attributes: list[str], **_: Any) -> None:
    """The population database learns of a death: in the same act the account closes."""
    if (
        record.register_id != registers.POPULATION
        or "dead_on" not in attributes
        or not record.facts.get("dead_on")
    ):
        return
    with acting(SYSTEM):
        party = Party.objects.filter(personal_number=record.key).first()
        if party is not None:
            close_of_the_dead(SYSTEM, party)


def close_of_all_the_dead() -> int:
    """Ask the population database of everybody with an open account; how many accounts closed. Safe to repeat."""
    closed = 0
    living = Party.objects.filter(account__is_active=True, kind="person").exclude(number_index=None)
    for party in living.iterator():
        known = registers.person(
            SYSTEM, str(party.personal_number), purpose="Đóng tài khoản của người đã mất"
        )
        if known is not None and known.dead_on:
            closed += close_of_the_dead(SYSTEM, party)
    return closed


def turn(actor: Actor, account: Account, kind: AccountTurn.Kind, reason: str) -> None:
    """Lock, unlock or close; sessions and codes end with the account. Who may is for the caller to say."""
    reason = legible(reason, "reason")
    if not reason:
        raise UserError("Ghi lý do.", "Give the reason.", "reason")
    account.is_active = kind is AccountTurn.Kind.UNLOCKED
    account.save(update_fields=["is_active"])
    AccountTurn.objects.create(
        account=account,
        kind=kind,
        reason=reason,
        by_label=actor.label,
        by_holder=actor.account_id == account.pk,
        at=clock.now(),
    )
    if not account.is_active:
        close_sessions(account)
        _cancel_keys(account)
    alerted.send(account=account, what=str(kind))


def _own_or_at_the_counter(actor: Actor, account: Account) -> None:
    holder = actor.account_id == account.pk
    if actor.kind is ActorKind.CITIZEN and not holder:
        raise NotFound()
    if actor.kind is ActorKind.OFFICER and not holder and not actor.has(COUNTER_GROUP):
        raise NotFound()


def require_seen(actor: Actor, evidence: str) -> None:
    """At a counter, with the paper itself seen: what a chip proves, the chip says itself."""
    require_counter(actor)
    if evidence not in IN_PERSON:
        raise UserError(
            "Xem bản chính giấy tờ rồi xác nhận đã xem, hoặc đọc chip của thẻ.",
            "Look at the original paper and say so, or read the chip of the card.",
            "evidence",
        )


def require_counter(actor: Actor) -> None:
    """Raises NotFound for who does not work at a one-stop desk."""
    if actor.kind is not ActorKind.OFFICER or not actor.has(COUNTER_GROUP) or actor.officer_id is None:
        raise NotFound()


def _is_open(account: Account) -> None:
    if not account.is_active:
        raise Conflict(
            "Tài khoản đang khóa hoặc đã đóng; mở khóa trước.",
            "The account is locked or closed; unlock it first.",
        )


def issue(
    actor: Actor, account: Account, purpose: FirstKey.Purpose, evidence: str, *, agency_id: int | None = None
) -> str:
    """A fresh code, by an officer or (for an `agency_id`) by the installation itself; the former are worth nothing."""
    _cancel_keys(account)
    told, now = rules()["first_key"], clock.now()
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    waits = told["recovery_waits_hours"] if purpose is FirstKey.Purpose.RECOVERY else 0
    FirstKey.objects.create(
        account=account, purpose=purpose, digest=make_password(code), evidence=evidence, issued_at=now,
        issued_by=actor.officer_id or 0, issued_label=actor.label, agency_id=agency_id or actor.agency_id or 0,
        ready_at=now + dt.timedelta(hours=waits), expires_at=now + dt.timedelta(hours=waits + told["valid_hours"]),
    )  # fmt: skip
    emit(
        "account.code_on_paper",
        actor,
        subject=("account", account.pk),
        data={"purpose": str(purpose), "by": evidence},
    )
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def _cancel_keys(account: Account) -> None:
    FirstKey.objects.filter(Q(account=account), used_at=None, cancelled_at=None).update(
        cancelled_at=clock.now()
    )


@cache
def _of_nobody() -> str:
    """Compared with where there is nothing to compare with, so that it takes as long."""
    return make_password(secrets.token_hex(8))
