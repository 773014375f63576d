"""Between gateways: frames over mutual TLS 1.3 (ALPN `motcua-gateway/1`).

A frame is `kind u8 · length u32 · payload`, big-endian. Many exchanges share a connection; whoever opened it sends
requests, the other side answers.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum

ALPN = "motcua-gateway/1"
PROTOCOL = 2
HEADER = struct.Struct(">BI")
EXCHANGE = struct.Struct(">QB")
_KEY = struct.Struct(">Q")
_LENGTH = struct.Struct(">I")
LARGEST_FRAME = 16 * 1024 * 1024


class WireError(ValueError):
    """The other side does not speak this protocol."""


class Frame(IntEnum):
    HELLO = 1
    """JSON: protocol, gateway, version of its configuration."""
    PROFILE = 2
    """key u64, then certificates (the signer's first) and OCSP responses: each list as count u32, (length u32, DER)."""
    BODY = 3
    """exchange u64, answer? u8, a piece of a large body, before the batch that holds its digest."""
    BATCH = 4
    FAULT = 5
    """exchange u64, answer? u8 (always 1), JSON: code, message, status, retry_after_s, detail."""
    CANCEL = 6
    """exchange u64, answer? u8 (0): nobody waits for it any longer."""
    PING = 7
    PONG = 8


def frame_head(kind: Frame, payload: bytes) -> bytes:
    """What goes before the payload."""
    return HEADER.pack(kind, len(payload))


class FrameReader:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Complete frames as (kind, payload). Raises WireError."""
        rest = self._rest
        source: bytes | bytearray = data
        if rest:
            rest += data
            source = rest
        place, end = 0, len(source)
        view = memoryview(source)
        try:
            while end - place >= HEADER.size:
                kind, length = HEADER.unpack_from(view, place)
                if length > LARGEST_FRAME:
                    raise WireError(f"a frame of {length} bytes; {LARGEST_FRAME} are the most")
                start = place + HEADER.size
                if end - start < length:
                    break
                place = start + length
                yield kind, bytes(view[start:place])
        finally:
            view.release()
            if source is rest:
                del rest[:place]
            elif place < end:
                rest += data[place:]


def pack_profile(key: int, certificates: Sequence[bytes], ocsps: Sequence[bytes]) -> bytes:
    return _KEY.pack(key) + _pack_list(certificates) + _pack_list(ocsps)


def unpack_profile(data: bytes) -> tuple[int, list[bytes], list[bytes]]:
    """(key, certificates, OCSP responses). Raises WireError."""
    try:
        (key,) = _KEY.unpack_from(data)
        certificates, place = _unpack_list(data, _KEY.size)
        ocsps, place = _unpack_list(data, place)
    except struct.error as error:
        raise WireError(f"a profile that ends too early: {error}") from error
    if place != len(data) or not certificates:
        raise WireError("a profile of another form")
    return key, certificates, ocsps


def _pack_list(items: Sequence[bytes]) -> bytes:
    return _LENGTH.pack(len(items)) + b"".join(_LENGTH.pack(len(each)) + each for each in items)


def _unpack_list(data: bytes, place: int) -> tuple[list[bytes], int]:
    (count,) = _LENGTH.unpack_from(data, place)
    place += _LENGTH.size
    items = []
    for _ in range(min(count, 64)):
        (length,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size + length
        items.append(data[place - length : place])
    return items, place


def pack_fault(exchange: int, told: dict[str, object]) -> bytes:
    return EXCHANGE.pack(exchange, 1) + json.dumps(told, ensure_ascii=False).encode()
