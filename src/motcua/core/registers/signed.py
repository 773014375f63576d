"""Signed requests of systems that read registers: a detached JWS (RFC 7515 appendix F) over the body.

Header `X-Request-Signature`, protected header `{alg: ES256, kid, iat, jti, htm, htu}`: as the intake API has it. A body
changed on its way, a request sent again or to another address, or one of five minutes ago is refused.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.db import connection
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from motcua.core import clock
from motcua.core.errors import Conflict, UserError
from motcua.core.ledger.actor import Actor
from motcua.core.ledger.scope import SETTINGS, parameters
from motcua.core.registers.models import Reader
from motcua.core.registers.schema import FRESH

HEADER = "X-Request-Signature"
TOLERANCE = 300
"""Seconds between the sender's clock and ours."""
REGISTRY = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
SEEN = f"""
with seen as (
  insert into registers_seenrequest (reader_id, jti, at) values (%s, %s, %s)
  on conflict on constraint register_request_seen_once do nothing returning 1
)
select exists (select from seen), {SETTINGS}
"""
_readers: dict[str, tuple[float, Reader, ECKey]] = {}


class BadSignature(UserError):
    """Not a genuine request of a known system; the message says what does not fit."""

    status = 401


def sign(body: bytes, *, method: str, path: str, key: ECKey, reader: str, jti: str = "") -> str:
    """The header's value for a request; `path` with its query."""
    protected = {
        "alg": "ES256",
        "kid": reader,
        "iat": int(time.time()),
        "jti": jti or secrets.token_urlsafe(16),
        "htm": method,
        "htu": path,
    }
    head, _, signature = jws.serialize_compact(protected, body, key, registry=REGISTRY).split(".")
    return f"{head}..{signature}"


def authenticate(value: str, *, method: str, path: str, body: bytes) -> tuple[Reader, str]:
    """The system that signed the request, and the request's number. Raises BadSignature."""
    head, separator, signature = value.partition("..")
    if not separator:
        raise BadSignature(
            f"Thiếu đầu mục {HEADER} (JWS tách rời).", f"The header {HEADER} (a detached JWS) is missing."
        )
    facts = _protected(head)
    reader, key = _known(str(facts.get("kid", "")))
    content = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(f"{head}.{content}.{signature}", key, registry=REGISTRY)
    except (JoseError, ValueError) as wrong:
        raise BadSignature(
            "Chữ ký không khớp với nội dung.", f"The signature does not fit the body: {wrong}."
        ) from wrong
    _check_binding(facts, method, path)
    return reader, str(facts.get("jti", ""))[:200]


def from_our_gateway(address: str, client: str, exchange: str) -> tuple[Reader, str] | None:
    """The system that our own gateway (known by its `address`) recognised as `client`, and the exchange's number.

    The gateway has checked the signature of the client's member and keeps the message: nothing is signed twice. The
    system is registered here under INSTANCE/CLASS/MEMBER/SUBSYSTEM. None: our gateway did not bring this. Raises
    BadSignature for a system that is not registered.
    """
    if address not in settings.MOTCUA_EXCHANGE_GATEWAY_ADDRESSES or not client or not exchange:
        return None
    code = "/".join(unquote(part) for part in client.split("/"))
    return _known(code)[0], exchange[:200]


def enter_once(reader: Reader, jti: str, actor: Actor) -> None:
    """From here on the transaction is the system's. Raises Conflict for a request that came before."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [reader.pk, jti, clock.now(), *parameters(actor)])
        fresh = cursor.fetchone()[0]
    if not fresh:
        raise Conflict(
            "Yêu cầu này đã được gửi trước đó.", "This request came before: give each one its own jti."
        )


def forget() -> None:
    """Remember no system: one was locked out, or the database is another one."""
    _readers.clear()


def _known(code: str) -> tuple[Reader, ECKey]:
    read_at, reader, key = _readers.get(code, (0.0, None, None))
    if reader is None or key is None or time.monotonic() - read_at > FRESH:
        _readers.pop(code, None)
        reader = Reader.objects.filter(code=code, active=True).first()
        if reader is None:
            raise BadSignature("Hệ thống gửi chưa được đăng ký.", "The sending system is not registered.")
        key = ECKey.import_key(reader.public_key)
        _readers[code] = (time.monotonic(), reader, key)
    return reader, key


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
