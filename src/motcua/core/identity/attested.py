"""Mandates proved by a document at the counter: a notarised proxy, a guardianship, an inheritance.

A proxy is good when its document has been compared. A guardian's and an heir's right waits for a second officer.
Both sides are told, see it from the first moment, and may object.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from motcua.core import clock
from motcua.core.errors import Conflict, NotAllowed, NotFound, UserError
from motcua.core.hooks import Hook
from motcua.core.identity import mandates, papers
from motcua.core.identity.actions import party_for
from motcua.core.identity.mandates import age_on
from motcua.core.identity.models import Attestation, EvidenceKind, Mandate, MandateKind, Party
from motcua.core.ledger.actions import emit
from motcua.core.ledger.actor import SYSTEM, Actor, ActorKind
from motcua.core.ledger.scope import acting
from motcua.core.registers import queries as registers
from motcua.core.words import legible
from motcua.engines.text import fold

PURPOSE = "Ghi nhận quyền đại diện theo giấy tờ tại bộ phận một cửa"
COUNTER_GROUP = "one_stop"
BY_TWO = (MandateKind.GUARDIAN, MandateKind.HEIR)
YOUNGEST = {MandateKind.PROXY: 15, MandateKind.GUARDIAN: 18, MandateKind.HEIR: 0}
"""From which age one may act so (Civil Code 91/2015/QH13 arts 138.3 and 49; anybody may inherit)."""
told = Hook("mandate.told")
"""Told `principal` and `representative` (parties), `kind` and `what` (waits, given, refused, ended), to tell both."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side as the document has it: personal number or a foreigner's paper, and the name to be compared."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The document: who made it, its number and day, the scan of it."""

    authority: str
    number: str
    dated_on: dt.date | None
    file_uuid: uuid.UUID


def record(
    actor: Actor,
    *,
    kind: str,
    principal: Side,
    representative: Side,
    paper: Paper,
    services: Sequence[str] = (),
    until: dt.date | None = None,
) -> Attestation:
    """Enter what a document proves; a proxy is in force at once, the others after a second look.

    Raises UserError naming the field (principal, representative, authority, paper_number, dated, until), Conflict
    when this document was entered before.
    """
    _at_the_counter(actor)
    if kind not in mandates.AT_THE_COUNTER:
        raise UserError("Chọn loại quyền đại diện.", "Choose the kind of representation.", "kind")
    which = MandateKind(kind)
    whose = _known(actor, principal, "principal")
    who = _known(actor, representative, "representative")
    if whose.number == who.number:
        raise UserError(
            "Hai bên phải là hai người khác nhau.", "The two sides must be two people.", "representative"
        )
    _may_be(which, whose, who)
    authority, number = _of_the_paper(paper)
    last = _last_day(which, whose, paper, until)
    sides = _party(actor, whose), _party(actor, who)
    with acting(SYSTEM, savepoint=False):  # at whichever desk
        known = Attestation.objects.filter(
            principal=sides[0], representative=sides[1], kind=which, authority=authority, number=number,
            refused_at=None,
        ).exists()  # fmt: skip
    if known:
        raise Conflict(
            "Văn bản này đã được ghi nhận cho hai người này.",
            "This document has been entered for these two people.",
            "paper_number",
        )
    assert actor.officer_id is not None
    assert actor.agency_id is not None
    assert paper.dated_on is not None
    entered = Attestation.objects.create(
        principal=sides[0], representative=sides[1], kind=which, service_codes=sorted(set(services)),
        valid_until=last, authority=authority, number=number, dated_on=paper.dated_on, file_uuid=paper.file_uuid,
        agency_id=actor.agency_id, entered_by=actor.officer_id, entered_label=actor.label, entered_at=clock.now(),
    )  # fmt: skip
    emit("mandate.attested", actor, subject=("attestation", entered.pk), data={"kind": str(which)})
    if which in BY_TWO:
        _tell(entered, "waits")
    else:
        _bring_into_force(actor, entered)
    return entered


def second(actor: Actor, entered: Attestation) -> Mandate:
    """Another officer of the desk has looked at document and register: the right is in force."""
    _at_the_counter(actor)
    _is_waiting(actor, entered)
    if actor.officer_id == entered.entered_by:
        raise NotAllowed(
            "Người xem lại phải là cán bộ khác với người đã ghi nhận.",
            "The second look must be another officer's than that of who entered it.",
        )
    for party, field in ((entered.principal, "principal"), (entered.representative, "representative")):
        _known(actor, Side(party.number, party.name), field)
    entered.seconded_by, entered.seconded_label, entered.seconded_at = (
        actor.officer_id,
        actor.label,
        clock.now(),
    )
    entered.save(update_fields=["seconded_by", "seconded_label", "seconded_at"])
    return _bring_into_force(actor, entered)


def refuse(actor: Actor, entered: Attestation, because: str) -> None:
    """An officer of the desk refuses it, or either side objects while it waits. Raises UserError (field because)."""
    if actor.kind is ActorKind.OFFICER:
        _at_the_counter(actor)
    elif actor.party_id not in (entered.principal_id, entered.representative_id):
        raise NotFound()
    _is_waiting(actor, entered)
    because = legible(because, "because")
    if not because:
        raise UserError("Ghi lý do.", "Give the reason.", "because")
    entered.refused_at, entered.refused_by, entered.refused_because = clock.now(), actor.label, because
    entered.save(update_fields=["refused_at", "refused_by", "refused_because"])
    emit("mandate.refused", actor, subject=("attestation", entered.pk), data={"because": because})
    _tell(entered, "refused")


def withdraw(actor: Actor, entered: Attestation, because: str) -> None:
    """An officer of the desk ends a right in force that rests on a document, with the reason (field because)."""
    _at_the_counter(actor)
    because = legible(because, "because")
    if entered.agency_id not in actor.unit_ids or entered.mandate is None:
        raise NotFound()
    if not because:
        raise UserError("Ghi lý do.", "Give the reason.", "because")
    if entered.mandate.revoked_at is None:
        mandates.revoke(actor, entered.mandate, because)
        tell_end(entered.mandate)


def tell_end(mandate: Mandate) -> None:
    """Both sides learn that a right to act has been ended."""
    told.send(
        principal=mandate.principal, representative=mandate.representative, kind=mandate.kind, what="ended"
    )


def of_desk(actor: Actor, *, waiting: bool) -> list[Attestation]:
    """Entered by the officer's desk: those that wait for a second look, or the last fifty others."""
    rows = Attestation.objects.filter(agency_id__in=actor.unit_ids).select_related(
        "principal", "representative", "mandate"
    )
    open_rows = rows.filter(mandate=None, refused_at=None)
    if waiting:
        return list(open_rows.order_by("entered_at"))
    return list(rows.exclude(pk__in=open_rows.values("pk")).order_by("-entered_at")[:50])


