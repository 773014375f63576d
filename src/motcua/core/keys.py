"""Public keys: UUIDv7 (RFC 9562 §5.7), sortable by time; bigint stays inside."""

from __future__ import annotations

import os
import time
import uuid


def new_uuid() -> uuid.UUID:
    """A UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return uuid.UUID(int=value)
