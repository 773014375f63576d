"""Every answer tells the browser to do only what we meant."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from motcua.shell.security import SecurityHeaders, content_security_policy


class Answer:
    def __init__(self) -> None:
        self.headers: dict[str, str] = {}


def answered(
    *, secure: bool = False, read_nonce: bool = False, style: tuple[str, ...] = ()
) -> tuple[Any, Any]:
    request = SimpleNamespace(is_secure=lambda: secure)

    def view(request: Any) -> Answer:
        answer = Answer()
        if read_nonce:
            answer.headers["X-Nonce"] = str(request.csp_nonce)
        if style:
            answer.csp_style = style  # type: ignore[attr-defined]
        return answer

    return request, SecurityHeaders(view)(request)


def test_nothing_inline_is_allowed_and_nobody_frames_us() -> None:
    policy = answered()[1].headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy


def test_a_nonce_is_allowed_only_where_it_was_asked_for_and_is_new_each_time() -> None:
    first, second = (answered(read_nonce=True)[1].headers for _ in range(2))
    assert f"'nonce-{first['X-Nonce']}'" in first["Content-Security-Policy"]
    assert first["X-Nonce"] != second["X-Nonce"]


def test_a_designer_may_loosen_styles_but_not_scripts() -> None:
    policy = answered(style=("'unsafe-inline'",))[1].headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["style-src"] == "'self' 'unsafe-inline'"
    assert rules["script-src"] == "'self'"


def test_transport_is_pinned_only_where_it_is_encrypted() -> None:
    assert "Strict-Transport-Security" not in answered()[1].headers
    assert "max-age=63072000" in answered(secure=True)[1].headers["Strict-Transport-Security"]
    assert "upgrade-insecure-requests" in content_security_policy(secure=True)