def waiting_of(party_id: int) -> list[Attestation]:
    """Entered and not yet in force, as both its sides see it."""
    rows = Attestation.objects.filter(mandate=None, refused_at=None).select_related(
        "principal", "representative"
    )
    return [one for one in rows.order_by("-id") if party_id in (one.principal_id, one.representative_id)]


@dataclass(frozen=True, slots=True)
class _Known:
    """Whom a number names: `person` of the population database, or the `party` of a foreigner's paper."""

    number: str
    name: str
    born: dt.date | None
    dead_on: dt.date | None
    person: registers.Person | None = None
    party: Party | None = None

    def is_younger_than(self, years: int) -> bool:
        return self.born is not None and age_on(self.born, clock.today()) < years


def _looked_up(actor: Actor, number: str) -> _Known | None:
    person = registers.person(actor, number, purpose=PURPOSE) if number.isdecimal() else None
    if person is not None:
        return _Known(person.number, person.name, person.born, person.dead_on, person=person)
    party = papers.party_by_paper(papers.sign_in_name(number)) if number else None
    return _Known(party.paper, party.name, party.born, None, party=party) if party else None


def _known(actor: Actor, side: Side, field: str) -> _Known:
    """Who has that number, by register or by a foreigner's paper; the document must call them the same."""
    found = _looked_up(actor, side.number)
    if found is None:
        raise UserError(
            "Cơ sở dữ liệu dân cư không có số này, và không có hộ chiếu, thẻ cư trú nào đã ghi với số này. "
            "Kiểm tra lại; người nước ngoài mới thì ghi ở “Tài khoản người dân” trước.",
            "The population database has no such number, and no passport or residence card on record either. "
            "Check it; a foreigner who is new is first entered under “Accounts”.",
            field,
        )
    if fold(found.name) != fold(side.name):
        raise UserError(
            "Họ tên trên giấy khác với họ tên đã ghi của số này. Xem lại số, họ tên và giấy tờ.",
            "The name differs from the one on record for this number. Look at number, name and paper.",
            field,
        )
    return found


