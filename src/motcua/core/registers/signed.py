"""The systems that read registers: each request signed (core/signed_requests.py) or brought by our own gateway, and
counted once."""

from __future__ import annotations

import time
from urllib.parse import unquote

from django.conf import settings
from django.db import connection
from joserfc.jwk import ECKey

from motcua.core import clock, signed_requests
from motcua.core.ledger.actor import Actor
from motcua.core.ledger.scope import SETTINGS, parameters
from motcua.core.registers.models import Reader
from motcua.core.registers.schema import FRESH
from motcua.core.signed_requests import CameBefore, unknown_system

SEEN = f"""
with seen as (
  insert into registers_seenrequest (reader_id, jti, at) values (%s, %s, %s)
  on conflict on constraint register_request_seen_once do nothing returning 1
)
select exists (select from seen), {SETTINGS}
"""
_readers: dict[str, tuple[float, Reader, ECKey]] = {}


def authenticate(value: str, *, method: str, path: str, body: bytes) -> tuple[Reader, str]:
    """The system that signed the request, and the request's number. Raises BadSignature."""
    return signed_requests.read(value, method=method, path=path, body=body, known=known)


def from_our_gateway(address: str, client: str, exchange: str) -> tuple[Reader, str] | None:
    """The system that our own gateway (known by its `address`) recognised as `client`, and the exchange's number.

    The gateway has checked the signature of the client's member and keeps the message: nothing is signed twice. The
    system is registered here under INSTANCE/CLASS/MEMBER/SUBSYSTEM. None: our gateway did not bring this. Raises
    BadSignature for a system that is not registered.
    """
    if address not in settings.MOTCUA_EXCHANGE_GATEWAY_ADDRESSES or not client or not exchange:
        return None
    code = "/".join(unquote(part) for part in client.split("/"))
    return known(code)[0], exchange[: signed_requests.LONGEST_NUMBER]


def enter_once(reader: Reader, jti: str, actor: Actor) -> None:
    """From here on the transaction is the system's. Raises CameBefore for a request that came before."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [reader.pk, jti, clock.now(), *parameters(actor)])
        fresh = cursor.fetchone()[0]
    if not fresh:
        raise CameBefore()


def forget() -> None:
    """Remember no system: one was locked out, or the database is another one."""
    _readers.clear()


def known(code: str) -> tuple[Reader, ECKey]:
    """The system of a code with its public key, kept for a while. Raises BadSignature for one not registered."""
    read_at, reader, key = _readers.get(code, (0.0, None, None))
    if reader is None or key is None or time.monotonic() - read_at > FRESH:
        _readers.pop(code, None)
        reader = Reader.objects.filter(code=code, active=True).first()
        if reader is None:
            raise unknown_system()
        key = ECKey.import_key(reader.public_key)
        _readers[code] = (time.monotonic(), reader, key)
    return reader, key
