"""Tokens and sessions that other systems gave this process, until they end or are refused. Never written down."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from threading import Lock

from motcua.core.outbound.destinations import Destination

monotonic = time.monotonic


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    until: float


_tokens: dict[str, Token] = {}
_lock = Lock()


def token(destination: Destination) -> str | None:
    """The token that still holds."""
    with _lock:
        held = _tokens.get(_name(destination))
    return held.value if held is not None and held.until > monotonic() else None


def keep(destination: Destination, value: str, seconds: float) -> str:
    with _lock:
        _tokens[_name(destination)] = Token(value, monotonic() + seconds)
    return value


def drop(destination: Destination) -> bool:
    """Forget the token; whether there was one."""
    with _lock:
        return _tokens.pop(_name(destination), None) is not None


def forget() -> None:
    with _lock:
        _tokens.clear()


def _name(destination: Destination) -> str:
    """Another user or another address has another token."""
    said = f"{destination.name}\0{destination.url}\0{sorted(destination.authentication.items())}"
    return hashlib.sha256(said.encode()).hexdigest()
