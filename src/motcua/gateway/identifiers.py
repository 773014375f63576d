"""X-Road's identifiers, in URLs and headers: each part percent-encoded by itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from motcua.gateway.configuration import IDENTIFIER
from motcua.gateway.faults import bad_request

_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SERVICE = re.compile(rb"/r1/((?:[^/?]*/){4}[^/?]*)(?=[/?]|\Z)")


class Target(NamedTuple):
    """A called URL, taken apart; `path` and `query` are the caller's bytes, unchanged."""

    service: str
    """`INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE`, decoded."""
    path: bytes
    """From the slash behind the service on; empty when there is none."""
    query: bytes
    """With its question mark; empty when there is none."""
    raw: bytes
    """The service as the caller wrote it."""


def decode_part(raw: bytes) -> str:
    """One part of an identifier. Raises Fault."""
    if _ESCAPE.search(raw):
        raise bad_request(f"{raw[:80]!r}: a percent sign is followed by two hexadecimal digits")
    try:
        part = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise bad_request(f"{raw[:80]!r}: identifiers are percent-encoded UTF-8") from None
    if not IDENTIFIER.fullmatch(part):
        raise bad_request(f"{part[:80]!r}: identifiers hold letters, digits and ' ( ) + , - . = ? only")
    return part


def read_target(raw: bytes) -> Target:
    """`/r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE[/path][?query]`. Raises Fault."""
    place, mark, query = raw.partition(b"?")
    parts = place.split(b"/", 7)
    if parts[0] or len(parts) < 2:
        raise bad_request("the address begins with /r1/")
    if not re.fullmatch(rb"r\d+", parts[1]):
        raise bad_request(f"{parts[1][:40]!r}: the protocol version is r1")
    if parts[1] != b"r1":
        raise bad_request(f"{parts[1].decode()}: this gateway speaks r1")
    if len(parts) < 7:
        raise bad_request("the address is /r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE[/path]")
    raw = b"/".join(parts[2:7])
    return Target(_decode_all(raw), b"/" + parts[7] if len(parts) > 7 else b"", mark + query, raw)


def service_of(target: bytes) -> bytes:
    """The service of a called URL as the caller wrote it; something that is nobody's when the URL has none."""
    found = _SERVICE.match(target)
    return found[1] if found is not None else b""


@lru_cache(4_096)
def _decode_all(raw: bytes) -> str:
    return "/".join(map(decode_part, raw.split(b"/")))


@lru_cache(4_096)
def read_client(raw: bytes) -> str:
    """The header `X-Road-Client`: `INSTANCE/CLASS/MEMBER[/SUBSYSTEM]`. Raises Fault."""
    parts = raw.strip().split(b"/")
    if len(parts) not in (3, 4):
        raise bad_request("X-Road-Client: INSTANCE/CLASS/MEMBER/SUBSYSTEM is expected")
    return "/".join(map(decode_part, parts))


def member_of(identifier: str) -> str:
    """`INSTANCE/CLASS/MEMBER` of anything below it."""
    return "/".join(identifier.split("/", 3)[:3])
