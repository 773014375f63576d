"""Batches: messages under one signature, in the bytes that travel and that the journal keeps.

All numbers are big-endian. A batch is

    profile u64 · second i64 · value length u16 · value · count u16 · messages
    message: exchange u64 · answer? u8 · body form u8 · head length u32 · body length u64 · head · body

where a body of the form `ELSEWHERE` is its SHA-512 (64 bytes) only: it came ahead, or was too large to keep.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from motcua.engines.asice import chain_top, top_of

_START = struct.Struct(">QqH")
_COUNT = struct.Struct(">H")
_MESSAGE = struct.Struct(">QBBIQ")
_MESSAGE_SIZE = _MESSAGE.size
DIGEST = 64
MOST = 1024
"""Messages in a batch."""


class BatchError(ValueError):
    """Bytes that are no batch."""


class Form(IntEnum):
    NONE = 0
    INLINE = 1
    ELSEWHERE = 2


FORMS = NONE, INLINE, ELSEWHERE = tuple(Form)
"""By names of their own: an enumeration is slow to reach into."""


@dataclass(slots=True)
class Message:
    """One request or answer, by its head, its body or the body's digest, and the number of its exchange."""

    exchange: int
    is_answer: bool
    head: bytes
    form: Form
    body: bytes
    """INLINE: the body; ELSEWHERE: its SHA-512."""
    size: int
    """Of the body, in bytes."""
    leaf: tuple[bytes, ...] = ()
    """SHA-512 of head and body; filled in by who digests them."""
    digest: bytes = b""
    """What stands for both in the batch's hash chain."""


@dataclass(slots=True)
class Batch:
    profile: int
    at: int
    """Unix time."""
    value: bytes
    messages: list[Message]


def top_of_batch(messages: Sequence[Message]) -> bytes:
    """The top of the hash chain over messages whose digests are known."""
    if len(messages) == 1:
        return chain_top([messages[0].leaf])
    return top_of([each.digest for each in messages])


def pack(profile: int, at: int, value: bytes, messages: Sequence[Message]) -> bytes:
    parts = [_START.pack(profile, at, len(value)), value, _COUNT.pack(len(messages))]
    for each in messages:
        parts.append(_MESSAGE.pack(each.exchange, each.is_answer, each.form, len(each.head), each.size))
        parts.append(each.head)
        parts.append(each.body)
    return b"".join(parts)


def unpack(data: bytes, start: int = 0) -> Batch:
    """The batch that `data` is from `start` to its end. Raises BatchError."""
    try:
        profile, at, length = _START.unpack_from(data, start)
        place = start + _START.size + length
        value = data[place - length : place]
        (count,) = _COUNT.unpack_from(data, place)
        place += _COUNT.size
        if not 0 < count <= MOST:
            raise BatchError(f"a batch holds 1 to {MOST} messages, not {count}")
        messages = []
        for _ in range(count):
            exchange, is_answer, form, head_size, size = _MESSAGE.unpack_from(data, place)
            place += _MESSAGE_SIZE
            body_at = place + head_size
            if form > ELSEWHERE or is_answer > 1 or (form == NONE) != (size == 0):
                raise BatchError("a message of no known form")
            end = body_at + (DIGEST if form == ELSEWHERE else size)
            messages.append(
                Message(exchange, is_answer == 1, data[place:body_at], FORMS[form], data[body_at:end], size)
            )
            place = end
    except struct.error as error:
        raise BatchError(f"the batch ends too early: {error}") from error
    if place != len(data):
        raise BatchError("the batch does not end where it says")
    return Batch(profile, at, value, messages)
