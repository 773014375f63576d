"""The keys that sign tokens: sealed in the database, so that every process signs with the same; changed with overlap.

Whoever visits, they are read and made as the system: row security hides them from everybody else.

A new key is published a day before it signs, and stays published for a month after it has stopped.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from joserfc.jwk import ECKey, Key, RSAKey

from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor
from motcua.core.ledger.scope import acting
from motcua.systems.openid import jose
from motcua.systems.openid.models import SigningKey
from motcua.systems.openid.times import now

SIGNS_FOR = dt.timedelta(days=90)
KNOWN_BEFORE = dt.timedelta(days=1)
KNOWN_AFTER = dt.timedelta(days=30)
"""Longer than any token lives: an old ID token may still be shown to us as a hint of who is meant."""
LOOK_AGAIN_AFTER = 30.0  # seconds that a process may go on with the keys it knows


@dataclass(frozen=True, slots=True)
class Held:
    """A key as a process holds it."""

    kid: str
    alg: str
    key: Key
    public: Key
    public_jwk: dict[str, Any]
    signs_from: dt.datetime


_held: list[Held] = []
_looked_at = float("-inf")


def signing(alg: str) -> Held:
    """The key that signs by `alg` now; the first is made at first need."""
    present = now()
    found = [one for one in _all() if one.alg == alg and one.signs_from <= present]
    if not found:
        _make_first(alg)
        found = [one for one in _all() if one.alg == alg]
    return max(found, key=lambda one: one.signs_from)


def by_id(kid: str) -> Held | None:
    """The published key of that name; looked for again when it is not known, since another process may have made it."""
    found = next((one for one in _all() if one.kid == kid), None)
    if found is None and time.monotonic() - _looked_at > 1:
        forget()
        found = next((one for one in _all() if one.kid == kid), None)
    return found


def published() -> dict[str, Any]:
    """The JWK set (RFC 7517): keys that will sign, that sign, and that signed what may still be about."""
    signing("ES256")
    return {"keys": [one.public_jwk for one in _all()]}


def rotate(actor: Actor, alg: str, *, at_once: bool = False) -> SigningKey:
    """Make the next key. It signs from tomorrow (at once when the old one is not trusted any more)."""
    starts = now() if at_once else now() + KNOWN_BEFORE
    made = _make(alg, starts)
    ends = now() if at_once else starts + KNOWN_AFTER
    with acting(SYSTEM):
        known = SigningKey.objects.filter(alg=alg, published_until=None).exclude(pk=made.pk)
        known.update(published_until=ends)
    emit("openid.key_rotated", actor, subject=("openid_key", made.pk), data={"alg": alg, "at_once": at_once})
    forget()
    return made


def rotate_when_due() -> None:
    """Rotate what has signed for three months; idempotent."""
    for alg in SigningKey.objects.filter(published_until=None).values_list("alg", flat=True).distinct():
        newest = SigningKey.objects.filter(alg=alg).latest("signs_from")
        if newest.signs_from + SIGNS_FOR - KNOWN_BEFORE <= now():
            rotate(SYSTEM, alg)
    SigningKey.objects.filter(published_until__lt=now()).delete()


def forget() -> None:
    """Look into the database at the next use."""
    global _looked_at
    _looked_at = float("-inf")


def _all() -> list[Held]:
    global _held, _looked_at
    if time.monotonic() - _looked_at > LOOK_AGAIN_AFTER:
        with acting(SYSTEM):
            rows = list(SigningKey.objects.order_by("signs_from"))
        known = {one.kid: one for one in _held}
        present = now()
        _held = [
            known.get(row.kid) or _open(row)
            for row in rows
            if row.published_until is None or row.published_until > present
        ]
        _looked_at = time.monotonic()
    return _held


def _open(row: SigningKey) -> Held:
    key: Key = (ECKey if row.alg == "ES256" else RSAKey).import_key(row.sealed)
    return Held(row.kid, row.alg, key, jose.public_key(row.public_jwk), row.public_jwk, row.signs_from)


def _make_first(alg: str) -> None:
    """Two processes that need the first key at once agree on one, by a lock that ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"openid {alg}"])
    forget()
    if not any(one.alg == alg and one.signs_from <= now() for one in _all()):
        _make(alg, now())
        forget()


def _make(alg: str, signs_from: dt.datetime) -> SigningKey:
    made: Key = ECKey.generate_key("P-256") if alg == "ES256" else RSAKey.generate_key(2048)
    public = {**made.as_dict(private=False), "use": "sig", "alg": alg}
    public["kid"] = jose.thumbprint(public)
    private = {**made.as_dict(private=True), "kid": public["kid"]}
    with acting(SYSTEM):
        return SigningKey.objects.create(
            kid=str(public["kid"]), alg=alg, public_jwk=public, sealed=private, signs_from=signs_from
        )
