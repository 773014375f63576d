"""Telling an application's page whether its person is still signed in (OpenID Connect Session Management 1.0).

The page of an application holds a frame of ours and asks it; the frame compares what was said at the sign-in with a
cookie that stands and falls with the account's session. Nothing goes over the network. A browser that keeps cookies
from frames of others answers "changed", upon which applications ask with `prompt=none`.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

from motcua.core.identity import sessions
from motcua.systems.openid import jose
from motcua.systems.openid.models import Client

COOKIE, PATH = "oidc_phien", "/oidc/"
DEFAULT_PORTS = {"https": 443, "http": 80}

sessions.companions[COOKIE] = PATH


def told_of(client: Client, redirect_uri: str, sitting: str) -> dict[str, str]:
    """Section 2: the hash of application, its origin and the browser's state, with the salt behind a dot.

    Nothing to an application on a phone, which has no page to hold a frame.
    """
    if urlsplit(redirect_uri).scheme not in DEFAULT_PORTS:
        return {}
    salt = secrets.token_urlsafe(12)
    told = f"{client.client_id} {origin_of(redirect_uri)} {browser_state(sitting)} {salt}"
    return {"session_state": f"{sha256(told.encode()).hexdigest()}.{salt}"}


def browser_state(sitting: str) -> str:
    """What the browser's cookie holds during a sitting; nothing of the sitting is read from it."""
    return jose.digest(f"browser state\n{sitting}")


def remember(response: HttpResponse, sitting: str) -> None:
    """The cookie that our frame reads, also inside pages of others."""
    response.set_cookie(
        COOKIE,
        browser_state(sitting),
        max_age=settings.SESSION_COOKIE_AGE,
        path=PATH,
        secure=settings.MOTCUA_SECURE,
        samesite="None" if settings.MOTCUA_SECURE else "Lax",
    )


def origin_of(uri: str) -> str:
    """As browsers write it (RFC 6454 section 6.2)."""
    parts = urlsplit(uri)
    port = "" if parts.port in (None, DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"
