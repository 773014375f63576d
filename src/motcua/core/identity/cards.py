"""A chip that was read: believed or not, what it proves, and who somebody is by it.

At the counter an officer compares the face with the chip's portrait; from afar the chip must have answered a challenge
made for that visit. What the reading is worth stands in `standing.yaml`.
"""

from __future__ import annotations

import base64
import datetime as dt
import logging
import secrets
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

from motcua.core import clock
from motcua.core.errors import Conflict, NotFound, Unavailable, UserError
from motcua.core.identity import card_trust, papers
from motcua.core.identity.accounts import COUNTER_GROUP, PURPOSE, rules
from motcua.core.identity.actions import party_from_register
from motcua.core.identity.models import CardRead, EvidenceKind, IdentityPaper, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import Actor, ActorKind
from motcua.core.registers import queries as registers
from motcua.engines.identity_documents import (
    CHALLENGE_BYTES,
    CardTrust,
    Disbelieved,
    Proven,
    check,
    read_reading,
)
from motcua.engines.text import fold

CHALLENGE = "card_challenge"
CHALLENGE_LIVES = 15 * 60
"""Seconds for which a challenge shown on a page is waited for."""
SEXES = {"M": "Nam", "F": "Nữ", "X": ""}


def challenge_for(session: MutableMapping[str, Any]) -> bytes:
    """The challenge of this session, kept while it is fresh, so that showing the page again does not spend it."""
    made = session.get(CHALLENGE)
    if not made or time.time() - made["at"] > CHALLENGE_LIVES:
        made = session[CHALLENGE] = {"hex": secrets.token_hex(CHALLENGE_BYTES), "at": time.time()}
    return bytes.fromhex(made["hex"])


def spend_challenge(session: MutableMapping[str, Any]) -> bytes:
    """The challenge, once; b"" when there is none or it is too old."""
    made = session.pop(CHALLENGE, None)
    if not made or time.time() - made["at"] > CHALLENGE_LIVES:
        return b""
    return bytes.fromhex(made["hex"])


def take(actor: Actor, handed: bytes, challenge: bytes, *, way: CardRead.Way) -> CardRead:
    """Check a reading and keep what it proves. Raises UserError (field `reading`) when it proves nothing.

    From the counter (`actor` is its officer) a chip without a key of its own is good too: the officer holds it.
    """
    if not challenge:
        raise UserError(
            "Mã kiểm tra đã quá hạn hoặc đã dùng. Đọc lại thẻ với mã kiểm tra mới đang hiện.",
            "The challenge has lapsed or was used. Read the document again with the new one shown.",
            "reading",
        )
    online = way == CardRead.Way.ONLINE
    try:
        proven = check(
            read_reading(handed),
            _trust(),
            now=clock.now(),
            challenge=challenge,
            answer_needed=online,
        )
    except Disbelieved as refused:
        emit("card.disbelieved", actor, data={"fault": str(refused.fault), "way": str(way)})
        raise UserError(refused.vi, refused.en, "reading") from refused
    kept = CardRead.objects.create(
        way=way,
        facts=_facts(proven),
        checks=list(proven.checks),
        portrait="" if online else base64.b64encode(proven.portrait.content).decode("ascii"),
        portrait_type=proven.portrait.media_type,
        read_at=clock.now(),
        officer_id=actor.officer_id,
        agency_id=actor.agency_id,
    )
    emit("card.read", actor, subject=("card_read", kept.pk), data={"checks": kept.checks, "way": str(way)})
    return kept


def _trust() -> CardTrust:
    """Whose documents are believed. Raises Unavailable when a file of the trust folder cannot be read."""
    try:
        return card_trust.trust()
    except ValueError as broken:
        logging.getLogger(__name__).error("trust in identity documents: %s", broken)
        raise Unavailable(
            "Danh sách cơ quan cấp giấy tờ trên máy chủ có tệp hỏng, nên chưa đọc chip được. Báo quản trị viên; "
            "trong khi chờ, xem bản chính giấy tờ.",
            "A file of the server's list of issuers is broken, so chips cannot be checked. Tell the administrator; "
            "meanwhile look at the original paper.",
            "reading",
        ) from broken


def differences(card: CardRead, person: registers.Person) -> list[str]:
    """What the chip says otherwise than the population database: name, born, sex."""
    said = card.facts
    same = {
        "name": fold(said["name"]).split() == fold(person.name).split(),
        "born": said["born"] == person.born.isoformat(),
        "sex": said["sex"] in ("", person.sex),
    }
    return [name for name, agrees in same.items() if not agrees]


def is_foreign(card: CardRead) -> bool:
    return not card.facts["personal_number"]


