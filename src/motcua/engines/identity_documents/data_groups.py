"""What lies in the data groups that matter here: DG1 the zone, DG2 the portrait, DG13 what the country adds.

Layouts: ICAO 9303-10 sections 4.7.1, 4.7.2 and ISO/IEC 19794-5. DG13 is the issuer's own; that of the Vietnamese card
is a list of numbered texts, as readers in the field find it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motcua.engines.identity_documents.mrz import Mrz, read_mrz
from motcua.engines.identity_documents.refusal import Disbelieved, torn
from motcua.engines.identity_documents.tlv import element, elements, first, only
from motcua.engines.pki import der
from motcua.engines.text import normalise

TAGS = {"SOD": 0x77, "DG1": 0x61, "DG2": 0x75, "DG13": 0x6D, "DG14": 0x6E, "DG15": 0x6F}
_ZONE, _GROUP_TEMPLATE, _TEMPLATE, _COUNT = 0x5F1F, 0x7F61, 0x7F60, 0x02
_IMAGE = (0x5F2E, 0x7F2E)
_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x00\x00\x00\x0cjP  ", "image/jp2"),
    (b"\xff\x4f\xff\x51", "image/j2c"),
)
_SEQUENCE, _SET = 0x30, 0x31
_TEXTS = (0x0C, 0x13, 0x16)
_NUMBER, _NAME, _BORN, _SEX, _NATIONALITY, _HOME, _RESIDENCE, _ISSUED, _FORMER = 1, 2, 3, 4, 5, 8, 9, 11, 16


@dataclass(frozen=True, slots=True)
class Portrait:
    """The face: `media_type` says whether a browser shows it (image/jpeg) or not."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CardData:
    """DG13 of a Vietnamese card, in Vietnamese letters; "" or None where the card has nothing."""

    number: str
    name: str
    born: dt.date | None
    sex: str
    nationality: str
    home_place: str
    residence: str
    issued_on: dt.date | None
    former_number: str


def zone_of(dg1: bytes, *, today: dt.date) -> Mrz:
    """The zone in DG1. Raises Disbelieved."""
    letters = only(only(dg1, TAGS["DG1"], "DG1"), _ZONE, "DG1")
    try:
        return read_mrz(letters.decode("ascii"), today=today)
    except UnicodeDecodeError as wrong:
        raise torn("DG1") from wrong


def portrait_of(dg2: bytes) -> Portrait:
    """The portrait in DG2. Raises Disbelieved where there is none."""
    group = only(only(dg2, TAGS["DG2"], "DG2"), _GROUP_TEMPLATE, "DG2")
    template = first(group, _TEMPLATE, "DG2")
    record = next((found for tag in _IMAGE if (found := first(template or b"", tag, "DG2"))), b"")
    for start, media_type in _KINDS:
        at = record.find(start)
        if at >= 0:
            return Portrait(media_type, record[at:])
    raise torn("DG2")


def card_data_of(dg13: bytes) -> CardData:
    """What DG13 of a Vietnamese card says. Raises Disbelieved where it is no such list."""
    said = _numbered(only(dg13, TAGS["DG13"], "DG13"))
    if _NUMBER not in said or _NAME not in said:
        raise torn("DG13")
    return CardData(
        said[_NUMBER], said[_NAME], _day(said.get(_BORN, "")), said.get(_SEX, ""), said.get(_NATIONALITY, ""),
        said.get(_HOME, ""), said.get(_RESIDENCE, ""), _day(said.get(_ISSUED, "")), said.get(_FORMER, ""),
    )  # fmt: skip


def dg1_with(zone: str) -> bytes:
    return element(TAGS["DG1"], element(_ZONE, zone.encode("ascii")))


def dg2_with(image: bytes) -> bytes:
    """A portrait of one face; the facial header of ISO/IEC 19794-5 is reduced to its mark and lengths."""
    header = b"FAC\x00010\x00" + (14 + len(image)).to_bytes(4, "big") + b"\x00\x01"
    template = element(_TEMPLATE, element(0xA1, element(0x81, b"\x02")), element(_IMAGE[0], header + image))
    return element(TAGS["DG2"], element(_GROUP_TEMPLATE, element(_COUNT, b"\x01"), template))


def dg13_with(one: CardData) -> bytes:
    told = {
        _NUMBER: one.number, _NAME: one.name, _BORN: _written(one.born), _SEX: one.sex,
        _NATIONALITY: one.nationality, _HOME: one.home_place, _RESIDENCE: one.residence,
        _ISSUED: _written(one.issued_on), _FORMER: one.former_number,
    }  # fmt: skip
    lines = (der.sequence(der.integer(at), der.tlv(0x0C, text.encode())) for at, text in told.items() if text)
    return element(TAGS["DG13"], der.tlv(_SET, *lines))


def _numbered(data: bytes, depth: int = 4) -> dict[int, str]:
    """Every (number, text) pair, whatever it is wrapped in."""
    said: dict[int, str] = {}
    for tag, contents in elements(data, "DG13"):
        if tag not in (_SEQUENCE, _SET) or depth == 0:
            continue
        try:
            inner = list(elements(contents, "DG13"))
        except Disbelieved:
            continue
        if len(inner) >= 2 and inner[0][0] == _COUNT and len(inner[0][1]) == 1 and inner[1][0] in _TEXTS:
            said[inner[0][1][0]] = normalise(inner[1][1].decode("utf-8", "replace"))
        else:
            said |= _numbered(contents, depth - 1)
    return said


def _day(text: str) -> dt.date | None:
    try:
        day, month, year = (int(part) for part in text.replace("-", "/").split("/"))
        return dt.date(year, month, day)
    except ValueError:
        return None


def _written(day: dt.date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
