"""What happens around a sign-in: how much it is worth, what the session remembers, what the ledger learns.

The level of a session follows Decree 69/2024/NĐ-CP: a password alone is worth at most 1, a password with a second
factor as much as the evidence about the person, a sign-in by eID what the identity provider vouches for.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.signals import password_changed, password_set
from allauth.mfa import signals
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from motcua.core.identity import front_door, sources
from motcua.core.identity.accounts import alerted
from motcua.core.identity.actions import close_sessions
from motcua.core.identity.devices import device_name
from motcua.core.identity.models import Account, Party, PartyKind, Session
from motcua.core.identity.queries import actor_of
from motcua.core.identity.sessions import LEVEL, SOURCE
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import ANONYMOUS, SYSTEM, Actor
from motcua.core.ledger.scope import acting

OFFICER_LEVEL = 2
PASSWORD_AT_MOST = 1
OF_ORGANISATIONS = 2
"""An organisation's account has no level (Decree 69/2024 art. 7): its session opens what organisations may do."""
FRESH = 5 * 60  # seconds for which a proof of who one is need not be repeated


def begin(request: HttpRequest, account: Account) -> None:
    """Called when allauth has signed the account in: the session's level, where from, and the event."""
    records = get_authentication_records(request, account)
    with acting(SYSTEM):
        party = _party_of(account)
        level = level_of(records, account, party)
        request.session[LEVEL] = level
        request.session["address"] = request.META.get("REMOTE_ADDR", "")
        request.session["device"] = device_name(request.headers.get("User-Agent", ""))
        if _is_new_device(account, request.session["device"]):
            alerted.send(account=account, what="new_device")
        actor = actor_of(account, level=level)
        emit(
            "account.signed_in",
            actor,
            subject=("account", account.pk),
            data={"by": [record["method"] for record in records], "level": level},
        )


def _is_new_device(account: Account, device: str) -> bool:
    """Whether the account was used before, though never from such a device within what is still remembered."""
    before = Session.objects.filter(account=account)
    return bool(device) and before.exists() and not before.filter(device=device).exists()


def end(request: HttpRequest) -> None:
    """The person signs out; the event names whom."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.account_id is not None:
        emit("account.signed_out", actor, subject=("account", actor.account_id))


def way_out(request: HttpRequest) -> dict[str, Any] | None:
    """Name and address of the page that ends the sign-in where it was made; None when it was made here.

    `at_once` where nobody needs to choose: the account of this house is kept there.
    """
    made = request.session.get(SOURCE)
    if not made or made["key"] not in sources.registry.names():
        return None
    source = sources.registry.get(made["key"])
    back = f"{front_door.address_of(request)}{reverse('identity_left')}"
    href = sources.leave_url(source, made["id_token"], back)
    of_the_house = made["key"] == front_door.source_for(request)
    return {"name": source.name, "href": href, "at_once": of_the_house} if href else None


def level_of(records: Sequence[dict[str, Any]], account: Account, party: Party | None) -> int:
    """What the ways in which somebody proved who they are in this session are worth, 0 to 2."""
    methods = {record["method"] for record in records}
    if account.officer_id is not None:
        return OFFICER_LEVEL if any(shows_second_factor(record) for record in records) else 0
    if party is not None and party.kind == PartyKind.ORGANISATION:
        return OF_ORGANISATIONS if methods & {"eid", "mfa"} else 0
    known = party.level if party else 0
    vouched = max((int(record["level"]) for record in records if record["method"] == "eid"), default=0)
    own = known if "mfa" in methods else min(known, PASSWORD_AT_MOST) if "password" in methods else 0
    return max(own, vouched)


def shows_second_factor(record: dict[str, Any]) -> bool:
    """Whether a second factor was shown, here or where an officer's account is kept."""
    return bool(record["method"] == "mfa" or record.get("strong"))


def _party_of(account: Account) -> Party | None:
    return None if account.party_id is None else Party.objects.get(pk=account.party_id)


def note_failure(username: str) -> None:
    """A wrong password. What was typed is not written down: people type passwords into the wrong box."""
    _note("account.sign_in_failed", username)


def note_lock(username: str) -> None:
    """Too many wrong passwords: allauth lets nobody try for some minutes."""
    _note("account.locked_for_minutes", username)


def _note(kind: str, username: str) -> None:
    account_id = Account.objects.filter(username=username).values_list("pk", flat=True).first()
    emit(kind, ANONYMOUS, subject=("account", account_id) if account_id else None)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has proved who they are within the last minutes; then nobody asks again."""
    records = get_authentication_records(request, request.user)
    return any(time.time() - record["at"] < FRESH for record in records)


def where_to_show_it_again(request: HttpRequest, within: int) -> str | None:
    """The page that asks for the second factor again; None when it was shown within so many seconds, or when the
    account has none that could be asked for."""
    records = get_authentication_records(request, request.user)
    if any(shows_second_factor(record) and time.time() - record["at"] < within for record in records):
        return None
    methods = get_adapter().get_reauthentication_methods(request.user)
    return next((str(one["url"]) for one in methods if one["id"].startswith(("mfa_", "source"))), None)


def second_factor_shown(request: HttpRequest, kind: str) -> None:
    """Who sets a second factor up shows it while doing so: the session is worth as much as a new sign-in."""
    account: Account = request.account  # type: ignore[attr-defined]
    record_authentication(request, account, "mfa", type=kind)
    with acting(SYSTEM):
        party = _party_of(account)
    records = get_authentication_records(request, account)
    request.session[LEVEL] = max(request.session.get(LEVEL, 0), level_of(records, account, party))


@receiver([signals.authenticator_added, signals.authenticator_removed])
def _second_factor_changed(
    signal: Any, request: HttpRequest, user: Account, authenticator: Any, **_: Any
) -> None:
    what = "added" if signal is signals.authenticator_added else "removed"
    actor: Actor = request.actor  # type: ignore[attr-defined]
    data = {"type": str(authenticator.type)}
    emit(f"account.second_factor_{what}", actor, subject=("account", user.pk), data=data)
    with acting(SYSTEM):
        alerted.send(account=user, what="second_factor")


@receiver(signals.authentication_failed)
def _wrong_code(user: Account, **_: Any) -> None:
    """The password was right and the code was not: the account's owner had better know."""
    emit("account.code_failed", ANONYMOUS, subject=("account", user.pk))


@receiver([password_changed, password_set])
def _password_changed(request: HttpRequest, user: Account, **_: Any) -> None:
    """Whoever knew the old password is out: the other sessions end at once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    emit("account.password_changed", actor, subject=("account", user.pk))
    close_sessions(user, except_key=request.session.session_key or "")
