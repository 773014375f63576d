"""Passive authentication, and active where the chip can: what a reading proves (ICAO 9303-11 sections 5, 6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from motcua.engines.identity_documents.answering import check_answer
from motcua.engines.identity_documents.data_groups import (
    CardData,
    Portrait,
    card_data_of,
    portrait_of,
    zone_of,
)
from motcua.engines.identity_documents.mrz import Mrz
from motcua.engines.identity_documents.reading import Reading
from motcua.engines.identity_documents.refusal import Disbelieved, Fault, torn
from motcua.engines.identity_documents.security_object import read_security_object
from motcua.engines.identity_documents.trust import CardTrust
from motcua.engines.text import fold

HOME = "VNM"
NEEDED = ("SOD", "DG1", "DG2")
PERSONAL_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Proven:
    """What the issuer vouches for. `personal_number` is None on papers of other countries.

    `answered` says that the chip itself was here, not a copy of its files; `signed_by` names who signed.
    """

    zone: Mrz
    portrait: Portrait
    card: CardData | None
    personal_number: str | None
    answered: bool
    signed_by: str
    authority: str

    @property
    def name(self) -> str:
        """In Vietnamese letters where the chip has them."""
        return self.card.name if self.card else self.zone.name

    @property
    def checks(self) -> tuple[str, ...]:
        """What was looked at and found good."""
        own = ("signature", "authority", "revocation", "groups", "check_digits", "expiry", "portrait")
        return (*own, *(("card_data",) if self.card else ()), *(("answer",) if self.answered else ()))


def check(
    reading: Reading,
    trust: CardTrust,
    *,
    now: dt.datetime,
    challenge: bytes = b"",
    answer_needed: bool = False,
) -> Proven:
    """Everything that can be proven of a reading at `now`. Raises Disbelieved with what to do.

    With a `challenge`, a chip that has a key of its own (DG15) must have answered it; with `answer_needed` a chip
    without one proves nothing, since all its files could be a copy.
    """
    for name in NEEDED:
        if name not in reading.files:
            raise torn(name)
    signed = read_security_object(reading.files["SOD"])
    for name, content in reading.files.items():
        if name != "SOD":
            signed.check(name, content)
    today = now.date()
    zone = zone_of(reading.files["DG1"], today=today)
    authority = trust.check_signer(signed.signer, zone.issuer, now)
    _is_in_force(zone, today)
    card = card_data_of(reading.files["DG13"]) if "DG13" in reading.files and zone.issuer == HOME else None
    number = _number_of(zone, card)
    if card is not None:
        _agree(zone, card)
    answered = _answered(reading, challenge, answer_needed, has_key=15 in signed.digests)
    return Proven(
        zone, portrait_of(reading.files["DG2"]), card, number, answered,
        _called(signed.signer), _called(authority),
    )  # fmt: skip


def _called(certificate: x509.Certificate) -> str:
    """By its own name, else by the organisation's, else by all of the subject."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for one in certificate.subject.get_attributes_for_oid(kind):
            return str(one.value)
    return certificate.subject.rfc4514_string()


def _answered(reading: Reading, challenge: bytes, needed: bool, *, has_key: bool) -> bool:
    if not has_key:
        if needed:
            raise Disbelieved(
                Fault.NO_ANSWER,
                "Chip này không có khóa riêng để trả lời mã kiểm tra, nên không tự đăng ký từ xa được. "
                "Mang thẻ đến bộ phận một cửa.",
                "This chip has no key to answer a challenge, so it cannot be used from afar. "
                "Bring it to a one-stop desk.",
            )
        return False
    if not challenge:
        return False
    if "DG15" not in reading.files or not reading.answer:
        raise Disbelieved(
            Fault.NO_ANSWER,
            "Lần đọc này thiếu câu trả lời của chip cho mã kiểm tra. Đọc lại thẻ với mã kiểm tra đang hiện.",
            "This reading lacks the chip's answer to the challenge. Read it again with the challenge shown now.",
        )
    check_answer(challenge, reading.answer, reading.files["DG15"], reading.files.get("DG14", b""))
    return True


def _is_in_force(zone: Mrz, today: dt.date) -> None:
    if zone.expires < today:
        raise Disbelieved(
            Fault.EXPIRED,
            f"Giấy tờ đã hết hạn từ ngày {zone.expires:%d/%m/%Y}. Đổi giấy tờ mới trước.",
            f"The document expired on {zone.expires.isoformat()}. Have it renewed first.",
        )


def _number_of(zone: Mrz, card: CardData | None) -> str | None:
    """The twelve digits of a Vietnamese card: in its DG13, and in the optional data of its zone."""
    if zone.issuer != HOME or zone.is_passport:
        return None
    digits = card.number if card else zone.optional[0][:PERSONAL_DIGITS]
    return digits if len(digits) == PERSONAL_DIGITS and digits.isdecimal() and digits.isascii() else None


def _agree(zone: Mrz, card: CardData) -> None:
    """DG1 and DG13 tell of one person."""
    same = (
        card.number.endswith(zone.number),
        fold(card.name).upper().split() == zone.name.split(),
        card.born in (None, zone.born),
    )
    if not all(same):
        raise Disbelieved(
            Fault.CONTRADICTION,
            "Hai phần dữ liệu trên chip nói về hai người khác nhau. Giữ lại thẻ và báo cơ quan cấp.",
            "Two parts of the chip tell of two different people. Keep the document and tell the issuer.",
        )