def prove(actor: Actor, card: CardRead, *, face_compared: bool) -> Party:
    """Whose document it is, once: the party, with the reading as evidence of what it is worth.

    Raises NotFound for another desk's, Conflict for one spent or too old, or that the population database contradicts.
    """
    CardRead.objects.select_for_update().get(pk=card.pk)
    card.refresh_from_db()
    _is_good_still(actor, card)
    worth = rules()["proof"][card.way]
    level = worth["level"] if face_compared or card.way == CardRead.Way.ONLINE else worth["without_face"]
    party = _foreigner(actor, card, level) if is_foreign(card) else _citizen(actor, card, level)
    card.used_at, card.party, card.face_compared, card.portrait = clock.now(), party, face_compared, ""
    card.save(update_fields=["used_at", "party", "face_compared", "portrait"])
    data = {
        "card_read": str(card.uuid),
        "level": level,
        "face_compared": face_compared,
        "checks": card.checks,
    }
    emit("card.proved", actor, subject=("party", party.pk), data=data)
    return party


def of_desk(actor: Actor, card_uuid: uuid.UUID) -> CardRead:
    """A reading of the officer's desk. NotFound for any other."""
    found = CardRead.objects.filter(uuid=card_uuid, way=CardRead.Way.COUNTER).first()
    if found is None or found.agency_id not in actor.unit_ids:
        raise NotFound()
    return found


def forget_portraits() -> int:
    """Portraits are for comparing faces, not for keeping; readings that proved nobody go too. How many portraits."""
    now = clock.now()
    late = now - dt.timedelta(minutes=rules()["proof"]["good_for_minutes"])
    gone = (
        CardRead.objects.filter(read_at__lt=late)
        .exclude(portrait_type="")
        .update(portrait="", portrait_type="")
    )
    CardRead.objects.filter(used_at=None, read_at__lt=now - dt.timedelta(days=1)).delete()
    return gone


def paper_of(card: CardRead) -> papers.Paper:
    """A foreigner's paper as the chip says it."""
    said = card.facts
    return papers.Paper(
        kind=IdentityPaper.Kind.PASSPORT if said["passport"] else IdentityPaper.Kind.RESIDENCE_CARD,
        country=said["country"],
        number=said["number"],
        valid_until=dt.date.fromisoformat(said["expires"]),
        name=said["name"],
        born=dt.date.fromisoformat(said["born"]),
        sex=said["sex"],
        nationality=said["nationality"],
    )


def _is_good_still(actor: Actor, card: CardRead) -> None:
    at_counter = card.way == CardRead.Way.COUNTER
    if at_counter and (
        actor.kind is not ActorKind.OFFICER
        or not actor.has(COUNTER_GROUP)
        or card.agency_id not in actor.unit_ids
    ):
        raise NotFound()
    late = clock.now() - dt.timedelta(minutes=rules()["proof"]["good_for_minutes"])
    if card.used_at is not None or card.read_at < late:
        raise Conflict(
            "Lần đọc thẻ này đã dùng hoặc đã quá lâu. Đọc lại thẻ.",
            "This reading was used or is too old. Read the document again.",
        )


def _citizen(actor: Actor, card: CardRead, level: int) -> Party:
    number = card.facts["personal_number"]
    person = registers.person(actor, number, purpose=PURPOSE)
    if person is not None and differences(card, person):
        raise Conflict(
            "Chip ghi khác cơ sở dữ liệu dân cư. Sửa chỗ sai ở cơ quan quản lý trước; chưa nâng mức hay cấp mã được.",
            "The chip differs from the population database. Have that put right first.",
        )
    return party_from_register(
        actor, number, purpose=PURPOSE, kind=EvidenceKind.CHIP_READ, reference=_reference(card), level=level
    )


def _foreigner(actor: Actor, card: CardRead, level: int) -> Party:
    return papers.party_of(
        actor, paper_of(card), kind=EvidenceKind.CHIP_READ, reference=_reference(card), level=level
    )


def _reference(card: CardRead) -> str:
    return f"card_read:{card.uuid}"


def _facts(proven: Proven) -> dict[str, Any]:
    zone, card = proven.zone, proven.card
    country = papers.AS_ISO.get(zone.issuer, zone.issuer)
    return {
        "personal_number": proven.personal_number,
        "passport": zone.is_passport,
        "country": country,
        "number": zone.number,
        "name": proven.name,
        "born": zone.born.isoformat(),
        "sex": SEXES[zone.sex],
        "nationality": papers.AS_ISO.get(zone.nationality, zone.nationality),
        "expires": zone.expires.isoformat(),
        "home_place": card.home_place if card else "",
        "residence": card.residence if card else "",
        "issued_on": card.issued_on.isoformat() if card and card.issued_on else "",
        "signed_by": proven.signed_by,
        "authority": proven.authority,
    }
