"""DER by hand (ITU-T X.690): enough to put signed messages together from parts encoded once."""

from __future__ import annotations

import datetime as dt

SEQUENCE, SET, OCTETS, OID, INTEGER, NULL_TAG, BOOLEAN, UTC_TIME, GENERALIZED_TIME = (
    *(0x30, 0x31, 0x04, 0x06),
    *(0x02, 0x05, 0x01, 0x17, 0x18),
)
NULL = b"\x05\x00"


def tlv(tag: int, *contents: bytes) -> bytes:
    """Tag, length and the contents one after the other."""
    body = b"".join(contents)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*items: bytes) -> bytes:
    return tlv(SEQUENCE, *items)


def set_of(*items: bytes) -> bytes:
    """SET OF: DER wants the items in the order of their encodings."""
    return tlv(SET, *sorted(items))


def context(number: int, *contents: bytes) -> bytes:
    """Constructed context-specific tag [number]."""
    return tlv(0xA0 | number, *contents)


def octets(value: bytes) -> bytes:
    return tlv(OCTETS, value)


def integer(value: int) -> bytes:
    if value < 0:
        raise ValueError("only natural numbers occur in the messages made here")
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    return tlv(OID, *(_base128(part) for part in (first * 40 + second, *rest)))


def generalized_time(moment: dt.datetime) -> bytes:
    """UTC to the second, as CMS and RFC 3161 take it. `moment` needs its time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be signed")
    return tlv(GENERALIZED_TIME, moment.astimezone(dt.UTC).strftime("%Y%m%d%H%M%SZ").encode())


def time_of(moment: dt.datetime) -> bytes:
    """UTC to the second: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5652 section 11.3)."""
    if moment.tzinfo is None or moment.astimezone(dt.UTC).year >= 2050:
        return generalized_time(moment)
    return tlv(UTC_TIME, moment.astimezone(dt.UTC).strftime("%y%m%d%H%M%SZ").encode())


def _base128(value: int) -> bytes:
    septets = [value & 0x7F]
    while value := value >> 7:
        septets.append(0x80 | value & 0x7F)
    return bytes(reversed(septets))
