"""The data keys in use: found by group when sealing, by id when reading, made at first need.

A key is made over a connection of its own, so that it stays although the act that needed it is undone: nothing may
ever be sealed under a key that was rolled back.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection

from motcua.core import clock
from motcua.core.sealing import master
from motcua.core.sealing.envelope import encode, new_id, new_key
from motcua.core.sealing.models import DataKey

INDEX = "blind index"
"""The group whose key makes blind indexes; it is never rotated, since every index would change."""
PERSON = "personal number"
"""The purpose under which a personal number is indexed, wherever it stands."""
FRESH = 300.0
"""Seconds for which a key is remembered: what was erased elsewhere is unreadable here no later."""
MAKE = """
insert into sealing_datakey (id, "group", wrapped, master, made_at) values (%s, %s, %s, %s, %s)
on conflict ("group") where retired_at is null do nothing
"""
MAKING = 0x6B657973
"""Advisory lock, shared by those who make a key: whoever changes the master key waits for them."""
IN_USE = 'select id, wrapped, master from sealing_datakey where "group" = %s and retired_at is null'


class Erased(Exception):
    """The key is destroyed: what it sealed is gone for good."""


@dataclass(frozen=True, slots=True)
class Held:
    """A key in memory."""

    id: str
    key: bytes
    cipher: AESGCM
    since: float


_by_group: dict[str, Held] = {}
_by_id: dict[str, Held] = {}
_making = Lock()


def key_for(group: str) -> Held:
    """The key under which values of a group are sealed now."""
    held = _by_group.get(group)
    if held is None or time.monotonic() - held.since > FRESH:
        with _making:
            held = _find(group) or _make(group)
            _by_group[group] = _by_id[held.id] = held
    return held


def key_named(key_id: str) -> Held:
    """The key that a sealed value names. Raises Erased, or MasterKeyMissing."""
    held = _by_id.get(key_id)
    if held is None or time.monotonic() - held.since > FRESH:
        row = DataKey.objects.filter(pk=key_id).first()
        if row is None or row.erased_at is not None:
            _by_id.pop(key_id, None)
            raise Erased(key_id)
        held = _hold(row.pk, row.wrapped, row.master)
        _by_id[key_id] = held
    return held


def blind(purpose: str, value: str) -> str:
    """What stands for `value` where it must be found but not read: HMAC-SHA-256, 16 bytes, base64url.

    The same value has another index in each `purpose`, so that tables cannot be joined by whoever has only them.
    """
    message = f"{purpose}\0{value.strip().casefold()}".encode()
    return encode(hmac.new(key_for(INDEX).key, message, hashlib.sha256).digest()[:16])


def forget() -> None:
    """Remember no key: the database is another one, or a key was erased."""
    _by_group.clear()
    _by_id.clear()


@contextmanager
def apart() -> Iterator[Any]:
    """A cursor of a connection of its own: what is done to keys stays done, and no key waits for an act's end."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


def wait_for_makers() -> None:
    """Whoever took an earlier master key has by now said what for; those who come take the newest."""
    with apart() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [MAKING])


def _find(group: str) -> Held | None:
    with connection.cursor() as cursor:
        cursor.execute(IN_USE, [group])
        row = cursor.fetchone()
    return _hold(*row) if row else None


def _make(group: str) -> Held:
    """Of two processes that make a group's first key at once, both use the one that came first."""
    with apart() as cursor:
        cursor.execute("begin")
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [MAKING])
        wrapped, name = master.wrap(new_key())
        cursor.execute(MAKE, [new_id(), group, wrapped, name, clock.now()])
        cursor.execute("commit")
        cursor.execute(IN_USE, [group])
        row = cursor.fetchone()
    assert row is not None
    return _hold(*row)


def _hold(key_id: str, wrapped: str, name: str) -> Held:
    key = master.unwrap(wrapped, name)
    return Held(key_id, key, AESGCM(key), time.monotonic())
