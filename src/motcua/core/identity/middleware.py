"""One statement says who is here, and opens the transaction in which everything of the request happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.translation import override

from motcua.core import clock
from motcua.core.identity.models import Account, Session
from motcua.core.identity.sessions import SessionStore
from motcua.core.ledger.actor import ANONYMOUS, Actor, ActorKind
from motcua.core.ledger.scope import enter
from motcua.core.sealing.fields import sealed_fields

ACCOUNT_FIELDS = [field for field in Account._meta.concrete_fields if field.name != "username_index"]
ACCOUNT_COLUMNS = [field.attname for field in ACCOUNT_FIELDS]
(USERNAME,), (SESSION_DATA,) = sealed_fields(Account, "username"), sealed_fields(Session, "session_data")
ENTERED = (
    "session_data", "account_id", *(name for name in ACCOUNT_COLUMNS if name != "id"), "level", "party_name",
    "officer_name", "agency_id", "agency_ids", "groups", "mandate_id", "principal_id",
    "mandate_services", "mandate_over", "principal_name", "held",
)  # fmt: skip
ENTER = f"select {', '.join(ENTERED)} from motcua_enter(%s, %s)"
LANGUAGES = {"vi", "en"}


class ActorMiddleware:
    """Sets `request.session`, `.user`, `.account`, `.actor`, `.lang`; `.principal_name` of whom one acts for, and
    `.held`: among whom one may choose. One transaction a request, reads too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.sessions = SessionMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic():
            self._come_in(request)
            with override(request.lang):  # type: ignore[attr-defined]
                response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            else:
                response = self.sessions.process_response(request, response)  # type: ignore[arg-type]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Half an act is worse than none: whatever raised undoes what the request had written."""
        transaction.set_rollback(True)

    def _come_in(self, request: HttpRequest) -> None:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        row = _entered(key) if key else None
        request.session = SessionStore(key if row else None)
        account: Account | None = None
        if row:
            request.session.remember(SESSION_DATA.unseal(row["session_data"]))
            account = _account(row, request.session)
        elif key is None or row is None:
            enter(ANONYMOUS)
        actor = _actor(row, account) if row and account else ANONYMOUS
        if row and account is None:
            enter(ANONYMOUS)
        request.account = account  # type: ignore[attr-defined]
        request.user = account or AnonymousUser()
        request.actor = actor  # type: ignore[attr-defined]
        request.mandate_over = bool(row and account and row["mandate_over"])  # type: ignore[attr-defined]
        request.principal_name = (row and account and row["principal_name"]) or ""  # type: ignore[attr-defined]
        request.held = _held(row) if row and account else []  # type: ignore[attr-defined]
        request.lang = _language(request, account)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Held:
    """A mandate in force, as the header offers it."""

    uuid: str
    name: str


def _held(row: dict[str, Any]) -> list[Held]:
    told = row["held"]
    return [Held(**one) for one in (json.loads(told) if isinstance(told, str) else told)]


def _entered(key: str) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(ENTER, [key, clock.today()])
        row = cursor.fetchone()
    return None if row is None else dict(zip(ENTERED, row, strict=True))


def _account(row: dict[str, Any], session: SessionStore) -> Account | None:
    """The session's account, if it may still sign in and its password is the one it signed in with."""
    if row["account_id"] is None or not row["is_active"]:
        return None
    row = {**row, "id": row["account_id"], "username": USERNAME.unseal(row["username"])}
    values = [row[name] for name in ACCOUNT_COLUMNS]
    account = Account.from_db("default", ACCOUNT_COLUMNS, values)
    proof = session.get(HASH_SESSION_KEY, "")
    if str(session.get(SESSION_KEY)) != str(account.pk):
        return None
    return account if constant_time_compare(proof, account.get_session_auth_hash()) else None


def _actor(row: dict[str, Any], account: Account) -> Actor:
    if account.officer_id is not None:
        return Actor(
            ActorKind.OFFICER,
            row["officer_name"],
            account_id=account.pk,
            officer_id=account.officer_id,
            agency_id=row["agency_id"],
            unit_ids=tuple(row["agency_ids"]),
            groups=frozenset(row["groups"]),
            level=row["level"],
            sandbox=settings.MOTCUA_SANDBOX,
        )
    return Actor(
        ActorKind.CITIZEN,
        row["party_name"],
        account_id=account.pk,
        party_id=account.party_id,
        principal_id=row["principal_id"],
        mandate_id=row["mandate_id"],
        services=frozenset(row["mandate_services"] or ()),
        level=row["level"],
        sandbox=settings.MOTCUA_SANDBOX,
    )


def _language(request: HttpRequest, account: Account | None) -> str:
    chosen = request.COOKIES.get("ngon_ngu") or (account.language if account else "")
    if chosen in LANGUAGES:
        return chosen
    wished = request.headers.get("Accept-Language", "").lower()
    return "en" if wished.startswith("en") else "vi"
