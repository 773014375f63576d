"""Time-stamps over signatures, by the batch and beside the data path: one token for up to ten thousand of them."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512

from motcua.engines.asice import DataRef, MessageStamp, build_chains, chain_result
from motcua.engines.asice.batch import SIGNATURES, STAMP_CHAIN
from motcua.gateway.seals import Profile

MOST = 10_000
MOST_WAITING = 200_000
_LENGTHS = struct.Struct(">II")
_SIZE = sha512().digest_size


@dataclass(frozen=True, slots=True)
class Signature:
    """One that waits for its time-stamp."""

    profile: Profile
    top: bytes
    at: int
    value: bytes

    def digest(self) -> bytes:
        return sha512(self.profile.xml(self.top, self.at, self.value)).digest()


@dataclass(frozen=True, slots=True)
class Stamped:
    """A token over signatures, each by the SHA-512 of its `META-INF/signatures.xml`."""

    token: bytes
    digests: tuple[bytes, ...]

    def pack(self) -> bytes:
        return _LENGTHS.pack(len(self.token), len(self.digests)) + self.token + b"".join(self.digests)

    @classmethod
    def unpack(cls, data: bytes) -> Stamped:
        """Raises ValueError."""
        size, count = _LENGTHS.unpack_from(data)
        start = _LENGTHS.size + size
        if len(data) != start + count * _SIZE:
            raise ValueError("a time-stamp's record that does not end where it says")
        token = data[_LENGTHS.size : start]
        return cls(token, tuple(data[place : place + _SIZE] for place in range(start, len(data), _SIZE)))

    def stamp_of(self, digest: bytes) -> MessageStamp:
        """What a container of one message needs. Raises ValueError when the signature is not among them."""
        top, chains = build_chains(_leaves(self.digests))
        return MessageStamp(
            self.token, chain_result(top, STAMP_CHAIN), chains[self.digests.index(digest)].encode()
        )


def _leaves(digests: Sequence[bytes]) -> list[list[DataRef]]:
    return [[DataRef(SIGNATURES, each)] for each in digests]


def stamp(signatures: Sequence[Signature], timestamp: Callable[[bytes], bytes]) -> Stamped:
    """One token over `signatures`; `timestamp` takes a SHA-256 digest and may raise what it will."""
    digests = tuple(each.digest() for each in signatures)
    top, _ = build_chains(_leaves(digests))
    return Stamped(timestamp(sha256(chain_result(top, STAMP_CHAIN)).digest()), digests)


class Waiting:
    """Signatures that no time-stamp covers yet. Those beyond what memory should hold are found in the journal again
    when the process starts anew."""

    def __init__(self) -> None:
        self._queue: deque[Signature] = deque()
        self.left_out = 0

    def __len__(self) -> int:
        return len(self._queue) + self.left_out

    def add(self, signature: Signature) -> None:
        if len(self._queue) < MOST_WAITING:
            self._queue.append(signature)
        else:
            self.left_out += 1

    def first(self) -> list[Signature]:
        return [self._queue[number] for number in range(min(MOST, len(self._queue)))]

    def done(self, count: int) -> None:
        for _ in range(count):
            self._queue.popleft()
