"""Token status lists (draft-ietf-oauth-status-list): the state of thousands of credentials in a few kilobytes.

Who asks for the list does not say which credential it is about; that is what makes it fit for public use.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from motcua.engines.sd_jwt.binding import SKEW
from motcua.engines.sd_jwt.faults import SdJwtError
from motcua.engines.sd_jwt.signed import Key, b64, check, read_unverified, sign, unb64

TYPE = "statuslist+jwt"
VALID, INVALID, SUSPENDED = 0, 1, 2
WIDTHS = (1, 2, 4, 8)
LARGEST = 16 * 2**20
"""Bytes that a list may have once unpacked; more is taken for an attack."""


class StatusList:
    """Statuses of `bits` each, packed from the least significant bit of every byte (section 4.1)."""

    def __init__(self, size: int, bits: int = 1, packed: bytes | None = None) -> None:
        if bits not in WIDTHS:
            raise SdJwtError("status", f"a status has 1, 2, 4 or 8 bits, not {bits}")
        self.bits = bits
        self._bytes = bytearray(packed if packed is not None else -(-size * bits // 8))

    def __len__(self) -> int:
        return len(self._bytes) * 8 // self.bits

    def __getitem__(self, index: int) -> int:
        byte, shift = self._place(index)
        return self._bytes[byte] >> shift & self._mask

    def __setitem__(self, index: int, status: int) -> None:
        if not 0 <= status <= self._mask:
            raise SdJwtError("status", f"the status {status} does not fit into {self.bits} bits")
        byte, shift = self._place(index)
        self._bytes[byte] = self._bytes[byte] & ~(self._mask << shift) | status << shift

    @property
    def _mask(self) -> int:
        return (1 << self.bits) - 1

    def _place(self, index: int) -> tuple[int, int]:
        if isinstance(index, bool) or not 0 <= index < len(self):
            raise SdJwtError("status", f"the list has no place {index}")
        return divmod(index * self.bits, 8)

    def to_json(self) -> dict[str, Any]:
        """`{"bits", "lst"}`: DEFLATE in the ZLIB format, base64url."""
        return {"bits": self.bits, "lst": b64(zlib.compress(bytes(self._bytes), 9))}

    @classmethod
    def from_json(cls, value: Any) -> StatusList:
        """Raises SdJwtError for anything that is no status list, or unpacks to more than sixteen megabytes."""
        if not isinstance(value, Mapping) or not isinstance(value.get("lst"), str):
            raise SdJwtError("status", "this is no status list")
        bits = value.get("bits")
        if not isinstance(bits, int) or isinstance(bits, bool):
            raise SdJwtError("status", "the status list does not say its bits")
        opener = zlib.decompressobj()
        try:
            packed = opener.decompress(unb64(value["lst"]), LARGEST)
        except zlib.error as error:
            raise SdJwtError("status", f"the status list cannot be unpacked: {error}") from None
        if opener.unconsumed_tail or not opener.eof:
            raise SdJwtError("status", "the status list is too large or broken off")
        return cls(0, bits, packed)


@dataclass(frozen=True, slots=True)
class StatusToken:
    """A signed status list; `ttl` seconds is how long a copy may be kept, `exp` when it ends in any case."""

    uri: str
    statuses: StatusList
    issued_at: int
    exp: float | None
    ttl: float | None


def reference(uri: str, index: int) -> dict[str, Any]:
    """The `status` claim of a credential (section 6.1)."""
    return {"status_list": {"idx": index, "uri": uri}}


def token(
    statuses: StatusList,
    key: Key,
    *,
    uri: str,
    at: int,
    ttl: int,
    exp: int,
    header: Mapping[str, Any] | None = None,
) -> str:
    """The list as a signed JWT (section 5.1)."""
    payload = {"sub": uri, "iat": at, "exp": exp, "ttl": ttl, "status_list": statuses.to_json()}
    return sign(payload, key, {"typ": TYPE, **(header or {})})


def read(
    text: str, key_of: Callable[[Mapping[str, Any], Mapping[str, Any]], Key], *, uri: str, now: int
) -> StatusToken:
    """Verify a status list token that was fetched from `uri` (section 8.3). Raises SdJwtError."""
    header, payload = read_unverified(text)
    if header.get("typ") != TYPE:
        raise SdJwtError("type", f"this is of the type {header.get('typ')!r}, not {TYPE}")
    check(text, key_of(header, payload))
    if payload.get("sub") != uri:
        raise SdJwtError("status", "the status list is that of another address")
    issued, exp, ttl = payload.get("iat"), payload.get("exp"), payload.get("ttl")
    if not isinstance(issued, int) or isinstance(issued, bool) or issued > now + SKEW:
        raise SdJwtError(
            "status", "the status list does not say when it was issued, or that is in the future"
        )
    if exp is not None and (not isinstance(exp, int | float) or exp <= now - SKEW):
        raise SdJwtError("expired", "the status list is out of date")
    if ttl is not None and (not isinstance(ttl, int | float) or ttl <= 0):
        raise SdJwtError("status", "the ttl of the status list is no positive number")
    statuses = StatusList.from_json(payload.get("status_list"))
    return StatusToken(uri, statuses, issued, exp, ttl)
