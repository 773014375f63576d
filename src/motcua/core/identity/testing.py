"""For tests of all rooms: a client that is signed in, without walking through the pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from motcua.core.identity.models import Account, Mandate
from motcua.core.identity.sessions import AGENCY, LEVEL, MANDATE, SessionStore
from motcua.core.organisations.models import Agency


def sign_in(
    client: Client,
    account: Account | str,
    *,
    level: int = 2,
    mandate: Mandate | int | None = None,
    agency: Agency | int | None = None,
) -> Account:
    """Give `client` a session of `account` (or of that username), as after password and second factor.

    `level` is the session's assurance (0-2), `mandate` for whom one acts, `agency` where an officer works.
    """
    if isinstance(account, str):
        account = Account.objects.get(username=account)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[LEVEL] = level
    if mandate is not None:
        session[MANDATE] = mandate if isinstance(mandate, int) else mandate.pk
    if agency is not None:
        session[AGENCY] = agency if isinstance(agency, int) else agency.pk
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return account