def _may_be(kind: MandateKind, whose: _Known, who: _Known) -> None:
    if who.dead_on:
        raise UserError(
            "Người đại diện đã được khai tử.",
            "The representative is registered as deceased.",
            "representative",
        )
    if kind is MandateKind.HEIR and not whose.dead_on:
        raise UserError(
            "Cơ sở dữ liệu dân cư chưa ghi người này đã mất. Đăng ký khai tử trước.",
            "The population database does not say that this person is dead. Register the death first.",
            "principal",
        )
    if kind is not MandateKind.HEIR and whose.dead_on:
        raise UserError(
            "Người này đã được khai tử: chỉ người thừa kế làm tiếp việc của họ.",
            "This person is registered as deceased: only heirs carry on for them.",
            "principal",
        )
    if who.is_younger_than(YOUNGEST[kind]):
        raise UserError(
            f"Người đại diện chưa đủ {YOUNGEST[kind]} tuổi.",
            f"The representative is below {YOUNGEST[kind]}.",
            "representative",
        )


def _of_the_paper(paper: Paper) -> tuple[str, str]:
    authority, number = legible(paper.authority, "authority"), legible(paper.number, "paper_number")
    if not authority:
        raise UserError(
            "Ghi công chứng viên, tổ chức hoặc cơ quan đã lập văn bản.",
            "Give the notary, office or authority that made the document.",
            "authority",
        )
    if not number:
        raise UserError("Ghi số của văn bản.", "Give the number of the document.", "paper_number")
    if paper.dated_on is None or paper.dated_on > clock.today():
        raise UserError(
            "Ghi ngày lập văn bản, không sau hôm nay.",
            "Give the day of the document, not after today.",
            "dated",
        )
    return authority, number


def _last_day(kind: MandateKind, whose: _Known, paper: Paper, until: dt.date | None) -> dt.date | None:
    """As agreed; a proxy without an end lasts a year from its day, a minor's guardian until they are grown."""
    assert paper.dated_on is not None
    last = until
    if last is None and kind is MandateKind.PROXY:
        last = paper.dated_on + mandates.LONGEST
    if kind is MandateKind.GUARDIAN and whose.born and whose.is_younger_than(mandates.GROWN_AT):
        grown = mandates.last_day_as_a_child(whose.born)
        last = min(last, grown) if last else grown
    if last is not None and last < clock.today():
        raise UserError(
            "Văn bản đã hết hạn: ngày cuối là {}.".format(last.strftime("%d/%m/%Y")),
            f"The document has lapsed: its last day was {last.isoformat()}.",
            "until",
        )
    return last


def _party(actor: Actor, known: _Known) -> Party:
    if known.party is not None:
        return known.party
    assert known.person is not None
    return party_for(
        actor, name=known.name, kind=EvidenceKind.REGISTER, personal_number=known.number, born=known.born,
        sex=known.person.sex, address_unit=known.person.residence_unit, address_text=known.person.residence_text,
        reference=registers.POPULATION,
    )  # fmt: skip


def _bring_into_force(actor: Actor, entered: Attestation) -> Mandate:
    mandate = mandates.give(
        actor,
        principal=entered.principal,
        representative=entered.representative,
        kind=entered.kind,
        evidence=f"{entered.authority}, số {entered.number}, ngày {entered.dated_on:%d/%m/%Y}",
        services=entered.service_codes,
        until=entered.valid_until,
        file_uuid=entered.file_uuid,
    )
    entered.mandate = mandate
    entered.save(update_fields=["mandate"])
    _tell(entered, "given")
    return mandate


def _tell(entered: Attestation, what: str) -> None:
    told.send(
        principal=entered.principal, representative=entered.representative, kind=entered.kind, what=what
    )


def _is_waiting(actor: Actor, entered: Attestation) -> None:
    if actor.kind is ActorKind.OFFICER and entered.agency_id not in actor.unit_ids:
        raise NotFound()
    if entered.mandate_id is not None or entered.refused_at is not None:
        raise Conflict(
            "Việc này đã được xem lại hoặc đã bị từ chối.", "This has been looked at or refused already."
        )


def _at_the_counter(actor: Actor) -> None:
    if actor.kind is not ActorKind.OFFICER or not actor.has(COUNTER_GROUP) or actor.officer_id is None:
        raise NotFound()
