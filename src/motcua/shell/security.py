"""Headers that every answer carries, so that a browser does only what we meant."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import SimpleLazyObject

PERMISSIONS = (
    "accelerometer=(), ambient-light-sensor=(), autoplay=(), browsing-topics=(), camera=(self), "
    "display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), usb=()"
)
TWO_YEARS = 63_072_000


def content_security_policy(
    *,
    nonce: str | None = None,
    style: tuple[str, ...] = (),
    connect: tuple[str, ...] = (),
    form: tuple[str, ...] = (),
    secure: bool = False,
) -> str:
    """The policy of a page: everything from ourselves, no inline script or style, no frame around us.

    `nonce` admits the one script that carries it; `style` adds sources for styles (the studio's designers),
    `connect` whom a script may call (the signing agent on the same machine), `form` where an answer to a form may lead.
    """
    script = ["'self'", *([f"'nonce-{nonce}'"] if nonce else [])]
    rules = {
        "default-src": ["'self'"],
        "script-src": script,
        "style-src": ["'self'", *style],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *connect],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *form],
        "frame-ancestors": ["'none'"],
    }
    policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
    return f"{policy}; upgrade-insecure-requests" if secure else policy


@cache
def _without_nonce(style: tuple[str, ...], form: tuple[str, ...], secure: bool) -> str:
    """The policy of nearly every page, written once."""
    return content_security_policy(style=style, form=form, secure=secure)


def _of_the_house() -> tuple[str, ...]:
    """Other addresses at which people of this house sign in: a form may be answered by the way there and back."""
    faces = settings.MOTCUA_FACES
    provider = urlsplit(settings.MOTCUA_OPENID_ISSUER)
    elsewhere = (f"{provider.scheme}://{provider.netloc}",) if provider.netloc else ()
    return (*faces, *((settings.MOTCUA_SITE,) if faces else ()), *elsewhere)


class SecurityHeaders:
    """Middleware: content policy, referrer, permissions, frames, transport.

    A view asks for a nonce by reading `request.csp_nonce` (templates: `{{ request.csp_nonce }}`); it appears in
    the policy only then. A view sets `response.csp_style = ("'unsafe-inline'",)` where a designer needs styles.
    """

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        spent: list[str] = []

        def nonce() -> str:
            spent.append(secrets.token_urlsafe(16))
            return spent[0]

        request.csp_nonce = SimpleLazyObject(nonce)
        response = self.get_response(request)
        secure = request.is_secure()
        headers = response.headers
        if "Content-Security-Policy" not in headers:
            style, connect = getattr(response, "csp_style", ()), getattr(response, "csp_connect", ())
            form, spoken = _of_the_house(), spent[0] if spent else None
            headers["Content-Security-Policy"] = (
                content_security_policy(nonce=spoken, style=style, connect=connect, form=form, secure=secure)
                if spent or connect
                else _without_nonce(style, form, secure)
            )
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if secure:
            headers.setdefault("Strict-Transport-Security", f"max-age={TWO_YEARS}; includeSubDomains")
        return response
