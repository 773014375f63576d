"""Requests that a system outside signs: a detached JWS (RFC 7515 appendix F) over the body.

Header `X-Request-Signature`; protected header `{alg: ES256, kid, iat, jti, htm, htu}`. A body changed on its way, a
request sent to another address or of five minutes ago is refused here; that each counts once is its receiver's to see.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core.errors import Conflict, UserError

HEADER = "X-Request-Signature"
TOLERANCE = 300
"""Seconds between the sender's clock and ours."""
LONGEST_NUMBER = 200
REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
System = TypeVar("System")


class BadSignature(UserError):
    """Not a genuine request of a known system; the message says what does not fit."""

    status = 401


class CameBefore(Conflict):
    """A request whose number has been used."""

    def __init__(self) -> None:
        super().__init__(
            "Yêu cầu này đã được gửi trước đó.", "This request came before: give each one its own jti."
        )


def sign(body: bytes, *, method: str, path: str, key: ECKey, signer: str, jti: str = "") -> str:
    """The header's value for a request; `path` with its query, `signer` the code under which the receiver knows one."""
    protected = {
        "alg": "ES256",
        "kid": signer,
        "iat": int(time.time()),
        "jti": jti or secrets.token_urlsafe(16),
        "htm": method,
        "htu": path,
    }
    head, _, signature = jws.serialize_compact(protected, body, key, registry=REGISTRY).split(".")
    return f"{head}..{signature}"


def read(
    value: str, *, method: str, path: str, body: bytes, known: Callable[[str], tuple[System, ECKey]]
) -> tuple[System, str]:
    """The system that signed a request, and the request's number. Raises BadSignature.

    `known` gives the system of a code with its public key, or raises.
    """
    head, separator, signature = value.partition("..")
    if not separator:
        raise BadSignature(
            f"Thiếu đầu mục {HEADER} (JWS tách rời).", f"The header {HEADER} (a detached JWS) is missing."
        )
    facts = _protected(head)
    system, key = known(str(facts.get("kid", "")))
    content = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(f"{head}.{content}.{signature}", key, registry=REGISTRY)
    except (JoseError, ValueError) as wrong:
        raise BadSignature(
            "Chữ ký không khớp với nội dung.", f"The signature does not fit the body: {wrong}."
        ) from wrong
    _check_binding(facts, method, path)
    return system, str(facts.get("jti", ""))[:LONGEST_NUMBER]


def unknown_system() -> BadSignature:
    """What is said to a system that is not registered, or no longer."""
    return BadSignature("Hệ thống gửi chưa được đăng ký.", "The sending system is not registered.")


def _protected(head: str) -> dict[str, Any]:
    try:
        facts = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        raise BadSignature(
            "Đầu mục chữ ký không đọc được.", "The signature's header cannot be read."
        ) from None
    return facts if isinstance(facts, dict) else {}


def _check_binding(facts: dict[str, Any], method: str, path: str) -> None:
    if facts.get("htm") != method or facts.get("htu") != path:
        raise BadSignature(
            "Chữ ký dành cho địa chỉ hoặc phương thức khác.",
            "The signature is for another address or method.",
        )
    made = facts.get("iat")
    if not isinstance(made, int | float) or abs(time.time() - made) > TOLERANCE:
        raise BadSignature(
            "Yêu cầu đã quá 5 phút; kiểm tra đồng hồ máy gửi.",
            "The request is older than five minutes: check the sender's clock.",
        )
