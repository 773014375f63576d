"""VietQR payloads: EMVCo merchant-presented QR with NAPAS's account template (NAPAS QR format v1.5.2)."""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_NAPAS = "A000000727"
_DONG = "704"
_CHECKSUM = re.compile(r"6304([0-9A-Fa-f]{4})\Z")
_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_PRINTABLE = re.compile(r"[ -~]*")


class QrError(ValueError):
    """A payment code that cannot be written or read; the message says which field and why."""


class Target(StrEnum):
    """What the transfer goes to."""

    ACCOUNT = "QRIBFTTA"
    CARD = "QRIBFTTC"


@dataclass(frozen=True, slots=True)
class Payment:
    """A transfer that somebody is asked to make.

    With `amount` (đồng) the code is dynamic, for one payment; without it the payer types the amount.
    """

    bank: str
    """BIN of the receiving bank, 6 digits."""
    account: str
    """Number of the account or card, at most 19 letters and digits."""
    amount: int | None = None
    purpose: str = ""
    """What the payer's statement shows: at most 25 letters without marks; carries the transfer code."""
    bill: str = ""
    """Number of the bill, at most 25 characters."""
    target: Target = Target.ACCOUNT


def encode(payment: Payment) -> str:
    """The payload of a QR code. Raises QrError for a field that banks would not read."""
    _check(payment)
    receiver = _field("00", payment.bank) + _field("01", payment.account)
    napas = _field("00", _NAPAS) + _field("01", receiver) + _field("02", payment.target)
    additional = _optional("01", payment.bill) + _optional("08", payment.purpose)
    body = "".join(
        (
            _field("00", "01"),
            _field("01", "11" if payment.amount is None else "12"),
            _field("38", napas),
            _field("53", _DONG),
            _optional("54", "" if payment.amount is None else str(payment.amount)),
            _field("58", "VN"),
            _optional("62", additional),
            "6304",
        )
    )
    return body + checksum(body)


def parse(payload: str) -> Payment:
    """Read a payload back. Raises QrError when it is damaged or asks for something else than a transfer."""
    found = _CHECKSUM.search(payload)
    if found is None:
        raise QrError("the code does not end in its checksum (field 63): it was cut off")
    if checksum(payload[:-4]) != found[1].upper():
        raise QrError("the checksum does not fit: the code was damaged or altered; scan it again")
    fields = dict(_split(payload[:-8], "the code"))
    if fields.get("00") != "01":
        raise QrError("this is no payment code of the EMVCo format (field 00)")
    if "38" not in fields:
        raise QrError("this code names no receiver by VietQR (field 38)")
    if fields.get("53", _DONG) != _DONG:
        raise QrError(f"the currency is {fields['53']}, not đồng (field 53)")
    napas = dict(_split(fields["38"], "field 38"))
    if napas.get("00") != _NAPAS:
        raise QrError("the receiver is not given by VietQR (field 38, part 00)")
    receiver = dict(_split(napas.get("01", ""), "field 38, part 01"))
    additional = dict(_split(fields.get("62", ""), "field 62"))
    service = napas.get("02", Target.ACCOUNT)
    if service not in list(Target):
        raise QrError(f"“{service}” is neither a transfer to an account nor to a card (field 38, part 02)")
    payment = Payment(
        bank=receiver.get("00", ""),
        account=receiver.get("01", ""),
        amount=_amount(fields["54"]) if "54" in fields else None,
        purpose=additional.get("08", ""),
        bill=additional.get("01", ""),
        target=Target(service),
    )
    _check(payment)
    return payment


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE over the payload up to and with "6304", as four hex digits."""
    return f"{crc_hqx(text.encode(), 0xFFFF):04X}"


def _check(payment: Payment) -> None:
    if not re.fullmatch(r"[0-9]{6}", payment.bank):
        raise QrError(f"the bank is given by its BIN of 6 digits, not “{payment.bank}”")
    if not _ACCOUNT.fullmatch(payment.account):
        raise QrError(f"an account has 1 to 19 letters and digits, not “{payment.account}”")
    if payment.amount is not None and not 0 < payment.amount < 10**13:
        raise QrError(f"an amount is 1 đồng or more and has at most 13 digits, not {payment.amount}")
    for name, text in (("purpose", payment.purpose), ("bill number", payment.bill)):
        if len(text) > 25 or not _PRINTABLE.fullmatch(text):
            raise QrError(f"the {name} has at most 25 letters without Vietnamese marks, not “{text}”")


def _field(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _optional(tag: str, value: str) -> str:
    return _field(tag, value) if value else ""


def _split(text: str, where: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        head = text[position : position + 4]
        if not re.fullmatch(r"[0-9]{4}", head):
            raise QrError(f"{where} has no tag and length at character {position + 1}")
        value = text[position + 4 : position + 4 + int(head[2:])]
        if len(value) != int(head[2:]):
            raise QrError(f"{where} ends within part {head[:2]}")
        yield head[:2], value
        position += 4 + len(value)


def _amount(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,13}(\.0{1,2})?", text):
        raise QrError(f"the amount “{text}” is no whole number of đồng (field 54)")
    return int(text.split(".")[0])
